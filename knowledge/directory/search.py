"""`Directory`: names, needs and places → ranked agencies and meeting bodies, or nothing when nothing is like them.

Knows how a query is taken apart (place, town, polite ending) and when the best are too close to choose for a person.
Refuses to decide where a case goes, and never reads a clock: `on` is the day that counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge.catalogue import Catalogue
from knowledge.directory import disk
from knowledge.directory import entries as town
from knowledge.directory.areas import Places
from knowledge.directory.candidates import Allow, Ranges
from knowledge.directory.grams import Rows
from knowledge.directory.keys import key
from knowledge.directory.lookup import Lookup
from knowledge.directory.model import Answer, By, Entry, Kind, Match, PlaceName
from knowledge.directory.scoring import EXACT_ELSEWHERE, NEAR, Hit, with_area
from knowledge.directory.stored import from_arrays, to_arrays
from knowledge.directory.tables import Tables, tables

LONGEST = 120
_SURE = 0.9
_CLOSE = 0.02
_BOTH = 0.05  # a name and a need that both answer are worth more than either
_ENDING = re.compile(
    r"(?:さん)?(?:の|に|へ|と|は|を|って)?(?:電話番号|連絡先|電話|場所|住所|担当者?|どこ(?:ですか)?|何番|"
    r"(?:を?お願い|相談|連絡|つなぎ|つなげ)?(?:したい|ください|お願いします?))$"
)


class Directory:
    """The agencies and meeting bodies of a town, or of a country, to look up by words."""

    def __init__(self, laid_out: Tables) -> None:
        self._tables = laid_out
        self._lookup = Lookup(laid_out)
        self._places = Places(laid_out.meta.places)
        self._prefixes = tuple(filter(None, map(key, laid_out.meta.prefixes)))

    @staticmethod
    def of(catalogue: Catalogue) -> Directory:
        """A town's directory, in memory."""
        return Directory(
            tables(town.entries(catalogue), town.kinds(catalogue), town.places(catalogue), town.prefixes(catalogue))
        )

    def __len__(self) -> int:
        return len(self._tables.ids)

    def search(
        self,
        query: str,
        *,
        area: str = "",
        fields: frozenset[str] = frozenset(),
        limit: int = 5,
        on: date | None = None,
    ) -> Answer:
        """The entries most like the query, best first; none when nothing is like it.

        `area`: an area's id or any name of a place in it; it lifts, it does not exclude. `fields`: only entries of
        one of these 分野. `on`: only what is in force that day. Any string is a query; it never raises.
        """
        text = query[:LONGEST]
        asked = (self._places.resolve(area) or frozenset((area,))) if area else frozenset[str]()
        allow = self._allow(fields, on)
        best: dict[int, tuple[float, Hit]] = {}
        for part, areas in self._readings(text, asked):
            ranges = self._lookup.ranges(areas)
            found = self._hits(part, ranges, allow, limit) if part else self._lookup.by_place(key(text), ranges, allow)
            for hit in found:
                score = round(with_area(hit.score, hit.inside) if ranges else hit.score, 3)
                known = best.get(hit.row)
                if known and hit.by is By.NEED and known[1].by is not By.NEED:
                    score = min(NEAR, round(score + _BOTH, 3))
                if known is None or known[0] < score:
                    best[hit.row] = (score, hit)
            if part and any(score >= _SURE for score, _ in best.values()):
                break
        return self._answer(best, limit)

    def _readings(self, text: str, asked: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
        """What the query can mean: a place and the rest; all of it; without the town's name; without the ending."""
        whole = key(text)
        if not whole:
            return
        placed = self._places.split(text)
        yield whole, asked
        if placed and (asked.isdisjoint(placed.areas) or placed.rest):
            yield placed.rest, placed.areas
        short = whole
        for prefix in self._prefixes:
            if short.startswith(prefix) and len(short) > len(prefix) + 1:
                short = short.removeprefix(prefix).removeprefix("の")
        short = _ENDING.sub("", short)
        if len(short) > 1 and short != whole:
            yield short, asked

    def _hits(self, part: str, ranges: Ranges, allow: Allow | None, limit: int) -> Iterator[Hit]:
        sure = False
        for hit in self._lookup.by_name(part, ranges, allow, limit):
            sure = sure or hit.score >= _SURE
            yield hit
        for hit in self._lookup.by_kind(part, ranges, allow):
            sure = sure or hit.score >= _SURE
            yield hit
        if not sure:
            yield from self._lookup.by_need(part, ranges, allow)

    def _allow(self, fields: frozenset[str], on: date | None) -> Allow | None:
        """Which rows may be shown, or None when all may."""
        days = on.toordinal() if on is not None and len(self._tables.first_day) else None
        if not fields and days is None:
            return None
        classes = np.array([not fields or not fields.isdisjoint(c.fields) for c in self._tables.meta.classes], np.bool_)

        def allow(rows: Rows) -> npt.NDArray[np.bool_]:
            good = classes[self._tables.class_of[rows]]
            if days is not None:
                good &= (self._tables.first_day[rows] <= days) & (days <= self._tables.last_day[rows])
            return good

        return allow

    def _answer(self, best: dict[int, tuple[float, Hit]], limit: int) -> Answer:
        if not best or limit < 1:
            return Answer()
        floor = sorted((score for score, _ in best.values()), reverse=True)[: limit + 1][-1]
        near = [(score, hit) for score, hit in best.values() if score >= floor]
        ranked = sorted((-score, self._tables.ids[hit.row], hit.row, hit) for score, hit in near)
        tie = len(ranked) > 1 and _is_tie(-ranked[0][0], -ranked[1][0])
        return Answer(tuple(self._match(-minus, name, hit) for minus, name, _, hit in ranked[:limit]), tie)

    def _match(self, score: float, entry: str, hit: Hit) -> Match:
        shared = self._tables.meta.classes[int(self._tables.class_of[hit.row])]
        return Match(entry, shared.what, self._tables.shown[hit.row], score, hit.matched, hit.by, hit.inside)


def _is_tie(first: float, second: float) -> bool:
    """A name typed exactly is in doubt only beside the same name; everything else when it is close."""
    return first == second if first >= EXACT_ELSEWHERE else first - second < _CLOSE


def build(
    rows: Iterable[Entry],
    folder: Path,
    *,
    kinds: Iterable[Kind] = (),
    places: Iterable[PlaceName] = (),
    prefixes: tuple[str, ...] = (),
) -> None:
    """Lay out a directory on disk. Without `places` the areas that the rows name are the places."""
    laid_out = tables(rows, kinds, places, prefixes)
    disk.save(folder, *to_arrays(laid_out))


def open_folder(folder: Path, *, verify: bool = False) -> Directory:
    """A directory on disk, mapped, not read. Raises `DirectoryError` for a damaged or older file."""
    return Directory(from_arrays(*disk.load(folder, verify=verify)))
