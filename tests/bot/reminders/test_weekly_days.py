"""On which day the weekly nudge is put: the first working day of the week, at the hour, caught up for a little, once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rounds import Town, nudge_due, sweep
from knowledge.load import load
from routing.calendar import is_working_day
from routing.reminders import load_reminders
from routing.worktime import TOKYO, OfficeHours

REMINDERS = load_reminders(load("mihon"))
IREI = ("06-23",)  # 慰霊の日


@dataclass
class Supervisors:
    """Those who get it, and how often one asked for them."""

    asked: int = 0

    def __call__(self, _unit: Any) -> Iterable[str]:
        self.asked += 1
        return ("post:chief",)


def town(*closures: str) -> Town:
    return Town(REMINDERS, OfficeHours(closures=closures), "agency:team", supervisors=Supervisors())


def put_on(where: Town, day: date, hour: int = 8, minute: int = 45) -> bool:
    return nudge_due(where, datetime.combine(day, time(hour, minute), TOKYO)) is not None


WEEKS = [
    ("an ordinary Monday", date(2026, 11, 16), (), date(2026, 11, 16)),
    ("勤労感謝の日", date(2026, 11, 23), (), date(2026, 11, 24)),
    ("慰霊の日, where it is a local holiday", date(2025, 6, 23), IREI, date(2025, 6, 24)),
    ("慰霊の日, elsewhere", date(2025, 6, 23), (), date(2025, 6, 23)),
    ("敬老の日, 国民の休日 and 秋分の日", date(2026, 9, 21), (), date(2026, 9, 24)),
    ("the last days of the year", date(2026, 12, 28), (), date(2026, 12, 28)),
    ("a week that is closed as a whole", date(2025, 12, 29), (), date(2026, 1, 5)),
]


@pytest.mark.parametrize(("why", "monday", "closures", "expected"), WEEKS, ids=[why for why, *_ in WEEKS])
def test_the_first_day_of_a_week_on_which_it_is_put(
    why: str, monday: date, closures: tuple[str, ...], expected: date
) -> None:
    where = town(*closures)
    days = [monday + timedelta(days=n) for n in range(10)]
    assert next(day for day in days if put_on(where, day)) == expected
    assert not put_on(where, expected, 8, 44)
    assert not put_on(where, expected, 17, 15), "nor when nobody is there any more"


@settings(max_examples=200, deadline=None)
@given(st.dates(date(2024, 1, 1), date(2027, 12, 20)), st.booleans())
def test_it_is_put_on_working_days_only_within_three_of_them_a_week(day: date, local: bool) -> None:
    where = town(*(IREI if local else ()))
    monday = day - timedelta(days=day.weekday())
    found = [d for d in (monday + timedelta(days=n) for n in range(7)) if put_on(where, d)]
    assert all(is_working_day(d, where.hours.closures) for d in found)
    assert len(found) <= 3


def test_supervisors_are_looked_for_only_when_it_is_due(store: Any) -> None:
    people = Supervisors()
    where = replace(town(), supervisors=people)
    monday = datetime(2026, 11, 16, 8, 45, tzinfo=TOKYO)
    assert [sweep(store, where, monday - timedelta(minutes=1)), people.asked] == [0, 0]
    assert [sweep(store, where, monday), sweep(store, where, monday + timedelta(minutes=2)), people.asked] == [1, 0, 2]
    assert [sweep(store, where, monday + timedelta(days=3)), people.asked] == [0, 2]


def test_one_that_night_overtook_is_put_once_more_on_the_next_working_day(store: Any) -> None:
    where, monday = town(), datetime(2026, 11, 16, 16, 50, tzinfo=TOKYO)
    key = "weekly:2026-11-16:post:chief"
    assert sweep(store, where, monday) == 1
    with store.unit() as unit:
        assert unit.outbox.obsolete(key, monday + timedelta(hours=1), "after_hours")
        unit.commit()
    assert sweep(store, where, monday + timedelta(minutes=10)) == 0, "not on the same day"
    tuesday = monday + timedelta(hours=16)
    assert [sweep(store, where, tuesday + timedelta(minutes=n)) for n in range(2)] == [1, 0]
    with store.unit() as unit:
        assert unit.outbox.sent(f"{key}:2", tuesday, "ts-1")
        unit.commit()
    assert sweep(store, where, tuesday + timedelta(days=1)) == 0


def test_one_without_anything_to_tell_is_not_put_again(store: Any) -> None:
    where, monday = town(), datetime(2026, 11, 16, 8, 45, tzinfo=TOKYO)
    assert sweep(store, where, monday) == 1
    with store.unit() as unit:
        assert unit.outbox.obsolete("weekly:2026-11-16:post:chief", monday, "nothing_to_tell")
        unit.commit()
    assert sweep(store, where, monday + timedelta(days=1)) == 0
