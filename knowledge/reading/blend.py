"""Rules and models weighed together: logistic regressions over `Evidence`, fitted on voices that neither has seen.

Knows coefficients and how probabilities come out of them, all in steps of 1/1000. Refuses to know texts and what a
probability leads to (verdict.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

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
from knowledge.reading.models.codes import CONSENTS, COORDINATION, FIELDS, WEIGHTS

F64 = NDArray[np.float64]
PER_CODE = 0.3
SURE = 0.9  # at least so likely is what stands there in words that need no second opinion


@dataclass(frozen=True, slots=True)
class Weighed:
    """Probabilities of everything a message may say."""

    codes: Mapping[str, float] = field(default_factory=dict)
    coordination: Mapping[str, float] = field(default_factory=dict)
    weight: Mapping[str, float] = field(default_factory=dict)
    fields: Mapping[str, float] = field(default_factory=dict)
    consent: Mapping[str, float] = field(default_factory=dict)
    urgent: float = 0.0


@dataclass(frozen=True, slots=True)
class Blend:
    """Coefficients; the last number of each row of `codes`, `fields`, `weight`, `urgent` is the intercept.

    `field_own`: an offset per field. `route` and `consent` have one row per outcome.
    """

    codes: F64
    route: F64
    consent: F64
    urgent: F64
    fields: F64
    field_own: F64
    weight: F64

    def of(self, e: Evidence, about: Mapping[str, CodeFields]) -> Weighed:
        """Everything at once. A code that the models do not know is judged by its hits alone."""
        codes = self.of_codes(e)
        heads = self.of_heads(e, codes, about)
        return Weighed(codes, *heads)

    def of_codes(self, e: Evidence) -> dict[str, float]:
        """Probability of every candidate."""
        names = e.candidates()
        if not names:
            return {}
        rows = np.array(code_rows(e, names))
        found = dict(zip(names, steps(_sigmoid(rows @ self.codes[:-1] + self.codes[-1])), strict=True))
        return found | {code: max(found[code], SURE) for code in sorted(e.sure)}

    def of_heads(
        self, e: Evidence, codes: Mapping[str, float], about: Mapping[str, CodeFields]
    ) -> tuple[dict[str, float], dict[str, float], dict[str, float], dict[str, float], float]:
        """Coordination, weight, fields, consent, urgency."""
        route = _softmax(self.route[:, :-1] @ np.array(route_row(e, codes, about)) + self.route[:, -1])
        consent = _softmax(self.consent[:, :-1] @ np.array(consent_row(e)) + self.consent[:, -1])
        urgent = _sigmoid(np.array([urgent_row(e, codes)]) @ self.urgent[:-1] + self.urgent[-1])
        rows = np.array(field_rows(e, codes, about))
        involved = _sigmoid(rows @ self.fields[:-1] + self.fields[-1] + self.field_own * PER_CODE)
        rows = np.array([weight_row(e, codes, about, name) for name in WEIGHTS])
        heaviest = _softmax(rows @ self.weight[:-1] + self.weight[-1])
        return (
            dict(zip(COORDINATION, steps(route), strict=True)),
            dict(zip(WEIGHTS, steps(heaviest), strict=True)),
            dict(zip(FIELDS, steps(involved), strict=True)),
            dict(zip((*CONSENTS, "unknown"), steps(consent), strict=True)),
            steps(urgent)[0],
        )

    def tables(self) -> dict[str, NDArray[np.generic]]:
        """What a file holds."""
        return {f.name: getattr(self, f.name) for f in fields(Blend)}

    @classmethod
    def load(cls, z: Mapping[str, NDArray[np.generic]]) -> Blend:
        """From the tables of a file."""
        return cls(**{f.name: z[f.name].astype(np.float64) for f in fields(Blend)})


def steps(p: F64) -> list[float]:
    """Probabilities in steps of 1/1000, so that every machine gives the same bytes."""
    return [round(float(x), 3) for x in p]


def _sigmoid(x: F64) -> F64:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30, 30))), np.float64)


def _softmax(x: F64) -> F64:
    e = np.exp(x - x.max())
    return np.asarray(e / e.sum(), np.float64)


def about_codes(issues: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, CodeFields]:
    """Code → (fields, more fields) of the catalogue as `CodeFields`."""
    return {code: CodeFields(own[0], tuple(own[1:]), tuple(more)) for code, (own, more) in issues.items()}
