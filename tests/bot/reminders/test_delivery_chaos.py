"""Whatever surfaces answer and whoever dies in between: every message arrives once, or is given up where one can see it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.delivery import Delivered, Delivery, DeliveryRules, Failed, Result, Unknown
from routing.outgoing import FINAL, Contact, Lease, OutgoingMessage, State
from tests.bot.reminders.conftest import Clock

RULES = DeliveryRules(again=(timedelta(minutes=1),) * 40)
RUNS = count()


class Moody:
    """A surface that does what the dice say, and forgets nothing that arrived."""

    surface, can_find = "slack", True

    def __init__(self) -> None:
        self.there: list[tuple[str, str]] = []
        self.moods: list[str] = []

    def send(self, message: OutgoingMessage, address: str) -> Result:
        mood = self.moods.pop() if self.moods else "fine"
        if mood in ("fine", "mute", "crash after"):
            self.there.append((address, message.key))
        match mood:
            case "fine":
                return Delivered("ts")
            case "busy":
                return Failed("busy")
            case "rate":
                return Failed("rate", timedelta(seconds=30))
            case "refused":
                return Failed("refused", permanent=True)
            case "crash before" | "crash after":
                raise ConnectionResetError
            case _:
                return Unknown("time-out")

    def find(self, message: OutgoingMessage, address: str) -> str | None:
        if self.moods and self.moods.pop() == "busy":
            raise TimeoutError
        return "ts" if (address, message.key) in self.there else None


moods = st.sampled_from(["fine", "fine", "mute", "lost", "busy", "rate", "refused", "crash before", "crash after"])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("run"), st.lists(moods, max_size=6)),
        st.tuples(st.just("die before"), st.integers(1, 3)),
        st.tuples(st.just("die after"), st.integers(1, 3)),
        st.tuples(st.just("wait"), st.sampled_from([0.2, 1, 30, 60, 300])),
        st.tuples(st.just("clock back"), st.sampled_from([5, 3600])),
    ),
    max_size=10,
)


@pytest.mark.parametrize("empty_place", ["sqlite"], indirect=True)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, number=st.integers(1, 4))
def test_every_message_arrives_once_or_is_given_up_in_sight(
    store: Any, steps: list[tuple[str, Any]], number: int, some: Any
) -> None:
    run = next(RUNS)  # the examples share a database, and nothing else
    clock, slack = Clock(), Moody()
    keys = [f"{run}:{n}" for n in range(number)]
    with store.unit() as unit:
        for n, key in enumerate(keys):
            who = f"{run}:person:{n % 3}"
            unit.contacts.put(Contact(who, "slack", who), clock.now)
            unit.outbox.put(some.message(key=key, recipient=who))
        unit.commit()
    delivery = Delivery(store, [slack], clock, "r", RULES, workers=1)
    for what, how in steps:
        if what == "run":
            slack.moods = list(how)
            delivery.run()
        elif what == "wait":
            clock.forward(seconds=how)
        elif what == "clock back":
            clock.forward(seconds=-how)
        else:
            die(store, clock, slack, how, arrived=what == "die after")
    slack.moods = []
    clock.forward(seconds=sum(how for what, how in steps if what == "clock back"))  # nothing is due before it was made
    for _ in range(300):
        clock.forward(seconds=30)
        if not delivery.run() and all_final(store, keys):
            break
    with store.unit(reading=True) as unit:
        stand = {key: unit.outbox.get(key) for key in keys}
        given_up = [item.key for n in range(3) for item in unit.inbox.of([f"{run}:person:{n}"])]
    arrived = Counter(key for _, key in slack.there)
    assert all(each.state in FINAL and each.final_at is not None for each in stand.values())
    for key, each in stand.items():
        assert arrived[key] == (each.state is State.SENT), (key, each.state)
        assert (key in given_up) == (each.state is State.GIVEN_UP)


def all_final(store: Any, keys: list[str]) -> bool:
    with store.unit(reading=True) as unit:
        return all(unit.outbox.get(key).state in FINAL for key in keys)


def die(store: Any, clock: Clock, slack: Moody, limit: int, *, arrived: bool) -> None:
    """A replica that claims, perhaps sends, and says nothing any more."""
    with store.unit() as unit:
        unit.outbox.route({m.key: ("slack", m.recipient) for m in unit.outbox.unrouted(clock.now, limit)})
        taken = unit.outbox.claim_lanes(clock.now, Lease("dead", RULES.lease, limit), RULES.gap)
        unit.commit()
    if arrived:
        slack.there += [(message.address, message.key) for message in taken]
