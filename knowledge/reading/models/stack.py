"""Second level: logistic regressions over what the linear models and the tagger say of one code, and of the whole.

Knows which first-level scores describe one code in one message, and how all of them together hint at decision, consent,
urgency and fields. Refuses to know the rules' findings (blend.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.reading.models.codes import CODES
from knowledge.reading.models.tagger import Tagged

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
N = len(CODES)
PER_CODE = 0.3
RELATED = 0.3
FLOOR = -3.0


@dataclass(frozen=True, slots=True)
class Base:
    """First-level scores of messages, one row each: the stack's whole input."""

    message: F64  # linear, whole message, code
    text: F64  # linear, whole message, heads
    clause: F64  # best clause, code asserted
    second: F64  # second best clause
    absent: F64  # linear, how denied, past, another's or resolved the best clause sounds
    tagged: F64  # tagger, code
    tag_mention: F64  # tagger, best word, code in any polarity
    tag_polarity: F64  # log probability that this word is asserted
    aux: F64  # tagger, heads
    said: F64  # best clause, CLAUSE_HEADS; best sentence, SENTENCE_HEADS

    def some(self, at: NDArray[np.int64]) -> Base:
        """The rows of some messages."""
        return Base(*(getattr(self, f.name)[at] for f in fields(Base)))


def sigmoid(x: F64) -> F64:
    """Logistic function."""
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30, 30))), np.float64)


def tag_scores(t: Tagged) -> tuple[F64, F64, F64, F64]:
    """Message-level columns of Base out of the tagger's scores of words."""
    best = t.mentioned.argmax(0)
    odds = (t.polarity - t.polarity.max(1, keepdims=True)).astype(np.float64)
    asserted = np.log(np.exp(odds[:, :2]).sum(1) / np.exp(odds).sum(1) + 1e-9)
    wide = (t.message, t.mentioned.max(0), asserted[best], t.aux)
    return wide[0].astype(np.float64), wide[1].astype(np.float64), np.asarray(wide[2]), wide[3].astype(np.float64)


def clause_scores(scores: F64) -> tuple[F64, F64, F64, F64]:
    """Per code over the clauses: highest score, second highest, how absent the best clause sounds; highest of heads."""
    codes = scores[:, :N]
    s = np.sort(np.vstack([np.full((2, N), FLOOR), codes]), 0)
    return s[-1], s[-2], scores[codes.argmax(0), N], scores[:, N + 1 :].max(0)


def polarity_features(b: Base) -> F64:
    """[message, code, feature]: is a mention meant as true now?"""
    held = np.clip(b.tag_polarity, -8, -1e-4)
    return np.stack([held - np.log(-np.expm1(held)), b.absent], 2)


def _others(x: F64) -> F64:
    s = np.sort(x, 1)
    return np.where(x == s[:, -1:], s[:, -2:-1], s[:, -1:])


def pair_features(b: Base) -> F64:
    """[message, code, feature]: shared by all codes."""
    seen, held = np.maximum(b.tag_mention, -10), np.maximum(b.tag_polarity, -5)
    crowd = np.repeat(np.sort(b.tagged, 1)[:, -3:].mean(1)[:, None], N, 1)
    main = [b.message, b.clause, b.second, b.tagged]
    products = [x * y for i, x in enumerate(main) for y in main[i:]]
    sides = [b.absent, b.absent * b.clause, seen, held, seen * np.exp(held)]
    return np.stack([*main, *sides, _others(b.tagged), _others(b.message), crowd, *products], 2)


def head_features(b: Base, probability: F64) -> F64:
    """[message, feature] for decision, consent, urgency, fields and field of weight."""
    return np.hstack([b.text, b.aux, b.said, probability])


def related(b: Base) -> F64:
    """The other codes' tagger scores, small ones cut to nothing."""
    s = sigmoid(b.tagged)
    return np.where(s > 0.05, s, 0) * RELATED


@dataclass(frozen=True, slots=True)
class Stack:
    """Logistic regressions: one shared by all codes with small corrections per code, one per head."""

    mean: F64
    spread: F64
    shared: F64
    per_code: F64
    related: F64
    bias: float
    heads: F64
    head_bias: F64
    polarity: F64

    def codes(self, b: Base) -> F64:
        """Probability of each code."""
        x = (pair_features(b) - self.mean) / self.spread
        own = np.stack([np.ones_like(b.message), x[:, :, 0], x[:, :, 1], x[:, :, 3]], 2) * PER_CODE
        return sigmoid(x @ self.shared + (own * self.per_code).sum(2) + related(b) @ self.related + self.bias)

    def outer(self, b: Base, probability: F64) -> F64:
        """Probability of each head."""
        return sigmoid(head_features(b, probability) @ self.heads + self.head_bias)

    def asserted(self, b: Base) -> F64:
        """Probability that a mention of each code is present or suspected."""
        return sigmoid(polarity_features(b) @ self.polarity[:2] + self.polarity[2])

    def tables(self) -> dict[str, NDArray[np.generic]]:
        """What a file holds."""
        return {f.name: np.asarray(getattr(self, f.name)) for f in fields(Stack)}

    @classmethod
    def of(cls, z: Mapping[str, NDArray[np.generic]]) -> Stack:
        """From the tables of a file."""
        named: dict[str, Any] = {f.name: z[f.name].astype(np.float64) for f in fields(Stack)}
        return cls(**{**named, "bias": float(named["bias"])})
