"""Why a text was read as it was: coloured spans, polarity, holder, and which entry or cue decided; plain data for a page.

Translates a `Reading`; refuses to know rules. Colours are ANSI for terminals; every colour is also a word.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.render import Renderer
from bot.views import Mark
from knowledge.reading.identity import mask
from knowledge.reading.model import Finding, Reading

_COLOURS = {
    "present": "1;31",
    "suspected": "33",
    "denied": "36",
    "past": "35",
    "resolved": "32",
    "other": "34",
    "": "0",
}


def marks_of(reading: Reading) -> tuple[Mark, ...]:
    """Every finding as a mark, firm ones and those set aside."""
    found = (*reading.findings, *reading.set_aside)
    return tuple(
        Mark(f.span.start, f.span.end, f"issue:{f.code}", f.polarity.value) for f in found if f.span.end > f.span.start
    )


def explain_lines(reading: Reading, renderer: Renderer, colour: bool) -> Iterator[str]:
    """The text with its spans, then one line per finding, maybe, sign, member and detail that was masked."""
    shown = mask(reading.text, reading.identity)
    parts = renderer.marked(shown, marks_of(reading))
    yield "".join(
        _paint(f"{words}〔{label}〕", polarity, colour) if label else words for words, label, polarity in parts.parts
    )
    for finding in reading.findings:
        yield renderer.text("explain/finding.j2", **_finding(finding, shown))
    for finding in reading.set_aside:
        yield renderer.text("explain/finding.j2", **_finding(finding, shown))
    for maybe in reading.maybe:
        quote = maybe.span.of(shown) if maybe.span else ""
        yield renderer.text("explain/maybe.j2", code=maybe.code, score=maybe.score, quote=quote)
    for signal in reading.signals:
        yield renderer.text(
            "explain/signal.j2", code=signal.code, quote=signal.span.of(shown), firm=signal.score >= 1.0
        )
    quote = reading.consent.span.of(shown) if reading.consent.span else ""
    yield renderer.text(
        "explain/whole.j2",
        consent=reading.consent.state.value,
        detail=reading.consent.detail,
        quote=quote,
        urgent=[(reason, span.of(shown) if span else "") for reason, span in reading.urgency.reasons],
        deadline=reading.urgency.deadline.of(shown) if reading.urgency.deadline else "",
        leanings=dict(sorted(reading.leanings.coordination.items(), key=lambda item: -item[1])),
        members=[{"key": m.key, "age": m.age_text or m.age, "outside": m.outside} for m in reading.members],
        identity=[mark.kind.value for mark in reading.identity],
    )


def _finding(finding: Finding, shown: str) -> dict[str, object]:
    return {
        "code": finding.code,
        "holder": finding.holder,
        "polarity": finding.polarity.value,
        "found_by": finding.found_by.value,
        "entry": finding.entry,
        "score": finding.score,
        "quote": finding.span.of(shown),
        "cue": finding.cue.of(shown) if finding.cue else "",
    }


def _paint(words: str, polarity: str, colour: bool) -> str:
    return f"\x1b[{_COLOURS[polarity]}m{words}\x1b[0m" if colour else words
