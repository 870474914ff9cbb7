"""Word table: a word's hash → row of a public static vector table, reduced to 128 bytes a word (weights/NOTICE).

Words that mean nearly the same share a row or lie close together: so the models read words they never saw in training.
Refuses to know how the table was made (knowledge/training/words.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.reading.models.features import Ints, word_hash
from knowledge.reading.morphology import Token

F32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Words:
    """Sorted word hashes, the vector row of each, and the vectors (the last row is all zero: unknown word)."""

    keys: NDArray[np.uint32]
    rows: NDArray[np.uint16]
    bytes: NDArray[np.int8]
    scale: np.float32

    def find(self, tokens: Sequence[Token]) -> Ints:
        """Row of each token's normalised form, else of its surface, else -1."""
        out = np.full(len(tokens), -1, np.int64)
        for words in ([t.surface for t in tokens], [t.normal for t in tokens]):
            want = np.array([word_hash(w) for w in words], np.uint32)
            at = np.minimum(np.searchsorted(self.keys, want), len(self.keys) - 1)
            hit = self.keys[at] == want
            out[hit] = self.rows[at[hit]]
        return out

    def vectors(self, rows: Ints) -> F32:
        """The vectors of some rows; row -1 is the unknown word."""
        return self.bytes[rows].astype(np.float32) * self.scale

    @property
    def size(self) -> int:
        """How many numbers a vector has."""
        return int(self.bytes.shape[1])

    @classmethod
    def of(cls, z: Mapping[str, NDArray[np.generic]]) -> Words:
        """From the tables of a file."""
        table = z["vectors"].astype(np.int8, copy=False)
        padded = np.vstack([table, np.zeros((1, table.shape[1]), np.int8)])
        return cls(z["keys"].astype(np.uint32), z["rows"].astype(np.uint16), padded, np.float32(z["scale"][()]))
