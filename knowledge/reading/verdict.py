"""Probabilities → what is said firmly, what is offered, what is set aside, and why it is urgent.

Knows thresholds. A rules' finding keeps its words; what a model alone found says so. Refuses to know how probabilities
came about (blend.py) and what follows from them (routing).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from knowledge.reading.blend import Weighed
from knowledge.reading.evidence import ABUSE_FIELDS, BORN, EXPLOITED, Evidence, protects
from knowledge.reading.model import (
    ConsentReading,
    ConsentState,
    Finding,
    FoundBy,
    Maybe,
    Polarity,
    Span,
    Urgency,
)
from knowledge.reading.models.codes import DANGER
from knowledge.reading.models.models import MENTIONED
from knowledge.reading.models.spans import ModelSpan
from knowledge.reading.signals import LIVES_ON, consent_of, denied, only_begun, urgency_of

MOST_MAYBE = 5
_DV, _CHILD = "dv", "child_abuse"
UTTERED = "suicide_risk"  # who says it is believed
NOBODY, SOMEBODY = -0.9, 0.5  # of `protects`: nobody, somebody is there whom that law protects


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which probability something is said; `agreed`, `refused`: of consent; `unsaid`: of a refusal for which
    no firm words stand in the text (rather ask than take for refused: on natural writers left out 158 such were right and 35
    wrong; from .6 on it would be 189 and 55). `first`: by how much danger goes first
    among what is offered. `said`: rules' hits of this score are at least offered, as if their probability were
    `said_rank`, unless it is below `said_from` (danger in firm words always). `danger_heard`: danger that the rules
    heard in so many words; `surely`: when besides somebody uttered it, or somebody is there whom the law on it protects.
    `overrule`: what the rules set aside by the words around it, and nowhere affirm as surely, is said only when the
    models are that sure that it is meant as true now; `doubted`: it is offered only from this probability. `meant`: below
    it the models do not think that what is mentioned is so; unless it is `clear` all the same, it is offered, not said. `alone`: below it
    nothing but danger and what rules heard is offered where there is no issue at all: an errand (on writers left out 7 of
    215 such offers were right)."""

    firm: float = 0.5
    danger_firm: float = 0.6
    danger_heard: float = 0.25
    surely: float = 0.1
    maybe: float = 0.03
    danger_maybe: float = 0.02
    first: float = 12.0
    said: float = 0.5
    said_rank: float = 0.05
    said_from: float = 0.01
    urgent: float = 0.5
    agreed: float = 0.6
    refused: float = 0.75
    unsaid: float = 0.7
    overrule: float = 0.85
    doubted: float = 0.25
    meant: float = 0.4
    clear: float = 0.9
    alone: float = 0.08

    @classmethod
    def of(cls, numbers: Mapping[str, float]) -> Thresholds:
        """From the numbers in meta.json."""
        return cls(**{name: float(value) for name, value in numbers.items()})


@dataclass(frozen=True, slots=True)
class Verdict:
    """The findings of one message, all positions tidy."""

    firm: tuple[Finding, ...]
    maybe: tuple[Maybe, ...]
    aside: tuple[Finding, ...]


def verdict(e: Evidence, weighed: Weighed, limits: Thresholds) -> Verdict:
    """Sort every candidate into firm, maybe and set aside; a code is never both firm and maybe. An empty holder is not known yet."""
    firm: list[Finding] = []
    aside = [f for f in e.findings if not f.polarity.holds]
    offered: list[tuple[float, bool, Maybe]] = []
    for code, p in weighed.codes.items():
        danger = code in DANGER
        said = max((f.score for f in e.findings if f.code == code and f.polarity.holds), default=0.0)
        heard = said >= limits.said and (
            p >= limits.said_from or (danger and said >= 1.0) or _affirmed(e, code, limits.said)
        )
        if p < (limits.danger_maybe if danger else limits.maybe) and not heard:
            continue
        denied = said < max((f.score for f in aside if f.code == code), default=0.0)
        if denied and p < limits.doubted and not danger:
            continue
        nobody = code in ABUSE_FIELDS and code not in e.sure and protects(e, code) <= NOBODY
        if nobody and p < limits.doubted and not heard:
            continue
        best = _holding(e, code, p)
        sure = p >= _least(limits, e, code, said) and _meant(e, code, p, denied, limits)
        if sure and not nobody and not _only_lives_on(e, code, best):
            firm += best
        else:
            span = best[0].span if best else None
            rank = max(p * (limits.first if danger else 1.0), limits.said_rank * heard)
            plain = danger or heard or p >= limits.alone
            offered.append((rank, plain, Maybe(code, p, span, best[0].holder if best else "")))
    aside += _model_asides(e, {f.code for f in e.findings} | {f.code for f in firm})
    offered += _beside_dv(e, firm, weighed, {f.code for f in firm} | {maybe.code for *_, maybe in offered})
    shown = sorted((o for o in offered if firm or o[1]), key=lambda o: (-o[0], o[2].code))
    return Verdict(_ordered(firm), tuple(maybe for *_, maybe in shown[:MOST_MAYBE]), _ordered(aside))


