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
    "issue_precision": 0.87,
    "issue_recall": 0.66,
    "issue_f1": 0.76,
    "issue_recall_with_maybe": 0.88,
    "danger_recall_with_maybe": 0.78,
    "field_f1": 0.80,
    "decision_accuracy": 0.80,
    "decision_macro_recall": 0.74,
    "meeting_accuracy": 0.54,
    "consent_accuracy": 0.60,
    "urgent_recall": 0.55,
    "urgent_precision": 0.70,
}
CEILINGS = {
    "trap_rate": 0.12,
    "danger_false_per_100": 3.0,
    "over_escalated": 0.05,
    "missed_escalation": 0.25,
    "consent_invented": 3,
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
