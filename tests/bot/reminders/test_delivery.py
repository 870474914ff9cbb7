"""Occurrences reach somebody once: whatever surfaces answer, whoever dies in between, and whoever cannot be reached."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.delivery import Delivered, Delivery, DeliveryRules, Failed, Unknown
from routing.outgoing import Contact, ContactState, Lease, Outcome, State
from tests.bot.reminders.conftest import Clock, Surface

SECOND = timedelta(seconds=1)
RULES = DeliveryRules(
    lease=timedelta(seconds=120), ask_after=timedelta(seconds=30), again=(timedelta(minutes=1), timedelta(minutes=5))
)
WHO = "post:1"


def put(store: Any, clock: Clock, *messages: Any, at: dict[str, str] | None = None) -> None:
    """Messages, and the addresses of recipients on the surface (`slack` unless `surface/address`)."""
    with store.unit() as unit:
        unit.outbox.put_all(messages)
        for recipient, where in (at or {}).items():
            surface, _, address = where.rpartition("/")
            unit.contacts.put(Contact(recipient, surface or "slack", address), clock.now)
        unit.commit()


def delivery(store: Any, clock: Clock, *surfaces: Surface, **more: Any) -> Delivery:
    return Delivery(store, surfaces, clock, more.pop("by", "replica-a"), RULES, **more)


def occurrence(store: Any, key: str) -> Any:
    with store.unit(reading=True) as unit:
        return unit.outbox.get(key)


def record(store: Any, key: str) -> list[tuple[str, str]]:
    with store.unit(reading=True) as unit:
        return [(entry.outcome.value, entry.why) for entry in unit.outbox.attempts(key)]


def inbox(store: Any, *recipients: str) -> list[str]:
    with store.unit(reading=True) as unit:
        return [item.key for item in unit.inbox.of(recipients)]


def test_a_message_reaches_the_address_of_its_recipient_once(store: Any, clock: Clock, some: Any) -> None:
    put(store, clock, some.message(key="k", recipient=WHO), at={WHO: "U1"})
    slack = Surface()
    for _ in range(3):
        delivery(store, clock, slack).run()
        clock.forward(minutes=10)
    assert slack.there == [("U1", "k")]
    done = occurrence(store, "k")
    assert (done.state, done.receipt, done.by) == (State.SENT, "ts-1", "replica-a")
    assert record(store, "k") == [("claimed", ""), ("sent", "")]


def test_who_has_no_address_finds_it_in_the_inbox_of_the_web(store: Any, clock: Clock, some: Any) -> None:
    put(store, clock, some.message(key="k", recipient="agency:team", surface=""))
    assert delivery(store, clock, Surface()).run()["sent"] == 1
    assert inbox(store, "agency:team") == ["k"]
    assert occurrence(store, "k").receipt == "web"


def test_what_came_to_nothing_meanwhile_is_not_sent(store: Any, clock: Clock, some: Any) -> None:
    put(store, clock, *(some.message(key=key, recipient=WHO) for key in ("a", "b")), at={WHO: "U1"})
    slack, closed = Surface(), []

    def why_not(message: Any, unit: Any) -> str:
        assert unit.outbox.get(message.key)
        return "closed" if message.key in closed else ""

    delivery(store, clock, slack, why_not=why_not).run()
    closed.append("b")  # it has its address by now, and only waits for its turn
    clock.forward(seconds=1)
    delivery(store, clock, slack, why_not=why_not).run()
    assert slack.there == [("U1", "a")]
    assert occurrence(store, "b").state is State.OBSOLETE
    assert record(store, "b")[-1] == ("obsolete", "closed")


def test_a_case_that_cannot_be_read_again_is_told_of_rather_than_forgotten(store: Any, clock: Clock, some: Any) -> None:
    def why_not(message: Any, unit: Any) -> str:
        raise KeyError("a fault in a rule")

    put(store, clock, some.message(key="k", recipient=WHO), at={WHO: "U1"})
    slack = Surface()
    delivery(store, clock, slack, why_not=why_not).run()
    assert slack.there == [("U1", "k")]


def test_nobody_writes_to_an_address_more_than_once_a_second(store: Any, clock: Clock, some: Any) -> None:
    put(store, clock, *(some.message(key=f"k{n}", recipient=WHO) for n in range(3)), at={WHO: "U1"})
    slack = Surface()
    for expected in (1, 1, 2, 2, 3):
        delivery(store, clock, slack).run()
        assert len(slack.there) == expected
        clock.forward(seconds=0.5)


def test_an_address_that_asks_for_a_rest_holds_up_nobody_else_and_it_is_no_failure(
    store: Any, clock: Clock, some: Any
) -> None:
    put(
        store,
        clock,
        some.message(key="a", recipient="post:a", not_before=some.morning - SECOND),
        some.message(key="b", recipient="post:b"),
        at={"post:a": "UA", "post:b": "UB"},
    )
    slack = Surface(answers=[Failed("rate", timedelta(seconds=30))] * 9)
    delivery(store, clock, slack, workers=1).run()
    slack.answers = []
    for _ in range(29):
        clock.forward(seconds=1)
        delivery(store, clock, slack).run()
    assert slack.there == []
    clock.forward(seconds=1)
    delivery(store, clock, slack).run()
    assert sorted(slack.there) == [("UA", "a"), ("UB", "b")]
    assert occurrence(store, "a").message.tries == 0


def test_a_rest_that_is_asked_for_in_one_place_lets_the_others_go_on(store: Any, clock: Clock, some: Any) -> None:
    put(
        store,
        clock,
        *(some.message(key=f"{who}{n}", recipient=f"post:{who}") for n in range(3) for who in "ab"),
        at={"post:a": "UA", "post:b": "UB"},
    )
    slack = Surface()
    send = slack.send

    def only_a_rests(message: Any, address: str) -> Any:
        return Failed("rate", timedelta(minutes=1)) if address == "UA" else send(message, address)

    slack.send = only_a_rests  # type: ignore[method-assign]
    for _ in range(3):
        delivery(store, clock, slack).run()
        clock.forward(seconds=1)
    assert [key for _, key in slack.there] == ["b0", "b1", "b2"]


def test_after_a_time_out_the_surface_is_asked_before_anything_is_sent_again(
    store: Any, clock: Clock, some: Any
) -> None:
    put(store, clock, some.message(key="k", recipient=WHO), at={WHO: "U1"})
    slack = Surface(answers=[Unknown("time-out")])
    delivery(store, clock, slack).run()
    assert occurrence(store, "k").state is State.UNKNOWN
    slack.there.append(("U1", "k"))  # it had arrived after all
    clock.forward(seconds=29)
    delivery(store, clock, slack).run()
    assert slack.asked == 0
    clock.forward(seconds=1)
    delivery(store, clock, slack).run()
    assert (slack.asked, len(slack.there)) == (1, 1)
    assert [outcome for outcome, _ in record(store, "k")] == ["claimed", "unknown", "claimed", "found"]
    assert occurrence(store, "k").receipt == "ts-found"


def test_what_the_surface_does_not_have_is_sent_again(store: Any, clock: Clock, some: Any) -> None:
    put(store, clock, some.message(key="k", recipient=WHO), at={WHO: "U1"})
    slack = Surface(answers=[ConnectionResetError("…")])
    delivery(store, clock, slack).run()
    clock.forward(seconds=30)
    delivery(store, clock, slack).run()
    assert slack.there == [("U1", "k")]
    assert [o for o, _ in record(store, "k")] == ["claimed", "unknown", "claimed", "absent", "claimed", "sent"]
    assert ("unknown", "raised:ConnectionResetError") in record(store, "k")


def test_a_surface_that_cannot_be_asked_is_written_to_again(store: Any, clock: Clock, some: Any) -> None:
    put(store, clock, some.message(key="k", recipient=WHO), at={WHO: "U1"})
    mail = Surface(can_find=False, answers=[Unknown("time-out")])
    delivery(store, clock, mail).run()
    clock.forward(seconds=30)
    delivery(store, clock, mail).run()
    assert (mail.asked, mail.there) == (0, [("U1", "k")])


@pytest.mark.parametrize("arrived", [True, False])
def test_a_replica_that_died_between_claim_and_mark_loses_and_doubles_nothing(
    store: Any, clock: Clock, some: Any, arrived: bool
) -> None:
    put(store, clock, some.message(key="k", recipient=WHO), at={WHO: "U1"})
    slack = Surface()
    with store.unit() as unit:
        unit.outbox.route({"k": ("slack", "U1")})
        assert unit.outbox.claim_lanes(clock.now, Lease("dead", RULES.lease, 9), SECOND)
        unit.commit()
    if arrived:
        slack.there.append(("U1", "k"))
    delivery(store, clock, slack).run()
    assert occurrence(store, "k").state is State.SENDING
    clock.forward(seconds=120)
    delivery(store, clock, slack).run()
    assert slack.there == [("U1", "k")]
    assert occurrence(store, "k").state is State.SENT


def test_a_sender_that_was_too_slow_changes_nothing(store: Any, clock: Clock, some: Any) -> None:
    """Its message was found by another replica; its own mark comes late and stays on record."""
    put(store, clock, some.message(key="k", recipient=WHO), at={WHO: "U1"})
    slack = Surface()

    def meanwhile(message: Any) -> None:
        slack.during = lambda message: None
        slack.there.append(("U1", "k"))
        clock.forward(seconds=121)
        delivery(store, clock, slack, by="replica-b").run()
        slack.there.clear()

    slack.during = meanwhile
    assert delivery(store, clock, slack).run()["late"] == 1
    assert (occurrence(store, "k").state, occurrence(store, "k").receipt) == (State.SENT, "ts-found")


def test_failures_are_tried_again_later_and_later_then_the_next_one_is_told(
    store: Any, clock: Clock, some: Any
) -> None:
    put(
        store,
        clock,
        some.message(key="k", recipient=WHO, chain=("post:deputy",)),
        at={WHO: "U1", "post:deputy": "U2"},
    )
    slack = Surface(answers=[Failed("busy")] * 3)
    delivery(store, clock, slack).run()
    for minutes in (1, 5):
        clock.forward(minutes=minutes, seconds=-1)
        delivery(store, clock, slack).run()
        before = len(slack.answers)
        clock.forward(seconds=1)
        delivery(store, clock, slack).run()
        assert len(slack.answers) == before - 1
    clock.forward(seconds=1)
    delivery(store, clock, slack).run()
    assert slack.there == [("U2", "k")]
    assert [entry for entry in record(store, "k") if entry[0] != "claimed"] == [
        ("failed", "busy"), ("failed", "busy"), ("passed_on", "busy"), ("sent", "")
    ]  # fmt: skip


def test_who_is_gone_is_not_tried_again_and_the_reason_is_on_record(store: Any, clock: Clock, some: Any) -> None:
    put(
        store,
        clock,
        some.message(key="k", recipient=WHO, chain=("post:deputy", "channel:team")),
        at={WHO: "U1", "post:deputy": "U2", "channel:team": "C9"},
    )
    gone = Failed("gone", permanent=True)
    slack = Surface(answers=[gone, gone])
    delivery(store, clock, slack).run()
    clock.forward(seconds=1)
    delivery(store, clock, slack).run()
    assert slack.there == [("C9", "k")]
    assert ("passed_on", "nobody_reachable") in record(store, "k")
    with store.unit(reading=True) as unit:
        (contact,) = unit.contacts.of(WHO)
    assert (contact.state, contact.why) == (ContactState.GONE, "gone")
    put(store, clock, some.message(key="later", recipient=WHO, chain=("channel:team",)))
    clock.forward(seconds=1)
    delivery(store, clock, slack).run()
    assert slack.there[1:] == [("C9", "later")]


def test_a_second_way_to_the_same_person_comes_before_another_person(store: Any, clock: Clock, some: Any) -> None:
    put(store, clock, some.message(key="k", recipient=WHO, chain=("post:deputy",)), at={WHO: "U1", "post:deputy": "U2"})
    with store.unit() as unit:
        unit.contacts.put(Contact(WHO, "teams", "T1", rank=1), clock.now)
        unit.commit()
    slack, teams = Surface(answers=[Failed("gone", permanent=True)]), Surface("teams")
    delivery(store, clock, slack, teams).run()
    assert (slack.there, teams.there) == ([], [("T1", "k")])


def test_what_no_one_can_be_told_is_given_up_and_lies_in_the_inbox(store: Any, clock: Clock, some: Any) -> None:
    put(store, clock, some.message(key="k", recipient=WHO, chain=("post:deputy",)), at={WHO: "U1", "post:deputy": "U2"})
    gone = Failed("gone", permanent=True)
    delivery(store, clock, Surface(answers=[gone, gone])).run()
    done = occurrence(store, "k")
    assert (done.state, done.final_at) == (State.GIVEN_UP, clock.now)
    assert inbox(store, WHO) == ["k"]
    assert record(store, "k")[-1] == ("given_up", "nobody_reachable")


def test_a_message_that_a_surface_refuses_blames_the_message_not_the_person(
    store: Any, clock: Clock, some: Any
) -> None:
    put(store, clock, some.message(key="k", recipient=WHO), at={WHO: "U1"})
    delivery(store, clock, Surface(answers=[Failed("refused", permanent=True)])).run()
    assert occurrence(store, "k").state is State.GIVEN_UP
    assert inbox(store, WHO) == ["k"]
    with store.unit(reading=True) as unit:
        assert unit.contacts.of(WHO)[0].state is ContactState.ACTIVE


def test_a_surface_that_was_switched_off_leaves_nothing_behind(store: Any, clock: Clock, some: Any) -> None:
    put(store, clock, *(some.message(key=key, recipient=WHO) for key in ("sent", "asked", "routed")), at={WHO: "U1"})
    slack = Surface(answers=[Unknown("time-out")])
    delivery(store, clock, slack).run()
    for _ in range(4):
        clock.forward(minutes=2)
        delivery(store, clock).run()
    states = {key: occurrence(store, key).state for key in ("sent", "asked", "routed")}
    assert set(states.values()) == {State.SENT}
    assert sorted(inbox(store, WHO)) == ["asked", "routed", "sent"]


def test_a_deaf_surface_is_asked_less_and_less_and_then_the_next_one_is_told(
    store: Any, clock: Clock, some: Any
) -> None:
    put(store, clock, some.message(key="k", recipient=WHO, chain=("agency:team",)), at={WHO: "U1"})
    slack = Surface(answers=[Unknown("time-out")], deaf=True)
    for _ in range(20):
        delivery(store, clock, slack).run()
        clock.forward(minutes=1)
    assert slack.asked == len(RULES.again)
    assert inbox(store, "agency:team") == ["k"]
    assert Outcome.PASSED_ON in {Outcome(outcome) for outcome, _ in record(store, "k")}


def test_one_slow_surface_does_not_hold_up_another(store: Any, clock: Clock, some: Any) -> None:
    put(
        store,
        clock,
        some.message(key="s", recipient="post:s"),
        some.message(key="t", recipient="post:t"),
        at={"post:s": "slack/U1", "post:t": "teams/T1"},
    )
    teams = Surface("teams")
    seen: list[bool] = []
    slack = Surface(during=lambda message: seen.append(_soon(lambda: bool(teams.there))))
    delivery(store, clock, slack, teams).run()
    assert seen == [True]


def _soon(condition: Any) -> bool:
    """Whether it becomes true while the caller holds its own surface up."""
    from threading import Event

    waiting = Event()
    return any(condition() or waiting.wait(0.01) for _ in range(1000))


def test_a_receipt_from_the_surface_is_kept(store: Any, clock: Clock, some: Any) -> None:
    put(store, clock, some.message(key="k", recipient=WHO), at={WHO: "U1"})
    delivery(store, clock, Surface(answers=[Delivered("1700000000.000100")])).run()
    assert occurrence(store, "k").receipt == "1700000000.000100"


def test_with_patience_one_pass_waits_for_each_address_to_have_its_turn(store: Any, clock: Clock, some: Any) -> None:
    put(store, clock, *(some.message(key=f"k{n}", recipient=WHO) for n in range(5)), at={WHO: "U1"})
    waited: list[float] = []

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        clock.forward(seconds=seconds)
        return False

    slack = Surface()
    delivery(store, clock, slack, wait=wait).run(timedelta(seconds=2))
    assert [key for _, key in slack.there] == ["k0", "k1", "k2"]
    assert waited == [1.0, 1.0]


def test_a_process_that_is_to_stop_waits_no_more(store: Any, clock: Clock, some: Any) -> None:
    put(store, clock, *(some.message(key=f"k{n}", recipient=WHO) for n in range(3)), at={WHO: "U1"})
    slack = Surface()
    delivery(store, clock, slack, wait=lambda seconds: True).run(timedelta(seconds=20))
    assert [key for _, key in slack.there] == ["k0"]
