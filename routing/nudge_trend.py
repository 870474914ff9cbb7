"""What happened to requests and cases, week by week, from the events of their timelines. Pure.

Knows which desk an answer concerns: an event names only the number of its request, so the request is looked up in its case.
Refuses to know whose figures are wanted, and small cells (cells.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from routing.cases import EventKind
from routing.figures import Happened
from routing.referrals import Purpose
from routing.worktime import local

EXPIRED = "expired"
_CAUSES = {EventKind.ACCEPTED.value: "", EventKind.EXPIRED.value: EXPIRED}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a request to take a case over. `cause`: why it came back (`expired`: nobody answered), "" when accepted."""

    on: date
    agency: str
    sender: str
    cause: str

    @property
    def came_back(self) -> bool:
        """たらい回し counts these."""
        return bool(self.cause)


@dataclass(frozen=True, slots=True)
class Trend:
    """Figures of whole weeks, the oldest first; `weeks`: their Mondays."""

    weeks: tuple[date, ...] = ()
    opened: tuple[int, ...] = ()
    accepted: tuple[int, ...] = ()
    declined: tuple[int, ...] = ()
    stuck: tuple[int, ...] = ()


def week_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def trend(opened: Iterable[date], found: Iterable[Answer], told: Iterable[date], week: date, weeks: int) -> Trend:
    """The last whole weeks before the week of a day."""
    mondays = tuple(week_of(week) - timedelta(weeks=n) for n in range(weeks, 0, -1))
    given = list(found)
    return Trend(
        mondays,
        _by_week(opened, mondays),
        _by_week((each.on for each in given if not each.came_back), mondays),
        _by_week((each.on for each in given if each.came_back), mondays),
        _by_week(told, mondays),
    )


def _by_week(days: Iterable[date], mondays: Sequence[date]) -> tuple[int, ...]:
    counts = dict.fromkeys(mondays, 0)
    for day in days:
        if week_of(day) in counts:
            counts[week_of(day)] += 1
    return tuple(counts.values())


def answers(happened: Iterable[Happened]) -> Iterator[Answer]:
    """Every answer to a request to take a case over. A request without its record is left out."""
    asked: dict[tuple[str, str], tuple[str, str]] = {}
    for event in happened:
        key = (event.case_id, event.data.get("referral", ""))
        if event.kind == EventKind.REFERRED:
            if event.data.get("purpose") == Purpose.TAKE:
                asked[key] = event.data.get("agency", ""), event.data.get("sender", "")
        elif key in asked and event.kind in (EventKind.ACCEPTED, EventKind.DECLINED, EventKind.EXPIRED):
            cause = _CAUSES.get(event.kind, event.data.get("reason", "other"))
            yield Answer(local(event.at).date(), *asked[key], cause)


def sent_back(happened: Iterable[Happened]) -> Iterator[tuple[date, str, tuple[str, ...]]]:
    """(day, the desk it came back to, reasons) of every escalation that the team sent back."""
    referrers: dict[tuple[str, str], str] = {}
    for event in happened:
        key = (event.case_id, event.data.get("escalation", ""))
        if event.kind == EventKind.ESCALATED:
            referrers[key] = event.data.get("referrer", "")
        elif event.kind == EventKind.SENT_BACK:
            yield local(event.at).date(), referrers.get(key, ""), tuple(event.data.get("reasons", "").split())


def told_stuck(happened: Iterable[Happened]) -> Iterator[tuple[date, str]]:
    """(day, the desk that held the case then) of every 止まっている."""
    owner: dict[str, str] = {}
    take: dict[tuple[str, str], str] = {}
    for event in happened:
        key = (event.case_id, event.data.get("referral", ""))
        if event.kind == EventKind.OPENED:
            owner[event.case_id] = event.data.get("owner", "")
        elif event.kind == EventKind.REFERRED and event.data.get("purpose") == Purpose.TAKE:
            take[key] = event.data.get("agency", "")
        elif event.kind == EventKind.ACCEPTED and key in take:
            owner[event.case_id] = take[key]
        elif event.kind == EventKind.STUCK:
            yield local(event.at).date(), owner.get(event.case_id, "")
