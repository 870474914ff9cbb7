"""A row means what its example says; a phrase whose negation is its meaning is not set aside by it."""

from dataclasses import replace
from datetime import date

import pytest

from knowledge.load import load
from knowledge.reading.examples import misread
from knowledge.reading.reader import Reader

ON = date(2026, 11, 1)
CATALOGUE = load("national")


def test_every_row_of_the_national_pack_is_read_in_its_example_as_it_says() -> None:
    assert list(misread(CATALOGUE)) == []


def test_a_row_that_forgets_its_own_negation_is_named() -> None:
    row = next(e for e in CATALOGUE.expressions if e.target == "suicide_risk" and e.kind == "phrase")
    forgetful = row.model_copy(update={"pattern": "生きてる意味", "example": "生きてる意味がない"})
    wrong = list(misread(replace(CATALOGUE, expressions=(forgetful,))))
    assert wrong == [("suicide_risk", "生きてる意味", "生きてる意味がない")]


@pytest.mark.parametrize(
    "text",
    [
        "もう生きていても仕方ない",
        "生きてる意味がない",
        "生きる価値がない",
        "生きていく資格がないと言う",
        "生きる気力もなくなった",
        "死ぬ以外に道がない",
    ],
)
def test_hopelessness_is_not_denied_by_its_own_words(text: str) -> None:
    reading = Reader(CATALOGUE).read(text, ON)
    assert "suicide_risk" in {finding.code for finding in reading.findings}
    assert reading.urgency.urgent


@pytest.mark.parametrize(
    "text",
    [
        "80代の母の年金で50代の息子が暮らしている。息子は無職",
        "80代の母と無職の息子。母の年金で二人暮らし、電気代を滞納",
    ],
)
def test_who_lives_on_a_parents_pension_is_asked_about_and_not_accused(text: str) -> None:
    reading = Reader(CATALOGUE).read(text, ON)
    assert "elder_abuse" not in {finding.code for finding in reading.findings}
    assert "elder_abuse" in {maybe.code for maybe in reading.maybe}


def test_who_takes_the_pension_away_is_named() -> None:
    reading = Reader(CATALOGUE).read("母の年金を息子が全部パチンコに使い、母は食事ももらえない", ON)
    assert "elder_abuse" in {finding.code for finding in reading.findings}
