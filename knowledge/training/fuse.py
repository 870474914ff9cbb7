"""Fits the blend of rules and models on the plain voices: the rules' words were not collected there, and the models'
scores come from models that have not seen the writer.

Knows scikit-learn, the labels and `Evidence`. Refuses to know thresholds (choose.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

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
AT_ONCE = 2  # fits side by side; each in one thread, so that the sums stay the same
_NOTHING = np.zeros(0)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Case:
    """One message to learn from: its gold and what rules and held-out models say."""

    gold: Mapping[str, Any]
    evidence: Evidence

    @property
    def source(self) -> str:
        """Who wrote it."""
        return str(self.gold["source"])


@dataclass(frozen=True, slots=True)
class _Codes:
    """What one case teaches about its codes: a row per code that is true or false, defensible ones left out."""

    rows: list[list[float]]
    labels: list[bool]

    @classmethod
    def of(cls, case: Case) -> _Codes:
        gold, names = case.gold, case.evidence.candidates()
        okay = set(gold.get("ok_issues", ()))
        told = [
            (row, code in gold["issues"])
            for code, row in zip(names, code_rows(case.evidence, names), strict=True)
            if code in CODES and (code in gold["issues"] or code not in okay)
        ]
        return cls([row for row, _ in told], [true for _, true in told])


@dataclass(frozen=True, slots=True)
class _Heads:
    """What one case teaches about everything else, given the probabilities of its codes."""

    route: list[list[float]]
    led: list[int]
    consent: list[float]
    urgent: list[float]
    fields: list[list[float]]
    involved: list[bool]
    weight: list[list[float]]
    heaviest: list[bool]

    @classmethod
    def of(cls, case: Case, codes: Mapping[str, float], about: Mapping[str, CodeFields]) -> _Heads:
        gold, e = case.gold, case.evidence
        route: list[list[float]] = []
        if case.source not in SKEWED:  # as the issues are read, and as they stand once put right
            right = dict.fromkeys(gold["issues"], 1.0)
            route = [route_row(e, codes, about), route_row(e, right, about)]
        okay = set(gold.get("ok_fields", ()))
        each = field_rows(e, codes, about)
        named = [
            (n, name in gold["fields"]) for n, name in enumerate(FIELDS) if name in gold["fields"] or name not in okay
        ]
        meeting = _MEETING.get(gold["meeting"]) if gold["decision"] == DECISIONS[1] else None
        carried = WEIGHTS if meeting else ()
        return cls(
            route,
            [DECISIONS.index(gold["decision"])] * len(route),
            consent_row(e) if gold["decision"] != DECISIONS[0] else [],
            urgent_row(e, codes),
            [[*each[n], *(np.eye(len(FIELDS))[n] * PER_CODE)] for n, _ in named],
            [true for _, true in named],
            [weight_row(e, codes, about, name) for name in carried],
            [name == meeting for name in carried],
        )


_MEETING = dict(zip(MEETINGS, WEIGHTS, strict=True))


def _binary(x: Any, y: NDArray[np.bool_], counts: F64 | None = None, cost: float = COST) -> F64:
    fitted = LogisticRegression(C=cost, max_iter=2000, tol=1e-6).fit(x, y, counts)
    return np.asarray(np.r_[fitted.coef_[0], fitted.intercept_], np.float64)


def _several(x: F64, y: NDArray[np.int64], count: int, cost: float = COST) -> F64:
    fitted = LogisticRegression(C=cost, max_iter=2000, tol=1e-6).fit(x, y)
    assert len(fitted.classes_) == count
    return np.asarray(np.hstack([fitted.coef_, fitted.intercept_[:, None]]), np.float64)


def _joined(lists: Iterable[Sequence[T]]) -> list[T]:
    return [item for some in lists for item in some]


def _fit_codes(taught: Sequence[tuple[Case, _Codes]]) -> F64:
    counts = [LEANS if case.source in NATURAL else 1.0 for case, one in taught for _ in one.labels]
    rows, labels = _joined(one.rows for _, one in taught), _joined(one.labels for _, one in taught)
    return _binary(np.array(rows), np.array(labels), np.array(counts, np.float64))


def _fit(codes: F64, taught: Sequence[tuple[Case, _Heads]]) -> Blend:
    """The blend of some cases whose codes are weighed by `codes`."""
    heads = [one for _, one in taught]
    states = (*CONSENTS, "unknown")
    shared = [(one.consent, states.index(case.gold["consent"])) for case, one in taught if one.consent]
    involved = _binary(np.array(_joined(one.fields for one in heads)), np.array(_joined(one.involved for one in heads)))
    k = len(involved) - 1 - len(FIELDS)
    return Blend(
        codes,
        _several(np.array(_joined(one.route for one in heads)), np.array(_joined(one.led for one in heads)), 3),
        _several(np.array([row for row, _ in shared]), np.array([state for _, state in shared]), 3),
        _binary(np.array([one.urgent for one in heads]), np.array([bool(case.gold["urgent"]) for case, _ in taught])),
        np.r_[involved[:k], involved[-1]],
        involved[k:-1],
        _binary(np.array(_joined(one.weight for one in heads)), np.array(_joined(one.heaviest for one in heads))),
    )


def held_out(cases: Sequence[Case], about: Mapping[str, CodeFields]) -> tuple[list[Weighed], Blend, dict[str, Blend]]:
    """What blends that have not seen the writer make of each case; the blend of all cases; those blends by writer.

    Writers are left out some at a time. What a case teaches is computed once for all of these blends."""
    group = {source: i % GROUPS for i, source in enumerate(sorted({c.source for c in cases}))}
    of = [group[case.source] for case in cases]
    taught = [(case, _Codes.of(case)) for case in cases]
    with ThreadPoolExecutor(AT_ONCE) as pool:

        def each(fit: Callable[[int | None], T]) -> list[T]:  # the last is that of all cases
            return list(pool.map(fit, (*range(GROUPS), None)))

        shared = each(lambda g: _fit_codes([t for t, own in zip(taught, of, strict=True) if own != g]))
        without = [Blend(w, *[_NOTHING] * 6) for w in shared]
        codes = [without[g].of_codes(case.evidence) for case, g in zip(cases, of, strict=True)]
        heads = [(case, _Heads.of(case, p, about)) for case, p in zip(cases, codes, strict=True)]
        *blends, final = each(
            lambda g: _fit(shared[-1 if g is None else g], [h for h, own in zip(heads, of, strict=True) if own != g])
        )
    weighed = [blends[g].of(case.evidence, about) for case, g in zip(cases, of, strict=True)]
    return weighed, final, {source: blends[g] for source, g in group.items()}
