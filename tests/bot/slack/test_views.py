"""Every view of every recorded talk, as Slack would get it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cards import Card
from bot.intake import inputs_of
from bot.slack import modals
from bot.slack.cards import Stand, frozen, message_of
from bot.slack.marks import Carried
from bot.turns import Choice, Turn
from bot.views import View
from tests.bot.slack.conftest import House
from tests.bot.slack.test_blocks import taken_by_slack
from tests.bot.talks import TALKS, parse_choice
from tests.bot.web.conftest import Clock

SCRIPTS = sorted(path for path in TALKS.glob("*.txt") if "pack=mihon" in path.read_text("utf-8"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_every_view_of_a_talk_fits(path: Path, house: House, clock: Clock) -> None:
    shown = 0
    for number, line in enumerate(path.read_text("utf-8").splitlines()):
        if not line.startswith(("> ", "* ")):
            continue
        clock.later(minutes=1)
        text = line[2:] if line.startswith("> ") else None
        choice: Choice | None = None if text is not None else parse_choice(line[2:])
        turn = Turn("talk", str(number), "slack", "slack:T:U", clock(), text, choice)
        for view in house.app.conversation.receive(turn).views:
            card = house.app.town.renderer.card(view)
            every_shape_fits(card, view)
            shown += 1
    assert shown


def every_shape_fits(card: Card, view: View) -> None:
    stand = Stand("slack:T0123456789:U0123456789:0123456789ab", 400, "題", "MIHON-2026-0001")
    taken_by_slack(message_of(card, stand))
    taken_by_slack(frozen(card, "→ 選んだもの"))
    taken_by_slack(modals.whole_modal(card))
    if view.name == "reading":
        taken_by_slack(modals.fix_modal(card, Carried("t", 1)))
    if view.submit and view.name != "reading":
        taken_by_slack(modals.form_modal(card, Carried("t", 1), {}))


def test_the_sheet_of_a_household_of_twenty_fits(house: House, clock: Clock) -> None:
    people = "、".join(f"{n}歳の{'長男' if n % 2 else '長女'}" for n in range(1, 40, 2))
    turn = Turn("talk", "1", "slack", "slack:T:U", clock(), f"{people}の大家族。母はもの忘れがひどい。")
    talk = house.app.conversation.receive(turn).talk
    for section in house.app.town.catalogue.form.sections:
        inputs = inputs_of(talk.dialogue, section, house.app.town.world(clock()))
        data = {"note": "", "case_number": "X", "number": 1, "of": 7, "section": section.id}
        card = house.app.town.renderer.card(View("section", data, inputs=inputs, submit=None))
        for page in range(len(modals.pages_of(card.fields))):
            taken_by_slack(modals.form_modal(card, Carried("t", 1, "3", page), {}))
