"""The answers the models learn: 1 yes, 0 no, -1 does not count (defensible, or nothing to learn from).

Knows GUIDE's keys. Refuses to know features.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from knowledge.reading.models.codes import (
    ASSERTED,
    CLAUSE_HEADS,
    CODES,
    CONSENTS,
    DECISIONS,
    FIELDS,
    HEADS,
    MEETINGS,
    SENTENCE_HEADS,
    WEIGHTS,
)
from knowledge.training.data import Message

I8 = NDArray[np.int8]


def code_labels(ms: list[Message]) -> I8:
    """[message, code]."""
    y = np.zeros((len(ms), len(CODES)), np.int8)
    for i, m in enumerate(ms):
        for code in m.gold.get("ok_issues", []):
            y[i, CODES.index(code)] = -1
        for code in m.gold["issues"]:
            y[i, CODES.index(code)] = 1
    return y


def head_labels(ms: list[Message]) -> I8:
    """[message, head]; the field of weight is learnt only where one field's meeting carries the case."""
    y = np.zeros((len(ms), len(HEADS)), np.int8)
    at = {head: k for k, head in enumerate(HEADS)}
    first = HEADS.index(FIELDS[0])
    meeting = dict(zip(MEETINGS, WEIGHTS, strict=True))
    for i, m in enumerate(ms):
        g = m.gold
        y[i, at[g["decision"]]] = 1
        y[i, at["urgent"]] = g["urgent"]
        if g["decision"] == DECISIONS[0]:  # nobody asks one window about consent: what is said of it is not labelled
            y[i, [at[state] for state in CONSENTS]] = -1
        elif g["consent"] in CONSENTS:
            y[i, at[g["consent"]]] = 1
        for name in g.get("ok_fields", []):
            y[i, first + FIELDS.index(name)] = -1
        for name in g["fields"]:
            y[i, first + FIELDS.index(name)] = 1
        columns = slice(len(HEADS) - len(WEIGHTS), len(HEADS))
        if g["decision"] == "existing_meeting" and g["meeting"] in meeting:
            y[i, columns] = [w == meeting[g["meeting"]] for w in WEIGHTS]
        else:
            y[i, columns] = -1
    return y


def clause_labels(ms: list[Message]) -> I8:
    """[clause, code…]: asserted (-1 where a span only brushes the clause); whether a span in it is not asserted; last,
    the message's own `CLAUSE_HEADS`."""
    n = len(CODES)
    heads = head_labels(ms)[:, [HEADS.index(head) for head in CLAUSE_HEADS]]
    out = []
    for m, said in zip(ms, heads, strict=True):
        for a, b in m.cut:
            y = np.r_[np.zeros(n + 1, np.int8), said]
            y[n] = -1
            for p, q, code, polarity in m.spans:
                overlap = min(b, q) - max(a, p)
                if overlap <= 0:
                    continue
                big = overlap >= 0.5 * (q - p) or overlap >= 0.6 * (b - a)
                if polarity in ASSERTED:
                    y[code] = 1 if big else (y[code] or -1)
                if big:
                    y[n] = max(y[n], polarity not in ASSERTED)
            out.append(y)
    return np.array(out)


def sentence_labels(ms: list[Message]) -> I8:
    """[sentence, SENTENCE_HEADS]: the message's own."""
    heads = head_labels(ms)[:, [HEADS.index(head) for head in SENTENCE_HEADS]]
    return np.repeat(heads, [m.sentence_count for m in ms], 0)


def polarity_labels(ms: list[Message]) -> I8:
    """[message, code]: 1 asserted somewhere, 0 mentioned only otherwise, -1 without a span."""
    y = np.full((len(ms), len(CODES)), -1, np.int8)
    for i, m in enumerate(ms):
        for _, _, code, polarity in m.spans:
            y[i, code] = max(y[i, code], polarity in ASSERTED)
    return y
