"""Whole proposals for corpus messages by models and a blend that have not seen the writer.

Uses the scores that the last `make train` kept in var/train (models of other folds); the blend is fitted again without the
writer. Thresholds and `lean` are the shipped ones, chosen on these voices together.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from bot.assess import describe
from bot.world import Town
from knowledge.reading.measure import CORPUS, DAY
from knowledge.reading.models.models import WEIGHTS, tables
from knowledge.reading.models.words import Words
from knowledge.reading.trained import standard
from knowledge.training.data import read
from knowledge.training.fuse import Case, held_out
from routing.decision import decide
from routing.gather import facts_of
from tests.bench.reading_left_out import KEPT


def proposals_left_out(town: Town, on: date) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """(gold, what `assess` would say) of every message of the later voices; nothing when `make train` has not run."""
    paths = sorted(CORPUS.glob("*.jsonl"))
    if not KEPT.exists():
        return
    digest, trained = pickle.loads(KEPT.read_bytes())
    if digest != hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest():
        return
    reader, policy, cases, walked = town.reader, town.policy, [], []
    for index, message in enumerate(read(paths, Words.of(tables(WEIGHTS / "words.npz")))):
        if message.new:
            prepared, scores = reader.prepare(message.gold["text"], DAY), trained.scores(message, index)
            cases.append(Case(message.gold, reader.evidence(prepared, scores)))
            walked.append((prepared, scores))
    _, _, blends = held_out(cases, reader.about)
    for case, (prepared, scores) in zip(cases, walked, strict=True):
        unseen = replace(standard(), blend=blends[case.source])
        reading = reader.judged(case.gold["text"], prepared, unseen, scores)
        facts = facts_of(reading, town.catalogue, on, policy.sure, policy.ask_issue_from, policy.lean)
        proposal = decide(facts, policy, town.catalogue, on)
        yield case.gold, {"id": case.gold["id"], **describe(town, reading, proposal)}
