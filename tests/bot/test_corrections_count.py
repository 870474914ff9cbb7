"""What a clerk corrects counts for the proposal at once, and what a question promises is what its answer does."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from bot.clock import TOKYO
from bot.corrections import asked, facts_now
from bot.dialogue import Dialogue, Move, World, with_move
from bot.steps import current_question, proposal_now
from bot.world import Town, open_town
from routing.questions import Ask, changes

AT = datetime(2026, 11, 20, 10, tzinfo=TOKYO)
TEXTS = (
    "小2の男の子が冬も半袖で、給食をおかわりばかりしていると担任から。母は夜の仕事",
    "母84の年金で暮らす息子58、部屋から出てこない。母は最近同じ話ばかりで、電気代が遅れている",
    "夫が生活費を渡さず、妻は実家にも帰らせてもらえない。4歳の子がいる",
    "50代男性、会社の寮を来週出る。貯金はない。糖尿の薬も切れた",
)


@pytest.fixture(scope="module")
def town() -> Town:
    return open_town("mihon")


def start(town: Town, text: str) -> tuple[Dialogue, World]:
    return Dialogue(town.catalogue.pack.id, reading=town.reader.read(text, AT.date())), town.world(AT)


def test_abuse_added_by_the_clerk_moves_the_route_and_taking_it_back_restores_it(town: Town) -> None:
    dialogue, world = start(town, TEXTS[0])
    before = proposal_now(dialogue, world)
    added = with_move(dialogue, Move("add", "child_abuse", ""))
    after = proposal_now(added, world)
    assert after.route == "existing_meeting"
    assert after.meeting is not None
    assert after.duties
    assert proposal_now(replace(added, moves=dialogue.moves), world) == before


@pytest.mark.parametrize("text", TEXTS)
def test_what_a_question_promises_is_what_its_answer_does(town: Town, text: str) -> None:
    dialogue, world = start(town, text)
    seen: list[Ask] = []
    while (ask := current_question(dialogue, world)) is not None:
        now = proposal_now(dialogue, world)
        for value, promised in ask.effects:
            answered = with_move(dialogue, Move("answer", ask.id, value))
            assert changes(now, proposal_now(answered, world)) == promised
        seen.append(ask)
        dialogue = with_move(dialogue, Move("answer", ask.id, ask.effects[0][0]))
    assert len(asked(dialogue)) == len(seen) <= world.policy.most_questions
    assert facts_now(dialogue, world).get("issues")
