"""Training of the tagger by hand-written gradients (Adam); one thread, fixed seed, hence repeatable to the byte.

Knows the shapes of knowledge/reading/models/tagger.py. Refuses to know labels beyond their numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.reading.models.tagger import FAR, NEAR, window

F32 = NDArray[np.float32]
Ints = NDArray[np.int64]
WIDTH, DROP, BATCH, RATE, DECAY = 128, 0.3, 64, 6e-3, 1e-5
TOKEN, POLARITY, AUX = 0.3, 0.1, 0.15


@dataclass(frozen=True, slots=True)
class Example:
    """One message: own-word ids (0 = rare), vector rows, targets of words (asserted, mentioned, polarity), of codes
    and of heads."""

    own: Ints
    rows: Ints
    tokens: NDArray[np.int8]
    codes: NDArray[np.int8]
    aux: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages of like length, padded."""

    own: Ints
    rows: Ints
    mask: F32
    target: F32
    codes: NDArray[np.int8]
    aux: NDArray[np.int8]


def _sigmoid(x: F32) -> F32:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30, 30))), np.float32)


def _unwindow(g: F32, offsets: Sequence[int], size: int) -> F32:
    out = np.zeros((*g.shape[:2], size), np.float32)
    for j, k in enumerate(offsets):
        y = g[:, :, j * size : (j + 1) * size]
        if k == 0:
            out += y
        elif k < 0:
            out[:, :k] += y[:, -k:]
        else:
            out[:, k:] += y[:, :-k]
    return out


def start(size: int, own_words: int, codes: int, polarities: int, aux: int, seed: int) -> dict[str, F32]:
    """Random first weights."""
    g = np.random.default_rng(seed)
    n = 2 * codes + polarities

    def normal(a: int, b: int, by: float = 1.0) -> F32:
        return np.asarray(g.standard_normal((a, b)) * np.sqrt(2 / a) * by, np.float32)

    return {
        "own": np.asarray(g.standard_normal((own_words + 1, size)) * 0.1, np.float32),
        "w1": normal(5 * size, WIDTH), "b1": np.zeros(WIDTH, np.float32),
        "w2": normal(3 * WIDTH, WIDTH, 0.5), "b2": np.zeros(WIDTH, np.float32),
        "wo": normal(WIDTH, n, 0.5), "bo": np.r_[np.full(2 * codes, -5), np.zeros(polarities)].astype(np.float32),
        "wg": np.zeros((WIDTH, n), np.float32), "am": np.ones(codes, np.float32), "bm": np.ones(codes, np.float32),
        "wa": normal(WIDTH, aux, 0.3), "ba": np.full(aux, -1, np.float32),
    }  # fmt: skip


def _pad(batch: list[Example], unknown: int) -> Batch:
    longest = max(len(e.own) for e in batch)
    own, rows = np.zeros((len(batch), longest), np.int64), np.full((len(batch), longest), unknown, np.int64)
    mask = np.zeros((len(batch), longest, 1), np.float32)
    target = np.zeros((len(batch), longest, batch[0].tokens.shape[1]), np.float32)
    for i, e in enumerate(batch):
        n = len(e.own)
        own[i, :n], rows[i, :n], mask[i, :n], target[i, :n] = e.own, np.where(e.rows < 0, unknown, e.rows), 1, e.tokens
    return Batch(own, rows, mask, target, np.stack([e.codes for e in batch]), np.stack([e.aux for e in batch]))


