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
    "dev": {
        "issue_precision": 0.91,
        "issue_recall": 0.8,
        "issue_f1": 0.86,
        "issue_recall_with_maybe": 0.94,
        "danger_recall_with_maybe": 0.95,
        "danger_recall": 0.74,
        "field_f1": 0.84,
        "decision_accuracy": 0.88,
        "decision_macro_recall": 0.84,
        "meeting_accuracy": 0.72,
        "consent_accuracy": 0.9,
        "urgent_recall": 0.74,
        "urgent_precision": 0.84,
    },
    "blind": {
        "issue_precision": 0.85,
        "issue_recall": 0.85,
        "issue_f1": 0.865,
        "issue_recall_with_maybe": 0.955,
        "danger_recall_with_maybe": 0.98,
        "danger_recall": 0.88,
        "field_f1": 0.86,
        "decision_accuracy": 0.89,
        "decision_macro_recall": 0.88,
        "meeting_accuracy": 0.79,
        "consent_accuracy": 0.77,
        "urgent_recall": 0.92,
        "urgent_precision": 0.77,
    },
    "harmless": {
        "danger_recall_with_maybe": 0.93,
        "danger_recall": 0.76,
        "urgent_recall": 0.95,
    },
}
CEILINGS = {
    "dev": {
        "trap_rate": 0.08,
        "danger_false_per_100": 0.9,
        "over_escalated": 0.032,
        "missed_escalation": 0.1,
        "consent_invented": 2,
        "maybe_per_message": 3.0,
    },
    "blind": {
        "trap_rate": 0.14,
        "danger_false_per_100": 3.0,
        "over_escalated": 0.02,
        "missed_escalation": 0.02,
        "consent_invented": 8,
        "maybe_per_message": 3.0,
    },
    "harmless": {
        "trap_rate": 0.25,
        "danger_false_per_100": 16.5,
    },
}
# Held once and lost again: to be won back, then moved to the floors (a strict expected failure says when).
LOST = {"dev": {"consent_accuracy": 0.95}}
Figures = dict[str, dict[str, float]]


@pytest.fixture(scope="module")
def figures() -> Figures:
    """Of dev.jsonl, and of blind.jsonl: four writers (neighbours' reports, hospitals and shelters, a general counter, a welfare
    desk) whom no model saw; of harmless.jsonl: ordinary notes full of frightening words, and their true twins."""
    town = open_town("mihon")
    golds = {name: read(Path(__file__).parents[2] / "cases" / f"{name}.jsonl") for name in FLOORS}
    return {
        name: dict(score(gold, [{**assess(town, g["text"], DAY), "id": g["id"]} for g in gold]))
        for name, gold in golds.items()
    }


@pytest.mark.parametrize(("cases", "name"), [(cases, name) for cases, floors in FLOORS.items() for name in floors])
def test_a_figure_stays_above_its_floor(figures: Figures, cases: str, name: str) -> None:
    assert figures[cases][name] >= FLOORS[cases][name]


@pytest.mark.parametrize(("cases", "name"), [(cases, name) for cases, tops in CEILINGS.items() for name in tops])
def test_a_figure_stays_below_its_ceiling(figures: Figures, cases: str, name: str) -> None:
    assert figures[cases][name] <= CEILINGS[cases][name]


@pytest.mark.xfail(reason="lost by the newer models, not yet won back", strict=True)
@pytest.mark.parametrize(("cases", "name"), [(cases, name) for cases, lost in LOST.items() for name in lost])
def test_a_figure_that_was_lost_is_won_back(figures: Figures, cases: str, name: str) -> None:
    assert figures[cases][name] >= LOST[cases][name]
