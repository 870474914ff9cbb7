"""A `sure` row is believed whatever the models think of words that they never met; the words around it still count."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import pytest

from knowledge.catalogue import Expression, ExpressionKind
from knowledge.load import load
from knowledge.reading.measure import messages
from knowledge.reading.model import Reading
from knowledge.reading.reader import Reader
from knowledge.reading.row_cells import parse_rows
from knowledge.reading.rows import RowBench
from tests.knowledge.reading.days import DAY

WORDS = "ほげ丸を飲"  # no model has met them
TEXTS = ["独居の男性、ほげ丸を飲んでいると隣の人から", "ほげ丸を飲んだ", "転入届に来た。父がほげ丸を飲むらしい"]
DENIED = ["ほげ丸を飲んだのは10年前の話", "ほげ丸を飲んだのは隣の家の話"]


@lru_cache(maxsize=4)
def reader(strength: str, code: str = "suicide_risk") -> Reader:
    row = Expression(target=code, kind=ExpressionKind.PHRASE, pattern=WORDS, strength=strength)
    catalogue = load("national")
    return Reader(replace(catalogue, expressions=(*catalogue.expressions, row)))


def codes(reading: Reading) -> set[str]:
    return {finding.code for finding in reading.findings}


@pytest.mark.parametrize("text", TEXTS)
def test_what_a_sure_row_says_is_said(text: str) -> None:
    reading = reader("sure").read(text, DAY)
    assert "suicide_risk" in codes(reading)
    assert reading.urgency.urgent
    assert "poverty" in codes(reader("sure", "poverty").read(text, DAY))


@pytest.mark.parametrize("text", DENIED)
def test_words_around_it_still_set_it_aside(text: str) -> None:
    reading = reader("sure").read(text, DAY)
    assert "suicide_risk" not in codes(reading)
    assert "suicide_risk" in {finding.code for finding in reading.set_aside}


@pytest.mark.parametrize("text", ["ほげ丸を飲んではいない", "ほげ丸を飲んでいないと言う", "ほげ丸を飲んでもいません"])
def test_what_nobody_did_is_left_to_the_models(text: str) -> None:
    assert "disaster" not in codes(reader("sure", "disaster").read(text, DAY))


@pytest.mark.parametrize("text", TEXTS)
def test_danger_in_firm_words_is_at_least_asked_about(text: str) -> None:
    reading = reader("firm").read(text, DAY)
    assert "suicide_risk" in codes(reading) | {maybe.code for maybe in reading.maybe}


@pytest.mark.parametrize("text", TEXTS)
def test_a_weak_row_alone_says_nothing(text: str) -> None:
    assert "disaster" not in codes(reader("weak", "disaster").read(text, DAY))


def test_a_sure_row_that_the_corpus_does_not_know_may_go_into_the_tables() -> None:
    corpus = [{"text": "何でもない", "issues": []}, {"text": "祭りでふが太郎を見た", "issues": []}]
    bench = RowBench(load("national"), corpus, ())
    unknown, wrong = parse_rows(["debt,phrase,ほげ丸,present,sure", "debt,phrase,ふが太郎,present,sure"], ["debt"])
    assert bench.trial(unknown).passes
    assert not bench.trial(wrong).passes


def test_sure_rows_are_right_wherever_they_stand_in_the_corpus() -> None:
    """At most one in twenty, and no row that is wrong as often as right."""
    catalogue = load("national")
    rows = tuple(row for row in catalogue.expressions if row.strength == "sure")
    bench = RowBench(replace(catalogue, expressions=rows), messages(), ())
    done = [row for _, row in bench.rows() if row.right + row.wrong]
    assert len(rows) >= 100
    assert sum(row.wrong for row in done) <= sum(row.right for row in done) / 20
    assert [row for row in done if row.wrong >= 2 and row.wrong >= row.right] == []
