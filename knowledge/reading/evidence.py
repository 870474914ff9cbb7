"""What rules and models each say of one message, side by side as numbers for the blend.

Knows which of their statements are comparable. Refuses to know how much each is worth (blend.py) and any threshold.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from knowledge.reading.model import Finding, FoundBy, Member, Polarity, Signal
from knowledge.reading.models.codes import DANGER, DECISIONS, FIELDS
from knowledge.reading.models.models import SHOWN, ModelScores
from knowledge.reading.signals import CONSENT_SIGNALS, ROUTE_SIGNALS, URGENT_SIGNALS

_EDGE = 1e-3
_ELDER, _CHILD = "elder_abuse", "child_abuse"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Rules' findings, signs and members (tidy positions), and the models' scores with the polarity that the
    words around each model's span give it."""

    findings: tuple[Finding, ...]
    signals: tuple[Signal, ...]
    members: tuple[Member, ...]
    scores: ModelScores
    scoped: Mapping[str, Polarity]

    def candidates(self) -> list[str]:
        """The codes that anybody speaks for or against."""
        said = {finding.code for finding in self.findings}
        return sorted(said | {code for code in self.scores.spans if self.scores.codes[code] >= SHOWN})


@dataclass(frozen=True, slots=True)
class CodeFields:
    """The fields that a code of the catalogue touches: the first carries the weight."""

    first: str
    rest: tuple[str, ...]
    more: tuple[str, ...]


def of_fitting_age(e: Evidence) -> Evidence:
    """Abuse of nobody who is there is the abuse of whoever is: with a child and nobody who could be old, what sounds like
    高齢者虐待 is 児童虐待 (児童虐待防止法2条: 18歳未満; 高齢者虐待防止法2条: 65歳以上)."""
    inside = [member for member in e.members if not member.outside]
    old = any(member.aged is not False and member.minor is not True for member in inside)
    if old or not any(member.minor for member in inside):
        return e
    s = e.scores
    return replace(
        e,
        findings=tuple(replace(f, code=_CHILD) if f.code == _ELDER else f for f in e.findings),
        scores=replace(
            s,
            codes=_as_child(s.codes, max),
            asserted=_as_child(s.asserted, max),
            mentioned=_as_child(s.mentioned, max),
            spans=_as_child(s.spans, lambda own, _: own),
        ),
        scoped=_as_child(e.scoped, lambda own, _: own),
    )


def _as_child(table: Mapping[str, T], both: Callable[[T, T], T]) -> dict[str, T]:
    if _ELDER not in table:
        return dict(table)
    rest = {code: value for code, value in table.items() if code != _ELDER}
    elder = table[_ELDER]
    return {**rest, _CHILD: both(table[_CHILD], elder) if _CHILD in table else elder}


def logit(p: float) -> float:
    """Log odds, cut at 1/1000."""
    p = min(max(p, _EDGE), 1 - _EDGE)
    return math.log(p / (1 - p))


def code_rows(e: Evidence, codes: Sequence[str]) -> list[list[float]]:
    """What speaks for and against some codes."""
    hits: dict[str, list[Finding]] = {}
    for finding in e.findings:
        hits.setdefault(finding.code, []).append(finding)
    return [_code_row(e, code, hits.get(code, ())) for code in codes]


def _code_row(e: Evidence, code: str, hits: Sequence[Finding]) -> list[float]:
    m = logit(e.scores.codes.get(code, 0.5))  # a code of a local pack: its hits alone decide
    true, seen = logit(e.scores.asserted.get(code, 0.5)), logit(e.scores.mentioned.get(code, 0.5))
    danger, absent = float(code in DANGER), float(code in e.scoped and not e.scoped[code].holds)
    if not hits:
        return [m, true, seen, *_UNSAID, absent, danger, 0.0, 0.0]
    holds = [f for f in hits if f.polarity.holds]
    firm = float(any(f.score >= 1.0 for f in holds))
    weak = float(any(f.score < 1.0 and f.found_by is not FoundBy.NEAR for f in holds)) * (1 - firm)
    near = float(any(f.found_by is FoundBy.NEAR for f in holds)) * (1 - firm)
    slot = float(any(f.found_by is FoundBy.SLOT for f in holds))
    aside = [float(any(f.polarity is p for f in hits)) for p in _ASIDE]
    rules = [firm, weak, near, slot, *aside]
    return [m, true, seen, *rules, absent, danger, danger * firm, danger * max(weak, near)]


