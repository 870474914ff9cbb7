"""Thresholds, chosen on what blends that have not seen the writer make of the natural voices.

How many issues and traps a message holds moves the best threshold: those voices are as full as real notes and hold few
traps, the first plain ones are not. Knows the figures that are asked for (few false danger findings, hardly any invented
consent). Refuses to know texts and the test messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from knowledge.reading.blend import Blend, Weighed
from knowledge.reading.models.codes import DANGER, DECISIONS, FIELDS
from knowledge.reading.verdict import Thresholds
from knowledge.training.data import NATURAL, SKEWED
from knowledge.training.fuse import Case

Pairs = Sequence[tuple[Case, Weighed]]
FALSE_DANGER = 2.8  # per 100 messages, of 3 allowed: unseen hands are a little worse; a third of them is danger of another law's kind
LEAST_RIGHT = 0.92  # of what is said firmly
URGENT = 0.92  # of what is urgent and must be found: a missed urgency is worse than a needless one
# Consents missed that one which nobody gave or refused is worth: sharing on an agreement that nobody gave is the worse.
INVENTED = {"yes": 2.5, "no": 1.5}
GRID = [round(0.02 * k, 2) for k in range(5, 46)]


def f_score(said: Iterable[tuple[bool, bool]], beta: float) -> float:
    """F of (said, true) pairs; beta below 1 prefers precision."""
    tp = fp = fn = 0
    for claim, true in said:
        tp += claim and true
        fp += claim and not true
        fn += true and not claim
    both = beta * beta
    return (1 + both) * tp / max(1.0, (1 + both) * tp + both * fn + fp)


def best(score: Callable[[float], float]) -> float:
    """The threshold with the highest score; of equals the lower."""
    return max(GRID, key=lambda t: (score(t), -t))


def thresholds(everybody: Pairs) -> Thresholds:
    """All thresholds but those of fields and route, which stand in the blend's intercepts; on the natural voices."""
    pairs = [(case, w) for case, w in everybody if case.source in NATURAL]
    codes = [
        (p, code in case.gold["issues"], code in DANGER)
        for case, w in pairs
        for code, p in _with_missed(case, w)
        if code in case.gold["issues"] or code not in case.gold.get("ok_issues", ())
    ]
    rest = [(p, true) for p, true, danger in codes if not danger]
    dangers = [(p, true) for p, true, danger in codes if danger]
    allowed = FALSE_DANGER * len(pairs) / 100
    firm = next(t for t in GRID if _right([true for p, true in rest if p >= t]) >= LEAST_RIGHT or t == GRID[-1])
    danger = next(t for t in GRID if sum(p >= t and not true for p, true in dangers) <= allowed or t == GRID[-1])
    plain = [(case, w) for case, w in everybody if case.source not in SKEWED]
    alarms = [w.urgent for case, w in plain if case.gold["urgent"]]  # rather too many: on harder voices too
    urgent = max(t for t in GRID if _right([p >= t for p in alarms]) >= URGENT or t == GRID[0])
    agreed = best(lambda t: _consent(plain, "yes", t))  # too seldom said for the natural voices alone
    refused = best(lambda t: _consent(plain, "no", t))
    return Thresholds(firm=firm, danger_firm=danger, urgent=urgent, agreed=agreed, refused=refused)


def _right(said: Sequence[bool]) -> float:
    return sum(said) / max(1, len(said))


def _with_missed(case: Case, w: Weighed) -> list[tuple[str, float]]:
    return [*w.codes.items(), *((code, 0.0) for code in case.gold["issues"] if code not in w.codes)]


def _consent(pairs: Pairs, state: str, t: float) -> float:
    """Right ones of a state less `INVENTED` for each where nothing was said, and more where the opposite was said."""
    total = 0.0
    for case, w in pairs:
        likelier = max(("no", "yes"), key=lambda name: w.consent[name])
        if case.gold["decision"] != DECISIONS[0] and likelier == state and w.consent[state] >= t:
            total += {state: 1.0, "unknown": -INVENTED[state]}.get(case.gold["consent"], -2 * INVENTED[state])
    return total


def with_field_threshold(blend: Blend, pairs: Pairs) -> tuple[Blend, float]:
    """The blend with the fields' intercept moved so that 1/2 is the best threshold."""
    said = [
        (w.fields[name], name in case.gold["fields"])
        for case, w in pairs
        for name in FIELDS
        if name in case.gold["fields"] or name not in case.gold.get("ok_fields", ())
    ]
    t = best(lambda t: f_score(((p >= t, true) for p, true in said), 1.0))
    moved = blend.fields.copy()
    moved[-1] -= np.log(t / (1 - t))
    return replace(blend, fields=moved), t
