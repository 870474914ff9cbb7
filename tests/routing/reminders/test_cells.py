"""No count of fewer than the least may be shown, nor worked out from what is shown, even by somebody who knows how it is done."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.cells import UNDER, Cells, named, parted, placed

KINDS = ("law", "capacity", "area", "expired")
ROWS: list[tuple[str, dict[str, int], Cells]] = [
    ("nothing happened", {}, Cells()),
    ("all are large enough", {"law": 3, "area": 5}, Cells((("area", 5), ("law", 3)))),
    ("a few, spread", {"law": 1}, Cells((), UNDER)),
    ("small ones are pooled", {"law": 7, "area": 2, "capacity": 1}, Cells((("law", 7),), 3)),
    ("a pool of few is not counted either", {"law": 7, "area": 1, "capacity": 1}, Cells((("law", 7),), UNDER)),
    ("one small cell where every other is large: the sum only",
     {"law": 7, "area": 5, "capacity": 4, "expired": 1}, Cells((), 17)),
    ("a pool that is full would tell each of its cells",
     {"law": 7, "area": 2, "capacity": 2, "expired": 2}, Cells((), 13)),
]  # fmt: skip


@pytest.mark.parametrize(("why", "counts", "expected"), ROWS, ids=[why for why, _, _ in ROWS])
def test_a_table_of_causes(why: str, counts: dict[str, int], expected: Cells) -> None:
    assert parted(counts, KINDS, 3) == expected


def tables(kinds: int, total: int) -> Iterator[tuple[int, ...]]:
    """Every table with a total."""
    for bars in itertools.combinations(range(total + kinds - 1), kinds - 1):
        edges = (-1, *bars, total + kinds - 1)
        yield tuple(after - before - 1 for before, after in itertools.pairwise(edges))


@pytest.mark.parametrize("least", [3, 4])
@pytest.mark.parametrize("kinds", [2, 3, 4, 5])
def test_who_knows_the_total_and_the_method_can_still_not_tell_a_small_cell(least: int, kinds: int) -> None:
    """Every table that looks the same is put side by side: a small cell must have held different numbers."""
    names = [f"cause{n}" for n in range(kinds)]
    for total in range(1, 11):
        alike: dict[Cells, list[tuple[int, ...]]] = defaultdict(list)
        for table in tables(kinds, total):
            alike[parted(dict(zip(names, table, strict=True)), names, least)].append(table)
        for shown, group in alike.items():
            told = dict(shown.shown)
            for place, name in enumerate(names):
                held = {table[place] for table in group}
                if name in told:
                    assert held == {told[name]}, "what is shown is true"
                else:
                    assert held == {0} or len(held) > 1 or min(held) >= least, (shown, group)


COUNTS = st.dictionaries(st.sampled_from([f"c{n}" for n in range(8)]), st.integers(0, 30), max_size=8)


@given(COUNTS, st.integers(3, 6))
def test_nothing_small_is_shown_and_nothing_is_lost(counts: dict[str, int], least: int) -> None:
    cells = parted(counts, [f"c{n}" for n in range(8)], least)
    hidden = sum(counts.values()) - sum(count for _, count in cells.shown)
    assert all(count >= least for _, count in cells.shown)
    assert cells.rest == (hidden if hidden >= least else UNDER if hidden else 0)


PLACES = st.dictionaries(
    st.tuples(st.sampled_from(["housing", "hikikomori"]), st.sampled_from(["east", "west", ""])),
    st.integers(0, 6),
    max_size=6,
)


@given(PLACES, st.integers(3, 5))
def test_of_issues_by_area_either_the_areas_or_the_sum_is_shown_never_both(
    counts: dict[tuple[str, str], int], least: int
) -> None:
    cells = placed(counts, least)
    for what in ("housing", "hikikomori"):
        places = {where: n for (issue, where), n in counts.items() if issue == what and n}
        lines = {code: n for code, n in cells.shown if code.startswith(f"{what}|")}
        if f"{what}|" in lines and "" not in places:
            assert lines == {f"{what}|": sum(places.values())}
        elif lines and min(places.values()) >= least:
            assert lines == {f"{what}|{where}": n for where, n in places.items()}
        assert all(n >= least for n in lines.values())
    assert cells.rest in (0, UNDER), "how many such cases there are is not told"


def test_reasons_that_may_come_together_are_shown_without_a_sum() -> None:
    counts: dict[str, Any] = {"consent_first": 4, "ordinary": 2}
    assert named(counts, 3) == Cells((("consent_first", 4),), UNDER)
