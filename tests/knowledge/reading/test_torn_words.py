"""An expression is not found inside a longer katakana word; at the end of a compound it is."""

from __future__ import annotations

import pytest

from knowledge.load import load
from knowledge.reading.model import Span
from knowledge.reading.reader import Reader
from tests.knowledge.reading.days import DAY

READER = Reader(load("national"), rules_only=True)


def found(text: str) -> set[str]:
    reading = READER.read(text, DAY)
    return {f.code for f in reading.findings} | {m.code for m in reading.maybe}


@pytest.mark.parametrize(
    ("inside", "whole", "code"),
    [
        ("新しいアパートを見に行った", "週3日のパートを見に行った", "poverty"),
        ("母もメンタル科に行った", "母もめている", "family_conflict"),
        ("アフガンの一家", "肺のガンの一家", "illness"),
    ],
)
def test_a_word_within_a_word_says_nothing(inside: str, whole: str, code: str) -> None:
    assert code not in found(inside)
    assert code in found(whole), "the word itself must be known"


def test_the_last_word_of_a_compound_is_what_it_is() -> None:
    assert "care_need" in found("ホームヘルパーが要る")


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("父に怒鳴られたと話す", "family_conflict", "父に怒鳴られた"),
        ("借金だと言う", "debt", "借金"),
        ("家賃を滞納。督促が来た", "housing_unstable", "家賃を滞納"),
    ],
)
def test_what_is_shown_ends_with_its_verb_and_not_with_a_stop(text: str, code: str, words: str) -> None:
    shown = [f.span.of(text) for f in READER.read(text, DAY).findings if f.code == code]
    assert words in shown


def test_what_is_shown_does_not_begin_with_a_particle() -> None:
    grow = READER.prepare("父は足が悪い", DAY).whole_words()
    assert grow(Span(1, 6)).of("父は足が悪い") == "足が悪い"
    assert grow(Span(1, 2)).of("父は足が悪い") == "は"
