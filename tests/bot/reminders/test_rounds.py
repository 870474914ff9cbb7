"""From a quiet case to the inbox, once; a stuck message is raised; outages are told of once and survived."""

from __future__ import annotations

import json
import logging
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from bot.delivery import Delivery, DeliveryRules
from bot.rounds import Round, Rounds, Town, audit, beat, delivery_rules, replica_rounds, still_due, sweep
from knowledge.load import load
from routing.errors import StoreUnreachable
from routing.outgoing import Contact, State
from routing.progress import Watched
from routing.reminders import load_reminders
from routing.worktime import TOKYO, OfficeHours
from tests.bot.reminders.conftest import Clock, Surface

REMINDERS = load_reminders(load("mihon"))
HOURS = OfficeHours()
PEOPLE = {"owner": "agency:houkatsu", "owner_supervisor": "post:chief", "team": "agency:project-team"}
QUIET_SINCE = datetime(2026, 11, 2, 15, tzinfo=TOKYO)
DUE_DAY = date(2026, 11, 17)


def at(day: date, hour: int = 8, minute: int = 45) -> datetime:
    return datetime.combine(day, time(hour, minute), TOKYO)


class Cases:
    """What is watched, changeable in the middle of a test."""

    def __init__(self, *things: Watched) -> None:
        self.things = {thing.case: thing for thing in things}

    def __call__(self, unit: Any, cases: Any) -> list[Watched]:
        return [thing for case, thing in self.things.items() if cases is None or case in cases]


def quiet(case: str, **changes: Any) -> Watched:
    return Watched(
        **{"case": case, "number": case.upper(), "since": {"progress": QUIET_SINCE}, "people": PEOPLE, **changes}
    )


def town(*things: Watched, supervisors: tuple[str, ...] = ()) -> tuple[Town, Cases]:
    cases = Cases(*things)
    return Town(REMINDERS, HOURS, "agency:project-team", cases, lambda unit: supervisors), cases


def inbox(store: Any, *recipients: str) -> list[Any]:
    with store.unit(reading=True) as unit:
        return [json.loads(item.payload) for item in unit.inbox.of(recipients)]


def deliver(store: Any, clock: Clock, where: Town, *surfaces: Surface) -> Any:
    return Delivery(store, surfaces, clock, "r1", delivery_rules(REMINDERS), still_due(where, clock)).run()


def test_quiet_cases_reach_their_desk_as_one_digest_however_often_one_looks(store: Any, clock: Clock) -> None:
    where, _ = town(quiet("a"), quiet("b"), quiet("c", people={"owner": "agency:other"}))
    clock.now = at(DUE_DAY)
    assert [sweep(store, where, clock.now) for _ in range(3)] == [2, 0, 0]
    deliver(store, clock, where)
    (digest,) = inbox(store, "agency:houkatsu")
    assert [line["case"] for line in digest["lines"]] == ["A", "B"]
    with store.unit(reading=True) as unit:
        (occurrence,) = unit.outbox.of_case("a")
    assert (occurrence.message.kind, occurrence.state) == ("no_progress", State.SENT)


def test_before_the_hour_and_without_anything_to_say_all_is_silent(store: Any, clock: Clock) -> None:
    where, cases = town(quiet("a"))
    assert sweep(store, where, at(DUE_DAY, 8, 44)) == 0
    cases.things.clear()
    assert sweep(store, where, at(DUE_DAY)) == 0


def test_a_case_that_moved_on_between_looking_and_sending_is_not_told_of(store: Any, clock: Clock) -> None:
    where, cases = town(quiet("a"))
    clock.now = at(DUE_DAY)
    sweep(store, where, clock.now)
    cases.things["a"] = quiet("a", since={"progress": clock.now})
    assert deliver(store, clock, where)["obsolete"] == 1
    assert inbox(store, "agency:houkatsu") == []
    with store.unit(reading=True) as unit:
        (occurrence,) = unit.outbox.of_case("a")
        assert occurrence.state is State.OBSOLETE
        assert unit.outbox.attempts(occurrence.message.key)[-1].why == "no_longer_due"


