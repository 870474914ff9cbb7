"""Every n-gram that one of the linear models knows, numbered once: a text is looked up once for all of them.

Knows 32-bit hashes and a table of buckets over their highest bits. Refuses to know weights and labels.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.reading.models.features import U64, Ints
from knowledge.reading.models.linear import Rows

_HIGH = np.uint64(32)
_BUCKETS = 19  # bits: half a million buckets for some two hundred thousand n-grams
_SHIFT = np.uint32(32 - _BUCKETS)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Sorted hashes of n-grams, and where each bucket of them begins."""

    keys: NDArray[np.uint32]
    begins: NDArray[np.int32]

    @classmethod
    def of(cls, tables: Iterable[NDArray[np.uint32]]) -> Vocabulary:
        """All n-grams of some models; no model knows the highest hash there is, which ends the table."""
        last = np.array([np.iinfo(np.uint32).max], np.uint32)
        every = np.sort(np.concatenate([*tables, last]))
        keys = every[np.r_[True, every[1:] != every[:-1]]]
        sizes = np.bincount((keys >> _SHIFT).astype(np.int64), minlength=1 << _BUCKETS)
        return cls(keys, np.r_[0, np.cumsum(sizes)[:-1]].astype(np.int32))

    def numbers(self, hashes: U64) -> Ints:
        """The number of each n-gram, -1 for those that no model knows."""
        wanted = (hashes >> _HIGH).astype(np.uint32)
        at: Ints = self.begins[wanted >> _SHIFT].astype(np.int64)
        behind = np.flatnonzero(self.keys[at] < wanted)
        while len(behind):
            at[behind] += 1
            behind = behind[self.keys[at[behind]] < wanted[behind]]
        at[self.keys[at] != wanted] = -1
        return at

    def rows(self, keys: NDArray[np.uint32]) -> Rows:
        """The row that each n-gram has in a table with these keys, -1 when it has none; the last is that of number -1."""
        rows = np.full(len(self.keys) + 1, -1, np.int32)
        rows[np.searchsorted(self.keys, keys)] = np.arange(len(keys), dtype=np.int32)
        return rows
