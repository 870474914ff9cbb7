"""圏域 and 自治会 that the text names. Many such names are ordinary words (東, 松本, センター), so a short or common name
counts only beside 字, 自治会, 地区, 在住 … Refuses to know which agency serves a place (directory).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import ahocorasick

from knowledge.catalogue import Area, Neighborhood
from knowledge.reading.model import Place, Span
from knowledge.text import Folded, fold

_BESIDE_AFTER = re.compile(
    r"(?:第[一二三四五六七八九]|[0-9]{1,2})?(?:自治会|町内会|地区|圏域|区域|団地|町内|丁目|在住|住まい|に住|区の|区在住|の(?:アパート|団地|借家|一軒家|実家|民生|市営|県営|公営|自宅))"
)
_BESIDE_BEFORE = re.compile(r"(?:大字|字|あざ|住所は|自宅は|住まいは|圏域は)$")
_SUFFIX = re.compile(r"(?:自治会|町内会|地区|圏域)$")


class PlaceReader:
    """The names of a town's areas and neighbourhoods, compiled."""

    def __init__(self, areas: Iterable[Area], neighborhoods: Iterable[Neighborhood]) -> None:
        self._automaton: Any = ahocorasick.Automaton()
        names: dict[str, set[tuple[str, str]]] = {}
        for area in areas:
            for name in (area.name, area.kana):
                self._put(names, name, area.id, "")
        for place in neighborhoods:
            for name in (place.name, place.kana, *place.aliases):
                self._put(names, name, place.area, place.id)
        for name, targets in sorted(names.items()):
            self._automaton.add_word(name, (name, tuple(sorted(targets))))
        self._empty = not names
        if names:
            self._automaton.make_automaton()

    @staticmethod
    def _put(names: dict[str, set[tuple[str, str]]], name: str, area: str, place: str) -> None:
        key = _SUFFIX.sub("", fold(name).text.strip())
        if key:
            names.setdefault(key, set()).add((area, place))

    def find(self, folded: Folded) -> tuple[Place, ...]:
        """Every place named, spans in the text that `folded` maps to; a name of several places gives each of them."""
        if self._empty:
            return ()
        found: dict[tuple[str, str], Place] = {}
        for last, (name, targets) in self._automaton.iter_long(folded.text):
            start, end = last + 1 - len(name), last + 1
            if not (
                _BESIDE_AFTER.match(folded.text, end) or _BESIDE_BEFORE.search(folded.text[max(0, start - 4) : start])
            ):
                continue
            for area, place in targets:
                found.setdefault((area, place), Place(area, place, Span(*folded.span(start, end))))
        return tuple(sorted(found.values(), key=lambda p: (p.span.start, p.area, p.neighborhood)))
