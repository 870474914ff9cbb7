"""The reading of corpus messages by models and a blend that have not seen the writer, span by span.

Uses the scores that the last `make train` kept in var/train (models of other folds); the blend and the ranker of holders
are fitted again without each writer. The thresholds are those of meta.json, chosen on all of these writers together.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from knowledge.load import load
from knowledge.reading.blend import Weighed
from knowledge.reading.holders import OF_HOUSEHOLD, who_suffers
from knowledge.reading.measure import CORPUS, DAY
from knowledge.reading.model import HOUSEHOLD, Finding, Polarity, Span
from knowledge.reading.models.models import WEIGHTS, meta, tables
from knowledge.reading.models.words import Words
from knowledge.reading.prepared import Prepared
from knowledge.reading.reader import Reader
from knowledge.reading.verdict import Thresholds, consent, urgency, verdict
from knowledge.reading.whose import Whose
from knowledge.text import tidy
from knowledge.training import whose
from knowledge.training.data import read
from knowledge.training.fuse import Case, held_out
from tests.bench.reading_figures import issue_counts, whole_counts

KEPT = Path("var/train/heldout.pickle")


def left_out() -> list[tuple[str, dict[str, int]]] | None:
    """(writer, counts) per message of the later voices; None when `make train` has not run on this corpus."""
    paths = sorted(CORPUS.glob("*.jsonl"))
    if not KEPT.exists():
        return None
    digest, trained = pickle.loads(KEPT.read_bytes())
    if digest != hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest():
        return None
    catalogue = load("national")
    reader = Reader(catalogue, rules_only=True)
    relations = whose.relations_of(catalogue)
    cases, prepared, everybody = [], [], []
    for index, message in enumerate(read(paths, Words.of(tables(WEIGHTS / "words.npz")))):
        p = reader.prepare(message.gold["text"], DAY)
        everybody.append((message.gold, p))
        if message.new:
            prepared.append(p)
            cases.append(Case(message.gold, reader.evidence(p, trained.scores(message, index))))
    weighed, _, _ = held_out(cases, reader.about)
    rankers = whose.held_out(whose.choices(everybody, relations), {case.source for case in cases})
    numbers = meta()["thresholds"]
    assert isinstance(numbers, dict)
    limits = Thresholds.of(numbers)
    rows = []
    for case, p, w in zip(cases, prepared, weighed, strict=True):
        counts = holder_counts(case.gold, p, rankers[case.source], relations)
        rows.append((case.source, {**_counts(case, p, w, limits), **counts}))
    return rows


def _counts(case: Case, p: Prepared, w: Weighed, limits: Thresholds) -> dict[str, int]:
    e = case.evidence
    found = verdict(e, w, limits)
    agreed = consent(e, w, limits, lambda _: Span(0, 0)).state.value
    firm, maybe = {f.code for f in found.firm}, {m.code for m in found.maybe}
    return {
        **issue_counts(case.gold, firm, maybe),
        **whole_counts(case.gold, agreed, urgency(e, w, found.firm, limits).urgent),
        **polarity_counts(case.gold, p, (*found.firm, *found.aside)),
    }


def _places(gold: Mapping[str, Any], p: Prepared) -> Iterator[tuple[Mapping[str, Any], Span]]:
    for span in gold.get("spans", ()):
        words = tidy(span["text"]).text.strip()
        start = p.text.find(words)
        if words and start >= 0:
            yield span, Span(start, start + len(words))


def holder_counts(gold: Mapping[str, Any], p: Prepared, ranker: Whose, relations: Mapping[str, str]) -> dict[str, int]:
    """Holders told for the gold spans themselves (of this household). Persons are compared, not words for them;
    `holder_near` also counts a member instead of the household, or the other way round, for what a household has as a
    whole (debt, arrears, a house full of things): there the labels differ from writer to writer."""
    n = {"holders": 0, "holder_right": 0, "holder_near": 0, "holder_exact": 0}
    for span, place in _places(gold, p):
        if span["polarity"] == "other":
            continue
        said = ranker.holder(p.text, place.start, place.end, span["code"], p.members, p.mentions)
        said = who_suffers(span["code"], said, p.members)
        good = whose.holds(said, gold, span, p, relations)
        n["holders"] += 1
        n["holder_right"] += good
        n["holder_near"] += good or (span["code"] in OF_HOUSEHOLD and HOUSEHOLD in (said, span["holder"]))
        n["holder_exact"] += said == span["holder"]
    return n


def polarity_counts(gold: Mapping[str, Any], p: Prepared, found: tuple[Finding, ...]) -> dict[str, int]:
    """Polarities of findings that overlap a gold span of their code."""
    n = {"polarities": 0, "polarity_right": 0, "polarity_exact": 0}
    for span, place in _places(gold, p):
        said = next((f.polarity for f in found if f.code == span["code"] and f.span.overlaps(place)), None)
        if said is not None:
            n["polarities"] += 1
            n["polarity_right"] += said.holds == Polarity(span["polarity"]).holds
            n["polarity_exact"] += said == span["polarity"]
    return n
