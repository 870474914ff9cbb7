"""Signs that decide the route, the urgency and the consent: closed vocabulary, found with the tables of the pack.

Knows the ids and how they add up to `Urgency` and `ConsentReading`. Refuses to know what follows from them (routing).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from knowledge.reading.model import ConsentReading, ConsentState, Finding, Polarity, Signal, Span, Urgency

ROUTE_SIGNALS = (
    "stuck",  # 行き詰まっている
    "refused",  # 窓口に断られた、対象外と言われた
    "bounced",  # たらい回し
    "unowned",  # どこも受け持たない、狭間
    "roles_unclear",  # 役割が決まらない、意見が割れる
    "avoids_help",  # 本人・家族が支援を拒む、会えない
    "several_working",  # 複数の機関が動いている
    "coordinated",  # まとめ役がいて回っている
    "one_errand",  # 用件は手続き一つ
    "meeting_wanted",  # 集まって話したい
)
URGENT_SIGNALS = (
    "urgent.food",
    "urgent.shelter",
    "urgent.lifeline",
    "urgent.violence",
    "urgent.suicide",
    "urgent.life",
)
CONSENT_SIGNALS = (
    "consent.yes",
    "consent.no",
    "consent.pending",
    "consent.withdrawn",
    "consent.unreachable",
    "consent.not_asked",
)
SIGNALS = (*ROUTE_SIGNALS, *URGENT_SIGNALS, *CONSENT_SIGNALS)

FIRM = 1.0  # a weak sign is only asked about, it decides nothing
ABUSE = ("child_abuse", "elder_abuse", "disability_abuse", "dv")


def urgency_of(
    findings: Iterable[Finding], signals: Sequence[Signal], leaning: float | None, threshold: float
) -> Urgency:
    """Urgent when an abuse or suicide finding holds, a sign of danger stands in the text, or the model is sure.

    GUIDE's rule: abuse that must be notified, ongoing DV, wish to die or self-harm, no food or shelter today, lifeline
    cut, danger to life.
    """
    reasons: list[tuple[str, Span | None]] = []
    for finding in findings:
        if finding.code in ABUSE:
            reasons.append(("abuse", finding.span))
        elif finding.code == "suicide_risk":
            reasons.append(("suicide", finding.span))
    reasons += [
        (signal.code.removeprefix("urgent."), signal.span)
        for signal in signals
        if signal.code in URGENT_SIGNALS and signal.score >= FIRM
    ]
    if not reasons and leaning is not None and leaning >= threshold:
        reasons.append(("model", None))
    unique = dict(reversed(reasons))
    return Urgency(bool(reasons), tuple((reason, unique[reason]) for reason in sorted(unique)))


_DETAIL = {
    "consent.withdrawn": ConsentState.NO,
    "consent.no": ConsentState.NO,
    "consent.unreachable": ConsentState.NO,
    "consent.pending": ConsentState.NO,
    "consent.not_asked": ConsentState.NO,
    "consent.yes": ConsentState.YES,
}
_OVERTAKEN = ("consent.unreachable", "consent.pending")


def consent_of(
    signals: Sequence[Signal], scores: dict[str, float] | None = None, threshold: float = 0.5
) -> ConsentReading:
    """A refusal by anyone concerned outweighs an agreement; where the words are silent the model may speak.

    Doors that stayed shut (unreachable, pending) are overtaken by an agreement that is told after them.
    """
    said = [signal for signal in signals if signal.code in CONSENT_SIGNALS and signal.score >= FIRM]
    agreed = max((signal.span.start for signal in said if signal.code == "consent.yes"), default=-1)
    found = {s.code: s for s in reversed(said) if s.code not in _OVERTAKEN or s.span.start > agreed}
    for code, state in _DETAIL.items():
        if code in found:
            return ConsentReading(state, code.removeprefix("consent."), found[code].span)
    if scores:
        best = max(sorted(scores), key=lambda name: scores[name])
        if best != "unknown" and scores[best] >= threshold:
            return ConsentReading(ConsentState(best), "model", None, scores[best])
    return ConsentReading(ConsentState.UNKNOWN)


HOLDS = (Polarity.PRESENT, Polarity.SUSPECTED)
