"""Run-time entry of the trained models: a tidied text and its words → probabilities and spans.

Knows the files of weights/ and the order of the levels. Refuses to know the rules' findings and any threshold.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge.reading.models.codes import CLAUSE_HEADS, CODES, HEADS, SENTENCE_HEADS
from knowledge.reading.models.features import Grams, Ints, clauses, grams, neighbours, sentences, within
from knowledge.reading.models.linear import Linear, Rows
from knowledge.reading.models.spans import ModelSpan, model_spans
from knowledge.reading.models.stack import F64, Base, N, Stack, clause_scores, sigmoid, tag_scores
from knowledge.reading.models.tagger import Tagged, Tagger
from knowledge.reading.models.vocabulary import Vocabulary
from knowledge.reading.models.words import Words
from knowledge.reading.morphology import Token

WEIGHTS = Path(__file__).parent / "weights"
_LINEAR = ("message", "clause", "sentence")
SHOWN = 0.005
MENTIONED = 0.5


@dataclass(frozen=True, slots=True)
class ModelScores:
    """What the models say of one message: probability per code, that a mention of it is asserted, that it is mentioned
    at all, and per head (in steps of 1/1000). `spans` holds the codes from `SHOWN` on and those surely mentioned.
    """

    codes: Mapping[str, float]
    asserted: Mapping[str, float]
    mentioned: Mapping[str, float]
    spans: Mapping[str, ModelSpan]
    heads: Mapping[str, float]


NO_SCORES = ModelScores({}, {}, {}, {}, {})


@dataclass(frozen=True, slots=True)
class Models:
    """All trained models; nothing changes in them between messages."""

    words: Words
    message: Linear
    clause: Linear
    sentence: Linear
    tagger: Tagger
    stack: Stack
    vocabulary: Vocabulary
    rows: Mapping[str, Rows]

    @classmethod
    def of(cls, words: Words, linear: tuple[Linear, Linear, Linear], tagger: Tagger, stack: Stack) -> Models:
        """`linear`: of the message, its clauses, its sentences."""
        vocabulary = Vocabulary.of(model.keys for model in linear)
        rows = {name: vocabulary.rows(model.keys) for name, model in zip(_LINEAR, linear, strict=True)}
        return cls(words, *linear, tagger, stack, vocabulary, rows)

    @classmethod
    def load(cls, directory: Path = WEIGHTS) -> Models:
        """Read the files that training wrote."""
        words = Words.of(tables(directory / "words.npz"))
        message, clause, sentence = (Linear.of(tables(directory / f"{name}.npz")) for name in _LINEAR)
        tagger = Tagger.of(tables(directory / "tagger.npz"), words)
        return cls.of(words, (message, clause, sentence), tagger, Stack.of(tables(directory / "stack.npz")))

    def first(self, text: str, tokens: Sequence[Token]) -> tuple[Base, Tagged]:
        """First-level scores of one message with at least one word."""
        rows = self.words.find(tokens)
        found = grams(text, tokens, rows)
        numbers = self.vocabulary.numbers(found.hashes)
        once = np.zeros(len(numbers), np.int64)
        whole = self.message.scores(self.rows["message"][numbers], once, 1)[0].astype(np.float64)
        tagged = self.tagger.tag(tokens, rows)
        *best, urgent = clause_scores(self._clauses(text, tokens, found, numbers)[0])
        said = np.r_[urgent, self._sentences(text, found, numbers)[0].max(0)]
        columns = (whole[:N], whole[N:], *best, *tag_scores(tagged), said)
        return Base(*(np.asarray(c)[None] for c in columns)), tagged

    def score(self, text: str, tokens: Sequence[Token]) -> ModelScores | None:
        """Read one tidied message (words of Sudachi's C mode); None when there is no word in it."""
        if not tokens:
            return None
        base, tagged = self.first(text, tokens)
        codes = self.stack.codes(base)
        heads = self.stack.outer(base, codes)
        return described(tokens, tagged, codes[0], self.stack.asserted(base)[0], heads[0])

    def _clauses(
        self, text: str, tokens: Sequence[Token], found: Grams, numbers: Ints
    ) -> tuple[F64, list[tuple[int, int]]]:
        cut = clauses(text)
        inside, owner = within(found, cut)
        hashes, beside = neighbours(cut, tokens)
        rows = self.rows["clause"][np.r_[numbers[inside], self.vocabulary.numbers(hashes)]]
        return self.clause.scores(rows, np.r_[owner, beside], len(cut)).astype(np.float64), cut

    def _sentences(self, text: str, found: Grams, numbers: Ints) -> tuple[F64, list[tuple[int, int]]]:
        cut = sentences(text)
        inside, owner = within(found, cut)
        rows = self.rows["sentence"][numbers[inside]]
        return self.sentence.scores(rows, owner, len(cut)).astype(np.float64), cut

    def words_for(self, text: str, tokens: Sequence[Token], head: str) -> tuple[int, int] | None:
        """The sentence that speaks most for one of `SENTENCE_HEADS`; the clause that does for one of `CLAUSE_HEADS`, if any
        speaks for it by itself."""
        found = grams(text, tokens, self.words.find(tokens))
        numbers = self.vocabulary.numbers(found.hashes)
        if head in CLAUSE_HEADS:
            scores, cut = self._clauses(text, tokens, found, numbers)
            column = scores[:, N + 1 + CLAUSE_HEADS.index(head)]
            return cut[int(column.argmax())] if column.max() > 0 else None
        scores, cut = self._sentences(text, found, numbers)
        return cut[int(scores[:, SENTENCE_HEADS.index(head)].argmax())]


def described(tokens: Sequence[Token], tagged: Tagged, codes: F64, asserted: F64, heads: F64) -> ModelScores:
    """Rows of numbers by name, with the spans of the codes that are worth a look."""
    mentioned = sigmoid(tagged.mentioned.max(0).astype(np.float64))
    wanted = np.flatnonzero((codes >= SHOWN) | (mentioned >= MENTIONED)).tolist()
    spans = model_spans(tokens, tagged, wanted)
    return ModelScores(
        dict(zip(CODES, codes.tolist(), strict=True)),
        dict(zip(CODES, asserted.tolist(), strict=True)),
        dict(zip(CODES, mentioned.tolist(), strict=True)),
        {CODES[code]: span for code, span in zip(wanted, spans, strict=True)},
        {name: round(p, 3) for name, p in zip(HEADS, heads.tolist(), strict=True)},
    )


def tables(path: Path) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]:
    """The arrays of a file."""
    with np.load(path) as z:
        return {name: z[name] for name in z.files}


def meta(directory: Path = WEIGHTS) -> dict[str, object]:
    """Version, corpus digest and thresholds of the weights."""
    found: dict[str, object] = json.loads((directory / "meta.json").read_text(encoding="utf-8"))
    return found
