"""A case is handed over in the terminal: commands typed, choices by number, a form asked field by field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.console import Console
from bot.views import View
from routing.standing import Standing, replay
from tests.bot.talks import Stage, town_of

AT = datetime(2026, 11, 20, 9, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
TEXT = "80代の母と50代の息子の二人暮らし。息子は20年以上ひきこもっている。"


class Terminal:
    """A person at a terminal: lines are typed one after the other; what is shown is kept."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.at = stage, AT
        self.shown: list[str] = []

    def type(self, actor: str, *lines: str | Callable[[str], str]) -> str:
        """Everything that comes back; a line may depend on what was shown."""
        waiting, shown = iter(lines), list[str]()

        def ask(_: str) -> str | None:
            line = next(waiting, None)
            return line("\n".join(shown)) if callable(line) else line

        town = town_of("mihon")
        console = Console(self.stage.open(), town.renderer, ask, shown.append, self.now)
        console.run(f"talk-{actor}", actor, town.renderer.card(View("start", {"note": ""})))
        self.shown += shown
        return "\n".join(shown)

    def now(self) -> datetime:
        self.at += timedelta(seconds=30)
        return self.at

    def standing(self) -> Standing:
        assert self.stage.store is not None
        with self.stage.store.unit() as unit:
            case = unit.cases.by_number("MIHON-2026-0001")
            assert case is not None
            return replay(unit.cases.events(case.id))


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    stage = Stage("mihon", AT, tmp_path)
    yield Terminal(stage)
    stage.close()


def press(words: str) -> Callable[[str], str]:
    """The number in front of a choice of the last card."""

    def number(shown: str) -> str:
        before, found, _ = shown.rpartition("■")[2].partition(f"){words}")
        assert found, words
        return before.rpartition("(")[2]

    return number


def test_a_hand_over_in_the_terminal(terminal: Terminal) -> None:
    shown = terminal.type(
        "console:1",
        "立場 福祉総合相談窓口",
        TEXT,
        *map(press, ("この読み取りで進む", "ここまでで提案を見る", "この提案で決める")),
        "つなぐ ＭＩＨＯＮ－２０２６－０００１ 基幹型包括",
        press("この内容でつなぐ"),
        *("", "", "１　2", "", "1 3", ""),  # agency, purpose, ways (two of them), basis, items (two of them), reason
    )
    assert "自分の窓口の案件" in shown
    assert "つなぎのお願いを送りました" in shown
    standing = terminal.standing()
    assert [way.value for way in standing.referrals[0].ways] == ["chat", "phone"]
    assert standing.shares[0].items == ("number", "issues")


def test_an_answer_in_the_terminal(terminal: Terminal) -> None:
    test_a_hand_over_in_the_terminal(terminal)
    shown = terminal.type("console:2", "立場 基幹型包括 連携担当者", "受理 MIHON-2026-0001 2")
    assert "つなぎ2番なし" in shown
    shown = terminal.type(
        "console:2", "お断り MIHON-2026-0001 1", press("この理由でお断りする"), "2", "人手が足りません"
    )
    assert "お断りを記録し、送り主に伝えました" in shown
    assert terminal.standing().referrals[0].reason == "organisation"
    assert terminal.standing().owner == "fukushi-madoguchi"
    assert "次の候補は" in terminal.type("console:1", "MIHON-2026-0001")


def test_mistyped_numbers_and_names_are_answered_with_what_to_do(terminal: Terminal) -> None:
    assert "この番号の案件は見つかりません" in terminal.type("console:2", "案件 MIHON-2026-0002")
    assert "この番号の案件は見つかりません" in terminal.type("console:2", "受理 9999 1")
    assert "機関「宇宙開発課」は、今の知識パックで使えません" in terminal.type("console:2", "立場 宇宙開発課")
