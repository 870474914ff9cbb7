"""What each surface can do, from the talks that run on every surface: docs/parity.md is this table, and a gap fails.

Written anew with `python -m tests.bot.teams.test_parity`. A gap is allowed only where `EXPLAINED` names the ADR that says why,
and an explanation of a gap that is none any more fails too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

from bot.cards import Card
from bot.console import buttons_of
from bot.render import Renderer
from bot.slack import cards as slack_cards
from bot.slack import modals as slack_modals
from bot.slack.marks import Carried
from bot.slack.marks import mark_of as slack_mark
from bot.views import View
from bot.web.shapes import card_html
from tests.bot.talks import TALKS
from tests.bot.teams.replay import talk_views, town_of
from tests.bot.teams.teams import inputs
from tests.bot.teams.test_cards import offered, shown

TABLE = Path(__file__).parents[3] / "docs" / "parity.md"
# (view, action, surface) → the ADR that says why not
EXPLAINED: Mapping[tuple[str, str, str], str] = {}
ADD = "add"
Can = Callable[[Renderer, View, Card], set[str]]


def web(renderer: Renderer, view: View, _: Card) -> set[str]:
    return set(re.findall(r'data-action="([^"]+)"', card_html(renderer, view, live=True, anchor="e1")))


def console(_: Renderer, __: View, card: Card) -> set[str]:
    return {button.action for button in buttons_of(card)}


def teams(_: Renderer, __: View, card: Card) -> set[str]:
    content = shown(card)["attachments"][0]["content"]
    found = {action for action, _ in offered(content)}
    return found | ({ADD} if "m:fix-add" in inputs(content) else set())


def slack(_: Renderer, __: View, card: Card) -> set[str]:
    """Buttons and lists of the message, and what the modals they open can do."""
    message = slack_cards.message_of(card, slack_cards.Stand("talk", 1, case_number="X"))
    marks = [
        slack_mark(text) for text in re.findall(r'"(?:value)": "([^"]*)"', json.dumps(message, ensure_ascii=False))
    ]
    found = {mark.action.removeprefix("form:") for mark in marks if mark}  # a command with a form opens it at once
    if "fix" in found:
        modal = slack_modals.fix_modal(card, Carried("talk", 1))
        rows = [line for group in card.lists for line in group.lines if line.buttons]
        blocks = {str(block.get("block_id", "")) for block in modal["blocks"]}
        found |= {
            b.action
            for n, line in enumerate(rows)
            if any(name.endswith(str(n)) for name in blocks)
            for b in line.buttons
        }
        found |= {ADD} if any("add" in name for name in blocks) else set()
    if "form" in found:
        found |= {"section"}  # the list of sections carries the form of each
    if {"form", "override", "entry"} & found and card.submit:
        found |= {card.submit.action}
    return found


SURFACES: Mapping[str, Can] = {"ウェブ": web, "Slack": slack, "Teams": teams, "端末": console}


@lru_cache(maxsize=1)
def table() -> Mapping[tuple[str, str], Mapping[str, bool]]:
    """(view, action) → surface → whether it can be done there, wherever the view came up."""
    renderer = town_of("mihon").renderer
    found: dict[tuple[str, str], dict[str, bool]] = {}
    for path in sorted(TALKS.glob("*.txt")):
        for view in talk_views(path):
            card = renderer.card(view)
            can = {name: does(renderer, view, card) for name, does in SURFACES.items()}
            for button in buttons_of(card):
                row = found.setdefault((view.name, button.action), dict.fromkeys(SURFACES, True))
                for name in SURFACES:
                    row[name] = row[name] and button.action in can[name]
            found.setdefault((view.name, ""), dict.fromkeys(SURFACES, True))
    return found


def written() -> str:
    """The page."""
    lines = [
        "# どの画面で何ができるか",
        "",
        "テスト（tests/bot/teams/test_parity.py）が、すべての画面で行う相談の記録から作る表です。手で書き換えません。",
        "",
        f"| カード | 操作 | {' | '.join(SURFACES)} |",
        f"|---|---|{'---|' * len(SURFACES)}",
    ]
    for (view, action), row in sorted(table().items()):
        marks = [EXPLAINED.get((view, action, name), "") if not row[name] else "○" for name in SURFACES]
        lines.append(f"| {view} | {action or '（読む）'} | {' | '.join(mark or '×' for mark in marks)} |")
    return "\n".join([*lines, ""])


def test_every_surface_can_do_what_every_other_can() -> None:
    gaps = {(view, action, name) for (view, action), row in table().items() for name, can in row.items() if not can}
    assert gaps == EXPLAINED.keys()


def test_every_explanation_is_an_adr_that_is_there() -> None:
    numbers = {path.name[:4] for path in (TABLE.parent / "adr").glob("*.md")}
    assert set(EXPLAINED.values()) <= numbers


def test_the_page_says_what_the_talks_show() -> None:
    assert TABLE.read_text("utf-8") == written(), "python -m tests.bot.teams.test_parity"


if __name__ == "__main__":
    TABLE.write_text(written(), "utf-8")
