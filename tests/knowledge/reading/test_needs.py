"""What an expression needs is never wrong: wherever it matches, the gate was open."""

from __future__ import annotations

import re

import pytest

from knowledge.catalogue import ExpressionKind
from knowledge.load import load
from knowledge.reading.measure import messages
from knowledge.reading.needs import Gate, needed
from knowledge.reading.patterns import compile_regex, compiled
from knowledge.text import fold


@pytest.mark.parametrize(
    ("pattern", "pieces"),
    [
        ("借金", [{"借金"}]),
        ("借(?:金|りる)", [{"借金", "借りる"}]),
        ("家賃[^。]{0,6}?滞納", [{"家賃"}, {"滞納"}]),
        ("(?:家賃)?滞納", [{"滞納", "家賃滞納"}]),
        ("(?<!大)猫(?!背)", [{"猫"}]),
        ("[ab]c", [{"ac", "bc"}]),
        ("[0-9]+", []),
        ("(?:借金|[0-9]+)", []),
        ("(?:金)*", []),
        ("(?:金){2,}", [{"金"}]),
        ("(?i)abc", []),
        ("", []),
        (r"(あ)\1", [{"あ"}]),
    ],
)
def test_needed_literals(pattern: str, pieces: list[set[str]]) -> None:
    assert sorted(map(sorted, needed(pattern))) == sorted(map(sorted, pieces))


def test_no_row_of_the_pack_matches_behind_a_closed_gate() -> None:
    catalogue = load("national")
    rows = [e for e in (*catalogue.expressions, *catalogue.signals) if e.kind is ExpressionKind.REGEX]
    patterns = [compiled(compile_regex(row)) for row in rows]
    gate = Gate(pattern.pattern for pattern in patterns)
    for message in list(messages())[::25]:
        text = fold(message["text"]).text
        assert {i for i, pattern in enumerate(patterns) if pattern.search(text)} <= set(gate.open_for(text))


def test_places_are_those_of_the_first_piece_in_order() -> None:
    assert Gate(["借金|ローン", "[0-9]"]).places("ローンと借金と借金") == {0: [0, 4, 7]}
    assert Gate(["借金", "[0-9]"]).open_for("何もない") == [1]
    assert Gate([]).open_for("借金") == []
    assert re.search("借金", "借金")
