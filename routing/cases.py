"""案件 as a value, its events, and the moves that are legal: (case, command, at) → (case, events).

Knows what a confirmed case holds. Refuses to know names and addresses (they live in `Identity`, stored apart and
encrypted), storage, and how anything is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from routing.errors import IllegalMove


class CaseStatus(StrEnum):
    """States of a case that this module moves between."""

    OPEN = "open"
    CLOSED = "closed"


class EventKind(StrEnum):
    """What can happen to a case; the timeline shows one line per event."""

    OPENED = "opened"
    CONFIRMED = "confirmed"
    OVERRIDDEN = "overridden"
    SHEET_ANSWERED = "sheet_answered"
    NOTED = "noted"
    CLOSED = "closed"
    REOPENED = "reopened"
    CONSENT = "consent"
    SHARED = "shared"
    REFERRED = "referred"
    SEEN = "seen"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    LINK_GIVEN = "link_given"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    ROSE = "rose"
    TAKEN_UP = "taken_up"
    SENT_BACK = "sent_back"
    ASKED = "asked"
    INFORMED = "informed"
    CALLED_OFF = "called_off"
    FOLLOWED_UP = "followed_up"
    ASSIGNED = "assigned"
    PROGRESSED = "progressed"
    STUCK = "stuck"
    LATER = "later"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `data` holds ids, codes and dates only; free text lives in the case itself."""

    kind: EventKind
    at: datetime
    actor: str
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the clerk decided, beside what was proposed."""

    route: str
    meeting: str | None
    targets: tuple[str, ...]
    by: str
    at: datetime
    overridden: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A case. JSON documents (`reading`, `facts`, `proposal`) are kept exactly as they were shown on the day.

    `sheet` maps item ids of the intake form (member items as `item@member`) to answers; identity items are never in it.
    """

    id: str
    number: str
    pack: str
    pack_digest: str
    policy_digest: str
    on: date
    opened_at: datetime
    opened_by: str
    masked_text: str
    reading: str
    facts: str
    proposal: str
    confirmation: Confirmation
    form_version: str
    sheet: Mapping[str, str] = field(default_factory=dict)
    status: CaseStatus = CaseStatus.OPEN
    version: int = 0


def open_case(case: Case, owner: str = "", consent: str = "unknown") -> tuple[Case, tuple[Event, ...]]:
    """A newly confirmed case and the events that tell how it came to be. `owner`: the desk that answers for it."""
    at, by = case.opened_at, case.opened_by
    kind = EventKind.OVERRIDDEN if case.confirmation.overridden else EventKind.CONFIRMED
    decided = {"route": case.confirmation.route, "meeting": case.confirmation.meeting or ""}
    opened = {"number": case.number, "owner": owner, "consent": consent}
    return case, (Event(EventKind.OPENED, at, by, opened), Event(kind, at, by, decided))


def answer_sheet(case: Case, answers: Mapping[str, str], at: datetime, by: str) -> tuple[Case, tuple[Event, ...]]:
    """Put answers into the intake sheet; an empty answer takes the old one away. The event names items, not answers."""
    if case.status is CaseStatus.CLOSED:
        raise IllegalMove("終結", "シートへの記入")
    changed = {key for key, value in answers.items() if case.sheet.get(key, "") != value}
    if not changed:
        return case, ()
    sheet = {key: value for key, value in {**case.sheet, **answers}.items() if value}
    event = Event(EventKind.SHEET_ANSWERED, at, by, {"items": " ".join(sorted(changed))})
    return replace(case, sheet=sheet), (event,)


def close_case(case: Case, at: datetime, by: str, why: str) -> tuple[Case, tuple[Event, ...]]:
    """終結. `why` is a reason code."""
    if case.status is CaseStatus.CLOSED:
        raise IllegalMove("終結", "終結")
    return replace(case, status=CaseStatus.CLOSED), (Event(EventKind.CLOSED, at, by, {"reason": why}),)


def reopen_case(case: Case, at: datetime, by: str, why: str) -> tuple[Case, tuple[Event, ...]]:
    """再開."""
    if case.status is CaseStatus.OPEN:
        raise IllegalMove("対応中", "再開")
    return replace(case, status=CaseStatus.OPEN), (Event(EventKind.REOPENED, at, by, {"reason": why}),)
