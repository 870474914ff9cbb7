"""Fits the blend of rules and models on the plain voices: the rules' words were not collected there, and the models'
scores come from models that have not seen the writer.

Knows scikit-learn, the labels and `Evidence`. Refuses to know thresholds (choose.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from knowledge.reading.blend import PER_CODE, Blend, Weighed
from knowledge.reading.evidence import (
    CodeFields,
    Evidence,
    code_rows,
    consent_row,
    field_rows,
    route_row,
    urgent_row,
    weight_row,
)
from knowledge.reading.models.codes import CODES, CONSENTS, DECISIONS, FIELDS, MEETINGS, WEIGHTS
from knowledge.training.data import NATURAL, SKEWED

F64 = NDArray[np.float64]
COST = 0.3
LEANS = 4.0  # how much more a message of a natural voice counts, where its issues are concerned
GROUPS = 7  # of writers left out at a time
_NOTHING = np.zeros(0)


@dataclass(frozen=True, slots=True)
class Case:
    """One message to learn from: its gold and what rules and held-out models say."""

    gold: Mapping[str, Any]
    evidence: Evidence

    @property
    def source(self) -> str:
        """Who wrote it."""
        return str(self.gold["source"])


def _counts(cases: Iterable[Case]) -> F64:
    return np.array([LEANS if case.source in NATURAL else 1.0 for case in cases], np.float64)


def _binary(x: Any, y: NDArray[np.bool_], counts: F64 | None = None, cost: float = COST) -> F64:
    fitted = LogisticRegression(C=cost, max_iter=2000, tol=1e-6).fit(x, y, counts)
    return np.asarray(np.r_[fitted.coef_[0], fitted.intercept_], np.float64)


def _several(x: F64, y: NDArray[np.int64], count: int, cost: float = COST) -> F64:
    fitted = LogisticRegression(C=cost, max_iter=2000, tol=1e-6).fit(x, y)
    assert len(fitted.classes_) == count
    return np.asarray(np.hstack([fitted.coef_, fitted.intercept_[:, None]]), np.float64)


def _codes(cases: Sequence[Case]) -> F64:
    rows, labels, whose = [], [], []
    for case in cases:
        okay = set(case.gold.get("ok_issues", ()))
        names = case.evidence.candidates()
        for code, row in zip(names, code_rows(case.evidence, names), strict=True):
            true = code in case.gold["issues"]
            if code in CODES and (true or code not in okay):
                rows.append(row)
                labels.append(true)
                whose.append(case)
    return _binary(np.array(rows), np.array(labels), _counts(whose))


def fit(
    cases: Sequence[Case], codes_of: Callable[[Case], Mapping[str, float]] | None, about: Mapping[str, CodeFields]
) -> Blend:
    """The blend of some cases. `codes_of`: held-out probabilities of the codes (None: those of this fit)."""
    shared = _codes(cases)
    first = Blend(shared, *[_NOTHING] * 6)
    known = [first.of_codes(c.evidence) if codes_of is None else codes_of(c) for c in cases]
    pairs = list(zip(cases, known, strict=True))
    usual = [(c, p) for c, p in pairs if c.source not in SKEWED]
    route = [route_row(c.evidence, p, about) for c, p in usual]
    route += [route_row(c.evidence, dict.fromkeys(c.gold["issues"], 1.0), about) for c, _ in usual]  # once put right
    led = [DECISIONS.index(c.gold["decision"]) for c, _ in usual] * 2
    shared_cases = [c for c in cases if c.gold["decision"] != DECISIONS[0]]
    states = (*CONSENTS, "unknown")
    agreed = np.array([states.index(c.gold["consent"]) for c in shared_cases])
    urgent = np.array([urgent_row(c.evidence, p) for c, p in pairs])
    involved, field_own = _fields(pairs, about)
    return Blend(
        shared,
        _several(np.array(route), np.array(led), 3),
        _several(np.array([consent_row(c.evidence) for c in shared_cases]), agreed, 3),
        _binary(urgent, np.array([bool(c.gold["urgent"]) for c in cases])),
        involved,
        field_own,
        _weights(pairs, about),
    )


Pairs = Sequence[tuple[Case, Mapping[str, float]]]


def _fields(pairs: Pairs, about: Mapping[str, CodeFields]) -> tuple[F64, F64]:
    rows, labels = [], []
    for case, codes in pairs:
        okay = set(case.gold.get("ok_fields", ()))
        each = field_rows(case.evidence, codes, about)
        for number, name in enumerate(FIELDS):
            true = name in case.gold["fields"]
            if true or name not in okay:
                own = np.eye(len(FIELDS))[number] * PER_CODE
                rows.append(np.r_[each[number], own])
                labels.append(true)
    w = _binary(np.array(rows), np.array(labels))
    k = len(w) - 1 - len(FIELDS)
    return np.r_[w[:k], w[-1]], w[k:-1]


def _weights(pairs: Pairs, about: Mapping[str, CodeFields]) -> F64:
    rows, labels = [], []
    meeting = dict(zip(MEETINGS, WEIGHTS, strict=True))
    for case, codes in pairs:
        if case.gold["decision"] == DECISIONS[1] and case.gold["meeting"] in meeting:
            for name in WEIGHTS:
                rows.append(weight_row(case.evidence, codes, about, name))
                labels.append(meeting[case.gold["meeting"]] == name)
    return _binary(np.array(rows), np.array(labels))


def held_out(cases: Sequence[Case], about: Mapping[str, CodeFields]) -> tuple[list[Weighed], Blend, dict[str, Blend]]:
    """What blends that have not seen the writer make of each case; the blend of all cases; those blends by writer.

    Writers are left out some at a time."""
    group = {source: i % GROUPS for i, source in enumerate(sorted({c.source for c in cases}))}
    codes: dict[int, Mapping[str, float]] = {}
    for g in range(GROUPS):
        blend = Blend(_codes([c for c in cases if group[c.source] != g]), *[_NOTHING] * 6)
        codes |= {id(c): blend.of_codes(c.evidence) for c in cases if group[c.source] == g}
    weighed: dict[int, Weighed] = {}
    blends: dict[str, Blend] = {}
    for g in range(GROUPS):
        blend = fit([c for c in cases if group[c.source] != g], lambda c: codes[id(c)], about)
        blends |= {source: blend for source in group if group[source] == g}
        weighed |= {id(c): blend.of(c.evidence, about) for c in cases if group[c.source] == g}
    return [weighed[id(c)] for c in cases], fit(cases, lambda c: codes[id(c)], about), blends