def gradient(p: dict[str, F32], vectors: F32, batch: Batch, g: np.random.Generator) -> tuple[dict[str, F32], Ints]:
    """Gradient of the summed losses, words and units dropped at random; `own` only for the word ids returned."""
    mask, n = batch.mask, len(p["am"])
    count = np.float32(1 / len(batch.own))

    def dropped(shape: tuple[int, ...], rate: float) -> F32:
        return np.asarray((g.random(shape, dtype=np.float32) > rate) / np.float32(1 - rate), np.float32)

    own = np.where(g.random(batch.own.shape) > 0.25, batch.own, 0)
    keep = dropped((*own.shape, 1), 0.08) * mask
    x1 = window((vectors[batch.rows] + p["own"][own]) * keep, NEAR)
    a1 = x1 @ p["w1"] + p["b1"]
    d1 = dropped(a1.shape, DROP) * mask
    h1 = np.maximum(a1, 0) * d1
    x2 = window(h1, FAR)
    a2 = x2 @ p["w2"] + p["b2"]
    h2 = (np.maximum(a2, 0) + h1) * mask
    at = h2.argmax(1)[:, None]
    dw = dropped((len(own), h2.shape[2]), DROP)
    whole = np.take_along_axis(h2, at, 1)[:, 0] * dw
    z = h2 @ p["wo"] + p["bo"] + (whole @ p["wg"])[:, None]
    zm = np.where(mask > 0, z[:, :, :n], np.float32(-1e9))
    e = np.exp(zm - zm.max(1, keepdims=True))
    pooled = zm.max(1) + np.log(e.sum(1))

    codes, target = batch.codes, batch.target
    dm = (_sigmoid(pooled * p["am"] + p["bm"]) - (codes == 1)) * (codes >= 0) * count
    da = (_sigmoid(whole @ p["wa"] + p["ba"]) - batch.aux) * np.float32(AUX) * count
    dz = np.empty_like(z)
    dz[:, :, : 2 * n] = (_sigmoid(z[:, :, : 2 * n]) - target[:, :, : 2 * n]) * mask * np.float32(TOKEN) * count
    q = np.exp(z[:, :, 2 * n :] - z[:, :, 2 * n :].max(2, keepdims=True))
    q /= q.sum(2, keepdims=True)
    meant = target[:, :, 2 * n :]
    dz[:, :, 2 * n :] = (q - meant) * meant.sum(2, keepdims=True) * np.float32(POLARITY) * count
    dz[:, :, :n] += e / e.sum(1, keepdims=True) * (dm * p["am"])[:, None]

    def flat(t: F32) -> F32:
        return t.reshape(-1, t.shape[-1])

    ds = dz.sum(1)
    out = {"am": (dm * pooled).sum(0), "bm": dm.sum(0), "wo": flat(h2).T @ flat(dz), "bo": ds.sum(0)}
    out |= {"wg": whole.T @ ds, "wa": whole.T @ da, "ba": da.sum(0)}
    dh2 = dz @ p["wo"].T
    into = np.take_along_axis(dh2, at, 1) + ((ds @ p["wg"].T + da @ p["wa"].T) * dw)[:, None]
    np.put_along_axis(dh2, at, into, 1)
    dh2 *= mask
    da2 = dh2 * (a2 > 0)
    out["w2"], out["b2"] = flat(x2).T @ flat(da2), da2.sum((0, 1))
    da1 = (_unwindow(da2 @ p["w2"].T, FAR, h1.shape[2]) + dh2) * d1 * (a1 > 0)
    out["w1"], out["b1"] = flat(x1).T @ flat(da1), da1.sum((0, 1))
    dx = flat(_unwindow(da1 @ p["w1"].T, NEAR, vectors.shape[1]) * keep)
    order = np.argsort(own.ravel(), kind="stable")
    ids = own.ravel()[order]
    first = np.flatnonzero(np.r_[True, ids[1:] != ids[:-1]])
    out["own"] = np.add.reduceat(dx[order], first, 0)
    out["own"][ids[first] == 0] = 0
    return out, ids[first]


def train(vectors: F32, examples: list[Example], own_words: int, epochs: int, seed: int) -> dict[str, F32]:
    """Weights after the given epochs; the learning rate rises for 100 steps, then falls to nothing."""
    head = examples[0]
    codes = len(head.codes)
    p = start(vectors.shape[1], own_words, codes, head.tokens.shape[1] - 2 * codes, len(head.aux), seed)
    m, v = {k: np.zeros_like(w) for k, w in p.items()}, {k: np.zeros_like(w) for k, w in p.items()}
    g = np.random.default_rng(seed + 1)
    length = np.array([len(e.own) for e in examples])
    total, t = epochs * -(-len(examples) // BATCH), 0
    for _ in range(epochs):
        order = np.argsort(length + g.random(len(length)) * 12, kind="stable")
        batches = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
        for k in g.permutation(len(batches)):
            t += 1
            rate = RATE * min(1, t / 100) * max(0.02, 1 - t / total) * np.sqrt(1 - 0.99**t) / (1 - 0.9**t)
            found, ids = gradient(p, vectors, _pad([examples[i] for i in batches[k]], len(vectors) - 1), g)
            for name, d in found.items():
                at: Ints | slice = ids if name == "own" else slice(None)
                _step((p[name], m[name], v[name]), at, np.asarray(d, np.float32), np.float32(rate), name)
    return p


def _step(state: tuple[F32, F32, F32], at: Ints | slice, d: F32, rate: np.float32, name: str) -> None:
    p, m, v = state
    if name[0] == "w" or name == "own":
        d = d + np.float32(DECAY) * p[at]
    m[at] += np.float32(0.1) * (d - m[at])
    v[at] += np.float32(0.01) * (d * d - v[at])
    p[at] -= rate * m[at] / (np.sqrt(v[at]) + np.float32(1e-6))
