"""Troubles in plain words (借金の相談, 夫の暴力から逃げたい) compared with the need words of agencies and kinds.

Knows how much of the query the need words cover and how much of one need word the query says. Refuses to read a
whole situation (that is `reading`): this is for a few words typed into a search box.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from knowledge.directory.candidates import Part
from knowledge.directory.grams import EDGE

_QUERY, _PHRASE = 0.45, 0.55
_MOSTLY = 0.5  # of a need word, to be named as matched
WORTH = 0.9  # a need is weaker evidence than a name
FLOOR = 0.42
_GRAMMAR = re.compile(r"[ぁ-ゖー\n]{2}")
_GRAMMAR_WEIGHT = 0.3
_EMPTY_WEIGHT = 0.4


@dataclass(frozen=True, slots=True)
class NeedHit:
    """How well need words answer, and which of them."""

    score: float
    matched: str


@lru_cache(maxsize=65_536)
def weigh(gram: str) -> float:
    """How much a bigram says: word endings and words like 相談 little, the edges of a text nothing."""
    if EDGE in gram:
        return 0.0
    if _GRAMMAR.fullmatch(gram):
        return _GRAMMAR_WEIGHT
    return _EMPTY_WEIGHT if gram in ("相談", "の相", "窓口", "支援", "談し", "した", "たい", "い人") else 1.0


@lru_cache(maxsize=65_536)
def _phrase(text: str) -> tuple[tuple[tuple[str, float], ...], float]:
    pairs = tuple((a + b, weigh(a + b)) for a, b in pairwise(text))
    return pairs, sum(weight for _, weight in pairs)


def need_hit(query: str, query_parts: Sequence[Part], words: str) -> NeedHit:
    """How well need words (between edge signs) answer the query; the matched ones joined by ・."""
    total = sum(part.weight for part in query_parts)
    if not total:
        return NeedHit(0.0, "")
    said = sum(part.weight for part in query_parts if part.gram in words) / total
    if said < 0.15:
        return NeedHit(0.0, "")
    phrases = [(_covered(phrase, query), phrase) for phrase in words.split(EDGE) if phrase]
    best = max(phrases)[0]
    matched = "・".join(phrase for covered, phrase in phrases if covered >= min(best, _MOSTLY))
    return NeedHit(WORTH * (_QUERY * said + _PHRASE * best), matched)


def _covered(phrase: str, query: str) -> float:
    pairs, total = _phrase(phrase)
    return sum(weight for gram, weight in pairs if gram in query) / total if total else 0.0
