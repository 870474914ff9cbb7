"""How like a query a row is: 0.6 · rapidfuzz.ratio (best key) + the weight of shared bigrams, scaled to 0..1.

Knows keys and what each kind of key is worth. Refuses to know where candidates come from and what a town is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import cdist

from knowledge.directory.grams import EDGE
from knowledge.directory.model import By

_RATIO, _SHARED = 0.6, 1.0
_BEST = _RATIO + _SHARED
NAME, OTHER, PART, NEAR = 1.0, 0.995, 0.98, 0.975  # the whole name, another key (reading, alias), a part, no exact key
AREA = 0.12  # the share of the score that the area decides when the query names one
EXACT, EXACT_ELSEWHERE = 1.0, 0.999
ROUGH = 0.03
LEAST = 0.4  # a row that cannot even reach this is not looked at
LIKE_ENOUGH = 66.0  # … unless one whole key is as like as this, as names with two slips are
_SHORT = 4
_READING = re.compile(r"[ぁ-ゖー]+")
FLOOR = 0.5  # below it a row only happens to share characters


@dataclass(frozen=True, slots=True)
class Hit:
    """One row that answers, with its score before rounding and before the area counts."""

    row: int
    score: float
    matched: str
    by: By
    inside: bool = False


def likeness(query: str, texts: list[str]) -> npt.NDArray[np.float64]:
    """0..1 for each row: how like the query its likest key is. All keys of all rows go through rapidfuzz in one call."""
    lists = [text.split(EDGE) for text in texts]
    starts = np.cumsum([0, *map(len, lists[:-1])])
    likes = cdist((query,), [text for keys in lists for text in keys], scorer=ratio, dtype=np.float32)[0]
    return np.maximum.reduceat(likes, starts).astype(np.float64) / 100


def rough(like: npt.NDArray[np.float64], shared: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The score of each row before its best key is known, right to within `ROUGH`."""
    return np.where(like >= 1.0, EXACT, (_RATIO * like + _SHARED * shared) / _BEST)


def name_hit(row: int, query: str, keys: str, shared: float, inside: bool = False) -> Hit | None:
    """The row's best key, if it is like enough. `keys`: as tables.py lays them out; `shared`: 0..1, weight of bigrams."""
    best, matched, worth, place = -1.0, "", NAME, 0
    value = NAME
    for number, text in enumerate(keys.split(EDGE)[1:-1]):
        if not text:
            value = PART if number > 1 else value
            continue
        value = min(value, OTHER) if number else value
        like = ratio(query, text) * value
        if like > best:
            best, matched, worth, place = like, text, value, number
    score = worth if matched == query else min(NEAR, (_RATIO * best / 100 + _SHARED * shared) / _BEST)
    if score < FLOOR and (best < LIKE_ENOUGH or len(query) < _SHORT):
        return None
    return Hit(row, score, matched, _by(matched, worth, place), inside)


def _by(matched: str, worth: float, place: int) -> By:
    if worth == PART:
        return By.KANA if _READING.fullmatch(matched) else By.NAME
    return (By.NAME, By.KANA)[place] if place < 2 else By.ALIAS


def with_area(score: float, inside: bool) -> float:
    """The final score when the query names an area. A name typed exactly stays first, in its area before elsewhere."""
    if score >= EXACT:
        return EXACT if inside else EXACT_ELSEWHERE
    return score * (1 - AREA) + (AREA if inside else 0.0)
