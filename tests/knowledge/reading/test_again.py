"""What a reading leans to follows the issues as a person has put them right, not the text alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.load import load
from knowledge.reading.evidence import Evidence, route_row
from knowledge.reading.model import HOUSEHOLD, Finding, FoundBy, Leanings, Polarity, Reading, Span
from knowledge.reading.models.codes import CODES, DECISIONS, FIELDS
from knowledge.reading.models.models import NO_SCORES
from knowledge.reading.reader import Reader
from tests.knowledge.reading.days import DAY

READER = Reader(load("national"))
TEXT = "小2の男の子、冬も半袖で給食をおかわりばかりしていると担任から。母は夜の仕事"


def found(code: str) -> Finding:
    return Finding(code, Span(0, 0), HOUSEHOLD, Polarity.PRESENT, FoundBy.PERSON)


def with_issues(reading: Reading, *codes: str) -> Reading:
    return replace(reading, findings=tuple(map(found, codes)), maybe=())


def test_a_reading_that_nobody_touched_is_left_as_it_is() -> None:
    first = READER.read(TEXT, DAY)
    assert READER.again(first, first) is first


def test_a_child_said_to_be_abused_moves_the_case_to_the_childrens_meeting() -> None:
    first = READER.read(TEXT, DAY)
    plain = READER.again(first, with_issues(first, "childcare")).leanings
    abused = READER.again(first, with_issues(first, "childcare", "child_abuse")).leanings
    assert abused.coordination["ordinary"] < plain.coordination["ordinary"]
    assert abused.coordination["one_field"] > plain.coordination["one_field"]
    assert abused.weight["こども"] >= plain.weight["こども"]


def test_what_a_person_took_away_counts_no_more() -> None:
    first = READER.read("祖母の介護と孫の不登校、息子はひきこもりで借金。誰が担当か決まらない", DAY)
    assert first.findings
    bare = READER.again(first, with_issues(first))
    assert set(bare.leanings.codes) & {f.code for f in first.findings} == set()


def test_taking_a_correction_back_gives_the_first_leanings_again() -> None:
    first = READER.read(TEXT, DAY)
    moved = READER.again(first, with_issues(first, "poverty"))
    assert moved.leanings != first.leanings
    assert (
        READER.again(first, replace(moved, findings=first.findings, maybe=first.maybe, leanings=first.leanings))
        == first
    )


def test_a_reading_from_before_keeps_what_it_leant_to() -> None:
    old = Reading(text=TEXT, leanings=Leanings(coordination={"ordinary": 0.9, "one_field": 0.1, "cross_field": 0.0}))
    now = with_issues(old, "child_abuse")
    assert READER.again(old, now) is now


@given(st.dictionaries(st.sampled_from(CODES), st.floats(0, 1)), st.floats(-1, 1))
def test_one_more_of_every_issue_changes_nothing_about_the_kinds_of_issues(
    codes: dict[str, float], more: float
) -> None:
    e = Evidence((), (), (), replace(NO_SCORES, heads=dict.fromkeys(DECISIONS, 0.3)), {})
    few = route_row(e, codes, {})
    many = route_row(e, {code: codes.get(code, 0.0) + more for code in CODES}, {})
    assert few == pytest.approx(many, abs=1e-9)


def test_a_second_issue_of_a_field_touched_already_touches_no_more() -> None:
    e = Evidence((), (), (), replace(NO_SCORES, heads=dict.fromkeys(DECISIONS, 0.3)), {})
    one, two = ({"dementia": 1.0}, {"dementia": 1.0, "care_need": 1.0})
    assert READER.about["dementia"].first == READER.about["care_need"].first
    fields = slice(-len(FIELDS), None)
    assert route_row(e, one, READER.about)[fields] == route_row(e, two, READER.about)[fields]
    assert route_row(e, {**one, "debt": 1.0}, READER.about)[fields] != route_row(e, one, READER.about)[fields]
