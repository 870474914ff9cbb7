"""The policy's lean towards coordination: it settles a close call, and leaves a clear one alone."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.load import load
from knowledge.reading.model import Leanings, Reading
from routing.gather import facts_of

LEAN = {"one_field": 1.5, "cross_field": 1.5}


@pytest.mark.parametrize(
    ("ordinary", "cross", "lean", "expected"),
    [
        (0.50, 0.40, {}, "ordinary"),
        (0.50, 0.40, LEAN, "cross_field"),
        (0.65, 0.30, LEAN, "ordinary"),
        (0.30, 0.60, LEAN, "cross_field"),
    ],
)
def test_a_close_call_goes_the_way_the_policy_leans(
    ordinary: float, cross: float, lean: dict[str, float], expected: str
) -> None:
    scores = {"ordinary": ordinary, "one_field": 1 - ordinary - cross, "cross_field": cross}
    reading = Reading(text="相談", leanings=Leanings(coordination=scores))
    facts = facts_of(reading, load("national"), date(2026, 11, 21), 0.98, 0.25, lean)
    assert facts.value("coordination") == expected
