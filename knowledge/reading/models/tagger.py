"""A small convolutional tagger over word vectors.

Knows, for every word, how strongly it shows each code (asserted), mentions it (in any polarity) and which polarity it
has; for the whole message a score per code and rough scores for the heads. Refuses to know how it was trained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.reading.models.features import Ints, word_hash
from knowledge.reading.models.words import Words
from knowledge.reading.morphology import Token

F32 = NDArray[np.float32]
NEAR = (-2, -1, 0, 1, 2)
FAR = (-3, 0, 3)
NAMES = ("w1", "b1", "w2", "b2", "wo", "bo", "wg", "am", "bm", "wa", "ba")
_ROWS, _SMALL, _LARGE = 32, 9_000, 260_000  # products of sizes below which OpenBLAS starts no second thread


@dataclass(frozen=True, slots=True)
class Tagged:
    """Logits: word × code asserted, word × code mentioned, word × polarity, code (message), heads (message)."""

    asserted: F32
    mentioned: F32
    polarity: F32
    message: F32
    aux: F32


def window(x: F32, offsets: Sequence[int]) -> F32:
    """Each row beside its neighbours at the offsets, zeros outside; works on [..., word, value]."""
    parts = []
    for k in offsets:
        moved = x if k == 0 else np.zeros_like(x)
        if k < 0:
            moved[..., -k:, :] = x[..., :k, :]
        elif k > 0:
            moved[..., :-k, :] = x[..., k:, :]
        parts.append(moved)
    return np.concatenate(parts, -1)


def steady(x: F32, w: F32) -> F32:
    """x @ w in pieces that the numeric library works off in one thread: always the same order of additions, and no
    waiting for a second core that others use."""
    count, depth = x.shape
    width = w.shape[1]
    out = np.zeros((count, width), np.float32)
    for a in range(0, count, _ROWS):
        rows = x[a : a + _ROWS]
        step = max(1, (_SMALL if len(rows) == 1 else _LARGE) // (len(rows) * width))
        for b in range(0, depth, step):
            out[a : a + _ROWS] += rows[:, b : b + step] @ w[b : b + step]
    return out


@dataclass(frozen=True, slots=True)
class Tagger:
    """Two convolutions (5 words; then 3 places 3 apart), a max over the message, linear outputs."""

    words: Words
    keys: NDArray[np.uint32]
    own: F32
    weights: Mapping[str, F32]

    def tag(self, tokens: Sequence[Token], rows: Ints) -> Tagged:
        """Scores of one message; `rows` as found by Words."""
        p, n = self.weights, len(self.weights["am"])
        want = np.array([word_hash(t.normal) for t in tokens], np.uint32)
        at = np.minimum(np.searchsorted(self.keys, want), len(self.keys) - 1)
        x = self.words.vectors(rows) + self.own[np.where(self.keys[at] == want, at + 1, 0)]
        h1 = np.maximum(steady(window(x, NEAR), p["w1"]) + p["b1"], 0)
        h2 = np.maximum(steady(window(h1, FAR), p["w2"]) + p["b2"], 0) + h1
        whole = h2.max(0)
        z = steady(h2, p["wo"]) + p["bo"] + steady(whole[None], p["wg"])
        top = z[:, :n].max(0)
        pooled = top + np.log(np.exp(z[:, :n] - top).sum(0))
        message, aux = pooled * p["am"] + p["bm"], steady(whole[None], p["wa"])[0] + p["ba"]
        return Tagged(z[:, :n], z[:, n : 2 * n], z[:, 2 * n :], message, aux)

    def tables(self) -> dict[str, NDArray[np.generic]]:
        """What a file holds: weights as float16, the words' own vectors as bytes."""
        scale = np.float32(np.abs(self.own).max() / 127)
        half: dict[str, NDArray[np.generic]] = {k: self.weights[k].astype(np.float16) for k in NAMES}
        return half | {"keys": self.keys, "own": np.rint(self.own / scale).astype(np.int8), "scale": np.asarray(scale)}

    @classmethod
    def of(cls, z: Mapping[str, NDArray[np.generic]], words: Words) -> Tagger:
        """From the tables of a file."""
        own = z["own"].astype(np.float32) * np.float32(z["scale"][()])
        return cls(words, z["keys"].astype(np.uint32), own, {k: z[k].astype(np.float32) for k in NAMES})
