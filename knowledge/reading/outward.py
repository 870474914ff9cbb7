"""A reading on its way out: spans grown over the words they cut, and moved from the tidied to the original text.

Refuses to know what the spans say.
"""

from __future__ import annotations

from dataclasses import replace

from knowledge.reading.model import Finding, Reading, Span
from knowledge.reading.prepared import Prepared
from knowledge.text import Folded


def whole(reading: Reading, p: Prepared) -> Reading:
    """The same reading with spans that cut no word."""
    grow = p.whole_words()

    def grown(f: Finding) -> Finding:
        span = grow(f.span)
        return f if span == f.span else replace(f, span=span)

    return replace(
        reading,
        findings=tuple(map(grown, reading.findings)),
        set_aside=tuple(map(grown, reading.set_aside)),
        maybe=tuple(m if m.span is None else replace(m, span=grow(m.span)) for m in reading.maybe),
        consent=replace(reading.consent, span=reading.consent.span and grow(reading.consent.span)),
        urgency=replace(
            reading.urgency, reasons=tuple((reason, span and grow(span)) for reason, span in reading.urgency.reasons)
        ),
    )


def outward(reading: Reading, tidied: Folded) -> Reading:
    """The same reading with every span moved from the tidied to the original text."""
    if tidied.length == len(tidied.text) and tidied.starts == tuple(range(tidied.length)):
        return reading

    def out(span: Span) -> Span:
        return Span(*tidied.span(span.start, span.end))

    def maybe_out(span: Span | None) -> Span | None:
        return None if span is None else out(span)

    def finding(f: Finding) -> Finding:
        return replace(f, span=out(f.span), cue=maybe_out(f.cue), also=tuple(map(out, f.also)))

    return replace(
        reading,
        findings=tuple(map(finding, reading.findings)),
        set_aside=tuple(map(finding, reading.set_aside)),
        maybe=tuple(replace(m, span=maybe_out(m.span)) for m in reading.maybe),
        members=tuple(replace(m, span=maybe_out(m.span)) for m in reading.members),
        places=tuple(replace(p, span=out(p.span)) for p in reading.places),
        agencies=tuple(replace(a, span=out(a.span)) for a in reading.agencies),
        consent=replace(reading.consent, span=maybe_out(reading.consent.span)),
        urgency=replace(
            reading.urgency,
            reasons=tuple((reason, maybe_out(span)) for reason, span in reading.urgency.reasons),
            deadline=maybe_out(reading.urgency.deadline),
        ),
        identity=tuple(replace(m, span=out(m.span)) for m in reading.identity),
        signals=tuple(replace(s, span=out(s.span)) for s in reading.signals),
        wanted=tuple(replace(w, span=out(w.span)) for w in reading.wanted),
    )
