"""Alerts: to a team's channel and to persons, from what was remembered; pressed where they stand, answered in private."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.delivery import Delivered, Delivery, Failed, Unknown
from bot.teams.outgoing import Answered, NoAnswer
from routing.outgoing import State
from tests.bot.teams.conftest import Clock, Room
from tests.bot.teams.teams import Json, Person, Wire, buttons, words_of
from tests.bot.teams.test_talk import opened

CHANNEL = "19:team@thread.tacv2"


@pytest.fixture
def alerted(open_room: Callable[..., Room], tmp_path: Path, clock: Clock) -> tuple[Room, Person, Person, str]:
    """A case that was brought up: (room, clerk, somebody of the team, the case's number); the alert waits to be sent."""
    member = Person(None, Wire(), "t")
    people = tmp_path / "people.toml"
    from tests.bot.teams.replay import town_of

    team = town_of("mihon").catalogue.pack.project_team
    people.write_text(
        f'[[user]]\nid = "{member.oid}"\nagency = "{team}"\nrole = "coordinator"\n[[channel]]\nid = "{CHANNEL}"\nagency = "{team}"\n'
    )
    room = open_room(map=people)
    clerk, member = room.person(), room.person("t")
    room.surface.begin()
    room.post(member.activity(CHANNEL, "channel", type="installationUpdate", action="add"))
    number = opened(clerk)
    data = {"k": f"0.0||case:escalate|{number}", "x": "do"}
    room.post(clerk.activity(value={**data, "f:text": "行き詰まっている"}))
    return room, clerk, member, number


def deliver(room: Room, clock: Clock) -> None:
    clock.at += timedelta(minutes=10)
    Delivery(room.app.store, [room.surface.channel], clock, "r1").run()


def test_an_escalation_reaches_the_teams_channel_without_any_name(
    alerted: tuple[Room, Person, Person, str], clock: Clock
) -> None:
    room, _, _, number = alerted
    deliver(room, clock)
    (card,) = room.wire.cards(CHANNEL)
    words = words_of(card)
    assert number in words
    assert "控え " in words
    assert "20年以上" not in words
    assert {"case:ack", "case:take_up"} <= {b["data"]["k"].split("|")[2] for b in buttons(card).values()}
    with room.app.store.unit() as unit:
        case = unit.cases.by_number(number)
        assert case is not None
        assert all(o.state is State.SENT for o in unit.outbox.of_case(case.id))


def ack(card: Json) -> str:
    return next(title for title, b in buttons(card).items() if "|case:ack|" in b["data"]["k"])


def test_who_presses_is_answered_in_private_and_the_alert_is_brought_up_to_date(
    alerted: tuple[Room, Person, Person, str], clock: Clock
) -> None:
    room, _, member, number = alerted
    member.say("よろしくお願いします。")
    deliver(room, clock)
    before = room.wire.cards(CHANNEL)[0]
    member.press(ack(before), CHANNEL, "channel")
    (after,) = room.wire.cards(CHANNEL)
    assert ack(before) not in buttons(after)
    assert "今の状態" in words_of(after)
    assert number in room.wire.words(member.chat)
    assert len(room.wire.cards(CHANNEL)) == 1


def test_the_team_names_the_desk_that_is_to_carry_the_case(
    alerted: tuple[Room, Person, Person, str], clock: Clock
) -> None:
    room, _, member, number = alerted
    member.say("よろしくお願いします。")
    deliver(room, clock)
    assert "担当を決める" not in buttons(room.wire.cards(CHANNEL)[0])
    member.press(ack(room.wire.cards(CHANNEL)[0]), CHANNEL, "channel")
    (card,) = room.wire.cards(CHANNEL)
    assert "|case:assign|" in buttons(card)["担当を決める"]["data"]["k"]
    member.press("担当を決める", CHANNEL, "channel")
    chosen: dict[str, Any] = {"c:agency": "hokatsu-kikan", "c:rank": "deputy", "f:text": "近くで続けて会えるため"}
    member.press("この窓口に引き受けをお願いする", **chosen)
    with room.app.store.unit() as unit:
        case = unit.cases.by_number(number)
        assert case is not None
        named = next(e for e in unit.cases.events(case.id) if e.kind.value == "assigned")
        told = [o.message.recipient for o in unit.outbox.of_case(case.id) if ":referred:" in o.message.key]
    assert named.data["agency"] == "hokatsu-kikan"
    assert sorted(told) == ["agency:hokatsu-kikan", f"post:{named.data['post']}"]


def test_an_alert_shows_each_person_only_what_they_may_press(
    alerted: tuple[Room, Person, Person, str], clock: Clock
) -> None:
    room, _, member, _ = alerted
    deliver(room, clock)
    (card,) = room.wire.cards(CHANNEL)
    asked = {
        "refresh": {
            "action": {"type": "Action.Execute", "data": {**next(iter(buttons(card).values()))["data"], "x": "refresh"}}
        }
    }
    own = buttons(member.refresh(asked, CHANNEL))
    others = buttons(room.person("z").refresh(asked, CHANNEL))
    assert len(own) > len(others)


def test_somebody_who_may_not_is_told_why_and_nothing_changes(
    alerted: tuple[Room, Person, Person, str], clock: Clock
) -> None:
    room, _, _, _ = alerted
    deliver(room, clock)
    other = room.person("z")
    other.say("よろしくお願いします。")
    before = len(room.wire.cards(other.chat))
    other.press(ack(room.wire.cards(CHANNEL)[0]), CHANNEL, "channel")
    assert ack(room.wire.cards(CHANNEL)[0])
    told = room.wire.cards(other.chat)[before:]
    assert len(told) == 1
    assert not any("case:ack" in str(card) for card in told)


@pytest.mark.parametrize(
    ("trouble", "result"),
    [
        (Answered(403, ("BotNotInConversationRoster",)), Failed("gone", permanent=True)),
        (Answered(403, ("ConversationBlockedByUser",)), Failed("gone", permanent=True)),
        (Answered(404), Failed("gone", permanent=True)),
        (Answered(403, ("BotDisabledByAdmin",)), Failed("disabled", permanent=True)),
        (Answered(401), Failed("auth")),
        (Answered(429, after=120.0), Failed("status_429", retry_after=timedelta(seconds=120))),
        (NoAnswer(sent=True), Unknown("no_answer")),
        (None, Delivered("m0")),
    ],
    ids=["uninstalled", "blocked", "no conversation", "switched off", "settings", "rest", "lost", "there"],
)
def test_every_outcome_has_its_word_for_delivery(
    alerted: tuple[Room, Person, Person, str], trouble: Answered | NoAnswer | None, result: object
) -> None:
    room, _, _, number = alerted
    with room.app.store.unit() as unit:
        case = unit.cases.by_number(number)
        assert case is not None
        occurrence = next(o for o in unit.outbox.of_case(case.id) if o.message.recipient.startswith("agency:"))
        contact = next(c for c in unit.contacts.of(occurrence.message.target) if c.surface == "teams")
    room.wire.there.clear()
    room.wire.numbers = iter(range(9))
    room.wire.troubles = [trouble] if trouble else []
    assert room.surface.channel.send(occurrence.message, contact.address) == result


def test_when_the_app_was_removed_the_person_or_the_inbox_is_told(
    alerted: tuple[Room, Person, Person, str], clock: Clock
) -> None:
    room, _, member, number = alerted
    member.say("よろしくお願いします。")
    room.wire.closed[CHANNEL] = Answered(403, ("BotNotInConversationRoster",))
    for _ in range(3):
        deliver(room, clock)
    assert f"案件 {number}" in room.wire.words(member.chat)


def test_teams_is_never_asked_what_is_there(room: Room) -> None:
    assert room.surface.channel.can_find is False
