"""Typing slips: stretches of the text that are almost an expression (rapidfuzz), gated by shared bigrams.

Only literals of four and more characters are tried, and only where no exact hit stands. Refuses to know meaning.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from rapidfuzz.distance import Levenshtein

from knowledge.reading.lexicon import Hit, Lexicon
from knowledge.reading.model import FoundBy
from knowledge.text import Folded

_SHORTEST = 5
_LIKENESS = 0.8


def _bigrams(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


class NearMisses:
    """An index of the lexicon's literals by bigram."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._literals = [lit for lit in lexicon.literals if len(lit) >= _SHORTEST and lexicon.phrases(lit)]
        self._needed = [max(2, len(_bigrams(lit)) // 2) for lit in self._literals]
        self._by_bigram: dict[str, list[int]] = defaultdict(list)
        for number, literal in enumerate(self._literals):
            for gram in sorted(_bigrams(literal)):
                self._by_bigram[gram].append(number)

    def find(self, folded: Folded, taken: Iterable[Hit]) -> list[Hit]:
        """Near misses outside the places already taken by exact hits of the same code."""
        text = folded.text
        shared: Counter[int] = Counter()
        for gram in _bigrams(text):
            shared.update(self._by_bigram.get(gram, ()))
        done = {(hit.entry.target) for hit in taken}
        found = []
        for number in sorted(n for n, count in shared.items() if count >= self._needed[n]):
            literal = self._literals[number]
            if literal in text:
                continue
            phrases = [p for p in self._lexicon.phrases(literal) if p.entry.target not in done]
            place = _closest(text, literal) if phrases else None
            if place is not None:
                found += [Hit(p.entry, *folded.span(*place), FoundBy.NEAR) for p in phrases]
        return found


def _closest(text: str, literal: str) -> tuple[int, int] | None:
    """The window of the literal's length (±1) most like it, when it is like enough and shares both ends' neighbourhood."""
    best: tuple[float, int, int] | None = None
    grams = _bigrams(literal)
    for size in (len(literal), len(literal) - 1, len(literal) + 1):
        for start in range(0, max(1, len(text) - size + 1)):
            window = text[start : start + size]
            if window[:2] not in grams and window[-2:] not in grams:
                continue
            likeness = Levenshtein.normalized_similarity(window, literal, score_cutoff=_LIKENESS)
            if likeness and (best is None or likeness > best[0]):
                best = (likeness, start, start + size)
    return None if best is None else (best[1], best[2])
