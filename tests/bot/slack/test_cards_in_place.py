"""One card per case in a channel: what happens later changes it, whoever does it and on whichever surface."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.delivery import Delivery
from bot.slack.api import Outcome
from bot.turns import Choice, Turn
from bot.watch import watch_cases
from routing.outgoing import Contact, State
from routing.people import Actor
from routing.standing import replay
from tests.bot.slack.conftest import House
from tests.bot.slack.slack import Later, Message, Person, Refused, Trouble, Unknown
from tests.bot.slack.test_alerts import CHANNEL, NUMBER, alerted, deliver
from tests.bot.slack.test_robust import always, once
from tests.bot.web.conftest import Clock

__all__ = ["alerted"]
Alerted = tuple[House, Person]


def elsewhere(house: House, clock: Clock, command: str, **values: str) -> None:
    """The team does something about the case on the web."""
    with house.app.store.unit() as unit:
        unit.people.put(Actor("web:team", house.app.town.catalogue.pack.project_team), clock())
        case = unit.cases.by_number(NUMBER)
        assert case is not None
        turn = replay(unit.cases.events(case.id)).escalations[-1].turn
        unit.commit()
    clock.later(minutes=1)
    choice = Choice(f"case:{command}", f"{NUMBER}/{turn}", values)
    said = Turn("web:1", f"{command}{clock()}", "web", "web:team", clock(), choice=choice)
    outcome = house.app.conversation.receive(said)
    assert all(view.name != "trouble" for view in outcome.views), outcome.views


def rise(house: House, clock: Clock) -> None:
    """Nobody answers: the alert rises, and whoever comes next is reached in the same channel."""
    with house.app.store.unit() as unit:
        case = unit.cases.by_number(NUMBER)
        assert case is not None
        for recipient in ("post:team-lead", "post:team-deputy", "post:team-chief"):
            unit.contacts.put(Contact(recipient, "slack", CHANNEL), clock())
        unit.commit()
    clock.later(days=3)
    watch_cases(house.app.store, house.app.town.rules, clock())
    with house.app.store.unit() as unit:
        for each in unit.outbox.of_case(case.id):
            if each.state is State.WAITING:
                unit.contacts.put(Contact(each.message.target, "slack", CHANNEL), clock())
        unit.commit()


def cards(house: House) -> list[Message]:
    return house.slack.in_place(CHANNEL)


def states(house: House) -> list[State]:
    with house.app.store.unit(reading=True) as unit:
        case = unit.cases.by_number(NUMBER)
        assert case is not None
        return [
            each.state for each in unit.outbox.of_case(case.id) if each.message.target.startswith(("agency:", "post:"))
        ]


def test_an_alert_that_rises_changes_its_card_and_rings_below_it(alerted: Alerted, clock: Clock) -> None:
    house, _ = alerted
    deliver(house, clock)
    rise(house, clock)
    deliver(house, clock)
    (card,) = cards(house)
    assert "返事がまだありません" in card.words()
    (ring,) = house.slack.in_place(CHANNEL, card.ts)
    assert "返事がまだありません" in ring.words()
    assert set(states(house)) == {State.SENT}, "every occurrence is final, the changed card counts"
    deliver(house, clock)
    assert (len(cards(house)), len(house.slack.in_place(CHANNEL, card.ts))) == (1, 1)


def test_what_is_done_elsewhere_shows_on_the_card(alerted: Alerted, clock: Clock) -> None:
    house, _ = alerted
    deliver(house, clock)
    elsewhere(house, clock, "ack")
    assert house.surface.keeper.refresh() == 1
    assert "今の状態: チームが確認し、検討中" in cards(house)[0].words()
    elsewhere(house, clock, "take_up")
    house.surface.keeper.refresh()
    assert "今の状態: 多機関協働で受理" in cards(house)[0].words()
    assert cards(house)[0].labels() == ["担当を決める", "開く"]
    assert house.surface.keeper.refresh() == 0
    assert len(cards(house)) == 1


def test_a_card_changes_even_when_it_was_pressed_as_an_old_copy(alerted: Alerted, clock: Clock) -> None:
    house, member = alerted
    deliver(house, clock)
    copy = Message("C0OTHER", "5.5", "", cards(house)[0].blocks, "")
    house.slack.messages.append(copy)
    member.press("確認しました", copy)
    assert "今の状態: チームが確認し、検討中" in copy.words()
    assert "今の状態: チームが確認し、検討中" in cards(house)[0].words()


def test_a_deleted_card_comes_again_while_it_is_needed(alerted: Alerted, clock: Clock) -> None:
    house, _ = alerted
    deliver(house, clock)
    house.slack.messages.remove(cards(house)[0])
    elsewhere(house, clock, "ack")
    house.surface.keeper.refresh()
    assert "今の状態: チームが確認し、検討中" in cards(house)[0].words()
    house.slack.messages.remove(cards(house)[0])
    elsewhere(house, clock, "send_back", reasons="fits_one_desk", promise=f"{clock():%Y-%m-%d}", text="窓口で足ります")
    house.surface.keeper.refresh()
    assert cards(house) == []


@pytest.mark.parametrize("error", ["message_not_found", "cant_update_message"])
def test_news_about_a_card_that_cannot_be_changed_is_a_new_card(alerted: Alerted, clock: Clock, error: str) -> None:
    house, _ = alerted
    deliver(house, clock)
    house.slack.plan = once("chat.update", Refused(Trouble.GONE, error))
    rise(house, clock)
    deliver(house, clock)
    old, new = cards(house)
    assert "返事がまだありません" in new.words()
    assert house.slack.in_place(CHANNEL, old.ts) == [], "a new card needs no bell"
    elsewhere(house, clock, "ack")
    house.surface.keeper.refresh()
    assert "今の状態: チームが確認し、検討中" in cards(house)[1].words()


@pytest.mark.parametrize("method", ["chat.update", "chat.postMessage"])
def test_a_changed_card_rings_once_though_an_answer_was_lost(alerted: Alerted, clock: Clock, method: str) -> None:
    """The answer to the update, or to the ring below it, is lost: what is there is found, the rest is made up for."""
    house, _ = alerted
    deliver(house, clock)
    rise(house, clock)
    house.slack.plan = once(method, Unknown())
    deliver(house, clock)
    house.slack.plan = lambda method, given: None
    for _ in range(3):
        deliver(house, clock)
    (card,) = cards(house)
    assert len(house.slack.in_place(CHANNEL, card.ts)) == 1
    assert set(states(house)) == {State.SENT}


def test_a_first_card_whose_answer_was_lost_is_still_the_only_one(alerted: Alerted, clock: Clock) -> None:
    house, _ = alerted
    house.slack.plan = once("chat.postMessage", Unknown())
    clock.later(minutes=10)
    run(house, clock)
    house.slack.plan = lambda method, given: None
    rise(house, clock)
    for _ in range(4):
        deliver(house, clock)
    assert len(cards(house)) == 1
    assert set(states(house)) == {State.SENT}
    elsewhere(house, clock, "ack")
    house.surface.keeper.refresh()
    assert "今の状態: チームが確認し、検討中" in cards(house)[0].words()


def run(house: House, clock: Clock) -> None:
    Delivery(house.app.store, [house.surface.channel], clock, "r1").run(timedelta(0))


@pytest.mark.parametrize("outcome", [Later(5.0), Unknown(), Refused(Trouble.REVOKED, "token_revoked")])
def test_what_slack_does_not_take_now_is_caught_up(alerted: Alerted, clock: Clock, outcome: Outcome) -> None:
    house, _ = alerted
    deliver(house, clock)
    elsewhere(house, clock, "ack")
    house.slack.plan = always(outcome, "chat.update")
    house.surface.keeper.refresh()
    house.slack.plan = lambda method, given: None
    assert house.surface.keeper.refresh() == 1
    assert "今の状態: チームが確認し、検討中" in cards(house)[0].words()


def test_a_card_in_an_archived_channel_is_left_alone(alerted: Alerted, clock: Clock) -> None:
    house, _ = alerted
    deliver(house, clock)
    elsewhere(house, clock, "ack")
    house.slack.plan = always(Refused(Trouble.ARCHIVED, "is_archived"), "chat.update")
    house.surface.keeper.refresh()
    calls = len(house.slack.calls)
    house.surface.keeper.refresh()
    assert len(house.slack.calls) == calls


def test_who_showed_an_older_version_last_shows_the_newer_one_again(alerted: Alerted, clock: Clock) -> None:
    """Two processes: while this one shows what it read, the case moves on and the other one shows that."""
    house, _ = alerted
    deliver(house, clock)
    elsewhere(house, clock, "ack")
    raced: list[str] = []

    def race(method: str, given: object) -> Outcome | None:
        if method == "chat.update" and not raced:
            raced.append(method)
            elsewhere(house, clock, "take_up")
            house.surface.keeper.refresh()
        return None

    house.slack.plan = race
    house.surface.keeper.refresh()
    assert "今の状態: 多機関協働で受理" in cards(house)[0].words()


def test_the_metadata_of_a_card_holds_keys_only(alerted: Alerted, clock: Clock) -> None:
    house, _ = alerted
    deliver(house, clock)
    told = json.dumps(cards(house)[0].metadata, ensure_ascii=False)
    assert "escalated" in told
    assert "ひきこもり" not in told


def test_a_restart_knows_the_cards_that_are_there(
    alerted: Alerted, clock: Clock, open_house: Callable[[], House], tmp_path: Path
) -> None:
    house, _ = alerted
    deliver(house, clock)
    elsewhere(house, clock, "ack")
    again = open_house()
    again.surface.keeper.refresh()
    assert "今の状態: チームが確認し、検討中" in cards(house)[0].words()
