"""From what is due to messages: one digest per person and day, silent when empty, and single messages for what cannot wait.

Knows caps, the least days between two reminders of one case to one person, and keys; what does not fit today is due again
tomorrow. Refuses to know wording: a payload holds case numbers, kinds, days and counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from routing.outgoing import Line, OutgoingMessage
from routing.progress import Due, WorkingDays

DIGEST, WEEKLY = "digest", "weekly"
AFTER_HOURS = "after_hours"  # why one was not sent: it is told on the next working day


@dataclass(frozen=True, slots=True)
class Caps:
    """`lines`: the most cases one digest tells of. `days_between`: the least working days between two for one case and person."""

    lines: int = 10
    days_between: int = 2


@dataclass(frozen=True, slots=True)
class Digest:
    """A message and the occurrences it tells of."""

    message: OutgoingMessage
    lines: tuple[Line, ...]


def singles(found: Iterable[Due], now: datetime) -> list[OutgoingMessage]:
    """A message of its own for each."""
    return [
        OutgoingMessage(
            each.key,
            each.kind.id,
            "",
            each.recipient,
            json.dumps(_line(each), ensure_ascii=False),
            now,
            each.at,
            about=each.watched.case,
            chain=each.chain,
        )
        for each in found
    ]


def digests(
    found: Iterable[Due], told: Sequence[Line], caps: Caps, days: WorkingDays, now: datetime, today: date
) -> list[Digest]:
    """A digest for everybody who has something to be told today and was not told yet. `told`: lines of the last days.

    Of one case only the kind of the lowest rank is told; a case that was told of lately waits.
    """
    keys = {line.key for line in told}
    had_theirs = {line.recipient for line in told if line.told_on == today}
    lately = _last_told(told)
    by_person: dict[str, list[Due]] = {}
    for each in found:
        if each.key not in keys and each.recipient not in had_theirs and not _too_soon(each, lately, caps, days, today):
            by_person.setdefault(each.recipient, []).append(each)
    return [_digest(person, mine, caps, now, today) for person, mine in sorted(by_person.items())]


def _last_told(told: Sequence[Line]) -> Mapping[tuple[str, str], date]:
    lately: dict[tuple[str, str], date] = {}
    for line in told:
        case = (line.about, line.recipient)
        lately[case] = max(line.told_on, lately.get(case, date.min))
    return lately


def _too_soon(each: Due, lately: Mapping[tuple[str, str], date], caps: Caps, days: WorkingDays, today: date) -> bool:
    last = lately.get((each.watched.case, each.recipient))
    if each.kind.always or last is None or not each.watched.case:
        return False
    return (days.number(today) or 0) - (days.number(last) or 0) < caps.days_between


def _digest(person: str, mine: Sequence[Due], caps: Caps, now: datetime, today: date) -> Digest:
    first: dict[tuple[str, str], Due] = {}
    for each in sorted(mine, key=lambda each: each.kind.rank):
        first.setdefault((each.watched.case, "" if each.watched.case else each.watched.subject), each)
    shown = sorted(first.values(), key=lambda each: (each.day, each.watched.number, each.watched.subject))[: caps.lines]
    key = f"{DIGEST}:{today}:{person}"
    payload = {"day": today.isoformat(), "lines": [_line(each) for each in shown], "more": len(first) - len(shown)}
    chain = shown[0].chain
    text = json.dumps(payload, ensure_ascii=False)
    message = OutgoingMessage(key, DIGEST, "", person, text, now, shown[0].at, chain=chain)
    lines = (Line(each.key, key, each.watched.case, each.kind.id, person, today) for each in shown)
    return Digest(message, tuple(lines))


def _line(each: Due) -> Mapping[str, object]:
    since = each.watched.since[each.kind.since]
    return {
        "key": each.key,
        "case": each.watched.number,
        "case_id": each.watched.case,
        "subject": each.watched.subject,
        "kind": each.kind.id,
        "since": since.isoformat(),
        "day": each.day.isoformat(),
        "nth": each.nth,
    }


def weekly(recipients: Iterable[str], week: date, at: datetime, now: datetime) -> list[OutgoingMessage]:
    """The weekly nudge for everybody who gets one; what it says is worked out when it is shown. `week`: its nudge day."""
    payload = json.dumps({"week": week.isoformat()})
    return [OutgoingMessage(f"{WEEKLY}:{week}:{person}", WEEKLY, "", person, payload, now, at) for person in recipients]
