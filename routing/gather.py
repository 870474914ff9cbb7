"""A reading → `Facts`: what the text itself settles, what a model only leans to, what stays unknown.

Knows how findings, members, signs and dates of the pack become values of the closed vocabulary. Refuses to know rules.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from knowledge.catalogue import Catalogue
from knowledge.reading.model import HOUSEHOLD, AgencyState, ConsentState, Finding, Reading
from routing.facts import NO, YES, Fact, Facts, MemberFact, Origin

_SIGNAL_FACTS = ("stuck", "unowned", "bounced", "roles_unclear", "avoids_help", "several_working", "one_errand")
_STAGES = ("multi_agency", "outreach", "participation")
_ENTRUSTED = ("", "no", "part", "whole")
BANDS: Mapping[str, tuple[int, int]] = {"minor": (0, 17), "adult": (18, 64), "aged": (65, 200)}
VICTIMS: Mapping[str, tuple[str, str]] = {  # fact → the issue and the ages its law protects (any, where empty)
    "child_victim": ("child_abuse", "minor"),
    "elder_victim": ("elder_abuse", "aged"),
    "disability_victim": ("disability_abuse", ""),
}
_HOMELESS = "homeless"
_LIVELIHOOD = frozenset({"food", "shelter", "lifeline"})
_BETWEEN_PEOPLE = frozenset({"abuse", "violence", "suicide"})
_FIELD_FIRM = 0.5
_CODE_FIELDS = 0.4


def facts_of(
    reading: Reading,
    catalogue: Catalogue,
    on: date,
    sure: float,
    ask_from: float = 0.25,
    lean: Mapping[str, float] | None = None,
) -> Facts:
    """The facts that a reading gives on a day.

    `sure`: from which probability a model's leaning is not asked about; `ask_from`: from which score a 「もしかして」 may be
    worth a question of its own (it is offered for a tap in any case). `lean`: how much more the policy gives to a kind of
    coordination than the model does (1 where nothing is said).
    """
    known: dict[str, Fact] = {}
    findings = reading.findings
    codes = frozenset(finding.code for finding in findings)
    known["issues"] = Fact(codes, Origin.TEXT, frozenset(m.code for m in reading.maybe if m.score >= ask_from))
    known["fields"] = Fact(
        fields_of(codes, reading, catalogue), Origin.MODEL if reading.leanings.fields else Origin.TEXT
    )
    known |= _leaning("coordination", reading.leanings.coordination, sure, lean or {})
    known |= _leaning("weight", reading.leanings.weight, sure)
    if "weight" not in known and codes:
        known["weight"] = Fact(frozenset({weight_of(findings, catalogue)}), Origin.LEAN)
    if reading.consent.state is not ConsentState.UNKNOWN:
        known["consent"] = Fact(frozenset({reading.consent.state.value}), Origin.TEXT)
    if reading.urgency.urgent:
        known["urgent"] = Fact(frozenset({YES}), Origin.TEXT)
        known |= _urgent_for({reason for reason, _ in reading.urgency.reasons}, codes)
    if any(reason in ("life", "violence", "suicide") for reason, _ in reading.urgency.reasons):
        known["life_danger"] = Fact(frozenset({YES}), Origin.TEXT)
    for name in _SIGNAL_FACTS:
        if any(signal.code == name and signal.score >= 1.0 for signal in reading.signals):
            known[name] = Fact(frozenset({YES}), Origin.TEXT)
    members = _members(reading, findings)
    household = tuple(sorted({f.code for f in findings if f.holder == HOUSEHOLD}))
    known |= age_facts(members, household)
    areas = {place.area for place in reading.places if place.area}
    if len(areas) == 1:
        known["area"] = Fact(frozenset(areas), Origin.TEXT)
    known |= pack_facts(catalogue, on)
    return Facts(
        known=known,
        members=members,
        household_issues=household,
        working=_kinds(reading, AgencyState.WORKING),
        refused=_kinds(reading, AgencyState.REFUSED),
        wanted=tuple(want.agency for want in reading.wanted),
    )


def _urgent_for(reasons: Collection[str], codes: Collection[str]) -> dict[str, Fact]:
    """What makes it urgent, when the words tell: food, shelter, light and water, or only what one person does to another
    or to themselves. A model's leaning and a danger to life tell neither."""
    if _HOMELESS in codes or any(reason in _LIVELIHOOD for reason in reasons):
        return {"urgent_for": Fact(frozenset({"livelihood"}), Origin.TEXT)}
    if reasons and all(reason in _BETWEEN_PEOPLE for reason in reasons):
        return {"urgent_for": Fact(frozenset({"danger"}), Origin.TEXT)}
    return {}


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


