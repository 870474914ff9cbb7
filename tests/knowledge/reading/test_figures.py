"""The reading's figures on messages by other hands must not fall: floors a little below what was measured.

Nothing is chosen or tuned on these messages; a floor is raised when a better reading was measured on left-out voices
and shows here too.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.assess import assess
from bot.world import open_town
from tests.cases.score import read, score

DAY = date(2026, 11, 1)
FLOORS = {
    "issue_precision": 0.91,
    "issue_recall": 0.79,
    "issue_f1": 0.84,
    "issue_recall_with_maybe": 0.94,
    "danger_recall_with_maybe": 0.95,
    "danger_recall": 0.74,
    "field_f1": 0.82,
    "decision_accuracy": 0.86,
    "decision_macro_recall": 0.82,
    "meeting_accuracy": 0.7,
    "consent_accuracy": 0.95,
    "urgent_recall": 0.7,
    "urgent_precision": 0.8,
}
CEILINGS = {
    "trap_rate": 0.1,
    "danger_false_per_100": 0.9,
    "over_escalated": 0.032,
    "missed_escalation": 0.1,
    "consent_invented": 2,
    "maybe_per_message": 5.0,
}


@pytest.fixture(scope="module")
def figures() -> dict[str, float]:
    town = open_town("mihon")
    gold = read(Path(__file__).parents[2] / "cases" / "dev.jsonl")
    return dict(score(gold, [{**assess(town, g["text"], DAY), "id": g["id"]} for g in gold]))


@pytest.mark.parametrize("name", FLOORS)
def test_a_figure_stays_above_its_floor(figures: dict[str, float], name: str) -> None:
    assert figures[name] >= FLOORS[name]


@pytest.mark.parametrize("name", CEILINGS)
def test_a_figure_stays_below_its_ceiling(figures: dict[str, float], name: str) -> None:
    assert figures[name] <= CEILINGS[name]
