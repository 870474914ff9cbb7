"""Working time: offices open on working days, in Asia/Tokyo, whatever zone a moment is given in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.calendar import is_holiday, is_working_day
from routing.worktime import (
    HOLIDAYS_FIXED_UNTIL,
    TOKYO,
    HorizonWarning,
    OfficeHours,
    add_days,
    add_working,
    horizon_warning,
    is_open,
    next_open,
    working_between,
)

HOURS = OfficeHours()
zones = st.sampled_from([UTC, TOKYO, ZoneInfo("America/New_York"), timezone(timedelta(hours=-11))])
moments = st.datetimes(datetime(2021, 1, 1), datetime(2027, 12, 1), timezones=zones)
spans = st.timedeltas(timedelta(0), timedelta(hours=200))
offices = st.builds(
    OfficeHours,
    st.times(time(0), time(11, 59)),
    st.times(time(12), time(23, 59)),
    st.sets(st.sampled_from(["06-23", "05-10", "10-01"])).map(lambda days: tuple(sorted(days))),
)


def tokyo(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


# 内閣府「国民の祝日」: every holiday of the year, with 振替休日 (same list) and 国民の休日, and the special laws of 2019–2021.
OFFICIAL = {
    2009: "1/1 1/12 2/11 3/20 4/29 5/3 5/4 5/5 5/6 7/20 9/21 9/22 9/23 10/12 11/3 11/23 12/23",
    2015: "1/1 1/12 2/11 3/21 4/29 5/3 5/4 5/5 5/6 7/20 9/21 9/22 9/23 10/12 11/3 11/23 12/23",
    2019: "1/1 1/14 2/11 3/21 4/29 4/30 5/1 5/2 5/3 5/4 5/5 5/6 7/15 8/11 8/12 9/16 9/23 10/14 10/22 11/3 11/4 11/23",
    2020: "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/23 7/24 8/10 9/21 9/22 11/3 11/23",
    2021: "1/1 1/11 2/11 2/23 3/20 4/29 5/3 5/4 5/5 7/22 7/23 8/8 8/9 9/20 9/23 11/3 11/23",
    2024: "1/1 1/8 2/11 2/12 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/15 8/11 8/12 9/16 9/22 9/23 10/14 11/3 11/4 11/23",
    2025: "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/21 8/11 9/15 9/23 10/13 11/3 11/23 11/24",
    2026: "1/1 1/12 2/11 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/20 8/11 9/21 9/22 9/23 10/12 11/3 11/23",
    2027: "1/1 1/11 2/11 2/23 3/21 3/22 4/29 5/3 5/4 5/5 7/19 8/11 9/20 9/23 10/11 11/3 11/23",
}


def holidays(year: int) -> list[date]:
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    return [day for day in days if day.year == year and is_holiday(day)]


@pytest.mark.parametrize("year", OFFICIAL)
def test_holidays_are_those_of_the_cabinet_office(year: int) -> None:
    assert [f"{day.month}/{day.day}" for day in holidays(year)] == OFFICIAL[year].split()


@pytest.mark.parametrize("year", range(2022, 2061))
def test_a_holiday_on_a_sunday_moves_to_the_next_day_that_is_none(year: int) -> None:
    """国民の祝日に関する法律3条2項."""
    days = set(holidays(year))
    for sunday in [day for day in days if day.weekday() == 6]:
        after = sunday + timedelta(days=1)
        assert after in days


@pytest.mark.parametrize("year", range(2022, 2061))
def test_a_weekday_between_two_holidays_is_none_to_work_on(year: int) -> None:
    """国民の祝日に関する法律3条3項."""
    days = set(holidays(year))
    for day in days:
        if day + timedelta(days=2) in days:
            between = day + timedelta(days=1)
            assert between in days or between.weekday() == 6


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-20T08:29", "2026-11-20T08:30"),
        ("2026-11-20T08:30", "2026-11-20T08:30"),
        ("2026-11-20T17:14", "2026-11-20T17:14"),
        ("2026-11-20T17:15", "2026-11-24T08:30"),  # 土・日・勤労感謝の日
        ("2026-12-28T18:00", "2027-01-04T08:30"),  # 年末年始
        ("2026-09-18T20:00", "2026-09-24T08:30"),  # 敬老の日・国民の休日・秋分の日
        ("2027-03-19T20:00", "2027-03-23T08:30"),  # 振替休日
    ],
)
def test_an_office_opens_next_on(at: str, opens: str) -> None:
    assert next_open(tokyo(at), HOURS) == tokyo(opens)


@pytest.mark.parametrize(
    ("at", "minutes", "ends"),
    [
        ("2026-11-20T09:00", 60, "2026-11-20T10:00"),
        ("2026-11-20T16:15", 60, "2026-11-20T17:15"),
        ("2026-11-20T16:15", 61, "2026-11-24T08:31"),
        ("2026-11-20T03:00", 0, "2026-11-20T08:30"),
        ("2026-11-20T17:15", 30, "2026-11-24T09:00"),
        ("2026-12-28T17:00", 525 + 15, "2027-01-04T17:15"),
    ],
)
def test_working_time_runs_only_while_the_office_is_open(at: str, minutes: int, ends: str) -> None:
    assert add_working(tokyo(at), timedelta(minutes=minutes), HOURS) == tokyo(ends)


def test_a_local_closure_is_no_working_day_there_only() -> None:
    okinawa = OfficeHours(closures=("06-23",))
    at = tokyo("2026-06-22T17:00")
    assert add_working(at, timedelta(minutes=30), HOURS) == tokyo("2026-06-23T08:45")
    assert add_working(at, timedelta(minutes=30), okinawa) == tokyo("2026-06-24T08:45")


def test_a_moment_of_another_zone_is_the_same_moment_in_tokyo() -> None:
    sunday_evening = datetime(2026, 11, 15, 23, 45, tzinfo=UTC)  # Monday 8:45 in Tokyo
    assert is_open(sunday_evening, HOURS)
    assert next_open(sunday_evening, HOURS).isoformat() == "2026-11-16T08:45:00+09:00"


def test_the_same_time_some_working_days_later() -> None:
    assert add_days(tokyo("2026-11-20T16:00"), 2, HOURS) == tokyo("2026-11-25T16:00")
    assert add_days(tokyo("2026-11-24T16:00"), -1, HOURS) == tokyo("2026-11-20T16:00")
    assert add_days(tokyo("2026-11-21T16:00"), 0, HOURS) == tokyo("2026-11-24T16:00")


@pytest.mark.parametrize("reader", [is_open, next_open])
def test_a_moment_without_a_zone_is_refused(reader: object) -> None:
    with pytest.raises(ValueError):
        reader(datetime(2026, 11, 20, 9), HOURS)  # type: ignore[operator]


def test_an_office_that_closes_before_it_opens_and_negative_time_are_refused() -> None:
    with pytest.raises(ValueError):
        OfficeHours(time(17), time(9))
    with pytest.raises(ValueError):
        add_working(tokyo("2026-11-20T09:00"), timedelta(seconds=-1), HOURS)


@given(moments, offices)
def test_the_next_opening_is_open_and_nothing_before_it_is(at: datetime, hours: OfficeHours) -> None:
    opens = next_open(at, hours)
    assert is_open(opens, hours)
    assert opens >= at
    assert working_between(at, opens, hours) == timedelta(0)
    assert (opens == at) is is_open(at, hours)


@given(moments, spans, offices)
def test_what_was_added_lies_between(at: datetime, span: timedelta, hours: OfficeHours) -> None:
    end = add_working(at, span, hours)
    assert working_between(at, end, hours) == span
    assert is_working_day(end.date(), hours.closures)
    assert hours.opens <= end.time() <= hours.closes


@given(moments, spans, spans.filter(bool), offices)
def test_working_time_adds_up(at: datetime, first: timedelta, then: timedelta, hours: OfficeHours) -> None:
    assert add_working(add_working(at, first, hours), then, hours) == add_working(at, first + then, hours)


@given(moments, moments, moments, offices)
def test_working_time_between_adds_up(a: datetime, b: datetime, c: datetime, hours: OfficeHours) -> None:
    first, middle, last = sorted([a, b, c])
    parts = working_between(first, middle, hours) + working_between(middle, last, hours)
    assert parts == working_between(first, last, hours)
    assert working_between(last, first, hours) == timedelta(0) or first == last


@given(moments, st.integers(-20, 20), offices)
def test_days_later_keep_the_time_of_the_wall_clock(at: datetime, days: int, hours: OfficeHours) -> None:
    later = add_days(at, days, hours)
    assert is_working_day(later.date(), hours.closures)
    assert later.time() == at.astimezone(TOKYO).time()


@pytest.mark.parametrize(
    ("day", "warning"),
    [
        (HOLIDAYS_FIXED_UNTIL - timedelta(days=30), None),
        (HOLIDAYS_FIXED_UNTIL - timedelta(days=29), HorizonWarning(HOLIDAYS_FIXED_UNTIL, passed=False)),
        (HOLIDAYS_FIXED_UNTIL, HorizonWarning(HOLIDAYS_FIXED_UNTIL, passed=False)),
        (HOLIDAYS_FIXED_UNTIL + timedelta(days=1), HorizonWarning(HOLIDAYS_FIXED_UNTIL, passed=True)),
    ],
)
def test_a_holiday_list_that_ends_soon_is_warned_of(day: date, warning: HorizonWarning | None) -> None:
    assert horizon_warning(day) == warning
