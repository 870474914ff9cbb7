"""Bad days: clocks jump, the database goes away in the middle, people and channels vanish. No crash, no storm, nothing twice.

What single rules do is told in the other tests; here whole replicas live through it.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bot.delivery import Delivery, DeliveryRules, Failed
from bot.rounds import Rounds, Town, delivery_rules, replica_rounds, still_due, sweep
from routing.errors import StoreUnreachable
from routing.outgoing import Contact, ContactState, State
from routing.store import SqlStore
from tests.bot.reminders.conftest import Clock, Surface
from tests.bot.reminders.test_rounds import DUE_DAY, PEOPLE, REMINDERS, at, inbox, quiet, town

DESKS = [f"agency:desk{n}" for n in range(4)]


def things(cases: int = 40) -> list[Any]:
    return [quiet(f"c{n}", people={**PEOPLE, "owner": DESKS[n % len(DESKS)]}) for n in range(cases)]


def reachable(store: SqlStore, clock: Clock, *recipients: str) -> None:
    with store.unit() as unit:
        for recipient in recipients:
            unit.contacts.put(Contact(recipient, "slack", f"U-{recipient}"), clock.now)
        unit.commit()


def replica(store: Any, where: Town, clock: Clock, slack: Surface, by: str = "host:1") -> Rounds:
    rules = delivery_rules(REMINDERS)
    delivery = Delivery(store, [slack], clock, by, rules, still_due(where, clock))
    return replica_rounds(store, where, delivery.run, clock, by)


def live(rounds: Rounds, clock: Clock, **span: int) -> None:
    until = clock.now + timedelta(**span)
    while clock.now < until:
        rounds.tick()
        clock.forward(seconds=20)


class Gone:
    """A store whose database goes away: units raise while it is gone, also those that begin in the middle of a send."""

    def __init__(self, store: SqlStore) -> None:
        self._store, self.gone, self.refused = store, False, 0

    def unit(self, *, reading: bool = False) -> Any:
        if self.gone:
            self.refused += 1
            raise StoreUnreachable("三保トメさん")
        return self._store.unit(reading=reading)


def test_a_minute_without_database_between_send_and_mark_doubles_nothing_and_is_told_of_once(
    store: SqlStore, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    clock.now = at(DUE_DAY)
    reachable(store, clock, *DESKS)
    base, slack = Gone(store), Surface()
    rounds = replica(base, town(*things())[0], clock, slack)

    def goes_away(_message: Any) -> None:
        base.gone = True

    slack.during = goes_away  # the message gets out; the mark finds nobody
    with caplog.at_level(logging.INFO, "tsunagu"):
        rounds.tick()
        slack.during = lambda _message: None
        live(rounds, clock, minutes=1)
        base.gone = False
        live(rounds, clock, minutes=15)
    assert base.refused > 3
    assert Counter(address for address, _ in slack.there) == {f"U-{desk}": 1 for desk in DESKS}
    told = [record.getMessage() for record in caplog.records if record.name == "tsunagu.rounds"]
    assert Counter(told)["deliver failed: StoreUnreachable"] == 1
    assert Counter(told)["deliver works again"] == 1
    assert "トメ" not in caplog.text
    assert not rounds.failing
    with store.unit(reading=True) as unit:
        assert {unit.outbox.get(key).state for _, key in slack.there} == {State.SENT}


@pytest.mark.parametrize("empty_place", ["postgresql"], indirect=True)  # SQLite has no connections to cut
def test_a_real_server_that_cuts_every_connection_is_survived(store: SqlStore, place: Any, clock: Clock) -> None:
    clock.now = at(DUE_DAY)
    reachable(store, clock, *DESKS)
    slack = Surface()
    rounds = replica(store, town(*things())[0], clock, slack)

    def cut(_message: Any) -> None:
        place.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'tsunagu' AND pid <> pg_backend_pid()"
        )

    slack.during = cut
    rounds.tick()
    slack.during = lambda _message: None
    live(rounds, clock, minutes=15)
    assert Counter(address for address, _ in slack.there) == {f"U-{desk}": 1 for desk in DESKS}


@pytest.mark.parametrize(
    "jump", [timedelta(days=7), timedelta(hours=-1), timedelta(days=-7), timedelta(minutes=59)], ids=str
)
def test_a_clock_that_jumps_leads_to_at_most_one_digest_a_day_and_person(
    store: SqlStore, clock: Clock, jump: timedelta
) -> None:
    clock.now = at(DUE_DAY, 10)
    reachable(store, clock, *DESKS)
    slack = Surface()
    rounds = replica(store, town(*things())[0], clock, slack)
    live(rounds, clock, minutes=5)
    clock.now += jump
    live(rounds, clock, minutes=30)
    clock.now -= jump  # and somebody puts it right
    live(rounds, clock, minutes=30)
    told = Counter(slack.there)
    assert max(told.values()) == 1
    a_day = Counter((address, key.split(":")[1]) for address, key in slack.there)
    assert max(a_day.values()) == 1
    assert {address for address, _ in slack.there} == {f"U-{desk}" for desk in DESKS}
    assert not rounds.failing


@pytest.mark.parametrize("hours", [-1, 24 * 7])
def test_what_was_claimed_before_a_jump_is_neither_lost_nor_doubled(
    store: SqlStore, clock: Clock, some: Any, hours: int
) -> None:
    """A lease or a rest that a clock running ahead wrote down ends by the clock that was put right."""
    reachable(store, clock, "agency:a")
    with store.unit() as unit:
        unit.outbox.put(some.message(key="k", recipient="agency:a", surface=""))
        unit.commit()
    slack = Surface(during=lambda _message: setattr(clock, "now", clock.now + timedelta(hours=hours)))
    delivery = Delivery(store, [slack], clock, "r1", DeliveryRules())
    delivery.run()
    slack.during = lambda _message: None
    for _ in range(10):
        clock.forward(minutes=1)
        delivery.run()
    assert slack.there == [("U-agency:a", "k")]
    with store.unit(reading=True) as unit:
        assert unit.outbox.get("k").state is State.SENT


def test_a_channel_archived_between_claim_and_send_leads_to_the_next_one_with_the_reason_kept(
    store: SqlStore, clock: Clock
) -> None:
    clock.now = at(DUE_DAY)
    where = town(quiet("a", people={**PEOPLE, "owner": DESKS[0]}))[0]
    reachable(store, clock, DESKS[0], "post:chief")
    slack = Surface()

    def archived(message: Any) -> None:
        if message.target == DESKS[0]:
            slack.answers[:] = [Failed("gone", permanent=True)]

    slack.during = archived
    rounds = replica(store, where, clock, slack)
    live(rounds, clock, minutes=5)
    assert [address for address, _ in slack.there] == ["U-post:chief"]
    with store.unit(reading=True) as unit:
        (contact,) = unit.contacts.of(DESKS[0])
        (told,) = unit.outbox.of_case("a")
        record = [(each.outcome.value, each.why) for each in unit.outbox.attempts(told.message.key)]
    assert (contact.state, contact.why) == (ContactState.GONE, "gone")
    assert ("failed", "gone") in record
    assert ("passed_on", "nobody_reachable") in record
    assert rounds.totals["passed_on"] == 1


def test_a_case_without_anybody_is_told_to_the_team_and_nobody_at_all_is_no_crash(
    store: SqlStore, clock: Clock
) -> None:
    clock.now = at(DUE_DAY)
    where = town(quiet("a", people={"team": "agency:project-team"}), quiet("b", people={}))[0]
    rounds = replica(store, where, clock, Surface())
    live(rounds, clock, minutes=3)
    (digest,) = inbox(store, "agency:project-team")
    assert [line["case"] for line in digest["lines"]] == ["A"]
    assert not rounds.failing


def test_a_tick_longer_than_its_interval_and_a_backlog_end_with_every_message_sent_once(
    store: SqlStore, clock: Clock, some: Any
) -> None:
    """Each send takes two minutes by the clock, longer than the lease: others ask before they send."""
    reachable(store, clock, "agency:a")
    with store.unit() as unit:
        unit.outbox.put_all([some.message(key=f"k{n}", recipient="agency:a", surface="") for n in range(5)])
        unit.commit()
    slack = Surface(during=lambda _message: clock.forward(minutes=2))
    both = [Delivery(store, [slack], clock, by, DeliveryRules()) for by in ("r1", "r2")]
    for _ in range(10):
        for each in both:
            each.run()
    assert Counter(key for _, key in slack.there) == {f"k{n}": 1 for n in range(5)}


@pytest.mark.parametrize(
    ("day", "warned"), [(date(2027, 11, 1), False), (date(2027, 12, 15), True), (date(2028, 1, 5), True)]
)
def test_holidays_that_end_this_year_are_warned_of_once_and_days_go_on_being_counted(
    store: SqlStore, clock: Clock, day: date, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    clock.now = at(day, 9)
    rounds = replica(store, town()[0], clock, Surface())
    with caplog.at_level(logging.WARNING, "tsunagu"):
        live(rounds, clock, minutes=90)
    assert inbox(store, "agency:project-team") == ([{"until": "2027-12-31"}] if warned else [])
    said = [record.getMessage() for record in caplog.records if "holidays" in record.getMessage()]
    assert len(said) == warned
    assert sweep(store, town(*things(4))[0], clock.now) == 0  # long over by then: quiet since 2026


def test_two_replicas_whose_clocks_differ_by_an_hour_send_once(store: SqlStore, clock: Clock) -> None:
    clock.now = at(DUE_DAY, 10)
    reachable(store, clock, *DESKS)
    slack, where = Surface(), town(*things())[0]
    ahead = Clock(clock.now)
    one, two = replica(store, where, clock, slack, "host:1"), replica(store, where, ahead, slack, "host:2")
    for _ in range(60):
        ahead.now = clock.now + timedelta(hours=1)
        one.tick()
        two.tick()
        clock.forward(seconds=20)
    assert Counter(address for address, _ in slack.there) == {f"U-{desk}": 1 for desk in DESKS}


def test_a_message_planted_years_ahead_by_a_wrong_clock_waits_without_harm(
    store: SqlStore, clock: Clock, some: Any
) -> None:
    with store.unit() as unit:
        ahead = replace(some.message(key="k"), not_before=datetime(2031, 1, 1, tzinfo=clock.now.tzinfo))
        unit.outbox.put(ahead)
        unit.commit()
    assert Delivery(store, [Surface()], clock, "r1").run() == Counter()
    assert json.dumps(store.vitals(clock.now, timedelta(minutes=10)).due) == "0"
