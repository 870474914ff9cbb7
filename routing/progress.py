"""What is due to be told, to whom, and on which working day: pure arithmetic over what is being watched.

A kind of reminder is a row of data; what it counts from is a moment or a day that the watched thing carries. Only the latest
occurrence of a kind is ever due, so nothing piles up while nobody looked. Knows working days, repetition, snoozing and the
order of recipients; refuses to know where the watched things come from, digests (see `digest`), wording and the present moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache

from routing.calendar import add_working_days, is_working_day, next_working_day
from routing.worktime import OfficeHours, add_working, is_open, local, next_open, working_between

ALL = "*"
_YEARS_BACK, _YEARS_AHEAD = 3, 1

# What kinds can count from. `moment`: something happened then. `day`: a day that was set, so one can remind before it.
ANCHORS: Mapping[str, str] = {
    "asked": "moment",  # a hand-over was sent and is not answered
    "alerted": "moment",  # an escalation that nobody has acknowledged
    "progress": "moment",  # when anything last happened to an open case
    "planless": "moment",  # taken up by the team, and there is no plan yet
    "consent": "moment",  # when consent was last asked for in vain
    "closed": "moment",  # a closed case that a follow-up was promised for
    "due": "day",  # an assignment's last day
    "review": "day",  # the day of the review
    "agenda": "day",  # the last day for a meeting's agenda
    "verified": "day",  # until when a knowledge entry counts as verified
}
ROLES = (
    "owner", "owner_deputy", "owner_supervisor", "opener", "sender", "receiver", "receiver_supervisor", "assignee", "team",
    "keeper",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """A row of reminders.toml. `first` and `every` are working days, or `minutes` of working time (wall time at `any_hour`).

    `every` 0: once. After `at_most` reminders `then` is told once, if anybody. `catch_up`: for how many working days a
    reminder that was missed is still sent. `always`: not subject to the least days between two reminders. `rank`: of several
    kinds about one case, the lowest is told.
    """

    id: str
    since: str
    first: int
    every: int
    at_most: int
    to: str
    then: str = ""
    minutes: bool = False
    any_hour: bool = False
    alone: bool = False
    catch_up: int = 2
    always: bool = False
    rank: int = 0

    @property
    def last(self) -> int:
        """The number of the last occurrence, counting from 0."""
        return self.at_most if self.then else self.at_most - 1


@dataclass(frozen=True, slots=True)
class Watched:
    """Something that reminders can be about. `case` is its id (empty for a knowledge entry), `subject` which of its parts.

    `since` holds the anchors that apply now: an answered hand-over has no `asked`. `people` says who fills a role
    (`person:…`, `post:…`, `agency:…`). `never` and `later` (until which day) name kinds, or all of them by `*`.
    """

    case: str
    number: str
    since: Mapping[str, date | datetime]
    people: Mapping[str, str]
    subject: str = ""
    never: frozenset[str] = frozenset()
    later: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Due:
    """One occurrence that is due: the `nth` (from 0) of its kind, for its `day`, not to leave before `at`."""

    kind: Kind
    watched: Watched
    nth: int
    day: date
    at: datetime
    recipient: str
    chain: tuple[str, ...]

    @property
    def key(self) -> str:
        """Unique over case (and part), kind, day (or minute) and recipient."""
        moment = f"{self.at:%Y-%m-%dT%H%M}" if self.kind.minutes else self.day.isoformat()
        return f"{self.kind.id}:{self.watched.case}:{self.watched.subject}:{moment}:{self.recipient}"


class WorkingDays:
    """Working days by number, so that counting them is subtraction. Reaches three years back and one ahead of `year`."""

    def __init__(self, year: int, closures: tuple[str, ...] = ()) -> None:
        self._start = date(year - _YEARS_BACK, 1, 1)
        self._days: list[date] = []
        self._before: list[int] = []  # by day since the start: how many working days lie before it
        self._open: list[bool] = []
        for n in range((date(year + _YEARS_AHEAD + 1, 1, 1) - self._start).days):
            day = self._start + timedelta(days=n)
            self._before.append(len(self._days))
            self._open.append(is_working_day(day, closures))
            if self._open[-1]:
                self._days.append(day)

    def number(self, day: date, count: int = 0) -> int | None:
        """The number of the working day `count` after `day`, counting as `calendar.add_working_days` does; None outside."""
        offset = (day - self._start).days
        if not 0 <= offset < len(self._before):
            return None
        before = self._before[offset]
        return before + count if count <= 0 or self._open[offset] else before + count - 1

    def day(self, number: int) -> date:
        """The working day of a number."""
        return self._days[number]


@lru_cache(maxsize=16)
def working_days(year: int, closures: tuple[str, ...] = ()) -> WorkingDays:
    """The working days around a year, worked out once."""
    return WorkingDays(year, closures)


def due(
    watched: Iterable[Watched],
    kinds: Iterable[Kind],
    fallback: Mapping[str, str],
    digest_at: timedelta,
    hours: OfficeHours,
    now: datetime,
) -> Iterator[Due]:
    """Everything that is due at `now`: what is told in digests after `digest_at` (since midnight), while the office is open.

    What was told before is due again until it is over: whoever tells it keeps keys. `fallback` says who is told when a role
    is filled by nobody, or cannot be reached.
    """
    here = local(now)
    today = here.date()
    midnight = datetime.combine(today, datetime.min.time(), hours.zone)
    telling = is_open(here, hours) and here >= midnight + digest_at
    days = working_days(today.year, hours.closures)
    by_anchor: dict[str, list[Kind]] = {}
    for kind in kinds:
        if telling or kind.minutes:
            by_anchor.setdefault(kind.since, []).append(kind)
    number = days.number(today) or 0
    for each in watched:
        for anchor, since in each.since.items():
            for kind in by_anchor.get(anchor, ()):
                found = (
                    _by_minutes(kind, since, hours, here) if kind.minutes else _by_days(kind, each, since, days, number)
                )
                if found is not None and kind.id not in each.never and ALL not in each.never:
                    yield from _addressed(each, kind, found, fallback, midnight + digest_at)


_Found = tuple[int, date, datetime | None]


def _by_days(kind: Kind, watched: Watched, since: date | datetime, days: WorkingDays, today: int) -> _Found | None:
    """Which occurrence is the latest, and its day."""
    first = days.number(local(since).date() if isinstance(since, datetime) else since, kind.first)
    if first is None or first > today:
        return None
    nth = min((today - first) // kind.every, kind.last) if kind.every else 0
    number = first + nth * kind.every
    if watched.later:
        until = max(watched.later.get(kind.id, date.min), watched.later.get(ALL, date.min))
        number = max(number, days.number(until) or 0)
    if not 0 <= today - number <= kind.catch_up:
        return None
    return nth, days.day(number), None


def _by_minutes(kind: Kind, since: date | datetime, hours: OfficeHours, now: datetime) -> _Found | None:
    """The same in minutes; such reminders are urgent, so they cannot be put off to another day."""
    if not isinstance(since, datetime) or since > now or now - since > timedelta(days=60):
        return None
    passed = now - since if kind.any_hour else working_between(since, now, hours)
    first, every = timedelta(minutes=kind.first), timedelta(minutes=kind.every)
    if passed < first:
        return None
    nth = min((passed - first) // every, kind.last) if kind.every else 0
    moment = local(since) + first + nth * every if kind.any_hour else add_working(since, first + nth * every, hours)
    if now.date() > add_working_days(moment.date(), kind.catch_up, hours.closures):
        return None
    return nth, moment.date(), moment if kind.any_hour else next_open(moment, hours)


def _addressed(
    watched: Watched, kind: Kind, found: _Found, fallback: Mapping[str, str], digest_at: datetime
) -> Iterator[Due]:
    nth, day, at = found
    chain = _people(kind.to if nth < kind.at_most else kind.then, watched.people, fallback)
    if chain:
        yield Due(kind, watched, nth, day, at or digest_at, chain[0], chain[1:])


def _people(role: str, people: Mapping[str, str], fallback: Mapping[str, str]) -> tuple[str, ...]:
    """Who fills a role and who comes after, each once."""
    found: dict[str, None] = {}
    while role:
        if people.get(role):
            found[people[role]] = None
        role = fallback.get(role, "")
    return tuple(found)


def nudge_day(day: date, closures: tuple[str, ...] = ()) -> date:
    """The day of the weekly nudge for the week that `day` lies in: its Monday, or the next working day."""
    return next_working_day(day - timedelta(days=day.weekday()), closures)
