"""What a text asks for in the words of the directory (「住民票」, 「保育園の申込」): which desks say that they do just that.

Knows the `needs` of agencies. Refuses to know issues and which of the desks is right (routing).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from knowledge.catalogue import Agency
from knowledge.reading.model import Span, Wanted
from knowledge.reading.needs import Gate
from knowledge.reading.patterns import compiled
from knowledge.text import Folded, fold

_WORD = re.compile(r"[一-龥々ァ-ヶーA-Za-z0-9]{2,}")
_BETWEEN = "[^。、\\n]{0,6}?"


class WantReader:
    """The needs of all agencies, compiled. Order of the agencies changes nothing."""

    def __init__(self, agencies: Iterable[Agency]) -> None:
        by_pattern: dict[str, set[str]] = {}
        for agency in agencies:
            for need in agency.needs:
                by_pattern.setdefault(_pattern(need), set()).add(agency.id)
        self._needs = [(pattern, sorted(ids)) for pattern, ids in sorted(by_pattern.items()) if pattern]
        self._gate = Gate(pattern for pattern, _ in self._needs)

    def find(self, folded: Folded) -> tuple[Wanted, ...]:
        """Per agency the longest stretch that says one of its needs, by agency."""
        found: dict[str, Span] = {}
        for number in self._gate.open_for(folded.text):
            pattern, agencies = self._needs[number]
            match = compiled(pattern).search(folded.text)
            if match is None:
                continue
            span = Span(*folded.span(*match.span()))
            for agency in agencies:
                known = found.get(agency)
                if known is None or span.end - span.start > known.end - known.start:
                    found[agency] = span
        return tuple(Wanted(agency, span) for agency, span in sorted(found.items()))


def _pattern(need: str) -> str:
    """The words of a need in their order, a little apart; a need of one word and more (「ことばが遅い」) as it stands."""
    words = _WORD.findall(need)
    parts = words if len(words) > 1 else [need]
    return _BETWEEN.join(re.escape(fold(part).text.strip()) for part in parts if fold(part).text.strip())
