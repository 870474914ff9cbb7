"""Which open cases a supervisor should look at: those that stand still, are unanswered, unacknowledged or overdue. Pure.

Cases are named only to those who may see them anyway; of others there are counts by desk. Reads the parts that
`watching.parts_of` wrote, many at once. Refuses to know what happened to closed cases (nudge_trend.py) and wording.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice

from routing.cells import Cells, named
from routing.figures import Held
from routing.progress import ALL, WorkingDays
from routing.worktime import local

STUCK, WAITING, ALERTED, REVIEWS = "stuck", "waiting", "alerted", "reviews"
LISTS = (STUCK, WAITING, ALERTED, REVIEWS)
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Policy: working days without a word until a case counts as standing still (`quiet`), until an answer (`asked`) or the
    team's word (`alerted`) counts as missing; `least_cell`; `weeks` looked back; the most `lines` of a list."""

    quiet: int
    asked: int
    alerted: int
    least_cell: int
    weeks: int
    lines: int


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose nudge it is: these desks; with `whole` the figures of every desk, and the cases that were brought up."""

    desks: frozenset[str]
    whole: bool = False

    def counts(self, *desks: str) -> bool:
        """Whether what concerns these desks counts."""
        return self.whole or any(desk in self.desks for desk in desks)

    def names(self, case: Held, line: Line) -> bool:
        """Whether the case may be named."""
        return case.owner in self.desks or line.desk in self.desks or (self.whole and bool(case.escalation))


@dataclass(frozen=True, slots=True)
class Line:
    """A case to look at. `days`: working days since `since`; `reason`: what its holder said; `desk`: who holds it or is asked."""

    number: str
    desk: str
    since: date
    days: int
    reason: str = ""
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """The cases of a list that are told, the longest waiting first, how many more there are, and those elsewhere by desk."""

    lines: tuple[Line, ...] = ()
    more: int = 0
    elsewhere: Cells = field(default_factory=Cells)

    def __bool__(self) -> bool:
        return bool(self.lines or self.elsewhere)


@dataclass(frozen=True, slots=True)
class Look:
    """How one looks: the policy, and working days up to today."""

    limits: Limits
    days: WorkingDays
    today: date

    def passed(self, since: date) -> int:
        """Working days from a day to today; what lies before the calendar's reach counts from there."""
        return max((self.days.number(self.today) or 0) - (self.days.number(since) or 0), 0)


_Part = Mapping[str, str]
Found = tuple[str, Held, Line]


def listed(held: Iterable[Held], scope: Scope, look: Look) -> dict[str, Listed]:
    """The four lists."""
    mine: dict[str, list[Line]] = {name: [] for name in LISTS}
    elsewhere: dict[str, Counter[str]] = {name: Counter() for name in LISTS}
    for name, case, line in found(held, look):
        if scope.names(case, line):
            mine[name].append(line)
        elif scope.whole:
            elsewhere[name][case.owner] += 1
    return {name: _list(mine[name], elsewhere[name], look.limits) for name in LISTS}


def any_found(held: Iterable[Held], scope: Scope, look: Look) -> bool:
    """Whether there would be anything on the lists; no further row is read after the first that says so."""
    return any(scope.whole or scope.names(case, line) for _, case, line in found(held, look))


def found(held: Iterable[Held], look: Look) -> Iterator[Found]:
    """Every reason to look at a case: (list, case, line)."""
    rows = iter(held)
    while batch := list(islice(rows, _AT_ONCE)):
        for case, parts in zip(batch, json.loads(f"[{','.join(row.parts for row in batch)}]"), strict=True):
            for place, part in enumerate(parts):
                if place == 0:
                    yield from _stuck(case, part, look)
                yield from _late(case, part, look)


def _stuck(case: Held, whole: _Part, look: Look) -> Iterator[Found]:
    """Said to be stuck, or without a word for long; a case that was put off until a day is not looked at before."""
    reason = whole.get("stuck", "")
    if not reason and "progress" not in whole:
        return
    since = local(case.last_at).date()
    passed = look.passed(since)
    if (reason or passed >= look.limits.quiet) and not _rests(whole, look.today):
        yield STUCK, case, Line(case.number, case.owner, since, passed, reason, case.urgent)


def _late(case: Held, part: _Part, look: Look) -> Iterator[Found]:
    """Requests without an answer, escalations that nobody acknowledged, days of a joint follow-up that are over."""
    limits = look.limits
    for name, anchor, least in (
        (WAITING, "asked", limits.asked),
        (ALERTED, "alerted", limits.alerted),
        (REVIEWS, "review", 1),
    ):
        if anchor in part:
            since = _day(part[anchor])
            passed = look.passed(since)
            if passed >= least:
                desk = part.get("receiver", "") if name == WAITING else case.owner
                yield name, case, Line(case.number, desk, since, passed, urgent=case.urgent)


def _list(mine: list[Line], elsewhere: Counter[str], limits: Limits) -> Listed:
    mine.sort(key=lambda line: (-line.urgent, -line.days, line.number, line.desk))
    told = mine[: limits.lines]
    return Listed(tuple(told), len(mine) - len(told), named(elsewhere, limits.least_cell))


def _rests(whole: Mapping[str, object], today: date) -> bool:
    later = whole.get("later")
    until = [later[kind] for kind in (ALL, "no_progress") if kind in later] if isinstance(later, Mapping) else []
    return any(date.fromisoformat(day) > today for day in until)


def _day(text: str) -> date:
    return local(datetime.fromisoformat(text)).date() if "T" in text else date.fromisoformat(text)
