"""Typing slips: stretches of the text that are almost an expression (rapidfuzz), gated by shared bigrams.

Only literals of four and more characters are tried, and only where no exact hit stands. Refuses to know meaning.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

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
            at_bigrams = sorted(at for gram in self._bigrams[number] for at in places.get(gram, ()))
            stretches = _dense(at_bigrams, self._needed[number], len(literal))
            place = _closest(text, literal, stretches) if stretches else None
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


def _dense(at: list[int], needed: int, size: int) -> list[tuple[int, int]]:
    """Where so many shared bigrams stand that the literal could: first and last possible start."""
    found: list[tuple[int, int]] = []
    for first, last in zip(at, at[needed - 1 :], strict=False):
        if last - first <= size:
            a, b = max(0, last - size), first + 2
            if found and a <= found[-1][1]:
                found[-1] = (found[-1][0], max(b, found[-1][1]))
            else:
                found.append((a, b))
    return found


def _closest(text: str, literal: str, stretches: list[tuple[int, int]]) -> tuple[int, int] | None:
    """The window of the literal's length (±1) most like it, when it is like enough and begins or ends as it may."""
    best: tuple[float, int, int] | None = None
    grams = _bigrams(literal)
    for size in (len(literal), len(literal) - 1, len(literal) + 1):
        starts = (at for a, b in stretches for at in range(a, min(b, len(text) - size) + 1))
        for start in starts:
            window = text[start : start + size]
            if window[:2] not in grams and window[-2:] not in grams:
                continue
            likeness = Levenshtein.normalized_similarity(window, literal, score_cutoff=_LIKENESS)
            if likeness and (best is None or likeness > best[0]):
                best = (likeness, start, start + size)
    return None if best is None else (best[1], best[2])