_ASIDE = (Polarity.DENIED, Polarity.PAST, Polarity.OTHER, Polarity.RESOLVED)
_UNSAID = (0.0,) * (4 + len(_ASIDE))
ABUSE_FIELDS = {"child_abuse": "こども", "elder_abuse": "高齢", "disability_abuse": "障がい"}


def route_row(e: Evidence) -> list[float]:
    """What hints at ordinary, one_field or cross_field."""
    said = _strongest(e.signals)
    heads = [logit(e.scores.heads[d]) for d in DECISIONS]
    return [*heads, *(said.get(name, 0.0) for name in ROUTE_SIGNALS), float(any(c in said for c in CONSENT_SIGNALS))]


def consent_row(e: Evidence) -> list[float]:
    """What hints at consent given or not."""
    heads = e.scores.heads
    said = _strongest(e.signals)
    agreed = said.get("consent.yes", 0.0)
    refused = max(said.get(name, 0.0) for name in CONSENT_SIGNALS if name != "consent.yes")
    yes, no = logit(heads["yes"]), logit(heads["no"])
    return [
        yes, no, *(said.get(name, 0.0) for name in CONSENT_SIGNALS), said.get("avoids_help", 0.0),
        logit(heads[DECISIONS[0]]), agreed * (1 - refused), agreed * refused, refused * (1 - agreed), agreed * yes,
        refused * no,
    ]  # fmt: skip


def urgent_row(e: Evidence, codes: Mapping[str, float]) -> list[float]:
    """What hints at urgency."""
    said = _strongest(e.signals)
    signs = max(said.get(name, 0.0) for name in URGENT_SIGNALS)
    danger, head = max(codes.get(code, 0.0) for code in DANGER), logit(e.scores.heads["urgent"])
    hits = [f for f in e.findings if f.code in DANGER]
    over = float(bool(hits) and not any(f.polarity.holds for f in hits))
    return [head, signs, danger, float(signs >= 1.0), codes.get("homeless", 0.0), over, danger * head, signs * head]


def field_rows(e: Evidence, codes: Mapping[str, float], by_code: Mapping[str, CodeFields]) -> list[list[float]]:
    """What hints at each field to be involved: its head, and the likeliest code that has it first, among its fields,
    among its defensible ones."""
    first, rest, more = dict.fromkeys(FIELDS, 0.0), dict.fromkeys(FIELDS, 0.0), dict.fromkeys(FIELDS, 0.0)
    for code, p in codes.items():
        if code not in by_code:
            continue
        about = by_code[code]
        for named, strongest in (((about.first,), first), (about.rest, rest), (about.more, more)):
            for name in named:
                strongest[name] = max(strongest.get(name, 0.0), p)
    rows = []
    for name in FIELDS:
        m = logit(e.scores.heads[name])
        rows.append([m, first[name], rest[name], more[name], first[name] * m, rest[name] * m])
    return rows


def weight_row(e: Evidence, codes: Mapping[str, float], by_code: Mapping[str, CodeFields], field: str) -> list[float]:
    """What hints at a field carrying the weight of the case."""
    held = sum(p for code, p in codes.items() if code in by_code and by_code[code].first == field)
    abuse = max((codes.get(code, 0.0) for code, name in ABUSE_FIELDS.items() if name == field), default=0.0)
    inside = [m for m in e.members if not m.outside]
    child = float(field == "こども" and any(m.minor for m in inside))
    aged = float(field == "高齢" and any(m.aged for m in inside))
    m = logit(e.scores.heads[f"weight:{field}"])
    return [m, min(held, 3.0), abuse, child, aged, logit(e.scores.heads[field])]


def _strongest(signals: Sequence[Signal]) -> dict[str, float]:
    found: dict[str, float] = {}
    for signal in signals:
        found[signal.code] = max(found.get(signal.code, 0.0), signal.score)
    return found
