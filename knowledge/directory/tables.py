"""Entries → the flat arrays that a search reads: keys, bigrams, needs, areas, classes, days in force.

Knows how entries are laid out (sorted by area and id, so that the order of rows in a file changes nothing and the rows
of an area lie side by side). Refuses to know files (disk.py) and how a query is answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge.directory.grams import EDGE, GramIndex, index
from knowledge.directory.keys import kana_parts, keys, name_parts
from knowledge.directory.model import Entry, Kind, PlaceName, What
from knowledge.directory.texts import Texts

_CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Class:
    """What many entries share: agency or meeting, kind and fields."""

    what: What
    kind: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows grouped by a number: `order[bounds[n]:bounds[n + 1]]` are the rows of number n, ascending."""

    order: npt.NDArray[np.uint32]
    bounds: npt.NDArray[np.uint32]

    def rows(self, number: int) -> npt.NDArray[np.uint32]:
        """The rows of one number."""
        return self.order[self.bounds[number] : self.bounds[number + 1]]

    @staticmethod
    def of(numbers: npt.NDArray[Any], count: int) -> Groups:
        """Group rows by the number that stands at each of them."""
        order = np.argsort(numbers, kind="stable").astype(np.uint32)
        return Groups(order, np.searchsorted(numbers[order], np.arange(count + 1)).astype(np.uint32))


@dataclass(frozen=True, slots=True)
class Meta:
    """The small part of a directory that is read at once. `bounds[i]` is the first row of `area_sets[i]`."""

    classes: tuple[Class, ...]
    area_sets: tuple[tuple[str, ...], ...]
    bounds: tuple[int, ...]
    kinds: tuple[Kind, ...]
    places: tuple[PlaceName, ...]
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tables:
    """Row i: `shown[i]` its name, `keys[i]` its keys, `by_unit` the rows of each need text of `units`."""

    meta: Meta
    ids: Texts
    shown: Texts
    keys: Texts
    names: GramIndex
    units: Texts
    needs: GramIndex
    by_unit: Groups
    class_of: npt.NDArray[np.uint16]
    by_class: Groups
    first_day: npt.NDArray[np.int32]
    last_day: npt.NDArray[np.int32]


def tables(
    entries: Iterable[Entry],
    kinds: Iterable[Kind] = (),
    places: Iterable[PlaceName] = (),
    prefixes: tuple[str, ...] = (),
) -> Tables:
    """Lay out the entries. `prefixes`: what names of this town begin with (見本市, 見本県) and people leave out."""
    rows = sorted(entries, key=attrgetter("areas", "id"))
    blobs = key_blobs(rows, prefixes)
    with ThreadPoolExecutor(1) as aside:  # sorting millions of bigrams leaves the interpreter free for the rest
        names = aside.submit(index, blobs)
        ids, shown, packed = Texts.of_different([e.id for e in rows]), Texts.of(e.name for e in rows), Texts.of(blobs)
    units, unit_of = _need_units(rows)
    classes, class_of = _classes(rows)
    known = tuple(sorted(places, key=attrgetter("area", "names"))) or _area_names(rows)
    always = not any(e.effective_from or e.effective_to for e in rows)
    return Tables(
        meta=Meta(classes, *_area_ranges(rows), tuple(sorted(kinds, key=attrgetter("what", "code"))), known, prefixes),
        ids=ids,
        shown=shown,
        keys=packed,
        names=names.result(),
        units=Texts.of(units),
        needs=index(units),
        by_unit=Groups.of(unit_of, len(units)),
        class_of=class_of,
        by_class=Groups.of(class_of, len(classes)),
        first_day=_days([] if always else [e.effective_from or date.min for e in rows]),
        last_day=_days([] if always else [e.effective_to or date.max for e in rows]),
    )


def _classes(rows: Sequence[Entry]) -> tuple[tuple[Class, ...], npt.NDArray[np.uint16]]:
    """The different classes and each row's number in them."""
    classes = sorted({(e.what, e.kind, e.fields) for e in rows})
    number_of = {shared: number for number, shared in enumerate(classes)}
    numbers = np.fromiter((number_of[e.what, e.kind, e.fields] for e in rows), np.uint16, len(rows))
    return tuple(Class(*shared) for shared in classes), numbers


def _days(days: list[date]) -> npt.NDArray[np.int32]:
    """Day numbers; nothing at all when every entry always holds."""
    return np.array([day.toordinal() for day in days], np.int32)


def key_blobs(rows: Sequence[Entry], prefixes: tuple[str, ...]) -> list[str]:
    """Per row: edge, name, edge, kana, edge, aliases …, edge, edge, shortened forms …, edge."""
    blobs: list[str] = []
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        raw: list[str] = []
        sizes: list[tuple[int, int]] = []
        for entry in chunk:
            parts = name_parts(entry.name, (*prefixes, *entry.areas)) + kana_parts(entry.kana)
            raw += (entry.name, entry.kana, *entry.aliases, *parts)
            sizes.append((len(entry.aliases), len(parts)))
        folded = keys(raw)
        at = 0
        for aliases, parts_count in sizes:
            middle, end = at + 2 + aliases, at + 2 + aliases + parts_count
            blobs.append(_blob(folded[at], folded[at + 1], folded[at + 2 : middle], folded[middle:end]))
            at = end
    return blobs


def _blob(name: str, kana: str, aliases: list[str], parts: list[str]) -> str:
    """No key twice; the empty key between aliases and shortened forms divides them."""
    text = f"{EDGE}{name}{EDGE}{kana}{EDGE}"
    for alias in aliases:
        if alias and f"{EDGE}{alias}{EDGE}" not in text:
            text += alias + EDGE
    more = ""
    for part in parts:
        if part and f"{EDGE}{part}{EDGE}" not in text and f"{EDGE}{part}{EDGE}" not in more:
            more = f"{more or EDGE}{part}{EDGE}"
    return text + more


def _need_units(rows: Sequence[Entry]) -> tuple[list[str], npt.NDArray[np.uint32]]:
    """The different lists of needs and each row's number in them; unit 0 is for entries that name none."""
    numbers: dict[tuple[str, ...], int] = {(): 0}
    unit_of = np.fromiter((numbers.setdefault(e.needs, len(numbers)) for e in rows), np.uint32, len(rows))
    return [need_blob(needs) for needs in numbers], unit_of


def need_blob(needs: Iterable[str]) -> str:
    """Need words between edge signs."""
    return EDGE + "".join([word + EDGE for word in dict.fromkeys(keys(list(needs))) if word])


def _area_names(rows: Sequence[Entry]) -> tuple[PlaceName, ...]:
    """A list without places (a country) knows its areas by their own names."""
    return tuple(PlaceName(area, (area,)) for area in sorted({area for entry in rows for area in entry.areas}))


def _area_ranges(rows: Sequence[Entry]) -> tuple[tuple[tuple[str, ...], ...], tuple[int, ...]]:
    sets: list[tuple[str, ...]] = []
    bounds: list[int] = []
    for number, entry in enumerate(rows):
        if not sets or sets[-1] != entry.areas:
            sets.append(entry.areas)
            bounds.append(number)
    return tuple(sets), (*bounds, len(rows))
