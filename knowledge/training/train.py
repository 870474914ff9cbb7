"""`make train`: reads the corpus, trains everything with writers held out, fits the blend, prints the table, writes
knowledge/reading/models/weights/. The same corpus and tables give the same bytes.

`--fuse` only fits the blend and the thresholds again (after the expression tables changed), from the scores that the
last full run kept in the work folder.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pickle
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.load import PACKS, load
from knowledge.reading.measure import CORPUS, DAY
from knowledge.reading.models.models import WEIGHTS, tables
from knowledge.reading.models.words import Words
from knowledge.reading.reader import Reader
from knowledge.training import whose
from knowledge.training.choose import thresholds, with_field_threshold
from knowledge.training.data import Message, read
from knowledge.training.fuse import Case, held_out
from knowledge.training.heldout import Trained, one_thread, train
from knowledge.training.table import answer, figures, printed

VERSION = "2026.11.6"
DATED = "2026-11-22"
KEPT = "heldout.pickle"


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m knowledge.training.train", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--work", type=Path, default=Path("var/train"))
    parser.add_argument("--date", default=DATED, help="written to meta.json; the clock is not read")
    parser.add_argument("--fuse", action="store_true", help="only fit blend and thresholds again")
    options = parser.parse_args(arguments)
    one_thread()
    paths = sorted(options.corpus.glob("*.jsonl"))
    digest, pack = _digest(paths), _digest(sorted((PACKS / "national").rglob("*.csv")))
    kept = options.work / KEPT
    words = Words.of(tables(options.out / "words.npz"))
    messages = read(paths, words)
    trained = _kept(kept, digest) if options.fuse else train(messages, words)
    if not options.fuse:
        options.work.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(pickle.dumps((digest, trained)))
        for name in ("message", "clause", "sentence", "tagger", "stack"):
            _save(options.out / f"{name}.npz", getattr(trained.models, name).tables())
    fit_whose(messages, options.out)
    about = {"version": VERSION, "date": options.date, "corpus": digest, "tables": pack, "messages": len(messages)}
    sys.stdout.write(fused(messages, trained, options.out, about) + "\n")
    return 0


def _digest(paths: Sequence[Path]) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def _save(path: Path, named: Mapping[str, Any]) -> None:
    """One file; its bytes depend on the numbers only."""
    np.savez(path, **named)


def _kept(path: Path, digest: str) -> Trained:
    found: tuple[str, Trained] = pickle.loads(path.read_bytes())  # noqa: S301 - our own file
    if found[0] != digest:
        raise SystemExit("コーパスが変わっています。--fuse を付けずに、はじめから学習してください。")
    return found[1]


def fit_whose(messages: Sequence[Message], out: Path) -> None:
    """Fit and write what tells whose an issue is."""
    catalogue = load("national")
    reader = Reader(catalogue, rules_only=True)
    golds = ((m.gold, reader.prepare(m.gold["text"], DAY)) for m in messages)
    ranker = whose.fit(whose.choices(golds, whose.relations_of(catalogue)))
    named: Mapping[str, Any] = ranker.tables()
    np.savez_compressed(out / "whose.npz", **named)  # names of clues: text, unlike the rest


def fused(messages: Sequence[Message], trained: Trained, out: Path, about: dict[str, Any]) -> str:
    """Fit and write the blend and meta.json; the table of the plain voices, each by a blend that has not seen it."""
    reader = Reader(load("national"), rules_only=True)
    cases = []
    for index, message in enumerate(messages):
        if message.new:
            prepared = reader.prepare(message.gold["text"], DAY)
            cases.append(Case(message.gold, reader.evidence(prepared, trained.scores(message, index))))
    weighed, blend, _ = held_out(cases, reader.about)
    pairs = list(zip(cases, weighed, strict=True))
    limits = thresholds(pairs)
    blend, field = with_field_threshold(blend, pairs)
    _save(out / "blend.npz", blend.tables())
    text = json.dumps({**about, "thresholds": asdict(limits)}, ensure_ascii=False, indent=1, sort_keys=True)
    (out / "meta.json").write_text(text + "\n", encoding="utf-8")
    answers = [(case, answer(case, w, limits, field)) for case, w in pairs]
    groups = {"new": figures(answers)}
    for source in sorted({case.source for case in cases}):
        groups[source] = figures([(c, a) for c, a in answers if c.source == source])
    return printed(groups)


if __name__ == "__main__":
    sys.exit(main())
