"""A reading → `Facts`: what the text itself settles, what a model only leans to, what stays unknown.

Knows how findings, members, signs and dates of the pack become values of the closed vocabulary. Refuses to know rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from knowledge.catalogue import Catalogue
from knowledge.reading.model import HOUSEHOLD, AgencyState, ConsentState, Finding, Reading
from routing.facts import NO, YES, Fact, Facts, MemberFact, Origin

_SIGNAL_FACTS = ("stuck", "unowned", "bounced", "roles_unclear", "avoids_help", "several_working", "one_errand")
_STAGES = ("multi_agency", "outreach", "participation")
_FIELD_FIRM = 0.5
_CODE_FIELDS = 0.4


def facts_of(reading: Reading, catalogue: Catalogue, on: date, sure: float) -> Facts:
    """The facts that a reading gives on a day. `sure`: from which probability a model's leaning is not asked about."""
    known: dict[str, Fact] = {}
    findings = reading.findings
    codes = frozenset(finding.code for finding in findings)
    known["issues"] = Fact(codes, Origin.TEXT, frozenset(maybe.code for maybe in reading.maybe))
    known["fields"] = Fact(
        fields_of(codes, reading, catalogue), Origin.MODEL if reading.leanings.fields else Origin.TEXT
    )
    known |= _leaning("coordination", reading.leanings.coordination, sure)
    known |= _leaning("weight", reading.leanings.weight, sure)
    if "weight" not in known and codes:
        known["weight"] = Fact(frozenset({weight_of(findings, catalogue)}), Origin.LEAN)
    if reading.consent.state is not ConsentState.UNKNOWN:
        known["consent"] = Fact(frozenset({reading.consent.state.value}), Origin.TEXT)
    known["urgent"] = Fact(frozenset({YES if reading.urgency.urgent else NO}), Origin.TEXT)
    if any(reason in ("life", "violence", "suicide") for reason, _ in reading.urgency.reasons):
        known["life_danger"] = Fact(frozenset({YES}), Origin.TEXT)
    for name in _SIGNAL_FACTS:
        if any(signal.code == name and signal.score >= 1.0 for signal in reading.signals):
            known[name] = Fact(frozenset({YES}), Origin.TEXT)
    known |= _ages(reading)
    areas = {place.area for place in reading.places if place.area}
    if len(areas) == 1:
        known["area"] = Fact(frozenset(areas), Origin.TEXT)
    known |= {f"{service}_stage": Fact(frozenset({_stage(catalogue, service, on)}), Origin.PACK) for service in _STAGES}
    return Facts(
        known=known,
        members=_members(reading, findings),
        household_issues=tuple(sorted({f.code for f in findings if f.holder == HOUSEHOLD})),
        working=_kinds(reading, AgencyState.WORKING),
        refused=_kinds(reading, AgencyState.REFUSED),
    )


def fields_of(codes: Iterable[str], reading: Reading, catalogue: Catalogue) -> frozenset[str]:
    """The fields to involve: what the models say where they speak, else the first field of each issue."""
    by_issue = {catalogue.issues[code].fields[0] for code in codes if code in catalogue.issues}
    if not reading.leanings.fields:
        return frozenset(by_issue)
    scores = reading.leanings.fields
    firm = {name for name, score in scores.items() if score >= _FIELD_FIRM}
    return frozenset(firm | {name for name in by_issue if scores.get(name, 0.0) >= _CODE_FIELDS})


def weight_of(findings: Iterable[Finding], catalogue: Catalogue) -> str:
    """The field that most findings weigh on; danger counts double. Ties go to the field that stands first."""
    weights: dict[str, float] = {}
    for finding in findings:
        issue = catalogue.issues[finding.code]
        weights[issue.fields[0]] = weights.get(issue.fields[0], 0.0) + (2.0 if issue.danger else 1.0)
    order = {code: field.order for code, field in catalogue.fields.items()}
    return min(weights, key=lambda name: (-weights[name], order[name]))


def _leaning(name: str, scores: Mapping[str, float], sure: float) -> dict[str, Fact]:
    if not scores:
        return {}
    best = max(sorted(scores), key=lambda value: scores[value])
    return {name: Fact(frozenset({best}), Origin.MODEL if scores[best] >= sure else Origin.LEAN)}


def _ages(reading: Reading) -> dict[str, Fact]:
    inside = [member for member in reading.members if not member.outside]
    found: dict[str, Fact] = {}
    for name in ("minor", "aged"):
        values = [getattr(member, name) for member in inside]
        if any(value is True for value in values):
            found[name] = Fact(frozenset({YES}), Origin.TEXT)
        elif inside and all(value is False for value in values):
            found[name] = Fact(frozenset({NO}), Origin.TEXT)
    return found


def _members(reading: Reading, findings: Iterable[Finding]) -> tuple[MemberFact, ...]:
    held = list(findings)
    return tuple(
        MemberFact(
            member.key,
            member.relation,
            member.age_from,
            member.age_to,
            tuple(sorted({f.code for f in held if f.holder == member.key})),
        )
        for member in reading.members
        if not member.outside
    )


def _kinds(reading: Reading, state: AgencyState) -> tuple[str, ...]:
    return tuple(sorted({mention.kind for mention in reading.agencies if mention.state is state and mention.kind}))


def _stage(catalogue: Catalogue, service: str, on: date) -> str:
    """The furthest stage of a service that is in force that day."""
    order = ("none", "trial", "preparation", "full")
    stages = [p.stage for p in catalogue.pack.programmes if p.service == service and p.in_force(on)]
    return max(stages, key=order.index, default="none")
