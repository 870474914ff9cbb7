"""A simulated clerk who knows a whole case and answers only what is asked (tests/cases/hidden.jsonl).

The cases were written by somebody who had seen neither the program nor its expressions. The first message tells only part.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from bot.clock import TOKYO
from bot.corrections import asked, facts_now
from bot.dialogue import Dialogue, Move, with_move
from bot.steps import current_question
from bot.world import Town
from routing.decision import decide
from routing.proposal import Proposal
from routing.questions import CONFIRM_ISSUE

HIDDEN = Path(__file__).parent.parent / "cases" / "hidden.jsonl"
ISSUE_DUTIES = ("child_abuse", "elder_abuse", "disability_abuse", "dv", "suicide_risk", "young_carer")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case: the proposal from the first message alone, the one after the dialogue, and the questions asked."""

    case: dict[str, Any]
    before: Proposal
    after: Proposal
    asked: tuple[str, ...]


def cases() -> Iterator[dict[str, Any]]:
    """The hidden cases."""
    with HIDDEN.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def answer(case: dict[str, Any], question: str, fact: str) -> str:
    """What the clerk says: the truth of the case, or わからない."""
    if question.startswith(CONFIRM_ISSUE):
        return "yes" if question.removeprefix(CONFIRM_ISSUE) in case["issues"] else "no"
    if fact == "issues":
        true = [code for code in ISSUE_DUTIES if code in case["issues"]]
        return true[0] if true else "none"
    return str(case["reveal"].get(fact, "unknown"))


def talk(town: Town, case: dict[str, Any], on: date) -> Outcome:
    """One whole dialogue with the simulated clerk, who accepts the reading as it is."""
    dialogue = Dialogue(town.catalogue.pack.id, reading=town.reader.read(case["first"], on))
    policy, catalogue = town.policy, town.catalogue
    world = town.world(datetime(on.year, on.month, on.day, 9, tzinfo=TOKYO))
    before = decide(facts_now(dialogue, world), policy, catalogue, on)
    while True:
        facts = facts_now(dialogue, world)
        done = asked(dialogue)
        ask = current_question(dialogue, world)
        if ask is None:
            return Outcome(case, before, decide(facts, policy, catalogue, on), tuple(sorted(done)))
        dialogue = with_move(dialogue, Move("answer", ask.id, answer(case, ask.id, ask.fact)))


def meeting_label(town: Town, proposal: Proposal) -> str | None:
    """GUIDE's canonical kind; `none` for a window, None while consent is unknown."""
    if proposal.route == "single_window":
        return "none"
    return town.catalogue.meeting_kinds[proposal.meeting.kind].label if proposal.meeting else None


def duty_codes(town: Town, proposal: Proposal) -> set[str]:
    """The danger codes whose duty card is shown."""
    return {town.catalogue.duties[card.duty].issue for card in proposal.duties} & set(ISSUE_DUTIES)
