"""What a text asks for in the directory's own words, and that it brings the errand to the right desk of a field."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from knowledge.load import load
from knowledge.reading.reader import Reader
from knowledge.reading.wants import WantReader
from knowledge.text import Folded, fold
from routing.facts import Fact, Facts
from routing.targets import rank_targets

MIHON = load("mihon")
DAY = date(2026, 11, 21)


def wanted(text: str) -> dict[str, str]:
    return {w.agency: text[w.span.start : w.span.end] for w in WantReader(MIHON.agencies.values()).find(fold(text))}


@pytest.mark.parametrize(
    ("text", "agency", "words"),
    [
        ("住民票を取りに来た", "shimin-ka", "住民票"),
        ("父の死亡届を出したい", "okuyami", "死亡届"),
        ("固定資産税の紙が二重に来た", "shuno", "固定資産税"),
        ("保育園に申込を出す", "hoiku-ka", "保育園に申込"),
        ("ことばが遅いと言われた", "hattatsu", "ことばが遅い"),
    ],
)
def test_the_desk_whose_words_stand_in_the_text(text: str, agency: str, words: str) -> None:
    assert wanted(text).get(agency) == words


@pytest.mark.parametrize("text", ["保育園は楽しい。申込は別の件", "天気がよい", ""])
def test_words_of_other_sentences_do_not_make_an_errand(text: str) -> None:
    assert "hoiku-ka" not in wanted(text)


def test_order_of_the_agencies_changes_nothing() -> None:
    agencies = list(MIHON.agencies.values())
    text: Folded = fold("住民票と死亡届、固定資産税と国保の保険証")
    assert WantReader(agencies).find(text) == WantReader(agencies[::-1]).find(text)


def test_a_reading_tells_the_words_in_the_original_text() -> None:
    text = "ﾏｲﾅﾝﾊﾞｰｶｰﾄﾞと住民票"
    found = {w.agency: text[w.span.start : w.span.end] for w in Reader(MIHON, rules_only=True).read(text, DAY).wanted}
    assert found["shimin-ka"] == "ﾏｲﾅﾝﾊﾞｰｶｰﾄﾞ"


def test_of_the_desks_of_a_field_the_one_that_does_just_that_is_asked() -> None:
    facts = Facts({"fields": Fact(frozenset({"税・保険年金"}))})
    asked = [
        rank_targets(replace(facts, wanted=wanted), ("税・保険年金",), "税・保険年金", MIHON, DAY)[0].agency
        for wanted in (("shuno",), ("kokuho",))
    ]
    assert asked == ["shuno", "kokuho"]
