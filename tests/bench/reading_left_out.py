"""The reading of corpus messages by models and a blend that have not seen the writer, span by span.

Uses the scores that the last `make train` kept in var/train (models of other folds); the blend is fitted again without
each writer. The thresholds are those of meta.json, chosen on all of these writers together.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from knowledge.load import load
from knowledge.reading.blend import Weighed
from knowledge.reading.holders import holder_of
from knowledge.reading.measure import CORPUS, DAY
from knowledge.reading.model import Finding, Polarity, Span
from knowledge.reading.models.models import WEIGHTS, meta, tables
from knowledge.reading.models.words import Words
from knowledge.reading.reader import Prepared, Reader
from knowledge.reading.verdict import Thresholds, consent, urgency, verdict
from knowledge.text import tidy
from knowledge.training.data import read
from knowledge.training.fuse import Case, held_out
from tests.bench.reading_figures import issue_counts, whole_counts

KEPT = Path("var/train/heldout.pickle")


def left_out() -> list[tuple[str, dict[str, int]]] | None:
    """(writer, counts) per message of the plain voices; None when `make train` has not run on this corpus."""
    paths = sorted(CORPUS.glob("*.jsonl"))
    if not KEPT.exists():
        return None
    digest, trained = pickle.loads(KEPT.read_bytes())
    if digest != hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest():
        return None
    reader = Reader(load("national"), rules_only=True)
    cases, prepared = [], []
    for index, message in enumerate(read(paths, Words.of(tables(WEIGHTS / "words.npz")))):
        if message.new:
            prepared.append(reader.prepare(message.gold["text"], DAY))
            cases.append(Case(message.gold, reader.evidence(prepared[-1], trained.scores(message, index))))
    weighed, _, _ = held_out(cases, reader.about)
    numbers = meta()["thresholds"]
    assert isinstance(numbers, dict)
    limits = Thresholds.of(numbers)
    return [(case.source, _counts(case, p, w, limits)) for case, p, w in zip(cases, prepared, weighed, strict=True)]


def _counts(case: Case, p: Prepared, w: Weighed, limits: Thresholds) -> dict[str, int]:
    e = case.evidence

    def holder(code: str, span: Span) -> str:
        return holder_of(p.text, span.start, span.end, code, p.members, p.mentions)

    found = verdict(e, w, limits, holder)
    agreed = consent(e, w, limits, lambda _: Span(0, 0)).state.value
    firm, maybe = {f.code for f in found.firm}, {m.code for m in found.maybe}
    return {
        **issue_counts(case.gold, firm, maybe),
        **whole_counts(case.gold, agreed, urgency(e, w, found.firm, limits).urgent),
        **span_counts(case.gold, p, (*found.firm, *found.aside)),
    }


_SELVES = {"女性", "男性", "女子", "男子", "女児", "男児"}


def _person(holder: str, alone: bool) -> str:
    """本人女性, 女性 and 本人 are one person; where one person is all there is, 世帯 is that person too."""
    if holder.startswith("本人") or holder in _SELVES or (alone and holder == "世帯"):
        return "本人"
    return holder.rstrip("0123456789")


def span_counts(gold: Mapping[str, Any], p: Prepared, found: tuple[Finding, ...]) -> dict[str, int]:
    """Holders told for the gold spans themselves (of this household); polarities of findings that overlap a gold span of
    their code."""
    n = {"holders": 0, "holder_right": 0, "holder_exact": 0, "polarities": 0, "polarity_right": 0, "polarity_exact": 0}
    alone = len({m["who"] for m in gold["members"]}) <= 1 or sum(not m.outside for m in p.members) <= 1
    for span in gold.get("spans", ()):
        words = tidy(span["text"]).text.strip()
        start = p.text.find(words)
        if not words or start < 0:
            continue
        place = Span(start, start + len(words))
        if span["polarity"] != "other":
            holder = holder_of(p.text, place.start, place.end, span["code"], p.members, p.mentions)
            n["holders"] += 1
            n["holder_right"] += _person(holder, alone) == _person(span["holder"], alone)
            n["holder_exact"] += holder == span["holder"]
        said = next((f.polarity for f in found if f.code == span["code"] and f.span.overlaps(place)), None)
        if said is not None:
            n["polarities"] += 1
            n["polarity_right"] += said.holds == Polarity(span["polarity"]).holds
            n["polarity_exact"] += said == span["polarity"]
    return n
