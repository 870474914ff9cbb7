"""What routing asks of a store, as Protocols. Knows the shapes that cross; refuses to know SQL, files and keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from routing.cases import Case, Event, EventKind
from routing.figures import Figures
from routing.links import Link
from routing.outgoing import Beats, Contacts, Inbox, Outbox
from routing.outgoing import OutgoingMessage as OutgoingMessage
from routing.people import Actor
from routing.placed import PlacedCards
from routing.standing import Standing


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

    def with_event(self, pack: str, kind: EventKind, limit: int = 10_000) -> Sequence[Case]:
        """Cases of a town to which something happened (overridden, sent back …), in the order of their numbers."""


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


class Notes(Protocol):
    """Free text of a case (why it was declined, what the team asks): encrypted, one row per case and key."""

    def put(self, case_id: str, key: str, text: str) -> None:
        """Keep a text; one under the same key is replaced."""

    def of(self, case_id: str) -> Mapping[str, str]:
        """All notes of a case by key. Raises `KeyMissing`."""


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A case as lists show it. `waiting_for`: the agency whose answer is awaited; `answer_by`: until when.

    `escalation`: the state of the latest escalation, empty without one. `bounces`: refusals since somebody last took it.
    """

    case_id: str
    number: str
    pack: str
    status: str
    owner: str
    opened_by: str
    opened_at: datetime
    last_at: datetime
    route: str
    urgent: bool
    issues: tuple[str, ...]
    waiting_for: tuple[str, ...]
    answer_by: datetime | None
    escalation: str
    bounces: int

    @property
    def cursor(self) -> str:
        """Where a list goes on after this row."""
        return f"{self.last_at.isoformat()} {self.case_id}"


@dataclass(frozen=True, slots=True)
class WatchRow:
    """What reminders look at of an open case: `parts` as `watching.parts_of` wrote them."""

    case_id: str
    number: str
    opened_by: str
    parts: str


class Board(Protocol):
    """What lists and timers look at: a projection of every case's standing, written in the transaction of its events."""

    def put(self, case: Case, standing: Standing, counts: Sequence[str]) -> None:
        """Write the row of a case, and those of its open referrals. `counts`: answers that count as a bounce."""

    def list(
        self,
        pack: str,
        *,
        desks: Sequence[str] = (),
        opened_by: str = "",
        escalated: bool = False,
        status: str = "open",
        limit: int = 50,
        after: str = "",
    ) -> Sequence[BoardRow]:
        """Cases that one of the `desks` holds, held or was asked to take, or that `opened_by` opened, or (`escalated`)
        that were brought up; the union of what is given, latest change first. `after`: `BoardRow.cursor` of the last row
        seen. An empty `status` is any; the desk "" is that of cases which nobody ever held.
        """

    def due(self, now: datetime, limit: int = 500, pack: str = "") -> Sequence[str]:
        """Ids of cases with a request that ran out or an escalation whose timer is due, the longest due first.

        `pack`: only those of one town.
        """

    def owners(self, pack: str) -> Sequence[str]:
        """Agencies that hold an open case. One that the pack no longer knows needs another that answers for it
        (`people.answering_desk`): the town's fallback desk lists its cases beside its own.
        """

    def watched(self, pack: str, cases: Sequence[str] | None = None) -> Iterable[WatchRow]:
        """What reminders look at of every open case of a town (None), or of these cases while they are open."""

    def raised(self, pack: str, since: datetime) -> Sequence[tuple[str, datetime]]:
        """(desk that held the case when it was opened, when) of every case opened since, for the silent-desk figures."""


class Households(Protocol):
    """Keyed hashes of name and birth date, so that a returning household is found."""

    def put(self, case_id: str, marks: Sequence[str]) -> None:
        """Keep the marks (`households.marks_of`) of a case; only their keyed hashes are stored."""

    def find(self, marks: Sequence[str]) -> Sequence[str]:
        """Ids of cases that share a mark, latest first; marks hashed with an older key are found too."""


class Links(Protocol):
    """One-time links by the hash of their token."""

    def get(self, token_hash: str) -> Link | None: ...

    def put(self, link: Link) -> None:
        """Write a new link or the next state of one. Raises `StaleWrite` when it was spent or tried meanwhile."""


class People(Protocol):
    """For whom a person of a surface acts."""

    def get(self, person: str) -> Actor:
        """The actor; one who is mapped to nothing acts for nobody."""

    def put(self, actor: Actor, at: datetime) -> None: ...

    def of(self, agency: str) -> Sequence[Actor]:
        """Everybody who acts for an agency."""

    def of_surface(self, prefix: str) -> Sequence[Actor]:
        """Everybody whose id begins with `prefix` (`slack:T…:`) and who acts for some agency."""

    def supervisors(self) -> Sequence[Actor]:
        """Every person who acts for some agency as its supervisor, the longest first."""


class UnitOfWork(Protocol):
    """One transaction. Leaving the block without `commit` rolls everything back."""

    turns: Turns
    dialogues: Dialogues
    cases: Cases
    identities: Identities
    versions: Versions
    outbox: Outbox
    contacts: Contacts
    inbox: Inbox
    placed: PlacedCards
    beats: Beats
    notes: Notes
    board: Board
    households: Households
    links: Links
    people: People
    figures: Figures

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def commit(self) -> None: ...


class Store(Protocol):
    """Where units of work come from."""

    def unit(self, *, reading: bool = False) -> UnitOfWork:
        """A unit of work; with `reading` it never waits for writers and cannot write."""
