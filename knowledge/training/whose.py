"""Training of the ranker that tells whose issue a mention is: a conditional logistic regression over clues.

Knows the labels' words for people and which member of the text each of them is. Refuses to know what the clues mean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize

from knowledge.catalogue import Catalogue
from knowledge.reading.model import HOUSEHOLD, Member
from knowledge.reading.prepared import Prepared
from knowledge.reading.whose import Clues, Whose, clues, scene_of
from knowledge.text import tidy

PENALTY, RARE, STEPS = 3.0, 5, 120
SELF = "本人"
_SELVES = frozenset({"女性", "男性", "女子", "男子", "女児", "男児", "女", "男", "女の人", "男の人"})
F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Choice:
    """One labelled mention: who is on offer, and who is right."""

    source: str
    offered: Clues
    right: tuple[bool, ...]


def relations_of(catalogue: Catalogue) -> dict[str, str]:
    """Word → relation of a pack."""
    return {word: r.relation for r in catalogue.relations.values() for word in r.words}


def person(who: str, relations: Mapping[str, str]) -> str:
    """The relation a label's word stands for; `relations`: word → relation of the pack."""
    plain = who.rstrip("0123456789")
    return SELF if plain.startswith(SELF) or plain in _SELVES else relations.get(plain, plain)


def same_people(gold: Mapping[str, Any], members: Sequence[Member], relations: Mapping[str, str]) -> dict[str, str]:
    """Label's word → key of the member who is meant: by relation, else by age, else the only ones left on both sides."""
    free = {m.key: m for m in members}
    found: dict[str, str] = {}
    rest = []
    for who, age in ((m["who"], str(m.get("age"))) for m in gold["members"]):
        alike = [m for m in free.values() if person(m.key, relations) == person(who, relations)]
        best = min(alike, key=lambda m: str(m.age) != age, default=None)
        if best is None:
            rest.append((who, age))
        else:
            found[who] = free.pop(best.key).key
    for who, age in rest[:]:
        aged = [m for m in free.values() if m.age is not None and str(m.age) == age]
        if len(aged) == 1:
            found[who] = free.pop(aged[0].key).key
            rest.remove((who, age))
    inside = [m.key for m in free.values() if not m.outside]
    if len(rest) == 1 and len(inside) == 1:
        found[rest[0][0]] = inside[0]
    return found


def right(said: str, gold: Mapping[str, Any], holder: str, p: Prepared, relations: Mapping[str, str]) -> bool:
    """Whether `said` is the person a label means; where there is but one person, the household is that person."""
    alone = len({m["who"] for m in gold["members"]}) <= 1 or sum(not m.outside for m in p.members) <= 1
    if HOUSEHOLD in (said, holder):
        other = holder if said == HOUSEHOLD else said
        return other == HOUSEHOLD or (alone and person(other, relations) == SELF)
    meant = same_people(gold, p.members, relations).get(holder)
    return said == meant if meant else person(said, relations) == person(holder, relations)


def holds(
    said: str, gold: Mapping[str, Any], span: Mapping[str, Any], p: Prepared, relations: Mapping[str, str]
) -> bool:
    """Whether `said` is whose the labelled words are, or one whom a second reader found just as right (`also`)."""
    return any(right(said, gold, holder, p, relations) for holder in (span["holder"], *span.get("also", ())))


def choices(golds: Iterable[tuple[Mapping[str, Any], Prepared]], relations: Mapping[str, str]) -> list[Choice]:
    """Every labelled mention of the household's own that stands in its text."""
    found = []
    for gold, p in golds:
        scene = scene_of(p.text, p.members, p.mentions)
        for span in gold.get("spans", ()):
            words = tidy(span["text"]).text.strip()
            start = p.text.find(words) if words else -1
            if start < 0 or span["polarity"] == "other":
                continue
            offered = clues(scene, start, start + len(words), span["code"])
            fits = tuple(holds(key, gold, span, p, relations) for key, _ in offered)
            found.append(Choice(gold["source"], offered, fits))
    return found


def fit(cases: Sequence[Choice]) -> Whose:
    """Worth of every clue that is not rare; mentions whose holder the reading does not know teach nothing."""
    known = [c for c in cases if any(c.right)]
    count = Counter(chain.from_iterable(names for c in known for _, names in c.offered))
    column = {name: k for k, name in enumerate(sorted(n for n, times in count.items() if times >= RARE))}
    rows = [[column[n] for n in names if n in column] for c in known for _, names in c.offered]
    edges = np.r_[0, np.cumsum([len(row) for row in rows])]
    flat = np.fromiter(chain.from_iterable(rows), np.int64)
    x = sp.csr_matrix((np.ones(len(flat)), flat, edges), shape=(len(rows), len(column)))
    y = np.array([hit for c in known for hit in c.right], np.float64)
    sizes = np.array([len(c.right) for c in known])
    first = np.r_[0, np.cumsum(sizes)[:-1]]

    def loss(w: F64) -> tuple[float, F64]:
        z = x @ w
        e = np.exp(z - np.repeat(np.maximum.reduceat(z, first), sizes))
        total, hit = np.add.reduceat(e, first), np.add.reduceat(e * y, first)
        slope = x.T @ (e / np.repeat(total, sizes) - e * y / np.repeat(hit, sizes))
        return float(-np.log(hit / total).sum() + PENALTY / 2 * (w @ w)), np.asarray(slope + PENALTY * w)

    found = minimize(loss, np.zeros(len(column)), jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x
    return Whose({name: round(float(found[k]), 3) for name, k in column.items() if abs(found[k]) >= 0.0005})


def held_out(cases: Sequence[Choice], sources: Iterable[str]) -> dict[str, Whose]:
    """For each writer a ranker that has not seen them."""
    return {source: fit([c for c in cases if c.source != source]) for source in sources}
