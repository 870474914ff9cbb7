"""What the expression tables do on the labelled corpus: per row and per code, hits that are right and wrong.

For the people who extend the tables: a row that is never right, or often wrong, is shown before it harms anybody.
Knows the corpus format (docs/labelling.md); refuses to know the models.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from knowledge.catalogue import Expression
from knowledge.reading.reader import Reader

CORPUS = Path(__file__).parent.parent / "corpus"
DAY = date(2026, 11, 1)


def messages(sources: Iterable[str] = (), folder: Path = CORPUS) -> Iterator[dict[str, Any]]:
    """The labelled messages of all writers, or of those named."""
    wanted = set(sources)
    for path in sorted(folder.glob("*.jsonl")):
        if not wanted or path.stem in wanted:
            with path.open(encoding="utf-8") as lines:
                yield from (json.loads(line) for line in lines if line.strip())


@dataclass(slots=True)
class Row:
    """What one expression did: messages where the code is right, defensible, or wrong."""

    right: int = 0
    okay: int = 0
    wrong: int = 0
    trapped: int = 0
    wrong_in: list[str] = field(default_factory=list)


def by_row(reader: Reader, corpus: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Row]:
    """(code, pattern) → what it did; a finding that was set aside does not count as raised."""
    rows: dict[tuple[str, str], Row] = defaultdict(Row)
    for message in corpus:
        reading = reader.read(message["text"], DAY)
        for code, entry in sorted({(f.code, f.entry) for f in reading.findings}):
            row = rows[code, entry]
            if code in message["issues"]:
                row.right += 1
            elif code in message.get("ok_issues", ()):
                row.okay += 1
            else:
                row.wrong += 1
                row.trapped += code in message.get("not_issues", ())
                row.wrong_in.append(message["text"])
    return dict(rows)


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


def unused(expressions: Iterable[Expression], rows: Mapping[tuple[str, str], Row]) -> list[Expression]:
    """Expressions that raised nothing on the corpus."""
    return [e for e in expressions if (e.target, e.pattern) not in rows]
