"""営業日 and meeting dates: pure arithmetic over Japanese holidays, the year-end closure and a town's own closures.

Holidays come from `jpholiday` (国民の祝日に関する法律, incl. 振替休日 and 国民の休日). Dates of meetings are derived from a cadence,
never stored. Refuses to know the present moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

import jpholiday

from knowledge.catalogue import Cadence

_YEAR_END = frozenset({(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)})  # 行政機関の休日に関する法律1条


@lru_cache(maxsize=4096)
def is_holiday(day: date) -> bool:
    """国民の祝日・休日."""
    return bool(jpholiday.is_holiday(day))


def is_working_day(day: date, closures: tuple[str, ...] = ()) -> bool:
    """Whether the town hall is open. `closures`: local days as MM-DD."""
    closed = (day.month, day.day) in _YEAR_END or f"{day:%m-%d}" in closures
    return day.weekday() < 5 and not closed and not is_holiday(day)


def next_working_day(day: date, closures: tuple[str, ...] = ()) -> date:
    """`day` itself when it is a working day, else the next one."""
    while not is_working_day(day, closures):
        day += timedelta(days=1)
    return day


def add_working_days(day: date, count: int, closures: tuple[str, ...] = ()) -> date:
    """The working day that lies `count` working days after (or, negative, before) `day`; 0 moves to a working day."""
    if count == 0:
        return next_working_day(day, closures)
    step = timedelta(days=1 if count > 0 else -1)
    left = abs(count)
    while left:
        day += step
        left -= is_working_day(day, closures)
    return day


def meeting_dates(cadence: Cadence, after: date, closures: tuple[str, ...] = ()) -> Iterator[date]:
    """The meetings after a day, nearest first; none for `ad_hoc`. A meeting on a closed day moves to the next open one."""
    if cadence.every == "ad_hoc":
        return
    if cadence.every == "weekly":
        day = after + timedelta(days=(cadence.weekday - after.weekday() - 1) % 7 + 1)
        while True:
            yield next_working_day(day, closures)
            day += timedelta(days=7)
    year, month = after.year, after.month
    for _ in range(1200):
        if month in cadence.months or (cadence.every == "monthly" and not cadence.months):
            day = next_working_day(_nth_weekday(year, month, cadence.weekday, cadence.nth), closures)
            if day > after:
                yield day
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    day = first + timedelta(days=(weekday - first.weekday()) % 7)
    if nth == -1:
        following = day + timedelta(days=28)
        return following if following.month == month else day + timedelta(days=21)
    day += timedelta(days=7 * (nth - 1))
    return day if day.month == month else day - timedelta(days=7)


def next_meeting(cadence: Cadence, on: date, closures: tuple[str, ...] = ()) -> tuple[date, date] | None:
    """The next meeting whose agenda can still be reached from `on`, and the last day for the agenda."""
    for day in meeting_dates(cadence, on, closures):
        agenda = add_working_days(day, -cadence.agenda_days, closures) if cadence.agenda_days else day
        if agenda >= on:
            return day, agenda
    return None
