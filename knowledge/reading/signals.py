"""Signs that decide the route, the urgency and the consent: closed vocabulary, found with the tables of the pack.

Knows the ids and how they add up to `Urgency` and `ConsentReading`. Refuses to know what follows from them (routing).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

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
LIVES_ON = "lives_on"  # on a pension or an allowance: by itself neither exploitation nor destitution
SIGNALS = (*ROUTE_SIGNALS, *URGENT_SIGNALS, *CONSENT_SIGNALS, LIVES_ON)

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


_SOON = re.compile(
    r"(?:あと|残り)[0-9一二三四五六七八九十]{1,3}(?:日|時間|週間)(?:で|分|しか)?"
    r"|(?:今日|本日|今週|今月)(?:中|いっぱい|じゅう|限り|まで)(?:に|で)?|[0-9一二三四五六七八九十]{1,3}(?:日|週間)後(?:に|には)?"
    r"|(?:今夜|今晩|明日|明朝|明後日|あさって|あす|あした|今週末|週末|今月末|月末|来週)(?:中|の朝|の[月火水木金土日]曜日?|まで)?(?:に|で|には|から|の)?"
)
_UNTIL = re.compile(r"^(?:あと|残り|.*(?:中|いっぱい|限り|まで))")
_STOP = re.compile(r"[。!?\n]")


def deadline_of(text: str, urgency: Urgency) -> Span | None:
    """The words that say until when: in a reason's own sentence, else anywhere when they can only mean a deadline."""
    found = list(_SOON.finditer(text)) if urgency.urgent else []
    edges = [0, *(match.end() for match in _STOP.finditer(text)), len(text)]
    for _, span in urgency.reasons:
        if span is not None:
            first = max(edge for edge in edges if edge <= span.start)
            last = min(edge for edge in edges if edge >= span.end)
            near = [match for match in found if first <= match.start() < last]
            if near:
                return Span(*min(near, key=lambda match: abs(match.start() - span.start)).span())
    sure = next((match for match in found if _UNTIL.match(match.group())), None)
    return None if sure is None else Span(*sure.span())


def dated(text: str, urgency: Urgency) -> Urgency:
    """The same with the words that say until when."""
    return replace(urgency, deadline=deadline_of(text, urgency))


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


def only_begun(signals: Sequence[Signal]) -> bool:
    """Whether somebody agreed, somebody (or something) else is told as not yet asked, and nobody refused: still to be asked."""
    said = {s.code for s in signals if s.score >= FIRM and s.code in CONSENT_SIGNALS}
    return said == {"consent.yes", "consent.not_asked"}


def standing(signals: Sequence[Signal]) -> list[Signal]:
    """The signs without agreements whose own words are part of a refusal or of something taken back."""
    against = [s.span for s in signals if s.code in _DENYING and s.score >= FIRM]
    return [s for s in signals if s.code != "consent.yes" or not any(s.span.overlaps(span) for span in against)]


_NEAR = 6
_DENYING = ("consent.no", "consent.withdrawn")


def denied(signals: Sequence[Signal]) -> ConsentReading | None:
    """The refusal that takes an agreement's own words back (同意していない), when every agreement is taken back by one."""
    said = [signal for signal in signals if signal.score >= FIRM]
    agreed = [signal.span for signal in said if signal.code == "consent.yes"]
    against = [signal for signal in said if signal.code in _DENYING]

    def back(yes: Span) -> Signal | None:
        return next((n for n in against if n.span.start <= yes.end + _NEAR and yes.start <= n.span.end), None)

    found = [back(yes) for yes in agreed]
    if against and all(found):
        first = next((n for n in found if n), against[0])
        return ConsentReading(ConsentState.NO, first.code.removeprefix("consent."), first.span)
    return None


HOLDS = (Polarity.PRESENT, Polarity.SUSPECTED)
