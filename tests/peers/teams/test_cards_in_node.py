"""Every card of every talk, parsed and validated by the reference parser of Adaptive Cards (npm adaptivecards, in Node)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bot.teams.cards import Stand, frozen, piece_of
from bot.teams.messages import card as made_card
from bot.teams.messages import content_of
from tests.bot.teams.replay import every_notice, every_view, town_of
from tests.bot.teams.teams import elements, inputs

PARSER = Path(__file__).parents[3] / ".peers" / "node_modules" / "adaptivecards" / "dist" / "adaptivecards.js"
STAND = Stand(":ab12cd34ef56", 12, owner="29:1abcdef")
SCRIPT = Path(__file__).parent / "validate.js"

pytestmark = pytest.mark.skipif(
    "CI" not in os.environ and (not PARSER.exists() or shutil.which("node") is None),
    reason="make peers installs Node's adaptivecards",
)


def validated(cards: list[Any]) -> list[dict[str, Any]]:
    """What the parser says of each card."""
    lines = "\n".join(json.dumps(card, ensure_ascii=False) for card in cards)
    done = subprocess.run(
        ["node", str(SCRIPT), str(PARSER)], input=lines, capture_output=True, text=True, timeout=120, check=True
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(cards)
    return found


def test_every_card_of_every_talk_is_parsed_without_a_fault() -> None:
    render = town_of("mihon").renderer
    names, cards = [], []
    for where, view in every_view():
        card = render.card(view)
        names += [f"{where}: {view.name}", f"{where}: {view.name}, answered"]
        cards += [made_card(piece_of(card, STAND), card.title, STAND), made_card(frozen(card, "→ x"), card.title)]
    for name, card, found in zip(names, cards, validated(cards), strict=True):
        assert not found["faults"], (name, found["faults"])
        assert found["inputs"] == len(inputs(card)), name
        assert found["items"] == len(card["body"]), name


def test_every_card_that_nobody_asked_for_is_parsed_without_a_fault() -> None:
    cards = [content_of(each) for each in every_notice()]
    assert len(cards) > 5
    assert any(element["type"] == "Image" for card in cards for element in elements(card))
    for card, found in zip(cards, validated(cards), strict=True):
        assert not found["faults"], found["faults"]
        assert found["items"] == len(card["body"])


@pytest.mark.parametrize(
    "broken",
    [
        {"type": "Carousel"},
        {"type": "Input.Text"},
        {"type": "Input.ChoiceSet", "id": "x", "choices": "none"},
        {"type": "ActionSet", "actions": [{"type": "Action.Nothing", "title": "x"}]},
        {"type": "Container", "items": [{"type": "Input.Text", "id": "x"}, {"type": "Input.Text", "id": "x"}]},
    ],
)
def test_the_parser_finds_what_is_planted(broken: dict[str, Any]) -> None:
    card = {"type": "AdaptiveCard", "version": "1.2", "body": [broken]}
    (found,) = validated([card])
    assert found["faults"]
