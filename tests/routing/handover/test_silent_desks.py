"""Desks that raise nothing are noticed against their own history, never against other desks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.follow_up import SilentDesk
from routing.reports import silent_desks
from tests.routing.handover.town import CARE, ELDERLY, MORNING, Town

RULE = SilentDesk(weeks=8, history_weeks=52, share=0.34, least_expected=2.0)


def every(weeks: float, first: float, last: float, desk: str = "a") -> list[tuple[str, object]]:
    """A case of the desk every so many weeks, from `first` to `last` weeks ago."""
    found, ago = [], first
    while ago >= last:
        found.append((desk, MORNING - timedelta(weeks=ago)))
        ago -= weeks
    return found


CASES = [
    ("raised one a week for a year, then nothing", every(1, 59, 9), True),
    ("raised one a week all the time", every(1, 59, 0.5), False),
    ("fell to a third", every(1, 59, 9) + every(3, 7, 0), False),
    ("fell to a quarter", every(1, 59, 9) + every(4, 7, 2), True),
    ("one every half year was never to be expected", every(26, 59, 9), False),
    ("a new desk of two months is measured by its own length", every(1, 16, 9), True),
    ("never raised anything", [], False),
    ("only long ago, before its history counts", every(1, 200, 61), False),
    ("raised for the first time lately", every(1, 7, 0), False),
]


@pytest.mark.parametrize(("why", "raised", "silent"), CASES, ids=[why for why, _, _ in CASES])
def test_who_is_silent(why: str, raised: list[tuple[str, object]], silent: bool) -> None:
    found = silent_desks(raised, ["a", "b"], MORNING, RULE)  # type: ignore[arg-type]
    assert [each.desk for each in found] == (["a"] if silent else [])


def test_how_silent_is_told_with_the_figures_it_stands_on() -> None:
    (found,) = silent_desks(every(1, 60, 9), ["a"], MORNING, RULE)  # type: ignore[arg-type]
    assert (found.raised, found.expected, found.last_at) == (0, 8.0, MORNING - timedelta(weeks=9))


@given(st.permutations(every(1, 59, 9) + every(2, 59, 1, "b") + every(3, 30, 20, "c")))
def test_the_order_of_cases_changes_nothing_and_other_desks_neither(raised: list[tuple[str, object]]) -> None:
    whole = silent_desks(raised, ["a", "b", "c"], MORNING, RULE)  # type: ignore[arg-type]
    assert {each.desk: each for each in whole} == {
        each.desk: each
        for desk in "abc"
        for each in silent_desks([r for r in raised if r[0] == desk], [desk], MORNING, RULE)  # type: ignore[arg-type]
    }


def test_the_board_gives_what_the_figures_need(town: Town) -> None:
    for who, weeks in ((CARE, 30), (CARE, 20), (ELDERLY, 20)):
        town.at = MORNING - timedelta(weeks=weeks)
        town.open(by=who)
    with town.store.unit(reading=True) as unit:
        raised = unit.board.raised("mihon", MORNING - timedelta(weeks=60))
    assert sorted(desk for desk, _ in raised) == ["hokatsu-kikan", "hokatsu-kikan", "korei-shien"]
    assert silent_desks(raised, ["hokatsu-kikan"], MORNING, RULE) == ()
