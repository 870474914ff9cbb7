"""Typing slips: stretches of the text that are almost an expression (rapidfuzz), gated by shared bigrams.

Only literals of four and more characters are tried, and only where no exact hit stands. Refuses to know meaning.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray
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
        self._bigrams = [sorted(_bigrams(lit)) for lit in self._literals]
        self._needed = [_needed(lit) for lit in self._literals]
        self._enough = np.array(self._needed, np.int64)
        by_bigram: dict[str, list[int]] = defaultdict(list)
        for number in range(len(self._literals)):
            for gram in self._bigrams[number]:
                by_bigram[gram].append(number)
        self._by_bigram = {gram: np.array(numbers, np.int64) for gram, numbers in by_bigram.items()}

    def find(self, folded: Folded, taken: Iterable[Hit]) -> list[Hit]:
        """Near misses outside the places already taken by exact hits of the same code."""
        text = folded.text
        places: dict[str, list[int]] = defaultdict(list)
        for at in range(len(text) - 1):
            places[text[at : at + 2]].append(at)
        done = {hit.entry.target for hit in taken}
        found = []
        for number in self._likely(places):
            literal = self._literals[number]
            if literal in text:
                continue
            phrases = [p for p in self._lexicon.phrases(literal) if p.entry.target not in done]
            if not phrases:
                continue
            starts = _starts(literal, places, self._needed[number])
            place = _closest(text, literal, starts) if starts else None
            if place is not None:
                found += [Hit(p.entry, *folded.span(*place), FoundBy.NEAR) for p in phrases]
        return found

    def _likely(self, grams: Iterable[str]) -> list[int]:
        """The literals that share as many bigrams with the text as they need."""
        lists: list[NDArray[np.int64]] = [self._by_bigram[gram] for gram in grams if gram in self._by_bigram]
        if not lists:
            return []
        shared = np.bincount(np.concatenate(lists), minlength=len(self._literals))
        likely: list[int] = np.flatnonzero(shared >= self._enough).tolist()
        return likely


def _needed(literal: str) -> int:
    """How many bigrams a likeness leaves at least: a changed character costs two."""
    changes = int((1 - _LIKENESS) * (len(literal) + 1) + 1e-9)
    return max(2, len(_bigrams(literal)) - 2 * changes)


def _starts(literal: str, places: Mapping[str, list[int]], needed: int) -> list[int]:
    """Where the literal could begin: places that enough of its bigrams in the text agree on, give or take one."""
    votes: dict[int, int] = defaultdict(int)
    for nth in range(len(literal) - 1):
        for at in places.get(literal[nth : nth + 2], ()):
            votes[at - nth] += 1
    count = votes.get
    return sorted(
        {
            place
            for start in votes
            if count(start - 1, 0) + count(start, 0) + count(start + 1, 0) >= needed
            for place in (start - 1, start, start + 1)
            if place >= 0
        }
    )


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
