"""Whole talks with the peer, in both modes: every recorded talk, word for title, and the ways in that the peer knows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.bot.talks import TALKS, expected, parse_choice
from tests.peers.slack.room import CHANNEL, Clerk, find, one_of, wait_for, words

HOUSEHOLD = (
    "80代の母と50代の息子の二人暮らし。息子は10年以上ひきこもっている。母は最近もの忘れがひどい。母の受診先を知りたい。"
)
# Talks about cases name their numbers and have several people; they are played in tests/bot.
SCRIPTS = sorted(
    path
    for path in TALKS.glob("*.txt")
    if path.stem not in ("bad_input", "pause_resume") and not path.stem.startswith(("handover", "escalation", "case"))
)
BOTH = pytest.mark.parametrize("room", ["http", "socket"], indirect=True)


@BOTH
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_recorded_talk(path: Path, clerk: Clerk) -> None:
    script = path.read_text("utf-8")
    if "pack=mihon" not in script:
        pytest.skip("another town")
    wanted = expected(script)
    number = 0
    for line in script.splitlines():
        if not line.startswith(("> ", "* ")):
            continue
        number += 1
        title = next(answer[2:] for answer in wanted[number] if answer.startswith("■ "))
        before = clerk.standing()
        if line.startswith("> "):
            clerk.say(line[2:])
        else:
            choice = parse_choice(line[2:])
            card = clerk.last("")
            if choice.values and choice.action != "add":
                clerk.click(
                    card,
                    one_of(card["blocks"], "別の経路にする", "経路と理由を書く", "この欄を書く", "続けて受付票を書く"),
                )
                clerk.submit(clerk.modal("どの経路" if choice.action == "overridden" else "受付票"), choice.values)
            elif choice.action == "add" and choice.values:
                clerk.click(card, find(card["blocks"], "読み取りを直す"))
                clerk.submit(clerk.modal("足す課題"), {"add": [choice.values["code"]]})
            elif choice.action == "override":
                continue
            else:
                clerk.choose(card, choice.action, choice.value)
        wait_for(
            lambda before=before: clerk.standing() > before, about=f"{line}: {[m['text'] for m in clerk.messages()]}"
        )
        clerk.last(re.split(r"MIHON-\d+-\d+", title)[-1])  # case numbers count over all talks here


@BOTH
def test_a_command_in_a_channel_begins_a_talk_in_the_dm(clerk: Clerk) -> None:
    clerk.command(HOUSEHOLD)
    clerk.last("ひきこもり")
    wait_for(lambda: any("DM で相談を始めました" in words(m["blocks"]) for m in clerk.whispers(CHANNEL)))


@BOTH
def test_the_home_begins_a_talk_and_lists_it(clerk: Clerk) -> None:
    home = clerk.home()
    clerk.click({"channel": clerk.dm}, find(home["blocks"], "相談を始める"))
    clerk.submit(clerk.modal("相談の内容"), {"text": HOUSEHOLD})
    clerk.last("ひきこもり")
    assert "80代の母" in json.dumps(clerk.home(), ensure_ascii=False)


@BOTH
def test_corrections_are_made_in_a_modal(clerk: Clerk) -> None:
    clerk.say(HOUSEHOLD)
    clerk.press("読み取りを直す", "ひきこもり")
    clerk.submit(clerk.modal("足す課題"), {"row:0": "0", "add": ["debt"]})
    assert "［否定］ひきこもり" in json.dumps(clerk.last("借金"), ensure_ascii=False)


@BOTH
def test_the_sheet_is_written_section_by_section(clerk: Clerk) -> None:
    clerk.say(HOUSEHOLD)
    clerk.press("この読み取りで進む")
    clerk.press("ここまでで提案を見る")
    clerk.press("この提案で決める")
    clerk.press("続けて受付票を書く")
    clerk.submit(clerk.modal("受付票 1／"), {"received_by": "地域福祉課", "visitor_name": "山田花子"})
    clerk.submit(clerk.modal("受付票 2／"), {"strengths": "近所と仲がよい"})
    clerk.modal("受付票 3／")
    clerk.close()
    clerk.last("受付票 3／")
    assert "山田" not in json.dumps(clerk.room.peer.snapshot()["messages"], ensure_ascii=False)


@BOTH
def test_deciding_pausing_and_resuming(clerk: Clerk) -> None:
    clerk.say(HOUSEHOLD)
    clerk.press("中断する", "ひきこもり")
    clerk.last("再開番号は")
    clerk.press("続きから")
    clerk.last("中断したところから")
