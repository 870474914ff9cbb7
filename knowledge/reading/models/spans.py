"""The words that speak for a code, by the tagger: the strongest word grown over neighbours nearly as strong.

Knows how far a span grows. Refuses to know whether the code is true; that probability comes from the stack.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.reading.models.codes import ASSERTED, POLARITIES
from knowledge.reading.models.features import MARK
from knowledge.reading.models.tagger import Tagged
from knowledge.reading.morphology import Token

SLACK = 3.0
_NEVER = -1e9


@dataclass(frozen=True, slots=True)
class ModelSpan:
    """Tidy positions start…end, how the mention is most likely meant when it is true / when it is not."""

    start: int
    end: int
    held: str
    absent: str


def model_spans(tokens: Sequence[Token], tagged: Tagged, wanted: Sequence[int]) -> list[ModelSpan]:
    """One span per wanted code (number of a column)."""
    marks = np.array([t.pos[0] == MARK for t in tokens])
    strength = np.maximum(tagged.asserted[:, wanted], tagged.mentioned[:, wanted])
    if not marks.all():
        strength = np.where(marks[:, None], np.float32(_NEVER), strength)
    near = (strength >= strength.max(0) - np.float32(SLACK)).T.tolist()
    polarity = tagged.polarity.astype(np.float64).tolist()
    return [_grown(tokens, *item, polarity) for item in zip(strength.argmax(0).tolist(), near, strict=True)]


def _grown(tokens: Sequence[Token], peak: int, near: Sequence[bool], polarity: Sequence[Sequence[float]]) -> ModelSpan:
    a = b = peak
    while a > 0 and near[a - 1]:
        a -= 1
    while b + 1 < len(tokens) and near[b + 1]:
        b += 1
    total = [sum(column) for column in zip(*polarity[a : b + 1], strict=True)]
    kinds = sorted(zip(total, POLARITIES, strict=True), reverse=True)
    held = next(p for _, p in kinds if p in ASSERTED)
    absent = next(p for _, p in kinds if p not in ASSERTED)
    return ModelSpan(tokens[a].start, tokens[b].end, held, absent)
