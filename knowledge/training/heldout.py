"""Scores of every message by models that have not seen its writer; and the models of everything.

Knows the folds and the order of the levels. Refuses to know the rules' findings (fuse.py).
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from knowledge.reading.models.codes import (
    ASSERTED,
    CLAUSE_HEADS,
    CODES,
    HEADS,
    POLARITIES,
    SENTENCE_HEADS,
    WEIGHTS,
)
from knowledge.reading.models.features import MARK, Ints, word_hash
from knowledge.reading.models.models import Models, ModelScores, described
from knowledge.reading.models.stack import Base, Stack, clause_scores, tag_scores
from knowledge.reading.models.tagger import NAMES, Tagger
from knowledge.reading.models.words import Words
from knowledge.training import convolution
from knowledge.training.data import NATURAL, Message, folds_of
from knowledge.training.labels import I8, clause_labels, code_labels, head_labels, polarity_labels, sentence_labels
from knowledge.training.linear import Part, clause_groups, trained
from knowledge.training.second import fit_codes, with_heads

F64 = NDArray[np.float64]
FOLDS, EPOCHS, RARE_WORD, RARE_GRAM = 3, 6, 3, 14
AUX = len(HEADS) - len(WEIGHTS)
SHOWN = 3  # how often the tagger sees a message of a natural voice in each epoch


@dataclass(frozen=True, slots=True)
class Trained:
    """The final models, and per message what models that have not seen its writer say."""

    models: Models
    fold: Ints
    codes: F64
    heads: F64
    asserted: F64
    taggers: list[Tagger]

    def scores(self, message: Message, index: int) -> ModelScores:
        """Like `Models.score`, by models that have not seen the writer."""
        tagged = self.taggers[int(self.fold[index])].tag(message.tokens, message.rows)
        return described(message.tokens, tagged, self.codes[index], self.asserted[index], self.heads[index])


def examples_of(ms: list[Message], keys: NDArray[np.uint32], y: I8, heads: I8) -> list[convolution.Example]:
    """Targets of words, codes and heads for the tagger."""
    index = {int(k): i + 1 for i, k in enumerate(keys)}
    n = len(CODES)
    out = []
    for i, m in enumerate(ms):
        target = np.zeros((len(m.tokens), 2 * n + len(POLARITIES)), np.int8)
        for p, q, code, polarity in m.spans:
            inside = [k for k, t in enumerate(m.tokens) if t.start >= p and t.end <= q and t.pos[0] != MARK]
            target[inside, n + code] = 1
            target[inside, 2 * n :] = 0
            target[inside, 2 * n + POLARITIES.index(polarity)] = 1
            if polarity in ASSERTED:
                target[inside, code] = 1
        own = np.array([index.get(word_hash(t.normal), 0) for t in m.tokens], np.int64)
        out.append(convolution.Example(own, m.rows, target, y[i], np.maximum(heads[i, :AUX], 0)))
    return out


def own_words(ms: list[Message]) -> NDArray[np.uint32]:
    """Hashes of the words that get a vector of their own."""
    count = Counter(t.normal for m in ms for t in m.tokens)
    return np.unique(np.array([word_hash(w) for w, c in count.items() if c >= RARE_WORD], np.uint32))


def one_thread() -> None:
    """The order of additions must not depend on the number of threads."""
    threadpool_limits(1)


def train(ms: list[Message], words: Words) -> Trained:
    """Everything but the fusion with the rules."""
    fold = folds_of(ms, FOLDS)
    y, heads, true = code_labels(ms), head_labels(ms), polarity_labels(ms)
    counts = [len(m.cut) for m in ms]
    owner = np.repeat(np.arange(len(ms)), counts)
    n = len(CODES)
    vectors = words.vectors(np.arange(len(words.bytes)))
    sets = [np.flatnonzero(fold != f).tolist() for f in (*range(FOLDS), -1)]
    keys = [own_words([ms[i] for i in use]) for use in sets]
    with ProcessPoolExecutor(2, mp_context=get_context("fork"), initializer=one_thread) as pool:
        groups = clause_groups([m.sentences for m in ms], [m.sentence_count for m in ms])
        settings = [Part(len(SENTENCE_HEADS), 0.3, 2.0, bags=True)]
        stops = np.repeat(np.arange(len(ms)), [m.sentence_count for m in ms])
        sentence = pool.submit(trained, groups, sentence_labels(ms), stops, fold[stops], settings, RARE_GRAM)
        groups = clause_groups([m.pieces for m in ms], counts)
        settings = [Part(n, 0.5, 3.0), Part(1, 0.3, 2.0), Part(len(CLAUSE_HEADS), 0.3, 2.0, bags=True)]
        clause = pool.submit(trained, groups, clause_labels(ms), owner, fold[owner], settings)
        jobs = []
        for use, own in zip(sets, keys, strict=True):
            shown = [i for i in use for _ in range(SHOWN if ms[i].source in NATURAL else 1)]
            examples = examples_of([ms[i] for i in shown], own, y[shown], heads[shown])
            jobs.append(pool.submit(convolution.train, vectors, examples, len(own), EPOCHS, 0))
        settings = [Part(n, 1.0, 3.0), Part(len(HEADS), 0.3, 2.0)]
        message = pool.submit(trained, [m.whole for m in ms], np.hstack([y, heads]), np.arange(len(ms)), fold, settings)
        nets = [job.result() for job in jobs]
        (pieces, clause_model), (whole, message_model) = clause.result(), message.result()
        stopped, sentence_model = sentence.result()
    taggers = [Tagger(words, k, p["own"], {name: p[name] for name in NAMES}) for k, p in zip(keys, nets, strict=True)]
    tagged = [tag_scores(taggers[int(fold[i])].tag(m.tokens, m.rows)) for i, m in enumerate(ms)]
    edges = np.searchsorted(owner, np.arange(len(ms) + 1))
    best = [clause_scores(pieces[a:b]) for a, b in pairwise(edges)]
    columns = [np.array([t[k] for t in best]) for k in range(4)]
    columns = [*columns[:3], *(np.array([t[k] for t in tagged]) for k in range(4)), columns[3]]
    columns[-1] = np.hstack([columns[-1], best_of(stopped, stops, len(ms))])
    b = Base(whole[:, :n], whole[:, n:], *columns)
    p, h, held, stack = _second(b, (y, heads, true), fold)
    linear = (message_model, clause_model, sentence_model)
    final = Models.of(words, linear, Tagger.of(taggers[-1].tables(), words), stack)
    return Trained(final, fold, p, h, held, taggers)


def best_of(scores: F64, owner: Ints, count: int) -> F64:
    """The highest score of each message; `owner` ascends and leaves nobody out."""
    return np.asarray(np.maximum.reduceat(scores, np.searchsorted(owner, np.arange(count))), np.float64)


def _second(b: Base, labels: tuple[I8, I8, I8], fold: Ints) -> tuple[F64, F64, F64, Stack]:
    """Held-out probabilities of codes, heads and mentions, and the stack of everything."""
    y, heads, true = labels
    p, h, held = np.zeros(y.shape), np.zeros(heads.shape), np.zeros(y.shape)
    sets = [np.flatnonzero(fold != f) for f in (*range(FOLDS), -1)]
    with ThreadPoolExecutor(2) as pool:  # the fits themselves leave the interpreter alone
        stacks = list(pool.map(lambda use: fit_codes(b.some(use), y[use]), sets))
    for f, (use, stack) in enumerate(zip(sets[:-1], stacks, strict=False)):
        test, known = np.flatnonzero(fold == f), b.some(use)
        rest = b.some(test)
        whole = with_heads(stack, known, heads[use], true[use], stack.codes(known))
        p[test] = whole.codes(rest)
        h[test], held[test] = whole.outer(rest, p[test]), whole.asserted(rest)
    return p, h, held, with_heads(stacks[-1], b, heads, true, p)
