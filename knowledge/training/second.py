"""Fits the second level (knowledge/reading/models/stack.py) on first-level scores of messages held out.

Knows scikit-learn and the labels. Refuses to know texts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from knowledge.reading.models.stack import (
    PER_CODE,
    Base,
    Stack,
    head_features,
    pair_features,
    polarity_features,
    related,
)
from knowledge.training.labels import I8

F64 = NDArray[np.float64]
# A code that no model of the first level hears at all is not there: nothing is learnt from so sure a thing, and it is most
# of the work.
FAINT, FAINT_LINEAR = -6.0, -0.94


def logistic(x: Any, y: NDArray[np.bool_], cost: float = 1.0) -> tuple[F64, float]:
    """Coefficients and intercept."""
    fitted = LogisticRegression(C=cost, solver="liblinear", tol=1e-3, random_state=0).fit(x, y)
    return fitted.coef_[0], float(fitted.intercept_[0])


def fit_codes(b: Base, y: I8) -> Stack:
    """The part that tells the codes; that of heads and mentions is still empty."""
    x = pair_features(b)
    mean, spread = x.mean((0, 1)), x.std((0, 1))
    x = (x - mean) / spread
    n, k = x.shape[1:]
    faint = (b.tagged < FAINT) & (b.message < FAINT_LINEAR) & (b.clause < FAINT_LINEAR)
    use = np.flatnonzero(((y == 1) | ((y == 0) & ~faint)).ravel())
    w, bias = logistic(_code_matrix(b, x)[use], y.ravel()[use] == 1)
    none = np.zeros(0)
    per_code = w[k : k + 4 * n].reshape(4, n).T.copy()
    return Stack(mean, spread, w[:k], per_code, w[k + 4 * n :].reshape(n, n), bias, none, none, none)


def with_heads(stack: Stack, b: Base, heads: I8, true: I8, probability: F64) -> Stack:
    """The whole stack; `probability`: of the codes, `true`: labels of mentions."""
    h = head_features(b, probability)
    coefficients, biases = np.zeros((h.shape[1], heads.shape[1])), np.zeros(heads.shape[1])
    for q in range(heads.shape[1]):
        use = np.flatnonzero(heads[:, q] >= 0)
        coefficients[:, q], biases[q] = logistic(h[use], heads[use, q] == 1)
    use = np.flatnonzero(true.ravel() >= 0)
    w, bias = logistic(polarity_features(b).reshape(true.size, 2)[use], true.ravel()[use] == 1)
    return replace(stack, heads=coefficients, head_bias=biases, polarity=np.r_[w, bias])


def _code_matrix(b: Base, x: F64) -> Any:
    """One row per (message, code): shared features, four of them again per code, the other codes' scores."""
    m, n, k = x.shape
    code = np.tile(np.arange(n), m)
    parts = [sp.csr_matrix(x.reshape(m * n, k))]
    for column in (np.ones((m, n)), x[:, :, 0], x[:, :, 1], x[:, :, 3]):
        parts.append(sp.csr_matrix((column.ravel() * PER_CODE, (np.arange(m * n), code)), shape=(m * n, n)))
    r = related(b)
    i, j = np.nonzero(r)
    here = (i[:, None] * n + np.arange(n)).ravel()
    there = (j[:, None] * n + np.arange(n)).ravel()
    other = np.repeat(j, n) != np.tile(np.arange(n), len(j))
    value = np.repeat(r[i, j], n)
    parts.append(sp.csr_matrix((value[other], (here[other], there[other])), shape=(m * n, n * n)))
    return sp.hstack(parts).tocsr()
