"""Typing slips: stretches of the text that are almost an expression (rapidfuzz), gated by shared bigrams.

Only literals of five to 64 characters are tried, and only where no exact hit stands. Refuses to know meaning.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from rapidfuzz.distance import Levenshtein

from knowledge.reading.lexicon import Hit, Lexicon
from knowledge.reading.model import FoundBy
from knowledge.text import Folded

_SHORTEST = 5
_LIKENESS = 0.8
_LONGEST = 64
_MARGIN = 2 * _LONGEST  # a literal may begin before the text does


def _bigrams(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


class NearMisses:
    """An index of the lexicon's literals by bigram."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._literals = [lit for lit in lexicon.literals if _SHORTEST <= len(lit) <= _LONGEST and lexicon.phrases(lit)]
        self._enough = np.array([_needed(lit) for lit in self._literals], np.int64)
        by_bigram: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, literal in enumerate(self._literals):
            for nth in range(len(literal) - 1):
                by_bigram[literal[nth : nth + 2]].append((number, nth))
        self._by_bigram = {gram: np.array(found, np.int64).T for gram, found in by_bigram.items()}

    def find(self, folded: Folded, taken: Iterable[Hit]) -> list[Hit]:
        """Near misses outside the places already taken by exact hits of the same code."""
        text = folded.text
        done = {hit.entry.target for hit in taken}
        found = []
        for number, starts in self._likely(text).items():
            literal = self._literals[number]
            if literal in text:
                continue
            phrases = [p for p in self._lexicon.phrases(literal) if p.entry.target not in done]
            if not phrases:
                continue
            place = _closest(text, literal, sorted(starts))
            if place is not None:
                found += [Hit(p.entry, *folded.span(*place), FoundBy.NEAR) for p in phrases]
        return found

    def _likely(self, text: str) -> dict[int, set[int]]:
        """The literals of whose bigrams enough stand in the text where the literal would have them, give or take one place,
        and where each could begin."""
        found = [(self._by_bigram.get(text[at : at + 2]), at) for at in range(len(text) - 1)]
        known = [(numbers, at) for numbers, at in found if numbers is not None]
        if not known:
            return {}
        numbers, nth = np.concatenate([each for each, _ in known], axis=1)
        at = np.repeat([place for _, place in known], [each.shape[1] for each, _ in known])
        enough = np.bincount(numbers, minlength=len(self._literals)) >= self._enough
        kept = np.flatnonzero(enough[numbers])
        wide = len(text) + _MARGIN
        votes, count = np.unique(numbers[kept] * wide + at[kept] - nth[kept] + _LONGEST, return_counts=True)
        around = count.copy()
        near = np.flatnonzero(np.diff(votes) == 1)
        around[near] += count[near + 1]
        around[near + 1] += count[near]
        likely: dict[int, set[int]] = {}
        for vote in votes[around >= self._enough[votes // wide]].tolist():
            start = vote % wide - _LONGEST
            likely.setdefault(vote // wide, set()).update(p for p in (start - 1, start, start + 1) if p >= 0)
        return likely


def _needed(literal: str) -> int:
    """How many bigrams a likeness leaves at least: a changed character costs two."""
    changes = int((1 - _LIKENESS) * (len(literal) + 1) + 1e-9)
    return max(2, len(_bigrams(literal)) - 2 * changes)


def _closest(text: str, literal: str, starts: list[int]) -> tuple[int, int] | None:
    """The window of the literal's length (±1) most like it, when it is like enough and begins or ends as it may."""
    best: tuple[float, int, int] | None = None
    grams = _bigrams(literal)
    for size in (len(literal), len(literal) - 1, len(literal) + 1):
        for start in starts:
            if start + size > len(text):
                break
            window = text[start : start + size]
            if window[:2] not in grams and window[-2:] not in grams:
                continue
            likeness = Levenshtein.normalized_similarity(window, literal, score_cutoff=_LIKENESS)
            if likeness and (best is None or likeness > best[0]):
                best = (likeness, start, start + size)
    return None if best is None else (best[1], best[2])
