"""Collects the hits of one query over one directory: by name, by kind, by need, by place.

Knows the tables and their helpers. Refuses to know the words around a query (search.py takes them off) and what
counts as a tie.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt

from knowledge.directory.candidates import Allow, Counter, Found, Part, Ranges, parts
from knowledge.directory.kinds import Kinds
from knowledge.directory.model import By
from knowledge.directory.needs import FLOOR as NEED_FLOOR
from knowledge.directory.needs import need_hit, weigh
from knowledge.directory.scoring import LEAST, ROUGH, Hit, likeness, name_hit, rough
from knowledge.directory.tables import Tables

_LIGHT = (10_000, 60)  # postings and rows outside the area once something sure is found in it
SURE = 0.75
_TOWN = 8_000  # so few rows are counted in full
_FAR = 0.72  # of the best score; what is farther off would only distract
_ENOUGH = 60  # rows of one kind or one need that are looked at beyond the area asked for
_PLACE_SCORE = 0.6
_BOTH = 0.25  # what the weaker of an agency's own needs and its kind's needs adds


class Lookup:
    """The tables of one directory with what is prepared once for all queries."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._kinds = Kinds(tables.meta.kinds)
        self._names = Counter(tables.names)
        self._needs = Counter(tables.needs)
        self._classes: dict[tuple[str, str], list[int]] = {}
        for number, shared in enumerate(tables.meta.classes):
            self._classes.setdefault((shared.what, shared.kind), []).append(number)
        self._ranges: dict[str, list[tuple[int, int]]] = {}
        bounds = tables.meta.bounds
        for number, areas in enumerate(tables.meta.area_sets):
            for area in areas:
                self._ranges.setdefault(area, []).append((bounds[number], bounds[number + 1]))

    def ranges(self, areas: Iterable[str]) -> Ranges:
        """The stretches of rows that serve one of the areas."""
        return tuple(sorted({span for area in areas for span in self._ranges.get(area, ())}))

    def by_name(self, query: str, ranges: Ranges, allow: Allow | None, limit: int) -> Iterator[Hit]:
        """Rows whose keys are like the query: those of the area, then all."""
        wanted = parts(self.tables.names, query)
        if self.tables.names.rows <= _TOWN:
            for found, inside in zip(self._names.split(wanted, ranges, allow), (True, False), strict=True):
                yield from self._looked_at(query, wanted, found, inside, limit)
            return
        sure = False
        for start, end in ranges:
            for hit in self._looked_at(query, wanted, self._names.within(wanted, start, end, allow), True, limit):
                sure = sure or hit.score >= SURE
                yield hit
        found = self._names.best(wanted, allow, *(_LIGHT if sure else ()))
        yield from self._looked_at(query, wanted, found.without(ranges) if ranges else found, False, limit)

    def _looked_at(self, query: str, wanted: list[Part], found: Found, inside: bool, limit: int) -> Iterator[Hit]:
        """Compares the keys of all candidates at once, then names the best key of those worth showing."""
        if not found.rows:
            return
        total = sum(part.weight for part in wanted)
        texts = self.tables.keys.many(found.rows)
        like = likeness(query, texts)
        shared = np.minimum(1.0, np.array(found.weights) / total)
        places = np.arange(len(texts))
        if found.open_parts:
            late = [(part.gram, part.weight / total) for part in found.open_parts]
            most = rough(like, np.minimum(1.0, shared + sum(weight for _, weight in late)))
            places = np.flatnonzero(most >= _bar(rough(like, shared), limit))
            more = [sum([weight for gram, weight in late if gram in texts[place]]) for place in places.tolist()]
            shared[places] = np.minimum(1.0, shared[places] + more)
        scores = rough(like[places], shared[places])
        for place in places[scores >= _bar(scores, limit)].tolist():
            hit = name_hit(found.rows[place], query, texts[place], float(shared[place]), inside)
            if hit is not None:
                yield hit

    def by_kind(self, query: str, ranges: Ranges, allow: Allow | None) -> Iterator[Hit]:
        """Rows of a kind that the query names."""
        for kind in self._kinds.find(query):
            for row in self._of_kind(kind.what, kind.code, ranges, allow):
                yield Hit(row, kind.score, kind.word, By.KIND, is_inside(row, ranges))

    def by_need(self, query: str, ranges: Ranges, allow: Allow | None) -> Iterator[Hit]:
        """Rows whose own or whose kind's need words say what the query says."""
        wanted = parts(self.tables.needs, query, weigh)
        own: dict[int, tuple[float, str]] = {}
        for unit in self._needs.best(wanted, None).rows if len(self.tables.units) > 1 else ():
            need = need_hit(query, wanted, self.tables.units[unit])
            if need.score >= NEED_FLOOR / 2:
                for row in self._some(self.tables.by_unit.rows(unit), ranges, allow):
                    own[row] = (need.score, need.matched)
        kinds: dict[int, tuple[float, str]] = {}
        for (what, code), words in self._kinds.needs.items():
            need = need_hit(query, wanted, words)
            if need.score >= NEED_FLOOR / 2:
                for row in self._of_kind(what, code, ranges, allow):
                    kinds[row] = (need.score, need.matched)
        for row in own.keys() | kinds.keys():
            (high, words), (low, _) = sorted((own.get(row, (0.0, "")), kinds.get(row, (0.0, ""))), reverse=True)
            if high >= NEED_FLOOR:
                yield Hit(row, min(0.95, high + _BOTH * low), words, By.NEED, is_inside(row, ranges))

    def by_place(self, word: str, ranges: Ranges, allow: Allow | None) -> Iterator[Hit]:
        """Rows that serve the area and nothing more; the query named only a place."""
        for start, end in ranges:
            rows = np.arange(start, end)
            for row in rows[allow(rows)] if allow else rows:
                yield Hit(int(row), _PLACE_SCORE, word, By.PLACE, True)

    def _of_kind(self, what: str, code: str, ranges: Ranges, allow: Allow | None) -> Iterator[int]:
        for number in self._classes.get((what, code), ()):
            yield from self._some(self.tables.by_class.rows(number), ranges, allow)

    def _some(self, rows: npt.NDArray[np.uint32], ranges: Ranges, allow: Allow | None) -> Iterator[int]:
        """The rows within the ranges, and the first few of all."""
        chosen = [rows[: _ENOUGH * 4]]
        for start, end in ranges:
            first, last = np.searchsorted(rows, np.array([start, end], rows.dtype)).tolist()
            chosen.append(rows[first:last])
        every = np.unique(np.concatenate(chosen)).astype(np.int64)
        every = every[allow(every)] if allow else every
        inside = [row for row in every.tolist() if is_inside(row, ranges)]
        yield from inside
        yield from islice((row for row in every.tolist() if not is_inside(row, ranges)), _ENOUGH)


def _bar(scores: npt.NDArray[np.float64], limit: int) -> float:
    """The score below which a row is not worth showing: beaten by enough others, or far below the best."""
    bar = max(LEAST, _FAR * float(scores.max(initial=0.0)))
    if len(scores) > limit + 1:
        bar = max(bar, float(np.partition(scores, -limit - 1)[-limit - 1]) - ROUGH)
    return bar


def is_inside(row: int, ranges: Ranges) -> bool:
    """Whether a row lies in one of the stretches."""
    return any(start <= row < end for start, end in ranges)
