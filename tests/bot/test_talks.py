"""Whole talks, one per route, duty, abstention, correction, pause and resume, override, replayed word for word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.talks import TALKS, expected, play

SCRIPTS = sorted(TALKS.glob("*.txt"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_talk(path: Path, tmp_path: Path) -> None:
    script = path.read_text("utf-8")
    wanted = expected(script)
    for number, (line, answer) in enumerate(play(script, tmp_path)):
        if number == 0:
            continue
        assert wanted[number], (
            f"{path.name}: 「{line}」の後に答えがありません（python -m tests.bot.talks で書き、読んで確かめる）"
        )
        assert [a.rstrip() for a in answer] == wanted[number], f"{path.name}: {line}"


def test_there_is_a_talk_for_every_kind() -> None:
    names = {path.stem for path in SCRIPTS}
    assert {
        "single_window", "existing_meeting", "multi_agency_yes", "multi_agency_no", "duty_child", "abstention", "correction", "pause_resume",
        "override", "bad_input",
    } <= names  # fmt: skip
