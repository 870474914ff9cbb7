"""After a backup was put back: nothing is sent twice, nothing is lost, and what was missed does not come as a storm.

The surface is that of the town: it remembers what reached it from the database that was lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.commands_backup import stale_at
from bot.delivery import Delivery, Unknown
from bot.rounds import Rounds, Town, delivery_rules, replica_rounds, still_due, sweep
from routing.outgoing import Contact, Lease, State
from routing.store import SqlStore, open_store, restore, write_backup
from tests.bot.reminders.conftest import Clock, Surface
from tests.bot.reminders.test_rounds import DUE_DAY, PEOPLE, QUIET_SINCE, REMINDERS, at, quiet, town
from tests.routing.conftest import Place

WHO = "agency:houkatsu"
MINUTE = timedelta(minutes=1)


class Lost:
    """A database with a backup that is put back after more has happened."""

    def __init__(self, place: Place, key: str, store: SqlStore, folder: Path, clock: Clock) -> None:
        self._place, self._key, self._path, self._clock = place, key, folder / "b.zip", clock
        self.store = store

    def contact(self, *recipients: str) -> None:
        with self.store.unit() as unit:
            for n, recipient in enumerate(recipients):
                unit.contacts.put(Contact(recipient, "slack", f"U{n}"), self._clock.now)
            unit.commit()

    def save(self) -> None:
        write_backup(self._place.url, self._key, self._path, "mihon", self._clock.now)

    def put_back(self) -> SqlStore:
        self.store.close()
        now = self._clock.now
        restore(self._place.url, self._key, self._path, now, stale_at(now), replace=True)
        self.store = open_store(self._place.url, self._key)
        return self.store


@pytest.fixture
def lost(place: Place, key: str, store: SqlStore, tmp_path: Path, clock: Clock) -> Any:
    made = Lost(place, key, store, tmp_path, clock)
    yield made
    made.store.close()


def deliver(store: Any, clock: Clock, *surfaces: Surface, where: Town | None = None) -> Counter[str]:
    why_not = still_due(where, clock) if where else lambda message, unit: ""
    done: Counter[str] = Counter()
    for _ in range(3):
        done += Delivery(store, surfaces, clock, "r1", delivery_rules(REMINDERS), why_not).run()
        clock.now += MINUTE
    return done


def put(store: Any, *messages: Any) -> None:
    with store.unit() as unit:
        unit.outbox.put_all(messages)
        unit.commit()


def state(store: Any, key: str) -> State:
    with store.unit(reading=True) as unit:
        found: State = unit.outbox.get(key).state
        return found


def claimed(store: Any, clock: Clock) -> None:
    with store.unit() as unit:
        unit.outbox.route({"k": ("slack", "U0")})
        assert unit.outbox.claim_lanes(clock.now, Lease("dead", timedelta(seconds=45), 9), timedelta(seconds=1))
        unit.commit()


def routed(store: Any, clock: Clock) -> None:
    with store.unit() as unit:
        unit.outbox.route({"k": ("slack", "U0")})
        unit.commit()


def timed_out(store: Any, clock: Clock) -> None:
    deliver(store, clock, Surface(answers=[Unknown("time-out")], deaf=True))


@pytest.mark.parametrize("before", [lambda store, clock: None, routed, claimed, timed_out])
@pytest.mark.parametrize("got_out", [True, False])
def test_what_was_on_its_way_when_the_backup_was_taken_arrives_once(
    lost: Lost, clock: Clock, some: Any, before: Callable[[Any, Clock], None], got_out: bool
) -> None:
    lost.contact(WHO)
    put(lost.store, some.message(key="k", recipient=WHO, surface=""))
    before(lost.store, clock)
    lost.save()
    slack = Surface()
    if got_out:
        slack.there.append(("U0", "k"))
    clock.forward(minutes=90)
    assert state(lost.put_back(), "k") in (State.UNKNOWN, State.WAITING)
    deliver(lost.store, clock, slack)
    assert slack.there == [("U0", "k")]
    assert slack.asked >= 1
    assert state(lost.store, "k") is State.SENT


def test_what_only_came_to_be_after_the_backup_and_was_sent_is_not_sent_again(lost: Lost, clock: Clock) -> None:
    lost.contact(WHO)
    lost.save()
    where, slack = town(quiet("a"))[0], Surface()
    clock.now = at(DUE_DAY)
    assert sweep(lost.store, where, clock.now) == 1
    deliver(lost.store, clock, slack, where=where)
    assert len(slack.there) == 1
    clock.forward(minutes=120)
    lost.put_back()
    assert sweep(lost.store, where, clock.now) == 1  # the same occurrence comes to be known again
    assert deliver(lost.store, clock, slack, where=where)["found"] == 1
    assert len(slack.there) == 1


def test_what_comes_due_after_the_restore_is_sent_without_asking(lost: Lost, clock: Clock, some: Any) -> None:
    lost.contact(WHO)
    put(lost.store, some.message(key="k", recipient=WHO, surface="", not_before=clock.now + 30 * MINUTE))
    lost.save()
    clock.forward(minutes=10)
    lost.put_back()
    clock.forward(minutes=30)
    slack = Surface()
    deliver(lost.store, clock, slack)
    assert (slack.there, slack.asked) == ([("U0", "k")], 0)


def test_a_surface_that_cannot_be_asked_gets_it_once_more_rather_than_never(
    lost: Lost, clock: Clock, some: Any
) -> None:
    lost.contact(WHO)
    put(lost.store, some.message(key="k", recipient=WHO, surface=""))
    lost.save()
    mail = Surface(can_find=False)
    deliver(lost.store, clock, mail)
    lost.put_back()
    deliver(lost.store, clock, mail)
    assert mail.there == [("U0", "k")] * 2


def test_the_inbox_of_the_web_holds_it_once(lost: Lost, clock: Clock, some: Any) -> None:
    put(lost.store, some.message(key="k", recipient=WHO, surface=""))
    lost.save()
    deliver(lost.store, clock)
    lost.put_back()
    deliver(lost.store, clock)
    with lost.store.unit(reading=True) as unit:
        assert [item.key for item in unit.inbox.of([WHO])] == ["k"]


def test_a_week_missed_is_one_digest_for_each_person(lost: Lost, clock: Clock) -> None:
    """Digests of days that are over are dropped; what they told is due today, once, within the caps."""
    people = [f"agency:desk{n}" for n in range(5)]
    things = [
        quiet(f"c{n}", since={"progress": QUIET_SINCE, "asked": at(date(2026, 11, 16))},
              people={**PEOPLE, "owner": people[n % 5], "receiver": people[(n + 1) % 5], "sender": people[n % 5]})
        for n in range(60)
    ]  # fmt: skip
    where, slack = town(*things)[0], Surface()
    lost.contact(*people)
    clock.now = at(DUE_DAY)
    assert sweep(lost.store, where, clock.now) > 0  # put, and not delivered: the machine dies
    lost.save()
    clock.now = at(date(2026, 11, 25), 10)
    lost.put_back()
    rounds = replica_rounds(
        lost.store, where,
        lambda: Delivery(
            lost.store, [slack], clock, "r1", delivery_rules(REMINDERS), still_due(where, clock)
        ).run(),
        clock, "host:1",
    )  # fmt: skip
    run(rounds, clock, minutes=30)
    told = Counter(address for address, key in slack.there if key.startswith("digest:"))
    assert set(told.values()) == {1}
    assert all(key.startswith("digest:2026-11-25:") for _, key in slack.there if key.startswith("digest:"))
    assert not rounds.failing
    with lost.store.unit(reading=True) as unit:
        (old, *_) = [each for each in unit.outbox.of_case("c0") if each.message.created_at == at(DUE_DAY)]
        digest = next(line.part_of for line in unit.outbox.told(date(2026, 11, 25)))
        assert old.state is State.OBSOLETE
        assert unit.outbox.attempts(old.message.key)[-1].why == "restored"
        assert unit.outbox.get(digest).state is State.SENT


def run(rounds: Rounds, clock: Clock, minutes: int) -> None:
    for _ in range(minutes * 4):
        rounds.tick()
        clock.forward(seconds=15)


def test_a_nudge_of_this_week_is_still_sent_and_one_of_a_week_that_is_over_is_not(
    lost: Lost, clock: Clock, some: Any
) -> None:
    monday = at(date(2026, 11, 16))
    lost.contact(WHO)
    put(
        lost.store,
        some.message(key="weekly:now", kind="weekly", recipient=WHO, surface="", not_before=monday),
        some.message(key="weekly:old", kind="weekly", recipient=WHO, surface="", not_before=monday - timedelta(days=7)),
        some.message(key="audit:old", kind="audit", recipient=WHO, surface="", not_before=monday),
        some.message(key="alert", kind="escalation", recipient=WHO, surface="", not_before=monday - timedelta(days=9)),
    )
    lost.save()
    clock.now = monday + timedelta(days=1)
    lost.put_back()
    slack = Surface()
    deliver(lost.store, clock, slack)
    assert sorted(key for _, key in slack.there) == ["alert", "weekly:now"]


def test_the_auditor_and_others_see_when_it_was_put_back(lost: Lost, clock: Clock) -> None:
    with lost.store.unit() as unit:
        unit.beats.put("host:8080", clock.now - timedelta(days=1))
        unit.commit()
    lost.save()
    lost.put_back()
    with lost.store.unit(reading=True) as unit:
        assert unit.beats.all() == {"restored": clock.now}


def test_stale_is_counted_in_the_towns_own_time() -> None:
    since = stale_at(datetime.fromisoformat("2026-11-19T23:30:00+00:00"))
    assert since["digest"] == at(date(2026, 11, 20), 0, 0)
    assert since["weekly"] == at(date(2026, 11, 16), 0, 0)