@pytest.mark.parametrize(
    "change", [{"never": frozenset({"no_progress"})}, {"later": {"*": date(2026, 12, 1)}}, {"since": {}}]
)
def test_never_later_and_closed_take_back_what_was_not_sent_yet(
    store: Any, clock: Clock, change: dict[str, Any]
) -> None:
    where, cases = town(quiet("a"))
    clock.now = at(DUE_DAY)
    sweep(store, where, clock.now)
    cases.things["a"] = quiet("a", **change)
    assert deliver(store, clock, where)["obsolete"] == 1


def test_a_digest_goes_while_one_of_its_cases_still_waits(store: Any, clock: Clock) -> None:
    where, cases = town(quiet("a"), quiet("b"))
    clock.now = at(DUE_DAY)
    sweep(store, where, clock.now)
    del cases.things["a"]
    deliver(store, clock, where)
    assert len(inbox(store, "agency:houkatsu")) == 1


def test_a_message_that_is_no_reminder_is_not_read_again_as_one(store: Any, clock: Clock, some: Any) -> None:
    where, _ = town()
    with store.unit() as unit:
        unit.outbox.put(some.message(kind="escalation", recipient="agency:x", surface=""))
        unit.commit()
    assert deliver(store, clock, where)["sent"] == 1


def test_a_day_that_was_missed_is_caught_up_once(store: Any, clock: Clock) -> None:
    where, _ = town(quiet("a"))
    next_day = at(date(2026, 11, 18), 11)
    assert [sweep(store, where, next_day), sweep(store, where, next_day + timedelta(days=1))] == [1, 0]


def test_supervisors_are_nudged_once_a_week_on_its_first_working_day(store: Any, clock: Clock) -> None:
    where, _ = town(supervisors=("post:chief", "post:head"))
    told = [sweep(store, where, at(date(2026, 11, day), 8, minute)) for day in range(21, 28) for minute in (44, 45)]
    assert told == [0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0]  # 11-23 is a holiday


def test_the_end_of_the_published_holidays_is_told_once_in_time(store: Any, clock: Clock) -> None:
    where, _ = town()
    assert sweep(store, where, at(date(2027, 12, 1), 9)) == 0
    assert [sweep(store, where, at(date(2027, 12, day), 9)) for day in (2, 3, 20)] == [1, 0, 0]
    clock.now = at(date(2027, 12, 20))
    deliver(store, clock, where)
    assert inbox(store, "agency:project-team") == [{"until": "2027-12-31"}]


def test_the_auditor_raises_a_planted_stuck_message_within_a_quarter_of_an_hour(
    store: Any, clock: Clock, some: Any
) -> None:
    where, _ = town()
    with store.unit() as unit:
        unit.outbox.put(some.message(key="stuck", not_before=clock.now))
        unit.commit()
    rounds = Rounds((Round("audit", timedelta(minutes=4), lambda now: audit(store, where, now)),), clock)
    start = clock.now
    while not rounds.results.get("audit"):
        clock.forward(seconds=20)
        rounds.tick()
    assert clock.now - start <= timedelta(minutes=15)
    with store.unit(reading=True) as unit:
        alert = unit.outbox.get(f"audit:{clock.now.astimezone(TOKYO):%Y-%m-%dT%H}")
    assert alert.message.recipient == "agency:project-team"
    assert json.loads(alert.message.payload) == {
        "late": 1, "since": some.morning.isoformat(), "kinds": {"nudge": 1}
    }  # fmt: skip


def test_many_stuck_messages_raise_one_alert_an_hour_which_is_not_audited_itself(
    store: Any, clock: Clock, some: Any
) -> None:
    where, _ = town()
    with store.unit() as unit:
        unit.outbox.put_all([some.message(key=f"k{n}") for n in range(150)])
        unit.commit()
    seen = set()
    for _ in range(12):
        clock.forward(minutes=15)
        seen.add(audit(store, where, clock.now))
    assert seen == {100}
    with store.unit(reading=True) as unit:
        late = unit.outbox.late(clock.now, timedelta(0), 1000)
    assert sum(each.message.kind == "audit" for each in late) == 4  # 9:30 to 12:30 in Tokyo touches four hours


def test_every_replica_and_the_auditor_leave_a_sign_of_life(store: Any, clock: Clock) -> None:
    where, _ = town()
    rounds = replica_rounds(store, where, lambda: {}, clock, "host:8080")
    rounds.tick()
    clock.forward(minutes=5)
    beat(store, "host:8081", clock.now)
    rounds.tick()
    with store.unit(reading=True) as unit:
        assert unit.beats.all() == dict.fromkeys(("auditor", "host:8080", "host:8081"), clock.now)


