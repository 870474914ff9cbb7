"""What people type about cases, as data: full width, without the town's prefix, in a sentence; and what is no command."""

from __future__ import annotations

import pytest

from bot.commands import case_choice_of, command_of
from bot.turns import Choice
from tests.bot.talks import town_of

N = "MIHON-2026-0001"
TYPED: list[tuple[str, Choice]] = [
    ("一覧", Choice("case:board")),
    ("一覧 チーム", Choice("case:board", "team")),
    ("一覧　自分", Choice("case:board", "mine")),
    (N, Choice("case:show", N)),
    ("ｍｉｈｏｎ－２０２６－０００１", Choice("case:show", N)),
    ("案件 2026-1", Choice("case:show", N)),
    (f"案件 {N} を開いて", Choice("case:show", N)),
    (f"つなぐ {N}", Choice("case:ask", N)),
    (f"つなぐ {N} 基幹型包括", Choice("case:ask", N, {"agency": "hokatsu-kikan"})),
    (f"つなぐ {N} 宇宙開発課", Choice("case:ask", N, {"agency": "宇宙開発課"})),  # the use case says that there is none
    (f"受理 {N} 2", Choice("case:accept", f"{N}/2")),
    (f"受理 {N} つなぎ２", Choice("case:accept", f"{N}/2")),
    (f"お断り {N} 2 人手が足りません", Choice("case:decline", f"{N}/2", {"text": "人手が足りません"})),
    (f"返事の記録 {N} 1", Choice("case:record", f"{N}/1")),
    (f"取り下げ {N} 1", Choice("case:withdraw", f"{N}/1")),
    (f"取り下げ {N}", Choice("case:call_off", N)),
    (f"確認 {N}", Choice("case:ack", N)),
    (f"引き受け {N}", Choice("case:take_up", N)),
    (f"戻す {N}", Choice("case:send_back", N)),
    (f"担当 {N}", Choice("case:assign", N)),
    (f"担当 {N} 基幹型包括 母を知っている", Choice("case:assign", N, {"agency": "hokatsu-kikan", "text": "母を知っている"})),
    (f"照会 {N} 通院先を教えてください", Choice("case:ask_info", N, {"text": "通院先を教えてください"})),
    (f"記録 {N} 訪問した", Choice("case:note", N, {"text": "訪問した"})),
    (f"同意 {N}", Choice("case:consent", N)),
    (f"終結 {N}", Choice("case:close", N)),
    (f"案件再開 {N}", Choice("case:reopen", N)),
    (f"{N} を多機関協働へ上げてください 三つの課で断られています", Choice("case:escalate", N, {"text": "三つの課で断られています"})),
    (f"{N}を多機関協働へ上げてください。もう待てません", Choice("case:escalate", N, {"text": "もう待てません"})),
    (f"案件{N}をプロジェクトチームに上げます", Choice("case:escalate", N)),
    (f"上げる {N}", Choice("case:escalate", N)),
    ("案件 9999", Choice("case:show", "9999")),
    ("案件 MIHON-20260001", Choice("case:show", "MIHON-20260001")),
    ("立場 基幹型包括", Choice("case:act_for", "hokatsu-kikan")),
    ("立場 重層的支援プロジェクトチーム 管理職", Choice("case:act_for", "project-team", {"role": "supervisor"})),
    ("立場 なし", Choice("case:act_for")),
    ("立場 宇宙開発課", Choice("case:act_for", "宇宙開発課")),
]  # fmt: skip
NOT_TYPED = [
    "",
    "立場",
    "案件がたくさんあって、どこに相談すればよいかわからない",
    "母が2026-0101から入院している",
    "受理されなかったので困っている",
    f"{N}は多機関協働へ上げてよいですか",
    f"{N}は多機関協働へ上げないでください",
    "一覧にない課題がある",
    "再開 AB2CD3EF",
    "電話は0980-22-1234です",
    "つなぐ先がない世帯",
]


@pytest.mark.parametrize(("text", "choice"), TYPED, ids=[text for text, _ in TYPED])
def test_a_command_is_understood(text: str, choice: Choice) -> None:
    assert case_choice_of(text, town_of("mihon").catalogue) == choice
    assert command_of(text) is None, "it must not be taken for a command of the talk as well"


@pytest.mark.parametrize("text", NOT_TYPED)
def test_a_situation_is_no_command(text: str) -> None:
    assert case_choice_of(text, town_of("mihon").catalogue) is None


def test_a_number_belongs_to_the_town_it_is_typed_in() -> None:
    assert case_choice_of("2023-7", town_of("okinawa").catalogue) == Choice("case:show", "OKINAWA-2023-0007")
