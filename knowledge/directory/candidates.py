"""Which rows are worth a closer look: rarest bigrams first, up to a fixed number of postings, then the best 200.

Knows weights of bigrams and how many of them a row shares with the query. Refuses to know keys, areas' names and
final scores (scoring.py). Equal weights are cut in row order, so the same query gives the same rows on any machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from knowledge.directory.grams import EDGE, GramIndex, Rows, grams

POSTINGS = 40_000
TOP = 200
TOP_OF_AREA = 60
_SHARES = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.0)  # of the best weight: few rows are left to sort
_LEAST = 1e-6
_EDGE_WEIGHT = 0.5
_UNKNOWN_WEIGHT = 0.7
Ranges = tuple[tuple[int, int], ...]
Allow = Callable[[Rows], npt.NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Part:
    """One bigram of the query: where it stands in the index (-1 nowhere), in how many rows, and what it weighs."""

    gram: str
    slot: int
    count: int
    weight: float


@dataclass(frozen=True, slots=True)
class Found:
    """Rows and the weight of the bigrams counted so far; `open_parts` are not yet counted in it."""

    rows: list[int]
    weights: list[float]
    open_parts: list[Part]

    def without(self, ranges: Ranges) -> Found:
        """The same without the rows of these ranges."""
        kept = [
            (row, weight)
            for row, weight in zip(self.rows, self.weights, strict=True)
            if not any(start <= row < end for start, end in ranges)
        ]
        return Found([row for row, _ in kept], [weight for _, weight in kept], self.open_parts)


def parts(index: GramIndex, text: str, weigh: Callable[[str], float] = lambda _: 1.0) -> list[Part]:
    """The bigrams of a query, rarest first."""
    wanted = grams(text)
    slots = index.slots(wanted)
    found = []
    for gram, slot, count in zip(wanted, slots, index.counts(slots), strict=True):
        weight = index.rarity(count) * weigh(gram) * (_EDGE_WEIGHT if EDGE in gram else 1.0)
        found.append(Part(gram, slot, count, weight if slot >= 0 else weight * _UNKNOWN_WEIGHT))
    return sorted((part for part in found if part.weight > 0), key=lambda part: (part.count, part.gram))


class Counter:
    """Adds up weights per row. Keeps its scratch arrays between queries; safe to use from several threads."""

    def __init__(self, index: GramIndex) -> None:
        self._index = index
        self._spare: list[npt.NDArray[np.float32]] = []

    def best(self, query: Iterable[Part], allow: Allow | None, postings: int = POSTINGS, top: int = TOP) -> Found:
        """The `top` rows that share the most weight with the query, over the whole index."""
        try:
            sums = self._spare.pop()
        except IndexError:
            sums = np.zeros(self._index.rows, np.float32)
        lists: list[Rows] = []
        late: list[Part] = []
        room = postings
        for part in query:
            if part.slot < 0:
                continue
            if part.count > room and lists:
                late.append(part)
                continue
            room -= part.count
            held = self._index.holders(part.slot)
            sums[held] += np.float32(part.weight)
            lists.append(held)
        values = []
        for (
            held
        ) in lists:  # the first list that holds a row takes its sum and leaves zero: each row once, scratch clean
            values.append(sums[held])
            sums[held] = 0.0
        self._spare.append(sums)
        if not lists:
            return Found([], [], late)
        return _cut(np.concatenate(lists), np.concatenate(values), allow, late, top)

    def within(self, query: Iterable[Part], start: int, end: int, allow: Allow | None) -> Found:
        """The best rows of a range, every bigram counted."""
        sums = np.zeros(end - start, np.float32)
        for part in query:
            if part.slot >= 0:
                sums[self._index.holders_within(part.slot, start, end) - start] += np.float32(part.weight)
        return _cut(np.arange(start, end), sums, allow, [], TOP_OF_AREA)

    def split(self, query: Iterable[Part], ranges: Ranges, allow: Allow | None) -> tuple[Found, Found]:
        """The best rows inside and outside the ranges, every bigram counted: for an index as small as a town's."""
        sums = np.zeros(self._index.rows, np.float32)
        for part in query:
            if part.slot >= 0:
                sums[self._index.holders(part.slot)] += np.float32(part.weight)
        inside = np.zeros(len(sums), np.bool_)
        for start, end in ranges:
            inside[start:end] = True
        within, beyond = (np.flatnonzero(mask & (sums > 0)) for mask in (inside, ~inside))
        return (
            _cut(within, sums[within], allow, [], TOP_OF_AREA),
            _cut(beyond, sums[beyond], allow, [], TOP),
        )


def _cut(rows: Rows, sums: npt.NDArray[np.float32], allow: Allow | None, late: list[Part], top: int) -> Found:
    """The best rows, best first; equal weights in row order."""
    if allow is not None:
        sums = np.where(allow(rows), sums, np.float32(0.0))
    best = float(sums.max(initial=0.0))
    chosen = np.zeros(0, np.int64)
    for share in _SHARES if best > 0 else ():
        chosen = np.flatnonzero(sums >= max(share * best, _LEAST))
        if len(chosen) >= top:
            break
    order = np.lexsort((rows[chosen], -sums[chosen]))[:top]
    return Found(rows[chosen[order]].tolist(), sums[chosen[order]].tolist(), late)
