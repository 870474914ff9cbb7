"""Words for a kind of agency (包括, 児相, ナカポツ) and the needs a kind takes, without any single agency.

Knows the kinds of a catalogue. Refuses to know which agencies are of a kind (lookup.py asks the tables).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from knowledge.directory.keys import key
from knowledge.directory.model import Kind, What
from knowledge.directory.tables import need_blob

_LIKE = 84.0
_NEAR = 0.8  # a kind with a typing slip is weaker than a name with one
_SHORT = 4  # a word this short must be exact: 保護課 and 保育課 are one character apart
_WORTH = 0.955  # below the agency's own name, alias or reading


@dataclass(frozen=True, slots=True)
class KindHit:
    """A kind that the query names, by which word, how surely."""

    what: What
    code: str
    word: str
    score: float


class Kinds:
    """The kinds of a directory, ready to compare."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self._by_word: dict[str, list[tuple[What, str]]] = {}
        self.needs: dict[tuple[What, str], str] = {}
        for kind in kinds:
            for word in dict.fromkeys(key(word) for word in kind.words):
                self._by_word.setdefault(word, []).append((kind.what, kind.code))
            if kind.needs:
                self.needs[kind.what, kind.code] = need_blob(kind.needs)
        self._by_word.pop("", None)
        self._long = [word for word in sorted(self._by_word) if len(word) > _SHORT]

    def find(self, text: str) -> list[KindHit]:
        """Kinds by exact word, else by a word with a typing slip."""
        if text in self._by_word:
            return [KindHit(what, code, text, _WORTH) for what, code in self._by_word[text]]
        if len(text) <= _SHORT:
            return []
        near = process.extract(text, self._long, scorer=fuzz.ratio, score_cutoff=_LIKE, limit=2)
        return [
            KindHit(what, code, word, _WORTH * _NEAR * likeness / 100)
            for word, likeness, _ in near
            if abs(len(word) - len(text)) <= 1
            for what, code in self._by_word[word]
        ]
