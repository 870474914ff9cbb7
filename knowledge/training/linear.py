"""Training of the linear models: one-vs-rest support vector machines over pruned n-grams, predictions held out.

Knows scikit-learn. Refuses to know what the labels mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.svm import LinearSVC

from knowledge.reading.models.features import U64, Ints
from knowledge.reading.models.linear import Linear
from knowledge.training.labels import I8

F64 = NDArray[np.float64]
RARE = 17


@dataclass(frozen=True, slots=True)
class Part:
    """Some neighbouring label columns: how many, the cost of an error, the weight of positives.

    `bags`: a positive label is that of the whole message; at least one of its clauses deserves it.
    """

    columns: int
    cost: float
    positives: float
    bags: bool = False


def table(groups: list[U64], rare: int = RARE) -> tuple[NDArray[np.uint32], F64, Any]:
    """Known n-grams, their inverse document frequency, unit rows."""
    sets = [np.unique((h >> np.uint64(32)).astype(np.uint32)) for h in groups]  # a group may be empty
    keys, df = np.unique(np.concatenate(sets), return_counts=True)
    keys, df = keys[df >= rare], df[df >= rare]
    idf = (np.log((len(groups) + 1) / (df + 1)) + 1).astype(np.float16).astype(np.float64)
    sizes = np.array([len(s) for s in sets])
    flat = np.concatenate(sets)
    at = np.minimum(np.searchsorted(keys, flat), len(keys) - 1)
    ok = keys[at] == flat
    place = (np.repeat(np.arange(len(sets)), sizes)[ok], at[ok])
    x = sp.csr_matrix((idf[at[ok]], place), shape=(len(sets), len(keys)))
    return keys, idf, sp.csr_matrix(x.multiply(1 / np.sqrt(x.multiply(x).sum(1)).clip(1e-9)))


def svm(x: Any, y: I8, part: Part) -> tuple[F64, F64]:
    """Weights [feature, label] and bias of the machines of one part."""
    w, b = np.zeros((x.shape[1], y.shape[1])), np.full(y.shape[1], -2.0)
    for k in range(y.shape[1]):
        use = np.flatnonzero(y[:, k] >= 0)
        if (y[use, k] == 1).sum() >= 2:
            machine = LinearSVC(C=part.cost, tol=0.05, random_state=0, class_weight={False: 1, True: part.positives})
            machine.fit(x[use], y[use, k] == 1)
            w[:, k], b[k] = machine.coef_[0], machine.intercept_[0]
    return w, b


def clause_groups(pieces: list[tuple[U64, Ints]], counts: list[int]) -> list[U64]:
    """The hashes of each clause of each message."""
    return [hashes[owner == k] for (hashes, owner), count in zip(pieces, counts, strict=True) for k in range(count)]


def in_bags(x: Any, y: I8, owner: Ints, part: Part) -> tuple[F64, F64]:
    """Machines for labels of whole messages: the clause that sounds most like it keeps a message's label."""
    w, b = svm(x, y, part)
    scores = x @ w + b
    chosen = np.where(y == 1, -1, y).astype(np.int8)  # the others of a positive message teach nothing
    order = np.lexsort((np.arange(len(owner)), owner))
    first = np.flatnonzero(np.r_[True, owner[order][1:] != owner[order][:-1]])
    for k in range(y.shape[1]):
        top = np.maximum.reduceat(scores[order, k], first)
        best = scores[:, k] >= np.repeat(top, np.diff(np.r_[first, len(order)]))[np.argsort(order)]
        chosen[best & (y[:, k] == 1), k] = 1
    return svm(x, chosen, part)


def trained(
    groups: list[U64], y: I8, owner: Ints, fold: Ints, parts: list[Part], rare: int = RARE
) -> tuple[F64, Linear]:
    """Held-out decision values, and the model of everything; `owner`: the message of each group."""
    keys, idf, x = table(groups, rare)
    held = np.zeros(y.shape)
    final = (np.zeros((0, 0)), np.zeros(0))
    for f in [*range(int(fold.max()) + 1), -1]:
        use, test = np.flatnonzero(fold != f), np.flatnonzero(fold == f)
        found, k = [], 0
        for part in parts:
            some = y[use, k : k + part.columns]
            found.append(in_bags(x[use], some, owner[use], part) if part.bags else svm(x[use], some, part))
            k += part.columns
        final = (np.hstack([w for w, _ in found]), np.concatenate([b for _, b in found]))
        held[test] = x[test] @ final[0] + final[1]
    numbers = (idf.astype(np.float32), final[0].astype(np.float32), final[1].astype(np.float32))
    return held, Linear.quantised(keys, *numbers)
