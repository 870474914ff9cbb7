"""Peers that read the same messages in the same run, and a learning curve: what more writing would bring.

`substring`: labels and firm literal phrases anywhere in the folded text. `partial_ratio`: the same words, rapidfuzz ≥ 80.
`bm25s`: each issue is a document of character bigrams (its words and examples), the threshold that is best on w01–w06.
The curve's model is a ridge classifier over hashed character 1–4-grams, trained without the writers it is tested on; its
threshold is the best on another writer left out.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from knowledge.catalogue import Catalogue, ExpressionKind
from knowledge.reading.models.codes import CODES
from knowledge.reading.patterns import compile_phrase
from knowledge.text import fold
from tests.bench.reading_figures import figures, issue_counts

Messages = Sequence[Mapping[str, Any]]
SHARES = (0.125, 0.25, 0.5, 0.75, 1.0)
HELD, CHOSEN_ON = ("w22", "w24", "w26"), "w21"
LIMITS = [round(-0.9 + 0.05 * k, 2) for k in range(19)]
FOUND_AT = 80
_SPLIT = re.compile(r"[・（）()、]")


def words_of(catalogue: Catalogue) -> dict[str, str]:
    """Folded words → code: labels and gapless firm phrases of two and more characters."""
    found: dict[str, str] = {}
    for code, issue in sorted(catalogue.issues.items()):
        for part in _SPLIT.split(issue.label):
            found.setdefault(fold(part).text, code)
    for row in catalogue.expressions:
        if row.kind is ExpressionKind.PHRASE and row.strength != "weak":
            for phrase in compile_phrase(row):
                if not phrase.rest:
                    found.setdefault(phrase.first, row.target)
    return {words: code for words, code in found.items() if len(words) >= 2}


def substring(words: Mapping[str, str]) -> Callable[[str], set[str]]:
    """The plain lexicon."""
    return lambda text: {code for word, code in words.items() if word in text}


def partial_ratio(words: Mapping[str, str]) -> Callable[[str], set[str]]:
    """rapidfuzz, every word against every message."""
    from rapidfuzz import fuzz, process

    keys = list(words)

    def read(text: str) -> set[str]:
        hits = process.extract(text, keys, scorer=fuzz.partial_ratio, score_cutoff=FOUND_AT, limit=None)
        return {words[key] for key, _, _ in hits if len(key) <= len(text)}

    return read


def bm25(catalogue: Catalogue, chosen_on: Messages) -> Callable[[str], set[str]]:
    """bm25s over character bigrams with one threshold for all."""
    import bm25s

    documents = {code: [issue.label, issue.description] for code, issue in catalogue.issues.items()}
    for row in catalogue.expressions:
        documents[row.target] += [row.example, *([row.pattern] if row.kind is ExpressionKind.PHRASE else [])]
    codes = sorted(documents)
    index = bm25s.BM25()
    index.index([_bigrams(fold("。".join(documents[code])).text) for code in codes], show_progress=False)

    def scores(text: str) -> np.ndarray[Any, Any]:
        known = [gram for gram in _bigrams(text) if gram in index.vocab_dict]
        return np.asarray(index.get_scores(known)) / max(1, len(known)) if known else np.zeros(len(codes))

    sample = [(scores(fold(m["text"]).text), m) for m in chosen_on]
    limit = max(np.linspace(0.2, 3, 57), key=lambda t: _f1(m_counts(sample, codes, float(t))))
    return lambda text: {codes[i] for i in np.flatnonzero(scores(text) >= limit)}


def m_counts(
    sample: Sequence[tuple[Any, Mapping[str, Any]]], codes: Sequence[str], limit: float
) -> list[dict[str, int]]:
    """Counts at one threshold."""
    return [issue_counts(m, {codes[i] for i in np.flatnonzero(s >= limit)}, set()) for s, m in sample]


def _f1(rows: list[dict[str, int]]) -> float:
    tp, fp, want = (sum(row[name] for row in rows) for name in ("tp", "fp", "want"))
    return 2 * tp / max(1, tp + fp + want)


def _bigrams(text: str) -> list[str]:
    return [text[i : i + 2] for i in range(len(text) - 1)]


def compare(catalogue: Catalogue, corpus: Messages, tests: Mapping[str, Messages]) -> dict[str, Any]:
    """Precision, recall and F1 of every peer on every test set, and milliseconds per message."""
    words = words_of(catalogue)
    chosen_on = [m for m in corpus if m["source"] <= "w06"][::8]
    readers = {
        "substring": substring(words),
        "partial_ratio": partial_ratio(words),
        "bm25s": bm25(catalogue, chosen_on),
    }
    found: dict[str, Any] = {"words": len(words)}
    for name, read in readers.items():
        found[name] = {}
        for label, messages in tests.items():
            texts = [fold(m["text"]).text for m in messages]
            begin = time.perf_counter()
            answers = [read(text) for text in texts]
            spent = (time.perf_counter() - begin) / len(texts) * 1000
            counts = [issue_counts(m, a, set()) for m, a in zip(messages, answers, strict=True)]
            found[name][label] = {"figures": figures(counts), "ms": round(spent, 3)}
    return found


def curve(corpus: Messages, dev: Messages) -> list[dict[str, float]]:
    """F1 by share of the training messages, on writers left out and on dev."""
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.linear_model import RidgeClassifier

    grams = HashingVectorizer(analyzer="char", ngram_range=(1, 4), n_features=2**17, alternate_sign=False, norm="l2")
    held = [m for m in corpus if m["source"] in HELD]
    rest = [m for m in corpus if m["source"] not in (*HELD, CHOSEN_ON)]
    choosing = [m for m in corpus if m["source"] == CHOSEN_ON]
    order = np.random.default_rng(1).permutation(len(rest))
    x, y = (
        grams.transform(fold(m["text"]).text for m in rest),
        np.array([[c in m["issues"] for c in CODES] for m in rest]),
    )
    sets = (("choosing", choosing), ("held", held), ("dev", dev))
    known = {name: (ms, grams.transform(fold(m["text"]).text for m in ms)) for name, ms in sets}
    found = []
    for share in SHARES:
        some = order[: int(share * len(rest))]
        model = RidgeClassifier(alpha=0.3, solver="sparse_cg", tol=1e-3).fit(x[some], np.where(y[some], 1, -1))
        scores = {name: model.decision_function(x) for name, (_, x) in known.items()}
        limit = max(LIMITS, key=lambda t: _f1(_counts(known["choosing"][0], scores["choosing"] >= t)))
        row: dict[str, float] = {"share": share, "messages": len(some)}
        for name in ("held", "dev"):
            row[f"F1 {name}"] = round(_f1(_counts(known[name][0], scores[name] >= limit)), 4)
        found.append(row)
    return found


def _counts(messages: Messages, said: Any) -> list[dict[str, int]]:
    return [issue_counts(m, {CODES[i] for i in np.flatnonzero(a)}, set()) for m, a in zip(messages, said, strict=True)]
