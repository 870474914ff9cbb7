"""Whole talks in Microsoft 365 Agents Playground (`make test-playground`): opt-in, never in CI, never part of what is shipped.

Its licence is for evaluating it. Screenshots are left in var/playground to be looked at.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.delivery import Delivered
from bot.turns import Choice
from bot.views import View
from routing.digest import weekly
from routing.outgoing import OutgoingMessage
from routing.people import Actor, Role
from tests.bot.talks import TALKS, parse_choice
from tests.bot.teams.replay import HOUSEHOLD, Stage
from tests.peers.playground.room import House, Visitor, house, missing, playground, visit

pytestmark = [
    pytest.mark.skipif("PLAYGROUND" not in os.environ, reason="opt-in: make test-playground"),
    pytest.mark.skipif("PLAYGROUND" in os.environ and bool(missing()), reason=missing()),
]


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as running:
        yield running


@pytest.fixture
def visitor(ours: House, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    name = re.sub(r"[^\w]+", "-", request.node.name.removeprefix("test_")).strip("-")
    with playground(ours.url, tmp_path) as url, visit(url, name) as somebody:
        yield somebody


def labelled(stage: Stage, view: View, choice: Choice) -> str:
    """The words of the button that makes a choice on a view."""
    card = stage.town.renderer.card(view)
    every = (*card.buttons, *([card.submit] if card.submit else []))
    return next(b.label for b in every if (b.action, b.value) == (choice.action, choice.value))


def pressed(path: Path, folder: Path) -> Iterator[tuple[str, str, str]]:
    """(typed, pressed, title of the card that follows) of a written talk, up to its case."""
    stage = Stage(folder)
    shown: tuple[View, ...] = ()
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("> "):
            shown = stage.do(line[2:])
            yield line[2:], "", stage.town.renderer.card(shown[-1]).title
        elif line.startswith("* "):
            choice = parse_choice(line[2:])
            label = labelled(stage, shown[-1], choice)
            shown = stage.do(choice)
            yield "", label, stage.town.renderer.card(shown[-1]).title
            if choice.action == "confirm":
                break
    stage.store.close()


@pytest.mark.parametrize("talk", ["single_window", "existing_meeting", "multi_agency_yes", "multi_agency_no"])
def test_a_talk_of_every_route_leads_to_its_case(visitor: Visitor, tmp_path: Path, talk: str) -> None:
    (tmp_path / "stage").mkdir()
    for typed, label, title in pressed(TALKS / f"{talk}.txt", tmp_path / "stage"):
        if typed:
            visitor.say(typed)
        else:
            visitor.press(label)
        visitor.sees(title)
        visitor.shot()
    visitor.sees("を登録しました")


def test_an_executed_button_replaces_the_card_it_stands_on(visitor: Visitor) -> None:
    visitor.say(HOUSEHOLD)
    visitor.sees("このように読み取りました")
    before = visitor.cards()
    visitor.press("＋ 経済的困窮")
    visitor.sees("［あり］経済的困窮")
    visitor.shot()
    assert visitor.cards() == before
    visitor.press("この読み取りで進む")
    visitor.sees("→ この読み取りで進む")  # the answered card stays to read
    visitor.shot()


def test_clients_that_only_submit_come_to_the_same_case(visitor: Visitor, ours: House) -> None:
    ours.connector.old = True
    visitor.say(HOUSEHOLD)
    for title in ("この読み取りで進む", "ここまでで提案を見る", "この提案で決める"):
        visitor.press(title)
    visitor.sees("を登録しました")
    visitor.shot()


def test_what_nobody_asked_for_arrives_and_can_be_answered(visitor: Visitor, ours: House) -> None:
    visitor.say(HOUSEHOLD)
    for title in ("この読み取りで進む", "ここまでで提案を見る", "この提案で決める"):
        visitor.press(title)
    visitor.sees("MIHON-2026-0001")
    store, now = ours.surface.app.store, ours.surface.now()
    with store.unit(reading=True) as unit:
        opener = unit.cases.by_number("MIHON-2026-0001")
        assert opener is not None
        contact = next(c for c in unit.contacts.of(f"person:{opener.opened_by}") if c.surface == "teams")
    kind = ours.surface.app.town.reminders.data.kind[0].id
    line = {"key": "k", "case": "MIHON-2026-0001", "case_id": opener.id, "subject": "", "kind": kind, "nth": 0}
    line |= {"since": now.isoformat(), "day": now.date().isoformat()}
    said = json.dumps({"day": now.date().isoformat(), "lines": [line], "more": 0})
    sent = OutgoingMessage("digest:x", "digest", "", f"person:{opener.opened_by}", said, now, now)
    with store.unit() as unit:
        unit.outbox.put(sent)
        unit.commit()
    assert isinstance(ours.surface.channel.send(sent, contact.address), Delivered)
    visitor.sees("のお知らせ（1件）")
    visitor.shot()
    visitor.press("進んでいる")
    visitor.sees("→ 進んでいる")
    visitor.shot()


def test_the_week_of_a_supervisor_arrives_with_its_picture(visitor: Visitor, ours: House) -> None:
    visitor.say(HOUSEHOLD)
    for title in ("この読み取りで進む", "ここまでで提案を見る", "この提案で決める"):
        visitor.press(title)
    visitor.sees("MIHON-2026-0001")
    store, now = ours.surface.app.store, ours.surface.now()
    with store.unit() as unit:
        opener = unit.cases.by_number("MIHON-2026-0001")
        assert opener is not None
        contact = next(c for c in unit.contacts.of(f"person:{opener.opened_by}") if c.surface == "teams")
        unit.people.put(Actor("boss", ours.surface.app.town.catalogue.pack.project_team, Role.SUPERVISOR), now)
        unit.commit()
    (sent,) = weekly(["person:boss"], now.date(), now, now)
    assert isinstance(ours.surface.channel.send(sent, contact.address), Delivered)
    visitor.sees("の週のまとめ")
    visitor.page.locator(".ac-adaptiveCard img").last.wait_for(timeout=20_000)
    assert visitor.page.locator(".ac-adaptiveCard img").last.evaluate("image => image.naturalWidth") > 100
    visitor.shot()


def test_a_form_says_what_is_missing_and_keeps_what_is_written(visitor: Visitor) -> None:
    visitor.say(HOUSEHOLD)
    for title in ("この読み取りで進む", "ここまでで提案を見る", "別の経路にする"):
        visitor.press(title)
    visitor.press("この内容で決める")
    visitor.sees("どの経路にするかを選んでください")
    visitor.shot()
    visitor.page.locator(".ac-adaptiveCard [role=combobox]").last.click()
    visitor.page.get_by_role("option", name="窓口につなぐ").click()
    visitor.page.locator(".ac-adaptiveCard textarea").last.fill("家庭訪問で足りる")
    visitor.press("この内容で決める")
    visitor.sees("を登録しました")
    visitor.shot()


@pytest.mark.parametrize(("place", "send"), [("Group Chat", "Send Message"), ("My Team - General", "Post")])
def test_a_mention_where_others_read_begins_a_talk_there(visitor: Visitor, place: str, send: str) -> None:
    visitor.goes_to(place)
    visitor.mentions(HOUSEHOLD, send)
    visitor.sees("このように読み取りました")
    visitor.press("この読み取りで進む")
    visitor.sees("安全で気になること")
    visitor.shot()
