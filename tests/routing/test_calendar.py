"""営業日 and the dates of meetings are derived, never stored."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.catalogue import Cadence
from routing.calendar import add_working_days, is_working_day, meeting_dates, next_meeting, next_working_day

days = st.dates(date(2021, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
        (date(2026, 11, 23), False),  # 勤労感謝の日
        (date(2026, 5, 6), False),  # 振替休日
        (date(2026, 9, 22), False),  # 国民の休日
        (date(2026, 12, 28), True),
        (date(2026, 12, 29), False),
        (date(2027, 1, 3), False),
        (date(2027, 1, 4), True),
    ],
)
def test_town_halls_are_open_on(day: date, open_: bool) -> None:
    assert is_working_day(day) is open_


def test_a_town_may_close_on_days_of_its_own() -> None:
    day = date(2026, 6, 23)  # 慰霊の日
    assert is_working_day(day)
    assert not is_working_day(day, ("06-23",))


@given(days, st.integers(-30, 30))
def test_working_days_later_is_a_working_day_in_the_right_direction(day: date, count: int) -> None:
    later = add_working_days(day, count)
    assert is_working_day(later)
    assert later >= day if count >= 0 else later < day


@given(days, st.integers(1, 20))
def test_there_and_back_again_from_a_working_day(day: date, count: int) -> None:
    start = next_working_day(day)
    assert add_working_days(add_working_days(start, count), -count) == start


@given(days, st.integers(0, 4), st.sampled_from([1, 2, 3, 4, -1]))
def test_monthly_meetings_fall_on_open_days_once_a_month(after: date, weekday: int, nth: int) -> None:
    cadence = Cadence(every="monthly", weekday=weekday, nth=nth)
    found = list(islice(meeting_dates(cadence, after), 12))
    assert all(day > after and is_working_day(day) for day in found)
    assert found == sorted(set(found))
    assert all((b - a) < timedelta(days=50) for a, b in zip(found, found[1:], strict=False))


def test_second_thursday_and_its_agenda() -> None:
    cadence = Cadence(every="monthly", weekday=3, nth=2, agenda_days=7)
    assert next_meeting(cadence, date(2026, 11, 21)) == (date(2026, 12, 10), date(2026, 12, 1))


def test_when_the_agenda_can_no_longer_be_reached_the_meeting_after_is_named() -> None:
    cadence = Cadence(every="monthly", weekday=3, nth=2, agenda_days=7)
    assert next_meeting(cadence, date(2026, 12, 1)) == (date(2026, 12, 10), date(2026, 12, 1))
    assert next_meeting(cadence, date(2026, 12, 2)) == (date(2027, 1, 14), date(2027, 1, 4))


def test_bodies_that_meet_when_needed_have_no_date() -> None:
    assert next_meeting(Cadence(every="ad_hoc"), date(2026, 11, 21)) is None
