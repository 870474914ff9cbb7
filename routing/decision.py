"""Facts + the rules valid that day → `Proposal`. Pure: same facts, same policy, same day, same pack: same proposal.

Duties first, then the route by the first rule that holds, then whom to ask and which meeting. Unknown is never No: a rule
over an unknown fact does not fire, and the fact is listed as missing. Refuses to know wording and storage.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from knowledge.catalogue import Catalogue, Duty
from routing.facts import UNKNOWN, Fact, Facts, Origin
from routing.policy import Compiled, Policy
from routing.proposal import DutyCard, MeetingChoice, Proposal, Reason, WhyNot
from routing.roster import roster_of
from routing.targets import choose_meeting, find_resources, rank_targets

_LIVELIHOOD = "livelihood"

About = Mapping[str, tuple[str, ...]]


def decide(facts: Facts, policy: Policy, catalogue: Catalogue, on: date) -> Proposal:
    """The proposal for a day. Always has a route and at least one reason."""
    route_rule = next(rule for rule in _in_force(policy.routes, on) if rule.holds(facts) is True)
    fields, weight = _fields(facts, catalogue)
    route, weight = route_rule.rule.route, route_rule.rule.weight or weight
    missing = _missing(facts, policy)
    facts = _decided(facts, route, weight)
    targets = rank_targets(facts, fields, weight, catalogue, on)
    about = _about(facts, fields, weight)
    return Proposal(
        route=route,
        on=on,
        pack=catalogue.pack.id,
        pack_digest=catalogue.digest,
        policy=f"{policy.id} {policy.version}",
        policy_digest=policy.digest,
        duties=_duties(facts, policy, catalogue, on, about),
        meeting=_meeting(route, facts, weight, catalogue, on),
        targets=targets,
        reasons=_reasons(route_rule, facts, policy, on, about, weight),
        why_not=_why_not(route, facts, policy, on, about),
        cautions=_all(policy.cautions, facts, on, about),
        supports=_all(policy.supports, facts, on, about),
        shares=_all(policy.shares, facts, on, about),
        resources=find_resources(facts, catalogue, on),
        missing=missing,
        fields=fields,
        weight=weight,
        consent=facts.value("consent"),
        urgent=facts.value("urgent") == "yes",
        fallback=not fields or not targets,
        unmet=tuple(sorted(facts.set_of("issues"))) if fields and not targets else (),
    )


def _decided(facts: Facts, route: str, weight: str) -> Facts:
    """The facts that the rules after the route see: the route itself, and the field whose meeting takes the case."""
    known = {**facts.known, "route": Fact(frozenset({route}))}
    if weight:
        known["weight"] = Fact(frozenset({weight}), facts.get("weight").origin)
    return replace(facts, known=known)


def _in_force(rules: Iterable[Compiled], on: date) -> list[Compiled]:
    return [rule for rule in rules if rule.rule.in_force(on)]


def _fields(facts: Facts, catalogue: Catalogue) -> tuple[tuple[str, ...], str]:
    names = [name for name in catalogue.fields if name in facts.set_of("fields")]
    for code in sorted(facts.set_of("issues")):
        issue = catalogue.issues.get(code)
        if issue and not any(field in names for field in (*issue.fields, *issue.more_fields)):
            names.append(issue.fields[0])
    weight = facts.value("weight")
    if weight == UNKNOWN:
        weight = names[0] if names else ""
    return tuple(names), weight


def _about(facts: Facts, fields: tuple[str, ...], weight: str) -> dict[str, tuple[str, ...]]:
    return {
        "issues": tuple(sorted(facts.set_of("issues"))),
        "fields": fields,
        "weight": (weight,) if weight else (),
        "working": facts.working,
        "refused": facts.refused,
    }


def _reason(rule: Compiled, about: About) -> Reason:
    used = {name: values for name, values in about.items() if f"{{{name}}}" in rule.rule.reason}
    return Reason(rule.rule.id, used)


def _all(rules: Iterable[Compiled], facts: Facts, on: date, about: About) -> tuple[Reason, ...]:
    return tuple(_reason(rule, about) for rule in _in_force(rules, on) if rule.holds(facts))


def _reasons(
    decided: Compiled, facts: Facts, policy: Policy, on: date, about: About, weight: str
) -> tuple[Reason, ...]:
    """The rule that decided, then every other that speaks for the same route (and the same field's meeting)."""
    others = [
        rule
        for rule in policy.routes
        if rule is not decided
        and rule.when
        and rule.rule.route == decided.rule.route
        and rule.rule.weight in ("", weight)
    ]
    return (_reason(decided, about), *_all(others, facts, on, about))


def _meeting(route: str, facts: Facts, weight: str, catalogue: Catalogue, on: date) -> MeetingChoice | None:
    """Principle 4: no meeting is named in 多機関協働 while consent is unknown."""
    if route == "existing_meeting":
        kind = catalogue.fields[weight].meeting_kind if weight in catalogue.fields else ""
        return choose_meeting(kind or _meeting_kind_of(facts, catalogue), weight, catalogue, on)
    if route == "multi_agency" and facts.value("consent") != UNKNOWN:
        kind = "multi_agency_conference" if facts.value("consent") == "yes" else "support_conference"
        return choose_meeting(kind, weight, catalogue, on)
    return None


def _meeting_kind_of(facts: Facts, catalogue: Catalogue) -> str:
    """When the field of weight has no statutory meeting: the meeting of the first involved field that has one."""
    names = facts.set_of("fields")
    kinds = [field.meeting_kind for field in catalogue.fields.values() if field.code in names and field.meeting_kind]
    return kinds[0] if kinds else _LIVELIHOOD


def _duties(facts: Facts, policy: Policy, catalogue: Catalogue, on: date, about: About) -> tuple[DutyCard, ...]:
    cards: dict[str, DutyCard] = {}
    for rule in _in_force(policy.duties, on):
        duty = catalogue.duties[rule.rule.duty]
        if rule.holds(facts) and duty.in_force(on) and duty.id not in cards:
            codes = {code for line in rule.when if line.fact == "issues" for code in line.values} or {duty.issue}
            holders = tuple(m.key for m in facts.members if codes.intersection(m.issues))
            cards[duty.id] = DutyCard(duty.id, _reason(rule, about), holders, _receivers(duty, facts, catalogue, on))
    return tuple(cards.values())


def _receivers(duty: Duty, facts: Facts, catalogue: Catalogue, on: date) -> tuple[str, ...]:
    """The town's own agencies of the receiving kinds, at most three: those that name the issue, of the area, first.

    A small town may have none of these kinds: then the desks that name the issue as theirs.
    """
    area = facts.value("area")
    kinds, desks = duty.receiver_kinds, roster_of(catalogue).by_kind
    able = [agency for kind in kinds for agency in desks.get(kind, ()) if agency.in_force(on)]
    if not able:
        every = (agency for group in desks.values() for agency in group if agency.in_force(on))
        able = [agency for agency in every if duty.issue in agency.issues and agency.role != "partner"]
    near = [a for a in able if not a.areas or area in a.areas] or (able if area == UNKNOWN else [])
    order = {kind: place for place, kind in enumerate(kinds)}
    near.sort(key=lambda a: (duty.issue not in a.issues and bool(a.issues), order.get(a.kind, len(kinds)), a.id))
    return tuple(agency.id for agency in near[:3])


def _why_not(route: str, facts: Facts, policy: Policy, on: date, about: About) -> tuple[WhyNot, ...]:
    """One reason for each route that was not proposed."""
    found: dict[str, WhyNot] = {}
    for rule in _in_force(policy.why_nots, on):
        other = rule.rule.route
        if other != route and other not in found and rule.holds(facts):
            found[other] = WhyNot(other, _reason(rule, about))
    return tuple(found.values())


def _missing(facts: Facts, policy: Policy) -> tuple[str, ...]:
    """Facts that are unknown, or only leaned to, and that a question of the policy could settle for this case."""
    names = set()
    for question in policy.questions:
        sensible = all(c.holds(facts) is not False for c in policy.question_conditions[question.id])
        if sensible and (not facts.get(question.fact).values or facts.get(question.fact).origin is Origin.LEAN):
            names.add(question.fact)
    return tuple(sorted(names))
