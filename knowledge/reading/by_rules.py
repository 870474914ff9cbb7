"""What the rules alone say of a message, where no models are at hand.

Knows how strong a hit must be to be said. Refuses to know how hits are found (lexicon.py) and what models say (verdict.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from knowledge.reading.model import Finding, Maybe, Reading
from knowledge.reading.signals import consent_of, dated, urgency_of
from knowledge.reading.verdict import MOST_MAYBE


def by_rules(text: str, plain: Reading, findings: Sequence[Finding]) -> Reading:
    """`plain` with what firm hits say, what weak ones offer, and consent and urgency by their signs."""
    holds = tuple(f for f in findings if f.polarity.holds)
    firm = tuple(f for f in holds if f.score >= 1.0)
    return replace(
        plain,
        findings=firm,
        set_aside=tuple(f for f in findings if not f.polarity.holds),
        maybe=_maybes(holds, firm),
        consent=consent_of(plain.signals),
        urgency=dated(text, urgency_of(firm, plain.signals, None, 1.0)),
    )


def _maybes(holds: Sequence[Finding], firm: Sequence[Finding]) -> tuple[Maybe, ...]:
    said = {finding.code for finding in firm}
    best: dict[str, Finding] = {}
    for finding in holds:
        if finding.code not in said and finding.score > (best[finding.code].score if finding.code in best else 0.0):
            best[finding.code] = finding
    ranked = sorted(best.values(), key=lambda f: (-f.score, f.span.start, f.code))[:MOST_MAYBE]
    return tuple(Maybe(f.code, f.score, f.span, f.holder) for f in ranked)