class Broken:
    """A round that fails a few times."""

    def __init__(self, failures: int) -> None:
        self.failures, self.runs = failures, 0

    def __call__(self, now: datetime) -> int:
        self.runs += 1
        if self.runs <= self.failures:
            raise StoreUnreachable("三保トメさん")
        return self.runs


def test_an_outage_is_told_of_once_the_other_rounds_go_on_and_the_end_is_told(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    broken, healthy = Broken(60), Broken(0)
    rounds = Rounds((Round("sweep", timedelta(minutes=2), broken), Round("beat", timedelta(0), healthy)), clock)
    with caplog.at_level(logging.INFO):
        for _ in range(70):
            rounds.tick()
            clock.forward(seconds=1)
    assert (broken.runs, healthy.runs) == (61, 70)
    assert [record.message for record in caplog.records] == ["sweep failed: StoreUnreachable", "sweep works again"]


def test_a_clock_that_jumps_makes_neither_a_storm_nor_a_silence(clock: Clock) -> None:
    counted = Broken(0)
    rounds = Rounds((Round("sweep", timedelta(minutes=2), counted),), clock)
    rounds.tick()
    clock.forward(minutes=7 * 24 * 60)
    rounds.tick()
    rounds.tick()
    assert counted.runs == 2
    clock.forward(minutes=-60)
    rounds.tick()
    assert counted.runs == 3
    rounds.tick()
    assert counted.runs == 3


def test_a_week_asleep_leads_to_one_digest_not_to_seven(store: Any, clock: Clock) -> None:
    where, _ = town(
        quiet("a", since={"asked": at(date(2026, 11, 2))}, people={"receiver": "agency:r", "sender": "agency:s"})
    )
    clock.now = at(date(2026, 11, 4))
    sweep(store, where, clock.now)
    clock.now = at(date(2026, 11, 6), 16)  # two digests were missed
    assert sweep(store, where, clock.now) == 1
    deliver(store, clock, where)
    assert len(inbox(store, "agency:r", "agency:s")) == 2


def test_a_recipient_without_any_address_and_a_closed_channel_end_in_the_inbox(store: Any, clock: Clock) -> None:
    where, _ = town(quiet("a"))
    clock.now = at(DUE_DAY)
    with store.unit() as unit:
        unit.contacts.put(Contact("agency:houkatsu", "slack", "C-archived"), clock.now)
        unit.commit()
    sweep(store, where, clock.now)
    from bot.delivery import Failed

    deliver(store, clock, where, Surface(answers=[Failed("gone", permanent=True)]))
    assert len(inbox(store, "post:chief")) == 1


def test_the_patience_of_delivery_comes_from_the_data() -> None:
    assert delivery_rules(REMINDERS) == DeliveryRules()
    assert delivery_rules(REMINDERS).again[0] == timedelta(minutes=1)


def test_moments_may_come_in_any_zone(store: Any) -> None:
    where, _ = town(quiet("a"))
    assert sweep(store, where, datetime(2026, 11, 16, 23, 45, tzinfo=UTC)) == 1


def test_a_digest_that_was_held_up_until_the_evening_is_told_the_next_day_instead(store: Any, clock: Clock) -> None:
    where, _ = town(quiet("a"))
    clock.now = at(DUE_DAY)
    sweep(store, where, clock.now)
    clock.now = at(DUE_DAY, 22)  # nobody could send before
    assert deliver(store, clock, where)["obsolete"] == 1
    assert sweep(store, where, clock.now) == 0
    clock.now = at(DUE_DAY + timedelta(days=1))
    assert sweep(store, where, clock.now) == 1
    deliver(store, clock, where)
    assert [digest["day"] for digest in inbox(store, "agency:houkatsu")] == ["2026-11-18"]


def test_a_weekly_nudge_that_was_missed_is_caught_up_by_day_only(store: Any, clock: Clock) -> None:
    where, _ = town(supervisors=("post:chief",))
    tuesday = date(2026, 11, 17)
    assert [sweep(store, where, at(tuesday, *hour)) for hour in ((0, 0), (8, 44), (18, 0), (8, 45), (9, 0))] == [
        0,
        0,
        0,
        1,
        0,
    ]
