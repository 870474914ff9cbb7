"""Bigrams → rows: a compressed sparse index in plain numpy arrays, the same in memory and mapped from disk.

Knows which row holds which pair of neighbouring characters, the line break standing for either end of a key, and how
rare each pair is. Refuses to know what a row is and how rows are ranked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

EDGE = "\n"
_BLOCK = 16  # rows are kept as 16 bits within blocks of 65,536 rows: half the disk of whole numbers
Rows = npt.NDArray[np.int64]


def grams(text: str) -> list[str]:
    """The different bigrams of a key and its two ends, in the order they appear."""
    bounded = f"{EDGE}{text}{EDGE}"
    return list(dict.fromkeys(a + b for a, b in pairwise(bounded)))


@dataclass(frozen=True)
class GramIndex:
    """`cuts[slot]` are the bounds in `low` of the rows of bigram `vocabulary[slot]`, block by block."""

    rows: int
    symbols: npt.NDArray[np.uint32]
    vocabulary: npt.NDArray[np.uint32]
    cuts: npt.NDArray[np.int32]
    low: npt.NDArray[np.uint16]
    _bases: npt.NDArray[np.int64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_bases", np.arange(max(1, self.cuts.shape[1] - 1), dtype=np.int64) << _BLOCK)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {chr(code): number for number, code in enumerate(self.symbols.tolist())}

    def slots(self, wanted: list[str]) -> list[int]:
        """The slot of each bigram, -1 for one that no row holds."""
        if not len(self.vocabulary) or not wanted:
            return [-1] * len(wanted)
        size, numbers = len(self.symbols), self._numbers
        codes = [
            numbers[gram[0]] * size + numbers[gram[1]] if gram[0] in numbers and gram[1] in numbers else -1
            for gram in wanted
        ]
        asked = np.array([max(code, 0) for code in codes], np.uint32)
        places = np.minimum(np.searchsorted(self.vocabulary, asked), len(self.vocabulary) - 1)
        here = self.vocabulary[places].tolist()
        return [p if c == h else -1 for p, c, h in zip(places.tolist(), codes, here, strict=True)]

    def counts(self, slots: list[int]) -> list[int]:
        """How many rows hold each bigram."""
        known = (
            self.cuts[np.array(slots, np.int64)] if len(self.cuts) and slots else np.zeros((len(slots), 2), np.int32)
        )
        return [
            max(0, end - start) if slot >= 0 else 0
            for slot, (start, end) in zip(slots, known[:, [0, -1]].tolist(), strict=True)
        ]

    def rarity(self, count: int) -> float:
        """The weight of a bigram that `count` rows hold; one that none holds weighs most."""
        return math.log(1.0 + self.rows / (0.5 + count))

    def holders(self, slot: int) -> Rows:
        """The rows that hold a bigram, ascending."""
        cut = self.cuts[slot]
        low = self.low[cut[0] : cut[-1]].astype(np.int64)
        if len(self._bases) > 1:
            low += np.repeat(self._bases, np.diff(cut))
        return low

    def holders_within(self, slot: int, start: int, end: int) -> Rows:
        """The rows in `start <= row < end` that hold a bigram, ascending; cheap when the range is short."""
        cut = self.cuts[slot].tolist()
        found = []
        for block in range(start >> _BLOCK, ((end - 1) >> _BLOCK) + 1):
            part = self.low[cut[block] : cut[block + 1]]
            base = block << _BLOCK
            first = int(part.searchsorted(np.uint16(start - base))) if start > base else 0
            last = int(part.searchsorted(np.uint16(end - base))) if end - base < 1 << _BLOCK else len(part)
            found.append(part[first:last].astype(np.int64) + base)
        return found[0] if len(found) == 1 else np.concatenate(found)


def index(blobs: list[str]) -> GramIndex:
    """The index over texts that each begin and end with the edge sign and hold their keys between edge signs."""
    codes = np.frombuffer("".join(blobs).encode("utf-32-le", "replace"), np.uint32)
    seen = np.zeros(0x110000, bool)
    seen[codes] = True
    symbols = np.flatnonzero(seen).astype(np.uint32)[:0xFFFF]
    renumber = np.zeros(0x110000, np.uint32)
    renumber[symbols] = np.arange(len(symbols), dtype=np.uint32)
    numbers = renumber[codes]
    row_of = np.repeat(np.arange(len(blobs), dtype=np.uint64), np.fromiter(map(len, blobs), np.int64, len(blobs)))
    edge = codes == ord(EDGE)
    packed = numbers[:-1].astype(np.uint64)
    packed *= np.uint64(len(symbols))
    packed += numbers[1:]
    packed <<= np.uint64(32)
    packed |= row_of[:-1]
    packed = packed[~(edge[:-1] & edge[1:])]
    packed.sort()
    if len(packed):
        packed = packed[np.concatenate(([True], packed[1:] != packed[:-1]))]
    return _from_packed(packed, symbols, len(blobs))


def _from_packed(packed: npt.NDArray[np.uint64], symbols: npt.NDArray[np.uint32], rows: int) -> GramIndex:
    """Sorted, different `bigram << 32 | row` numbers → index."""
    blocks = max(1, (rows + (1 << _BLOCK) - 1) >> _BLOCK)
    of_gram = packed >> np.uint64(32)
    starts = (
        np.flatnonzero(np.concatenate(([True], of_gram[1:] != of_gram[:-1]))) if len(packed) else np.zeros(0, np.int64)
    )
    vocabulary = of_gram[starts].astype(np.uint32)
    cuts = np.empty((len(vocabulary), blocks + 1), np.int32)
    cuts[:, 0] = starts
    cuts[:, blocks] = np.append(starts[1:], len(packed))[: len(starts)]
    for block in range(1, blocks):
        border = (vocabulary.astype(np.uint64) << np.uint64(32)) | np.uint64(block << _BLOCK)
        cuts[:, block] = np.searchsorted(packed, border)
    low = (packed & np.uint64(0xFFFF)).astype(np.uint16)
    return GramIndex(rows, symbols, vocabulary, cuts, low)
