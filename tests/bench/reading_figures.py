"""Figures of a reading over labelled messages, with counts and bootstrap intervals over whole messages (fixed seed)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

DANGER = frozenset({"child_abuse", "elder_abuse", "disability_abuse", "dv", "suicide_risk"})
DRAWS, SEED = 2000, 20261121
# figure → (counts above the line, counts below it, factor)
RATIOS: dict[str, tuple[tuple[str, ...], tuple[str, ...], float]] = {
    "issue precision": (("tp",), ("tp", "fp"), 1),
    "issue recall": (("tp",), ("want",), 1),
    "issue F1": (("tp", "tp"), ("want", "tp", "fp"), 1),
    "recall with maybe": (("offered",), ("want",), 1),
    "danger recall with maybe": (("danger_hit",), ("danger",), 1),
    "false firm danger per 100": (("danger_false",), ("one",), 100),
    "trap rate": (("trapped",), ("traps",), 1),
    "consent accuracy": (("consent_right",), ("consents",), 1),
    "consent invented": (("invented",), ("one",), 1),
    "urgent recall": (("urgent_hit",), ("urgent",), 1),
    "urgent precision": (("urgent_hit",), ("urgent_said",), 1),
    "holder right": (("holder_right",), ("holders",), 1),
    "holder right or as good": (("holder_near",), ("holders",), 1),
    "holder word for word": (("holder_exact",), ("holders",), 1),
    "holds or not right": (("polarity_right",), ("polarities",), 1),
    "polarity exact": (("polarity_exact",), ("polarities",), 1),
}
GOALS = {
    "issue precision": "≥ .88", "issue recall": "≥ .75", "issue F1": "≥ .80", "recall with maybe": "≥ .93",
    "danger recall with maybe": "≥ .97", "false firm danger per 100": "≤ 3", "trap rate": "≤ .10", "consent accuracy": "≥ .90",
    "consent invented": "0", "urgent recall": "≥ .92", "urgent precision": "≥ .85", "holder right": "≥ .90",
    "holds or not right": "≥ .90",
}  # fmt: skip
COUNTS = tuple(sorted({name for above, below, _ in RATIOS.values() for name in above + below}))


def issue_counts(gold: Mapping[str, Any], firm: set[str], maybe: set[str]) -> dict[str, int]:
    """What one message adds for its issues."""
    want, okay, traps = set(gold["issues"]), set(gold.get("ok_issues", ())), set(gold.get("not_issues", ()))
    return {
        "one": 1,
        "tp": len(want & firm),
        "fp": len(firm - want - okay),
        "want": len(want),
        "offered": len(want & (firm | maybe)),
        "danger": len(want & DANGER),
        "danger_hit": len(want & DANGER & (firm | maybe)),
        "danger_false": len((firm & DANGER) - want - okay),
        "traps": len(traps),
        "trapped": len(traps & firm),
    }


def whole_counts(gold: Mapping[str, Any], consent: str, urgent: bool) -> dict[str, int]:
    """What one message adds for consent and urgency, counted as tests/cases/score.py does."""
    said = gold["consent"] != "unknown"
    return {
        "consents": int(said),
        "consent_right": int(said and consent == gold["consent"]),
        "invented": int(not said and gold["decision"] != "single_window" and consent != "unknown"),
        "urgent": int(gold["urgent"]),
        "urgent_hit": int(gold["urgent"] and urgent),
        "urgent_said": int(urgent),
    }


def figures(rows: Sequence[Mapping[str, int]]) -> dict[str, dict[str, float]]:
    """Figure → value, counts above and below the line, 95 % interval."""
    table = np.array([[row.get(name, 0) for name in COUNTS] for row in rows], np.int64)
    draws = np.random.default_rng(SEED).multinomial(len(rows), np.full(len(rows), 1 / len(rows)), DRAWS)
    sums = draws @ table
    found = {}
    for name, (above, below, factor) in RATIOS.items():
        top, bottom = (sum(table[:, COUNTS.index(c)].sum() for c in part) for part in (above, below))
        if not bottom:
            continue
        tops, bottoms = (sum(sums[:, COUNTS.index(c)] for c in part) for part in (above, below))
        shares = factor * tops[bottoms > 0] / bottoms[bottoms > 0]
        low, high = np.quantile(shares, (0.025, 0.975))
        found[name] = {
            "value": round(factor * float(top / bottom), 4), "of": [int(top), int(bottom)],
            "low": round(float(low), 4), "high": round(float(high), 4),
        }  # fmt: skip
    return found


def printed(groups: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """One line per figure, one column per group."""
    head = f"{'':28}{'goal':>8}" + "".join(f"{group:>42}" for group in groups)
    lines = [head]
    for name in RATIOS:
        cells = []
        for group in groups.values():
            f = group.get(name)
            cells.append(f"{f['value']:.3f} [{f['low']:.3f}, {f['high']:.3f}] {f['of'][0]}/{f['of'][1]}" if f else "-")
        lines.append(f"{name:28}{GOALS.get(name, ''):>8}" + "".join(f"{cell:>42}" for cell in cells))
    return "\n".join(lines)