def _leaning(
    name: str, scores: Mapping[str, float], sure: float, lean: Mapping[str, float] = MappingProxyType({})
) -> dict[str, Fact]:
    if not scores:
        return {}
    best = max(sorted(scores), key=lambda value: scores[value] * lean.get(value, 1.0))
    return {name: Fact(frozenset({best}), Origin.MODEL if scores[best] >= sure else Origin.LEAN)}


def age_facts(members: Sequence[MemberFact], household_issues: Iterable[str] = ()) -> dict[str, Fact]:
    """Whether somebody is under 18 or 65 and over, and how old those are who may suffer abuse.

    An age nobody told stays unknown. That the victim is *not* of the age a law protects is said only when nobody in the
    household is: a text often names the one who does it first.
    """
    found: dict[str, Fact] = {}
    bands = {_band(member) for member in members}
    for name, band in (("minor", "minor"), ("aged", "aged")):
        if band in bands:
            found[name] = Fact(frozenset({YES}), Origin.TEXT)
        elif members and not any(_may_be(member, band) for member in members):
            found[name] = Fact(frozenset({NO}), Origin.TEXT)
    for name, (code, protected) in VICTIMS.items():
        held = {_band(member) for member in members if code in member.issues}
        if not held or "" in held or code in household_issues:
            continue
        band = held.pop() if len(held) == 1 else "several"
        if band in (protected, "several") or not protected or not any(_may_be(m, protected) for m in members):
            found[name] = Fact(frozenset({band}), Origin.TEXT)
    return found


def _band(member: MemberFact) -> str:
    """`minor`, `adult` or `aged`; empty when the text does not tell."""
    return next((band for band in BANDS if not any(_may_be(member, other) for other in BANDS if other != band)), "")


def _may_be(member: MemberFact, band: str) -> bool:
    low, high = BANDS[band]
    return (member.age_from or 0) <= high and (member.age_to if member.age_to is not None else 200) >= low


def pack_facts(catalogue: Catalogue, on: date) -> dict[str, Fact]:
    """What the pack says of the town on that day: stages of the services, who runs 多機関協働, its own 福祉事務所."""
    found = {f"{service}_stage": _stage(catalogue, service, on) for service in _STAGES}
    entrusted = {p.entrusted for p in catalogue.pack.programmes if p.service == "multi_agency" and p.in_force(on)}
    found["entrusted"] = max(entrusted, key=_ENTRUSTED.index, default="")
    found["welfare_office"] = {"own": YES, "prefecture": NO}.get(catalogue.pack.welfare_office, "")
    return {name: Fact(frozenset({value}), Origin.PACK) for name, value in found.items() if value}


def complete(facts: Facts, catalogue: Catalogue, on: date) -> Facts:
    """Facts written by hand with what follows from them and from the pack; what was written stays."""
    by_issue = frozenset(
        catalogue.issues[code].fields[0] for code in facts.set_of("issues") if code in catalogue.issues
    )
    held = {code for member in facts.members for code in member.issues}
    ages = age_facts(facts.members, [code for code in facts.household_issues if code not in held])
    known = {"fields": Fact(by_issue), **ages, **pack_facts(catalogue, on), **facts.known}
    return replace(facts, known=known)


def on_day(facts: Facts, catalogue: Catalogue, on: date) -> Facts:
    """The same case on another day or in another pack: only what the pack said is said anew."""
    kept = {name: fact for name, fact in facts.known.items() if fact.origin is not Origin.PACK}
    return replace(facts, known={**kept, **pack_facts(catalogue, on)})


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