def _beside_dv(
    e: Evidence, firm: Sequence[Finding], weighed: Weighed, known: set[str]
) -> list[tuple[float, bool, Maybe]]:
    """Violence between partners in a home with a child is asked about as abuse of that child (児童虐待防止法2条4号)."""
    blows = next((f for f in firm if f.code == _DV), None)
    here = any(m.minor or (m.minor is None and m.relation in BORN) for m in e.members if not m.outside)
    if blows is None or not here or _CHILD in known:
        return []
    p = weighed.codes.get(_CHILD, 0.0)
    return [(p, True, Maybe(_CHILD, p, blows.span))]


def _meant(e: Evidence, code: str, p: float, denied: bool, limits: Thresholds) -> bool:
    """Whether what is mentioned is meant as true, as the models hear it, against what the words around it say."""
    if denied and e.scores.asserted.get(code, 0.0) < limits.overrule:
        return False
    return code in DANGER or p >= limits.clear or e.scores.asserted.get(code, 1.0) >= limits.meant


def _only_lives_on(e: Evidence, code: str, found: Sequence[Finding]) -> bool:
    """Whether somebody lives on a relative's pension, which is no harm by itself, and no words of harm were heard: the desk is
    asked (on writers left out the models alone were right in one of nine such messages)."""
    lives_on = any(signal.code == LIVES_ON for signal in e.signals)
    return code in EXPLOITED and lives_on and all(f.found_by is FoundBy.MODEL for f in found)


def _least(limits: Thresholds, e: Evidence, code: str, said: float) -> float:
    """From which probability an issue is said firmly."""
    if code not in DANGER:
        return limits.firm
    if said < 1.0:
        return limits.danger_firm
    if _affirmed(e, code, 1.0):
        return 0.0
    surely = code == UTTERED or (code in ABUSE_FIELDS and protects(e, code) > SOMEBODY)
    return min(limits.surely if surely else limits.danger_heard, limits.danger_firm)


def _affirmed(e: Evidence, code: str, score: float) -> bool:
    """Whether the words around danger were weighed and mean it all the same: 「いつも殴るわけじゃない」."""
    return code in DANGER and any(
        f.code == code and f.score >= score and f.polarity is Polarity.PRESENT and f.cue is not None for f in e.findings
    )


def _holding(e: Evidence, code: str, p: float) -> list[Finding]:
    """The rules' findings of a code that hold, else what the rules set aside but the whole text affirms, else the
    model's own words."""
    hits = [f for f in e.findings if f.code == code]
    holds = [f for f in hits if f.polarity.holds]
    span = e.scores.spans.get(code)
    if holds:
        strong = [f for f in holds if f.score >= 1.0]
        return strong or [replace(f, score=p) for f in _telling(holds, span)]
    if span is None:
        return []
    place = Span(span.start, span.end)
    return [Finding(code, place, "", Polarity(span.held), FoundBy.MODEL, "model", min(p, 0.999))]


def _telling(weak: Sequence[Finding], span: ModelSpan | None) -> Sequence[Finding]:
    """Of hints that say little by themselves (「園」) those where the models look, else the one of most words."""
    there = [f for f in weak if span is not None and f.span.start < span.end and span.start < f.span.end]
    return there or [max(weak, key=lambda f: (f.span.end - f.span.start, -f.span.start))]


def _model_asides(e: Evidence, taken: set[str]) -> list[Finding]:
    """Mentions that only a model saw and that are not meant as true now."""
    found = []
    for code, span in e.scores.spans.items():
        if code in taken or e.scores.mentioned[code] < MENTIONED:
            continue
        said = e.scoped.get(code, Polarity.PRESENT)
        true = e.scores.asserted[code]
        if said.holds and true >= 0.5:
            continue
        place = Span(span.start, span.end)
        polarity = Polarity(span.absent) if said.holds else said
        found.append(Finding(code, place, "", polarity, FoundBy.MODEL, "model", round(1 - true, 3)))
    return found


def _ordered(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda f: (f.span.start, f.span.end, f.code)))


Words = Callable[[str], Span | None]  # what speaks most for a head


def urgency(
    e: Evidence, weighed: Weighed, firm: Sequence[Finding], limits: Thresholds, words: Words | None = None
) -> Urgency:
    """Urgent when the blend says so or danger is firm (GUIDE); the reasons are what rules and findings give, else the
    words that moved the models most."""
    if weighed.urgent < limits.urgent and not any(finding.code in DANGER for finding in firm):
        return Urgency(False)
    found = urgency_of(firm, e.signals, weighed.urgent, limits.urgent)
    if words is not None and found.reasons == (("model", None),):
        return replace(found, reasons=(("model", words("urgent")),))
    return found


def consent(e: Evidence, weighed: Weighed, limits: Thresholds, clause: Words) -> ConsentReading:
    """The likelier of yes and no when it is likely enough; the words are the rules' own where they say the same."""
    best = max(("no", "yes"), key=lambda name: weighed.consent[name])
    said = consent_of(e.signals)
    least = limits.agreed if best == "yes" else limits.refused
    if best == "no" and said.state is not ConsentState.NO:
        least = max(least, limits.unsaid)
    if weighed.consent[best] < least or only_begun(e.signals):
        return ConsentReading(ConsentState.UNKNOWN)
    if best == "yes" and (no := denied(e.signals)) is not None:  # never share on the strength of a word that is denied
        return replace(no, score=weighed.consent["no"])
    if said.state.value == best:
        return replace(said, score=weighed.consent[best])
    return ConsentReading(ConsentState(best), "model", clause(best), weighed.consent[best])
