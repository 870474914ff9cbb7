"""The labelled messages, and what a reader does on them per code.

Knows the corpus format (docs/labelling.md); refuses to know how rows are tried (rows.py) and how models are trained.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from knowledge.reading.reader import Reader

CORPUS = Path(__file__).parent.parent / "corpus"
DAY = date(2026, 11, 1)


def messages(sources: Iterable[str] = (), folder: Path = CORPUS) -> Iterator[dict[str, Any]]:
    """The labelled messages of all writers, or of those named."""
    wanted = set(sources)
    for path in sorted(folder.glob("*.jsonl")):
        if not wanted or path.stem in wanted:
            yield from lines_of(path)


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """The labelled messages of one file; none when there is no such file."""
    if path.exists():
        with path.open(encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines if line.strip())


@dataclass(slots=True)
class Row:
    """What one expression did: messages where the code is right, defensible, or wrong (`trapped`: a known trap)."""

    right: int = 0
    okay: int = 0
    wrong: int = 0
    trapped: int = 0
    wrong_in: list[str] = field(default_factory=list)


def by_code(reader: Reader, corpus: Iterable[Mapping[str, Any]]) -> dict[str, Counter[str]]:
    """Code → tp, fp, fn, offered (right ones among 「もしかして」 only)."""
    codes: dict[str, Counter[str]] = defaultdict(Counter)
    for message in corpus:
        reading = reader.read(message["text"], DAY)
        want, okay = set(message["issues"]), set(message.get("ok_issues", ()))
        got, maybe = {f.code for f in reading.findings}, {m.code for m in reading.maybe}
        for code in want & got:
            codes[code]["tp"] += 1
        for code in got - want - okay:
            codes[code]["fp"] += 1
        for code in want - got:
            codes[code]["fn"] += 1
            codes[code]["offered"] += code in maybe
    return dict(codes)
