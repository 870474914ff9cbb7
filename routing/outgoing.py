"""What leaves after the transaction that caused it: occurrences, how people are reached, and the inbox of the web.

An occurrence is one message to one recipient, once; its key is unique for ever and travels with it to the surface. It is
`waiting` until a replica claims it, then `sending`; a replica that does not know whether it got out leaves it `unknown`,
and the surface is asked before anything is sent again. `sent`, `obsolete` and `given_up` are final. Knows the shapes and the
ports; refuses to know SQL, surfaces and the present moment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

WEB = "web"
RESTORED = "restored"  # the name of the sign of life that a restored backup leaves
# Longer than any lease and any rest an address may ask for: what lies further ahead was written by a clock that ran ahead.
LONGEST_REST = timedelta(minutes=15)


class State(StrEnum):
    """Where an occurrence stands."""

    WAITING = "waiting"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    OBSOLETE = "obsolete"
    GIVEN_UP = "given_up"


FINAL = (State.SENT, State.OBSOLETE, State.GIVEN_UP)


class Outcome(StrEnum):
    """What an entry of the record of attempts tells.

    `claimed` with nothing after it: the sender died. `rested`: the address asked for a rest, which is no failure.
    `found`, `absent`: what the surface answered when it was asked.
    `late`: somebody whose claim had passed to another wanted to say something (`why` says what); it changed nothing.
    """

    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    FOUND = "found"
    ABSENT = "absent"
    OBSOLETE = "obsolete"
    RESTED = "rested"
    PASSED_ON = "passed_on"
    GIVEN_UP = "given_up"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """Something that must leave once. `key` is unique for ever; `payload` is JSON without personal details.

    `recipient` is `person:…`, `post:…` (a coordinator's post), `agency:…` or `channel:…`; `chain` says who is told instead
    when nobody can be reached there, frozen with the message, and `step` how far down it stands. `surface` and `address`
    are empty until the message is due. `attempts` counts claims and is the fence: who holds an older number can mark
    nothing. `tries` counts failures at this step. `doubt`: an earlier sender may have got it out.
    """

    key: str
    kind: str
    surface: str
    recipient: str
    payload: str
    created_at: datetime
    not_before: datetime
    attempts: int = 0
    about: str = ""
    chain: tuple[str, ...] = ()
    step: int = 0
    address: str = ""
    tries: int = 0
    doubt: bool = False

    @property
    def target(self) -> str:
        """Whom it is for at this step."""
        return (self.recipient, *self.chain)[min(self.step, len(self.chain))]

    @property
    def is_last(self) -> bool:
        """Whether nobody comes after the present target."""
        return self.step >= len(self.chain)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A message as it stands. `by` is the replica that last claimed it; `final_at` is empty until its state is final."""

    message: OutgoingMessage
    state: State
    leased_until: datetime | None
    by: str
    receipt: str
    final_at: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One entry of the record of a message; `number` is the claim it belongs to, `target` whom it was for by then."""

    key: str
    number: int
    at: datetime
    outcome: Outcome
    why: str
    by: str
    target: str


@dataclass(frozen=True, slots=True)
class Line:
    """One occurrence that is told as a line of a digest, unique by `key`; `part_of` is the digest's key, whose fate it shares.

    `told_on`: the local day of the digest. `about` is the case.
    """

    key: str
    part_of: str
    about: str
    kind: str
    recipient: str
    told_on: date


@dataclass(frozen=True, slots=True)
class Lease:
    """How a replica takes work: its name, how long the work stays its own, and how much it takes at once.

    `lease` must be longer than the slowest send, time-outs included; then nobody else sends what may still arrive.
    `surface` (or `all_but` some surfaces) limits what is taken; without either, everything is.
    """

    by: str
    lease: timedelta
    limit: int
    surface: str = ""
    all_but: tuple[str, ...] = ()


class Outbox(Protocol):
    """The table of occurrences."""

    def put(self, message: OutgoingMessage) -> bool:
        """False when the key is already there (nothing is written)."""

    def put_all(self, messages: Sequence[OutgoingMessage]) -> int:
        """Put many at once; how many were new."""

    def put_digests(self, digests: Sequence[tuple[OutgoingMessage, Sequence[Line]]]) -> int:
        """Put digests with their lines; of one that is already there no line is written. Returns how many were new."""

    def told(self, since: date) -> Sequence[Line]:
        """Lines of every digest since that day that was not dropped as obsolete."""

    def claim(self, now: datetime, lease_seconds: int, limit: int) -> Sequence[OutgoingMessage]:
        """Due messages whatever their address, leased to the caller: another claimer gets them only after the lease."""

    def pending(self, now: datetime) -> bool:
        """Whether anything is to be routed, sent or asked about now; a reader may ask."""

    def unrouted(self, now: datetime, limit: int) -> Sequence[OutgoingMessage]:
        """Due messages without an address, oldest first, held by this transaction until it ends."""

    def route(self, where: Mapping[str, tuple[str, str]], doubtful: Collection[str] = ()) -> None:
        """Give waiting messages, by key, their surface and address; those of them that may be out already are asked about."""

    def claim_lanes(self, now: datetime, lease: Lease, gap: timedelta) -> Sequence[OutgoingMessage]:
        """The oldest due message of every address that may be written to now, which then rests for `gap`.

        An address that was served a few gaps late makes that up, so that the pace holds over many messages; two never
        follow each other within three quarters of `gap`, and over time it is never more than one per `gap`.
        """

    def next_turn(self, now: datetime, lease: Lease) -> datetime | None:
        """When the next address at rest, for which a message is due, may be written to; None when none is due."""

    def claim_doubtful(self, now: datetime, lease: Lease) -> Sequence[OutgoingMessage]:
        """Messages of which nobody knows whether they are out: unknown ones, and those whose sender's lease ran out."""

    def hold(self, surface: str, address: str, until: datetime) -> None:
        """Write nothing to an address before `until` (it asked for a rest), for `LONGEST_REST` at most.

        Call it before marking the message: lanes are locked before messages.
        """

    def sent(self, key: str, at: datetime, receipt: str, fence: int | None = None) -> bool:
        """It is out. False when the fence is out of date; then nothing changed but the record."""

    def found(self, key: str, at: datetime, receipt: str, fence: int) -> bool:
        """The surface was asked, and it is there."""

    def failed(self, key: str, at: datetime, why: str, again_at: datetime | None, fence: int | None = None) -> bool:
        """It did not get out; `again_at` None means it will not be tried again."""

    def rested(self, key: str, at: datetime, why: str, fence: int) -> bool:
        """The address asked for a rest (see `hold`): the message waits there without having failed."""

    def unknown(self, key: str, at: datetime, why: str, again_at: datetime, fence: int) -> bool:
        """Nobody knows; ask the surface from `again_at` on."""

    def absent(self, key: str, at: datetime, why: str, fence: int) -> bool:
        """The surface was asked, and it is not there (or it cannot be asked): it waits again, at the same address."""

    def obsolete(self, key: str, at: datetime, why: str, fence: int | None = None) -> bool:
        """It need not be sent any more."""

    def passed_on(self, key: str, at: datetime, why: str, fence: int | None = None) -> bool:
        """The present target cannot be reached: the next of the chain is."""

    def get(self, key: str) -> Occurrence | None: ...

    def attempts(self, key: str) -> Sequence[Attempt]:
        """Everything that happened to a message, in order."""

    def of_case(self, case_id: str) -> Sequence[Occurrence]:
        """Every occurrence about a case, oldest first; a line of a digest stands as its digest does."""

    def due_count(self, now: datetime) -> int:
        """How many wait to be sent now."""

    def late(self, now: datetime, older_than: timedelta, limit: int = 100) -> Sequence[Occurrence]:
        """Occurrences that were due longer ago than that and are not final, the longest due first."""


class ContactState(StrEnum):
    """Whether somebody can be reached there. `gone`: the surface said so for good (deactivated, archived, not a member)."""

    ACTIVE = "active"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach a recipient; a lower `rank` is tried first. `why` says what made it `gone`."""

    recipient: str
    surface: str
    address: str
    state: ContactState = ContactState.ACTIVE
    rank: int = 0
    why: str = ""


class Contacts(Protocol):
    """How recipients are reached."""

    def of(self, recipient: str) -> Sequence[Contact]:
        """Every contact of a recipient, the preferred first, those that are gone too; the web inbox when there is none."""

    def of_all(self, recipients: Iterable[str]) -> Mapping[str, Sequence[Contact]]:
        """`of` for many at once."""

    def on(self, surface: str) -> Sequence[Contact]:
        """Every contact of a surface, those that are gone too."""

    def put(self, contact: Contact, at: datetime) -> None:
        """Write or replace a contact (same recipient, surface and address)."""

    def gone(self, recipient: str, surface: str, address: str, why: str, at: datetime) -> None:
        """Nobody can be reached there any more, until the contact is put again."""


@dataclass(frozen=True, slots=True)
class InboxItem:
    """Something for a recipient to read on the web. `payload` is that of the message."""

    recipient: str
    key: str
    kind: str
    payload: str
    put_at: datetime
    read_at: datetime | None = None
    read_by: str = ""


class Inbox(Protocol):
    """What a person finds when opening the web."""

    def put(self, recipient: str, key: str, payload: str, at: datetime, kind: str = "") -> bool:
        """False when the recipient already has this key (nothing is written)."""

    def of(self, recipients: Sequence[str], limit: int = 50) -> Sequence[InboxItem]:
        """What lies there for any of the recipients, unread first, then the latest first."""

    def read(self, key: str, by: str, at: datetime) -> bool:
        """Mark every item of the key as read; False when none was unread. The first reader stays on record."""


class Beats(Protocol):
    """Signs of life: a name and when it last lived."""

    def put(self, name: str, at: datetime) -> None: ...

    def all(self) -> Mapping[str, datetime]:
        """Every name with its last moment."""
