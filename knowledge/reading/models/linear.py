"""Linear models over hashed n-grams, one byte per weight.

Knows a sorted table of n-gram hashes, an inverse document frequency for each and one column of weights per label.
Refuses to know what the labels mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.reading.models.features import Ints

F32 = NDArray[np.float32]
Rows = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Linear:
    """Decision values of one-vs-rest linear models for sets of n-grams (binary, idf weighted, length normalised)."""

    keys: NDArray[np.uint32]
    idf: F32
    weights: NDArray[np.int8]
    scale: F32
    bias: F32

    @classmethod
    def quantised(cls, keys: NDArray[np.uint32], idf: F32, weights: F32, bias: F32) -> Linear:
        """From float weights [n-gram, label] that apply to idf-weighted unit vectors."""
        folded = weights * idf[:, None]
        scale = (np.maximum(np.abs(folded).max(0), np.float32(1e-9)) / np.float32(127)).astype(np.float32)
        bytes_ = np.rint(folded / scale).astype(np.int8)
        return cls(keys, idf.astype(np.float16).astype(np.float32), bytes_, scale, bias.astype(np.float32))

    def scores(self, rows: Rows, owner: Ints, groups: int) -> F32:
        """One row of decision values per group; `rows`: the table's row of each n-gram, -1 when it has none; `owner`: the
        group of each. An n-gram counts once in a group."""
        known = rows >= 0
        each = np.sort(owner[known] * len(self.keys) + rows[known])
        out = np.tile(self.bias, (groups, 1))
        if not len(each):
            return out
        each = each[np.r_[True, each[1:] != each[:-1]]]
        group, at = np.divmod(each, len(self.keys))
        first = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
        some = group[first]
        length = np.sqrt(np.add.reduceat(np.square(self.idf[at]), first)).astype(np.float32)
        total = np.add.reduceat(self.weights[at], first, axis=0, dtype=np.int32)
        out[some] += total * self.scale / length[:, None]
        return out

    def tables(self) -> dict[str, NDArray[np.generic]]:
        """What a file holds."""
        return {
            "keys": self.keys,
            "idf": self.idf.astype(np.float16),
            "weights": self.weights,
            "scale": self.scale,
            "bias": self.bias,
        }

    @classmethod
    def of(cls, z: Mapping[str, NDArray[np.generic]]) -> Linear:
        """From the tables of a file."""
        return cls(
            z["keys"].astype(np.uint32, copy=False),
            z["idf"].astype(np.float32),
            z["weights"].astype(np.int8, copy=False),
            z["scale"].astype(np.float32),
            z["bias"].astype(np.float32),
        )
