"""Tidied text and its words → hashed n-grams with their places, and clauses.

Knows how a message is cut into pieces. Refuses to know codes and weights. Everything is a pure function of its input.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from knowledge.reading.morphology import Token

U64 = NDArray[np.uint64]
Ints = NDArray[np.int64]

CONTENT = frozenset(("名詞", "動詞", "形容詞", "形状詞", "副詞", "接尾辞", "連体詞", "代名詞", "感動詞"))
CORE = CONTENT - {"感動詞"} | {"接頭辞"}
MARK = "補助記号"
MARKS = frozenset((MARK, "空白"))
NEGATION = frozenset(("ない", "無い", "ぬ"))
BREAKS = frozenset("。!?！？\n、,，;；「」『』・ 　()（）→/:")
STOPS = frozenset("。!?！？\n")
SHORTEST_CLAUSE = 4
_P1, _P2, _P3 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31, _ONE = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(1)


@dataclass(frozen=True, slots=True)
class Grams:
    """Hashes of n-grams with the stretch of text [start, end) each one covers."""

    hashes: U64
    start: Ints
    end: Ints


def mix(h: U64) -> U64:
    """Spread 64 bits (the finaliser of splitmix64)."""
    h = (h ^ (h >> _S30)) * _P2
    h = (h ^ (h >> _S27)) * _P3
    return h ^ (h >> _S31)


@lru_cache(maxsize=1 << 15)
def word_hash(word: str) -> int:
    """Stable 32-bit hash of a word."""
    return zlib.crc32(word.encode("utf-8", "replace"))


def _rolled(values: U64, start: Ints, end: Ints, longest: int, salt: int) -> list[Grams]:
    out: list[Grams] = []
    h = np.full(len(values), salt, np.uint64)
    for n in range(1, longest + 1):
        m = len(values) - n + 1
        if m <= 0:
            break
        h = h[:m] * _P1 + values[n - 1 : n - 1 + m] + _ONE
        out.append(Grams(mix(h + np.uint64(n)), start[:m], end[n - 1 :]))
    return out


def grams(text: str, tokens: Sequence[Token], rows: Ints) -> Grams:
    """Char 1-5-grams, lemma 1-3-grams, content-word pairs, word-class 1-2-grams; `rows`: a word's vector row or -1."""
    chars = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    place = np.arange(len(chars), dtype=np.int64)
    parts = _rolled(chars, place, place + 1, 5, 1)
    words = np.array([word_hash(t.normal) for t in tokens], np.uint64)
    start = np.array([t.start for t in tokens], np.int64)
    end = np.array([t.end for t in tokens], np.int64)
    keep = [i for i, t in enumerate(tokens) if t.pos[0] not in MARKS]
    core = [i for i in keep if tokens[i].pos[0] in CORE or tokens[i].normal in NEGATION]
    known = [i for i, t in enumerate(tokens) if rows[i] >= 0 and t.pos[0] in CONTENT]
    if keep:
        parts += _rolled(words[keep], start[keep], end[keep], 3, 7)
    if core:
        v, b, e = words[core], start[core], end[core]
        for gap in (1, 2):
            if len(v) > gap:
                parts.append(Grams(mix(v[:-gap] * _P1 + v[gap:] + np.uint64(1000)), b[:-gap], e[gap:]))
    if known:
        parts += _rolled(rows[known].astype(np.uint64), start[known], end[known], 2, 77)
    columns = ([p.hashes for p in parts], [p.start for p in parts], [p.end for p in parts])
    return Grams(np.concatenate(columns[0]), np.concatenate(columns[1]), np.concatenate(columns[2]))


def clauses(text: str) -> list[tuple[int, int]]:
    """Stretches between punctuation marks; pieces shorter than four characters join the next one."""
    out: list[tuple[int, int]] = []
    start = 0
    for i in range(1, len(text) + 1):
        if (text[i - 1] in BREAKS and i - start >= SHORTEST_CLAUSE) or i == len(text):
            out.append((start, i))
            start = i
    if len(out) > 1 and out[-1][1] - out[-1][0] < SHORTEST_CLAUSE:
        tail = out.pop()
        out[-1] = (out[-1][0], tail[1])
    return out


def sentences(text: str) -> list[tuple[int, int]]:
    """Stretches between full stops; quotes stay whole within theirs."""
    ends = [i + 1 for i, char in enumerate(text[:-1]) if char in STOPS] + [len(text)]
    return list(zip([0, *ends[:-1]], ends, strict=True))


def within(found: Grams, cut: Sequence[tuple[int, int]]) -> tuple[NDArray[np.bool_], Ints]:
    """Which n-grams lie inside one piece of the text, and in which these lie."""
    edge = np.array([a for a, _ in cut] + [10**9], np.int64)
    first = np.searchsorted(edge, found.start, "right") - 1
    inside = first == np.searchsorted(edge, np.maximum(found.end - 1, found.start), "right") - 1
    return inside, first[inside]


def neighbours(cut: Sequence[tuple[int, int]], tokens: Sequence[Token]) -> tuple[U64, Ints]:
    """(hash, clause) of the words of the clauses before and behind, marked as such."""
    kept = [t for t in tokens if t.pos[0] != MARK]
    words = np.array([word_hash(t.normal) for t in kept], np.uint64)
    edge = np.array([a for a, _ in cut] + [10**9], np.int64)
    place = np.searchsorted(edge, np.array([t.start for t in kept], np.int64), "right") - 1
    left, right = place + 1 < len(cut), place > 0
    hashes = [mix(words[left] + np.uint64(1 << 40)), mix(words[right] + np.uint64(1 << 41))]
    return np.concatenate(hashes), np.concatenate([place[left] + 1, place[right] - 1])


def sentence_grams(found: Grams, cut: Sequence[tuple[int, int]]) -> tuple[U64, Ints]:
    """(hash, sentence) of the n-grams inside each sentence."""
    inside, owner = within(found, cut)
    return found.hashes[inside], owner


def clause_grams(found: Grams, cut: Sequence[tuple[int, int]], tokens: Sequence[Token]) -> tuple[U64, Ints]:
    """(hash, clause) of the n-grams inside each clause and of the neighbours' words."""
    inside, owner = within(found, cut)
    hashes, beside = neighbours(cut, tokens)
    return np.concatenate([found.hashes[inside], hashes]), np.concatenate([owner, beside])
