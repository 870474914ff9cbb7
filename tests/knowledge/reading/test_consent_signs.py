"""What is said about consent, as signs: an agreement whose own words are taken back is none, an office's refusal is not the
family's, and doors that stay shut are told as plain facts."""

from __future__ import annotations

import pytest

from knowledge.load import load
from knowledge.reading.reader import Reader
from tests.knowledge.reading.days import DAY

READER = Reader(load("national"), rules_only=True)


def signs(text: str, least: float = 0.0) -> set[str]:
    return {s.code for s in READER.read(text, DAY).signals if s.code.startswith("consent.") and s.score >= least}


@pytest.mark.parametrize(
    "text",
    [
        "前の同意、やっぱりなかったことにしてほしいと電話",
        "同意書、本人が返してくれと言ってきた",
        "同意は破棄してと今朝来庁",
        "同意書はもらったが期限が去年まで",
        "この間サインした紙、破ってくれ",
    ],
)
def test_what_was_taken_back_is_no_agreement(text: str) -> None:
    assert signs(text) == {"consent.withdrawn"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("医者も役所もいらんと父", {"consent.no"}),
        ("病院も役所も断られた父", set()),
        ("受診もサービスも拒む父", {"consent.no"}),
        ("受診もサービスも拒まれた父", set()),
    ],
)
def test_an_offices_refusal_is_not_the_familys(text: str, expected: set[str]) -> None:
    assert signs(text, 1.0) & {"consent.no"} == expected


@pytest.mark.parametrize(
    "text",
    [
        "手紙3回、電話6回いずれも応答なし",
        "3回行ったが出てこない",
        "不在票の返事なし",
        "置き手紙4枚そのまま",
        "呼び鈴は切ってある",
    ],
)
def test_nobody_answers(text: str) -> None:
    assert "consent.unreachable" in signs(text)


def test_one_agrees_and_another_refuses_both_are_heard() -> None:
    assert {"consent.yes", "consent.no"} <= signs("母は同意書に署名。長男は「俺のことは書くな」と拒んでる")


def test_agreed_for_one_office_and_not_asked_for_the_rest() -> None:
    assert "consent.not_asked" in signs("学校に伝えるのは構わんが他はまだ")


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("母は会議で話すのは構わない、本人の意向はまだ聞けていない。母うつ、長男ひきこもり、家賃滞納", "unknown"),
        ("母は会議で話すのは構わない、本人も同意している。母うつ、長男ひきこもり、家賃滞納", "yes"),
    ],
)
def test_agreed_by_one_and_not_asked_of_another_is_still_to_be_asked(text: str, state: str) -> None:
    assert Reader(load("national")).read(text, DAY).consent.state.value == state
