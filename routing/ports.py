"""What routing asks of a store, as Protocols. Knows the shapes that cross; refuses to know SQL, files and keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from routing.cases import Case, Event


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A turn as it came in, stored before it is acknowledged.

    `message` is unique within its conversation: the same message delivered twice is one turn. `masked` may be shown
    and logged; `raw` (what the person really typed) is kept encrypted. `kind` is `text` or `choice`.
    """

    conversation: str
    message: str
    surface: str
    actor: str
    received_at: datetime
    kind: str
    masked: str
    raw: str


@dataclass(frozen=True, slots=True)
class StoredDialogue:
    """A dialogue between two turns. `value` is an opaque JSON document of `schema`; `version` counts writes from 1.

    `secret` is what `value` must not hold: the raw text, kept encrypted by the store and given back on `get`.
    `owner` is the person or browser that may continue it; `resume_hash` finds it from another browser.
    """

    conversation: str
    owner: str
    schema: int
    value: str
    secret: str
    version: int
    updated_at: datetime
    resume_hash: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the household is. Stored apart from the case, encrypted; keys are item ids of the intake form (`item@member`)."""

    items: Mapping[str, str] = field(default_factory=dict)
    raw_text: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """Something that must leave once. `key` is unique for ever; `payload` is JSON without personal details."""

    key: str
    kind: str
    surface: str
    recipient: str
    payload: str
    created_at: datetime
    not_before: datetime
    attempts: int = 0


class Turns(Protocol):
    """Every turn ever received."""

    def add(self, turn: StoredTurn) -> bool:
        """Store the turn; False when its message id is already stored in that conversation."""

    def of(self, conversation: str) -> Sequence[StoredTurn]:
        """All turns of a conversation in the order they came."""

    def waiting(self, conversation: str) -> Sequence[StoredTurn]:
        """Turns whose effects are not saved yet, oldest first."""

    def done(self, conversation: str, message: str, at: datetime) -> None:
        """Mark a turn as done, in the transaction that holds its effects. Raises `StaleWrite` when it already is."""

    def unfinished(self, limit: int = 100) -> Sequence[str]:
        """Conversations with waiting turns, the longest waiting first: what a crash left behind."""


class Dialogues(Protocol):
    """The current value of every dialogue."""

    def get(self, conversation: str) -> StoredDialogue | None: ...

    def put(self, dialogue: StoredDialogue) -> StoredDialogue:
        """Write `dialogue` (its `version` is the one it was read with, 0 if new) and return it with the next version.

        Raises `StaleWrite` when somebody wrote in between.
        """

    def by_resume(self, resume_hash: str) -> StoredDialogue | None: ...

    def of_owner(self, owner: str, limit: int = 20) -> Sequence[StoredDialogue]:
        """The owner's dialogues, latest first."""


class Cases(Protocol):
    """Every case with its events."""

    def next_number(self, prefix: str, year: int) -> str:
        """`PREFIX-YEAR-0001`, counting per prefix and year, never twice even with several writers."""

    def get(self, case_id: str) -> Case | None: ...

    def by_number(self, number: str) -> Case | None: ...

    def add(self, case: Case, events: Sequence[Event]) -> Case: ...

    def save(self, case: Case, events: Sequence[Event]) -> Case:
        """Write a changed case and its new events. Raises `StaleWrite` when `case.version` is not the stored one."""

    def events(self, case_id: str) -> Sequence[Event]: ...

    def latest(self, opened_by: str | None, limit: int = 20) -> Sequence[Case]: ...

    def overridden(self, pack: str, limit: int = 10_000) -> Sequence[Case]:
        """Cases of a town in which a clerk decided otherwise than proposed, in the order of their numbers."""


class Identities(Protocol):
    """Names, addresses, phones: encrypted, one row per case."""

    def get(self, case_id: str) -> Identity: ...

    def put(self, case_id: str, identity: Identity) -> None: ...


class Versions(Protocol):
    """The packs and policies that decisions were made with, each once under its digest."""

    def has(self, kind: str, digest: str) -> bool: ...

    def keep(self, kind: str, digest: str, body: str, at: datetime) -> None:
        """Keep a document; one that is already there stays as it is."""

    def get(self, kind: str, digest: str) -> str | None: ...


class Outbox(Protocol):
    """Messages that leave after the transaction that caused them."""

    def put(self, message: OutgoingMessage) -> bool:
        """False when the key is already there (nothing is written)."""

    def claim(self, now: datetime, lease_seconds: int, limit: int) -> Sequence[OutgoingMessage]:
        """Due messages, leased to the caller: another claimer gets them only after the lease ran out."""

    def sent(self, key: str, at: datetime, receipt: str) -> None: ...

    def failed(self, key: str, at: datetime, why: str, again_at: datetime | None) -> None:
        """Record an attempt; `again_at` None means it will not be tried again."""


class UnitOfWork(Protocol):
    """One transaction. Leaving the block without `commit` rolls everything back."""

    turns: Turns
    dialogues: Dialogues
    cases: Cases
    identities: Identities
    versions: Versions
    outbox: Outbox

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def commit(self) -> None: ...


class Store(Protocol):
    """Where units of work come from."""

    def unit(self) -> UnitOfWork: ...
