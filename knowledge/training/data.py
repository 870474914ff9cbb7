"""The labelled corpus, cut into everything the models look at.

Knows the corpus format (docs/labelling.md). Refuses to know the test messages.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.reading.models.codes import CODES
from knowledge.reading.models.features import U64, Ints, clause_grams, clauses, grams, sentence_grams, sentences
from knowledge.reading.models.words import Words
from knowledge.reading.morphology import Token, analyse
from knowledge.text import respell, tidy

FIRST_NEW = "w21"  # expressions were not made on the writers from here on
FIRST_PLAIN = "w25"  # the writers from here on write plainly, nearest to real messages
# As full of issues as real notes and in natural proportions (few traps about danger): the blend leans on them, and
# thresholds are chosen on them.
NATURAL = frozenset(
    f"w{number}"
    for number in (
        *(41, 42, 43, 44, 46, 47, 48, 49, 50, 51, 53, 55, 56, 57, 58, 60, 61, 68, 69, 70, 71),
        *(80, 81, 82, 83, 84, 90, 91, 92, 93),
    )
)
# Nearly all of their messages belong to one desk or to one field's meeting: how far to coordinate is not learnt there.
SKEWED = frozenset({"w39", "w94", "w95", "w96", "w97", "w98", "w99", "w9a"})


@dataclass(frozen=True, slots=True)
class Message:
    """One labelled message with everything computed from its text, in the models' spelling; `spans`: start, end, code,
    polarity."""

    gold: dict[str, Any]
    text: str
    tokens: tuple[Token, ...]
    rows: Ints
    cut: list[tuple[int, int]]
    whole: U64
    pieces: tuple[U64, Ints]
    sentences: tuple[U64, Ints]
    sentence_count: int
    spans: list[tuple[int, int, int, str]]

    @property
    def source(self) -> str:
        """Who wrote it."""
        return str(self.gold["source"])

    @property
    def new(self) -> bool:
        """Whether a writer of the plain kind wrote it."""
        return self.source >= FIRST_NEW


def read(paths: Iterable[Path], words: Words) -> list[Message]:
    """The messages of some files, in order."""
    lines = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [prepared(json.loads(line), words) for line in lines]


def prepared(gold: dict[str, Any], words: Words) -> Message:
    """One message with its n-grams, clauses and spans."""
    text = _spelled(gold["text"])
    tokens = analyse(text).long
    rows = words.find(tokens)
    found, cut, stops = grams(text, tokens, rows), clauses(text), sentences(text)
    spans = []
    for span in gold.get("spans", []):
        piece = _spelled(span["text"]).strip()
        at = text.find(piece) if piece else -1
        if at >= 0:
            spans.append((at, at + len(piece), CODES.index(span["code"]), span["polarity"]))
    pieces = clause_grams(found, cut, tokens), sentence_grams(found, stops)
    return Message(gold, text, tokens, rows, cut, found.hashes, *pieces, len(stops), spans)


def _spelled(text: str) -> str:
    tidied = tidy(text).text
    spelled = respell(tidied)
    return tidied if spelled is None else spelled.text


def folds_of(messages: list[Message], count: int) -> NDArray[np.int64]:
    """A fold for each message; one writer's messages share it and the plain writers are spread evenly."""
    writers = sorted({m.source for m in messages})
    fold = {w: i % count for i, w in enumerate(w for w in writers if w < FIRST_NEW)}
    fold |= {w: i % count for i, w in enumerate(w for w in writers if w >= FIRST_NEW)}
    return np.array([fold[m.source] for m in messages])
