"""What is due: on working days, at a decent hour, the latest occurrence only, to whom the data says."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.load import load
from routing.calendar import add_working_days, is_working_day
from routing.progress import Due, Kind, Watched, WorkingDays, due, nudge_day
from routing.reminders import load_reminders
from routing.worktime import TOKYO, OfficeHours, is_open

HOURS = OfficeHours()
AT = timedelta(hours=8, minutes=45)
PEOPLE = {"owner": "agency:a", "owner_supervisor": "post:s", "team": "agency:t"}
FALLBACK = {"opener": "owner", "owner": "owner_supervisor", "owner_supervisor": "team"}
KIND = Kind("no_progress", "progress", first=10, every=10, at_most=3, to="owner", then="owner_supervisor")
MONDAY = date(2026, 11, 2)


def at(day: date, hour: int = 8, minute: int = 45) -> datetime:
    return datetime.combine(day, time(hour, minute), TOKYO)


def watched(**changes: Any) -> Watched:
    given_ = {"case": "c-1", "number": "MH-1", "since": {"progress": at(MONDAY, 15)}, "people": PEOPLE}
    return Watched(**{**given_, **changes})


def find(now: datetime, kind: Kind = KIND, thing: Watched | None = None, hours: OfficeHours = HOURS) -> list[Due]:
    return list(due([thing or watched()], [kind], FALLBACK, AT, hours, now))


def story(kind: Kind, thing: Watched, days: int = 120, start: date = MONDAY) -> list[tuple[str, str]]:
    """(day on which it is told for the first time, recipient), looking every morning."""
    told: dict[str, tuple[str, str]] = {}
    for n in range(days):
        day = start + timedelta(days=n)
        for each in find(at(day, 9), kind, thing):
            told.setdefault(each.key, (f"{day:%m-%d}", each.recipient))
    return list(told.values())


def test_a_quiet_case_is_told_of_a_few_times_then_to_the_supervisor_then_no_more() -> None:
    assert story(KIND, watched()) == [
        ("11-17", "agency:a"),  # 10 working days after 11-02; 11-03 is a holiday
        ("12-02", "agency:a"),  # 11-23 is a holiday
        ("12-16", "agency:a"),
        ("01-05", "post:s"),  # 12-29 to 01-03 the town hall is closed
    ]


def test_before_the_hour_of_the_digest_and_on_closed_days_nothing_is_told() -> None:
    day = date(2026, 11, 17)
    assert find(at(day, 8, 44)) == []
    (found,) = find(at(day, 8, 45))
    assert (found.at, found.day, found.nth) == (at(day, 8, 45), day, 0)
    thing = watched(since={"progress": at(date(2026, 11, 4))})  # due on 11-18, still due two working days later
    assert [find(at(date(2026, 11, n), 9), thing=thing) != [] for n in (18, 19, 20, 21, 22, 23, 24)] == [
        True, True, True, False, False, False, False,
    ]  # fmt: skip


def test_the_hour_is_that_of_tokyo_wherever_the_server_stands() -> None:
    monday_morning = datetime(2026, 11, 15, 23, 45, tzinfo=UTC)  # a Sunday there
    thing = watched(since={"progress": datetime(2026, 10, 29, 16, tzinfo=UTC)})  # 10-30 in Tokyo
    assert [each.day for each in find(monday_morning, thing=thing)] == [date(2026, 11, 16)]


def test_after_a_long_sleep_only_the_latest_is_told_and_only_for_a_while() -> None:
    assert [each.nth for each in find(at(date(2026, 12, 4), 9))] == [1]
    assert find(at(date(2026, 12, 7), 9)) == []


def test_one_can_be_reminded_before_a_day_and_a_closed_day_moves_to_the_next_open_one() -> None:
    near = Kind("near", "due", first=-2, every=0, at_most=1, to="owner")
    on_day = Kind("review", "due", first=0, every=5, at_most=2, to="owner", then="team")
    sunday = watched(since={"due": date(2026, 11, 22)})
    assert story(near, sunday) == [("11-19", "agency:a")]
    assert story(on_day, sunday) == [("11-24", "agency:a"), ("12-01", "agency:a"), ("12-08", "agency:t")]


def test_a_local_closure_counts_where_it_is_one() -> None:
    thing = watched(since={"progress": at(date(2026, 6, 22))})
    tomorrow = Kind("x", "progress", first=1, every=0, at_most=1, to="owner")
    assert [each.day for each in find(at(date(2026, 6, 23)), tomorrow, thing)] == [date(2026, 6, 23)]
    okinawa = OfficeHours(closures=("06-23",))
    assert find(at(date(2026, 6, 23)), tomorrow, thing, okinawa) == []
    assert [each.day for each in find(at(date(2026, 6, 24)), tomorrow, thing, okinawa)] == [date(2026, 6, 24)]


def test_what_is_answered_meanwhile_is_not_told() -> None:
    assert story(KIND, watched(since={})) == []


@pytest.mark.parametrize("never", [{"no_progress"}, {"*"}])
def test_never_for_this_case_is_honoured(never: set[str]) -> None:
    assert story(KIND, watched(never=frozenset(never))) == []
    assert story(KIND, watched(never=frozenset({"review"}))) != []


@pytest.mark.parametrize("which", ["no_progress", "*"])
def test_later_moves_the_reminder_to_that_day_and_keeps_the_rest(which: str) -> None:
    until_saturday = watched(later={which: date(2026, 11, 21)})
    assert story(KIND, until_saturday)[:2] == [("11-24", "agency:a"), ("12-02", "agency:a")]
    assert story(KIND, watched(later={"review": date(2026, 11, 21)})) == story(KIND, watched())


def test_a_role_that_nobody_fills_falls_to_the_next_and_the_chain_follows() -> None:
    opener = Kind("x", "progress", first=10, every=0, at_most=1, to="opener")
    (found,) = find(at(date(2026, 11, 17)), opener)
    assert (found.recipient, found.chain) == ("agency:a", ("post:s", "agency:t"))
    alone = watched(people={"opener": "person:1", "owner": "person:1", "team": "agency:t"})
    (found,) = find(at(date(2026, 11, 17)), opener, alone)
    assert (found.recipient, found.chain) == ("person:1", ("agency:t",))
    assert find(at(date(2026, 11, 17)), opener, watched(people={"sender": "person:9"})) == []


MINUTES = Kind("u", "asked", first=60, every=30, at_most=2, to="owner", then="team", minutes=True, alone=True)


def test_minutes_are_those_of_working_time() -> None:
    thing = watched(since={"asked": at(date(2026, 11, 20), 16, 30)})  # Friday; Monday is a holiday
    assert find(at(date(2026, 11, 20), 17, 14), MINUTES, thing) == []
    (first,) = find(at(date(2026, 11, 24), 8, 45), MINUTES, thing)
    assert (first.at, first.recipient) == (at(date(2026, 11, 24), 8, 45), "agency:a")
    (second,) = find(at(date(2026, 11, 24), 9, 20), MINUTES, thing)
    assert (second.nth, second.at) == (1, at(date(2026, 11, 24), 9, 15))
    (then,) = find(at(date(2026, 11, 24), 11), MINUTES, thing)
    assert (then.recipient, then.at) == ("agency:t", at(date(2026, 11, 24), 9, 45))
    assert len({first.key, second.key, then.key}) == 3
    assert find(at(date(2026, 11, 27)), MINUTES, thing) == []


def test_what_is_urgent_at_any_hour_does_not_wait_for_the_morning() -> None:
    urgent = Kind("u", "asked", 60, 30, 2, "owner", minutes=True, any_hour=True, alone=True)
    thing = watched(since={"asked": at(date(2026, 11, 21), 23, 0)})
    (found,) = find(at(date(2026, 11, 22), 0, 5), urgent, thing)
    assert (found.at, found.nth) == (at(date(2026, 11, 22), 0, 0), 0)


dates = st.dates(date(2024, 1, 1), date(2027, 6, 1))
closures = st.sampled_from([(), ("06-23",), ("05-10", "10-01")])
kinds = st.builds(
    Kind,
    st.just("k"),
    st.just("progress"),
    st.integers(1, 30),
    st.integers(1, 15),
    st.integers(1, 4),
    st.just("owner"),
    st.sampled_from(["", "team"]),
    catch_up=st.integers(0, 5),
)


@given(dates, st.integers(0, 120), kinds, closures)
def test_whatever_is_due_lies_on_the_working_day_that_counting_by_hand_gives(
    since: date, later: int, kind: Kind, closed: tuple[str, ...]
) -> None:
    hours = OfficeHours(closures=closed)
    now = at(since + timedelta(days=later), 10)
    found = find(now, kind, watched(since={"progress": at(since)}), hours)
    by_hand = [add_working_days(since, kind.first + n * kind.every, closed) for n in range(kind.last + 1)]
    reached = [day for day in by_hand if day <= now.date()]
    if not reached or not is_working_day(now.date(), closed):
        assert found == []
        return
    still = add_working_days(reached[-1], kind.catch_up, closed) >= now.date()
    assert [each.day for each in found] == ([reached[-1]] if still else [])
    for each in found:
        assert is_open(each.at, hours)
        assert each.recipient == ("agency:a" if each.nth < kind.at_most else "agency:t")


@given(dates, st.integers(-30, 30), closures)
def test_numbers_of_working_days_count_as_the_calendar_does(day: date, count: int, closed: tuple[str, ...]) -> None:
    days = WorkingDays(day.year, closed)
    number = days.number(day, count)
    assert number is not None
    assert days.day(number) == add_working_days(day, count, closed)


def test_days_too_far_away_are_not_counted() -> None:
    days = WorkingDays(2026)
    assert days.number(date(2022, 12, 31)) is days.number(date(2028, 1, 1)) is None
    assert find(at(MONDAY, 9), thing=watched(since={"progress": at(date(2020, 1, 6))})) == []


@pytest.mark.parametrize(
    ("day", "nudge"),
    [
        (date(2026, 11, 16), date(2026, 11, 16)),
        (date(2026, 11, 20), date(2026, 11, 16)),
        (date(2026, 11, 25), date(2026, 11, 24)),  # Monday is 勤労感謝の日
        (date(2026, 9, 22), date(2026, 9, 24)),  # three days of holidays
        (date(2026, 12, 29), date(2026, 12, 28)),
        (date(2025, 12, 30), date(2026, 1, 5)),  # a whole week is closed
    ],
)
def test_the_weekly_nudge_comes_on_monday_or_the_next_working_day(day: date, nudge: date) -> None:
    assert nudge_day(day) == nudge


def test_the_shipped_kinds_find_each_anchor() -> None:
    """Every shipped kind is due at some moment for a case that carries its anchor, and addressed to somebody."""
    town = load_reminders(load("mihon"))
    for kind in town.kinds:
        since: Any = MONDAY if kind.since in ("due", "review", "agenda", "verified") else at(MONDAY)
        people = {kind.to: "person:to", kind.then: "person:then"}
        thing = watched(since={kind.since: since}, people=people)
        found = story(kind, thing, days=200, start=MONDAY - timedelta(days=20))
        assert [who for _, who in found] == ["person:to"] * kind.at_most + ["person:then"] * bool(kind.then), kind.id
