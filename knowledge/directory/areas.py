"""Places inside a query: 「東自治会の包括」 is the area of 東 and the rest 「包括」.

Knows names of 圏域, 自治会, 字 and municipalities and the words that stand after them. A short name that is also an
ordinary word (東, 松本) counts only beside such a word or before の. Close calls give every area, never a guess.
Refuses to know which agency serves an area.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz

from knowledge.directory.keys import key
from knowledge.directory.model import PlaceName

_SUFFIXES = "自治会|町内会|地区|圏域|区域|地域"
_SUFFIX = re.compile(f"(?:{_SUFFIXES})$")
_PREFIX = re.compile(r"^(?:大字|字|あざ)")
_SPLIT = re.compile(r"^(?P<place>.{1,12}?)(?:自治会|町内会|地区|圏域|区域)(?:在住|内|担当)?の?(?P<rest>.*)$")
_BEFORE_NO = re.compile(r"^(?:の|にある|を担当する|担当の)")
_LIKE, _CLOSE = 80.0, 3.0
_MANY = 2000  # beyond so many names a typing slip in a place is not looked for: the list is a country, not a town


@dataclass(frozen=True, slots=True)
class Placed:
    """The areas a query names and what else it says."""

    areas: frozenset[str]
    rest: str


class Places:
    """The place names of a directory, ready to compare."""

    def __init__(self, places: Iterable[PlaceName]) -> None:
        found: dict[str, set[str]] = {}
        for place in places:
            for name in place.names:
                for text in {key(name), _bare(key(name))} - {""}:
                    found.setdefault(text, set()).add(place.area)
        self._areas = {name: frozenset(areas) for name, areas in sorted(found.items())}
        self._names = list(self._areas) if len(self._areas) <= _MANY else []
        self._lengths = sorted({len(name) for name in self._areas}, reverse=True)

    def resolve(self, name: str) -> frozenset[str]:
        """The area or areas a place name means: exactly, without its suffix, or nearly; empty when none does."""
        text = key(name)
        exact = self._areas.get(text) or self._areas.get(_bare(text))
        return exact or self._near(_bare(text))

    def _near(self, text: str) -> frozenset[str]:
        if len(text) < 2:
            return frozenset()
        scored = [(fuzz.ratio(text, name, score_cutoff=_LIKE), name) for name in self._names]
        best = max((score for score, _ in scored), default=0.0)
        if not best:
            return frozenset()
        return frozenset[str]().union(
            *(self._areas[name] for score, name in scored if score >= best - _CLOSE and score)
        )

    def split(self, query: str) -> Placed | None:
        """The place at the front of a query (or standing as a word of its own), or None."""
        if not self._areas:
            return None
        words = query.split()
        for number, word in enumerate(words if len(words) > 1 else ()):
            areas = self._whole(key(word))
            if areas:
                return Placed(areas, key(" ".join(words[:number] + words[number + 1 :])))
        return self._front(key(query))

    def _whole(self, text: str) -> frozenset[str]:
        exact = self._areas.get(text)
        if exact and len(text) > 1:
            return exact
        return self.resolve(text) if _SUFFIX.search(text) and _bare(text) else frozenset()

    def _front(self, text: str) -> Placed | None:
        match = _SPLIT.match(text)
        if match and match["place"]:
            areas = self.resolve(match["place"])
            if areas:
                return Placed(areas, match["rest"])
        for length in self._lengths:
            areas = self._areas.get(text[:length], frozenset())
            if areas and length < len(text):
                after = _BEFORE_NO.match(text[length:])
                if after or (length > 2 and text[length - 1] in "市町村区"):
                    return Placed(areas, text[length + (after.end() if after else 0) :])
        return None


def _bare(text: str) -> str:
    """A place name without what only says that it is one."""
    return _SUFFIX.sub("", _PREFIX.sub("", text)) or text
