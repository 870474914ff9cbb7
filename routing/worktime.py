"""Working time of an office: is it open, when does it open next, how much working time lies between two moments.

Knows one office's hours and, through `routing.calendar`, weekends, holidays and the year-end closure. Moments come in any
zone and go out in Asia/Tokyo; a moment without a zone is refused. Refuses to know the present moment and who waits for what.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from knowledge.catalogue import PackInfo
from routing.calendar import add_working_days, is_working_day, next_working_day

TOKYO = ZoneInfo("Asia/Tokyo")

# 春分の日・秋分の日 are fixed by the 暦要項 that 国立天文台 publishes in the 官報 each February for the following year
# (国民の祝日に関する法律2条 says only 春分日, 秋分日); the 暦要項 of February 2026 covers 2027. `jpholiday` goes on computing
# both by astronomy up to the year 3000 to within a day, and it cannot know a law that moves a holiday (2019–2021).
HOLIDAYS_FIXED_UNTIL = date(2027, 12, 31)


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When an office is open: wall clock of Asia/Tokyo, the same on every working day; `closures` are local days as MM-DD.

    Raises `ValueError` when it would close before it opens (the pack checker reports such data before).
    """

    opens: time = time(8, 30)
    closes: time = time(17, 15)
    closures: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError(f"an office that opens at {self.opens} cannot close at {self.closes}")

    @property
    def zone(self) -> ZoneInfo:
        """The zone whose wall clock counts."""
        return TOKYO

    @property
    def day_length(self) -> timedelta:
        """Working time of one day."""
        return _length(self.opens, self.closes)


def hours_of(pack: PackInfo) -> OfficeHours:
    """The hours of a town's hall."""
    return OfficeHours(pack.office.opens, pack.office.closes, pack.local_closures)


@dataclass(frozen=True, slots=True)
class HorizonWarning:
    """Dates after `fixed_until` rest on computed, not yet published holidays. `passed`: the day itself lies after it."""

    fixed_until: date
    passed: bool


def horizon_warning(day: date, ahead_days: int = 30, fixed_until: date = HOLIDAYS_FIXED_UNTIL) -> HorizonWarning | None:
    """A warning when the published holidays end before `day` + `ahead_days`; None while they reach further."""
    if day + timedelta(days=ahead_days) <= fixed_until:
        return None
    return HorizonWarning(fixed_until, day > fixed_until)


def local(at: datetime) -> datetime:
    """The same moment in Asia/Tokyo. Raises `ValueError` for a moment without a zone."""
    if at.utcoffset() is None:
        raise ValueError("a moment without a time zone reached the working-time arithmetic")
    return at.astimezone(TOKYO)


def is_open(at: datetime, hours: OfficeHours) -> bool:
    """Whether somebody is there at this moment; the closing moment itself is closed."""
    here = local(at)
    return is_working_day(here.date(), hours.closures) and hours.opens <= here.time() < hours.closes


def next_open(at: datetime, hours: OfficeHours) -> datetime:
    """`at` itself when the office is open, else the next opening."""
    here = local(at)
    if is_open(here, hours):
        return here
    day = here.date() if here.time() < hours.opens else here.date() + timedelta(days=1)
    return _moment(next_working_day(day, hours.closures), hours.opens)


def add_working(at: datetime, span: timedelta, hours: OfficeHours) -> datetime:
    """The moment at which `span` of working time has passed since `at`.

    A span that is used up exactly at closing time ends there, not the next morning; no span at all gives `next_open`.
    Raises `ValueError` for a negative span.
    """
    if span < timedelta(0):
        raise ValueError("working time runs forward only")
    moment, left = next_open(at, hours), span
    while left > (until_closing := _moment(moment.date(), hours.closes) - moment):
        left -= until_closing
        day = next_working_day(moment.date() + timedelta(days=1), hours.closures)
        moment = _moment(day, hours.opens)
    return moment + left


def working_between(start: datetime, end: datetime, hours: OfficeHours) -> timedelta:
    """The working time between two moments; none when `end` does not lie after `start`."""
    first, last = local(start), local(end)
    total = timedelta(0)
    day = first.date()
    while day <= last.date():
        if is_working_day(day, hours.closures):
            since = max(first, _moment(day, hours.opens))
            total += max(timedelta(0), min(last, _moment(day, hours.closes)) - since)
        day += timedelta(days=1)
    return total


def add_days(at: datetime, days: int, hours: OfficeHours) -> datetime:
    """The same time of the wall clock `days` working days later (earlier when negative); 0 moves to a working day."""
    here = local(at)
    return _moment(add_working_days(here.date(), days, hours.closures), here.time())


def _moment(day: date, wall: time) -> datetime:
    return datetime.combine(day, wall, TOKYO)


def _length(opens: time, closes: time) -> timedelta:
    return datetime.combine(date.min, closes) - datetime.combine(date.min, opens)
