"""Which agencies should be asked, in order, and which of the town's bodies can hold the meeting. Pure.

Knows how fields, issues, area, ages and roles speak for an agency. Refuses to know names as typed (directory) and rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from knowledge.catalogue import Agency, Catalogue, MeetingBody
from routing.calendar import next_meeting
from routing.facts import UNKNOWN, Facts
from routing.proposal import MeetingChoice, Target
from routing.roster import fields_of_agency, roster_of

MOST_TARGETS = 6
_WEIGHTS = {
    "issue": 1.0,
    "danger": 3.0,  # of how many other issues one that must be reported is worth
    "wanted": 0.9,
    "kind_issue": 0.5,
    "field": 1.1,
    "area": 1.2,
    "wrong_area": -2.5,
    "unknown_area": -0.6,
    "working": 0.6,
    "refused": -1.4,
    "age": -1.5,
}
_ROLES: Mapping[str, float] = {
    "window": 1.0,
    "partner": 0.1,
    "": -1.0,
    "provider": -1.2,
    "outreach": -0.8,
    "participation": -0.8,
}


def rank_targets(
    facts: Facts, fields: Sequence[str], weight: str, catalogue: Catalogue, on: date
) -> tuple[Target, ...]:
    """One agency per field to be involved, the field of weight first; agencies of equal score by id."""
    issues = facts.set_of("issues")
    roster = roster_of(catalogue)
    ordered = sorted(fields, key=lambda f: (f != weight, catalogue.fields[f].order if f in catalogue.fields else 99))
    chosen: dict[str, Target] = {}
    for name in ordered:
        best = _best_of(roster.by_field.get(name, ()), name, issues, facts, catalogue, on)
        if best is not None and best[1].id not in chosen:
            score, agency = best
            chosen[agency.id] = _target(agency, name, score, facts, catalogue, roster.coordinators)
    return tuple(chosen.values())[:MOST_TARGETS]


def _best_of(
    agencies: Iterable[Agency], field: str, issues: frozenset[str], facts: Facts, catalogue: Catalogue, on: date
) -> tuple[float, Agency] | None:
    """The agency that most speaks for; those that could not win even if everything spoke for them are not looked at."""
    most = _WEIGHTS["issue"] + _WEIGHTS["field"] + _WEIGHTS["kind_issue"] * min(2, len(issues))
    most += _WEIGHTS["area"] if facts.value("area") != UNKNOWN else 0.0
    most += _WEIGHTS["working"] if facts.working else 0.0
    most += _WEIGHTS["wanted"] if facts.wanted else 0.0
    best: tuple[float, Agency] | None = None
    for agency in agencies:
        if best is not None and most + _ROLES.get(agency.role, 0.0) < best[0]:
            continue
        if agency.in_force(on):
            score = score_agency(agency, field, issues, facts, catalogue)
            if best is None or _first(score, agency, catalogue, issues) < _first(*best, catalogue, issues):
                best = (score, agency)
    return best


def _first(score: float, agency: Agency, catalogue: Catalogue, issues: frozenset[str]) -> tuple[float, int, str]:
    """The order of agencies; where there is no issue to go by, of equal ones a general desk (more kinds of issues) first."""
    return -score, 0 if issues else -len(_issues(agency, catalogue)), agency.id


def _issues(agency: Agency, catalogue: Catalogue) -> frozenset[str]:
    kind = catalogue.agency_kinds.get(agency.kind)
    return frozenset(agency.issues or (kind.issues if kind else ()))


def score_agency(agency: Agency, field: str, issues: Iterable[str], facts: Facts, catalogue: Catalogue) -> float:
    """How much speaks for an agency as the one to ask in that field; only differences mean something."""
    in_field = {code for code in issues if code in catalogue.issues and field in catalogue.issues[code].fields}
    takes = _issues(agency, catalogue)
    weight = {code: _WEIGHTS["danger"] if catalogue.issues[code].danger else 1.0 for code in in_field}
    taken = sum(weight[code] for code in takes & in_field)
    score = _WEIGHTS["issue"] * taken / max(1.0, sum(weight.values()))
    score += _WEIGHTS["kind_issue"] * min(2, len(takes & set(issues)))
    score += _WEIGHTS["wanted"] if agency.id in facts.wanted else 0.0
    fields = fields_of_agency(agency, catalogue)
    score += _WEIGHTS["field"] if fields and fields[0] == field else 0.0
    score += _ROLES.get(agency.role, 0.0)
    area = facts.value("area")
    if agency.areas and area != UNKNOWN:
        score += _WEIGHTS["area"] if area in agency.areas else _WEIGHTS["wrong_area"]
    elif len(agency.areas) < len(catalogue.areas) and agency.areas:  # one of several districts, nobody knows which
        score += _WEIGHTS["unknown_area"]
    if agency.kind in facts.working:
        score += _WEIGHTS["working"]
    if agency.kind in facts.refused:
        score += _WEIGHTS["refused"]
    if _too_old_or_young(agency, facts):
        score += _WEIGHTS["age"]
    return round(score, 3)


def _too_old_or_young(agency: Agency, facts: Facts) -> bool:
    """Whether nobody in the household can be within the agency's ages; an unknown age never excludes."""
    known = [m for m in facts.members if m.age_from is not None and m.age_to is not None]
    if not known or len(known) < len(facts.members) or (agency.age_min is None and agency.age_max is None):
        return False
    low, high = agency.age_min or 0, agency.age_max if agency.age_max is not None else 200
    return not any((m.age_to or 0) >= low and (m.age_from or 0) <= high for m in known)


def _target(
    agency: Agency, field: str, score: float, facts: Facts, catalogue: Catalogue, coordinators: Mapping[str, str]
) -> Target:
    takes = _issues(agency, catalogue) & facts.set_of("issues")
    return Target(
        agency=agency.id,
        field=field,
        score=score,
        issues=tuple(sorted(takes)),
        area=bool(agency.areas) and facts.value("area") in agency.areas,
        already_working=agency.kind in facts.working,
        wanted=agency.id in facts.wanted,
        coordinator=coordinators.get(agency.id, ""),
    )


def choose_meeting(kind: str, weight: str, catalogue: Catalogue, on: date) -> MeetingChoice:
    """The town's body of a kind, with its next date; or bodies that may serve as one. Empty when the town has none."""
    bodies = [body for body in catalogue.meetings.values() if body.in_force(on)]
    own = [body for body in bodies if body.kind == kind]
    serving = [body for body in bodies if kind in body.serves_as and body.kind != kind]
    chosen = _best(own, weight) or _best(serving, weight)
    others = sorted(serving, key=lambda body: (weight not in body.fields, body.id))
    instead = tuple(body.id for body in others if chosen is None or body.id != chosen.id)
    if chosen is None:
        return MeetingChoice(kind)
    dates = next_meeting(chosen.cadence, on, catalogue.pack.local_closures)
    day, agenda = dates if dates else (None, None)
    return MeetingChoice(kind, chosen.id, day, agenda, instead)


def _best(bodies: Sequence[MeetingBody], weight: str) -> MeetingBody | None:
    return min(bodies, key=lambda body: (weight not in body.fields, body.id), default=None)


def find_resources(facts: Facts, catalogue: Catalogue, on: date, most: int = 4) -> tuple[str, ...]:
    """居場所 and other resources that fit the issues, those of the area first."""
    issues, area = facts.set_of("issues"), facts.value("area")
    scored = []
    for resource in catalogue.resources.values():
        fit = len(issues & set(resource.issues))
        if not fit or not resource.in_force(on):
            continue
        near = 1 if area != UNKNOWN and area in resource.areas else -1 if area != UNKNOWN and resource.areas else 0
        scored.append((-fit, -near, resource.id))
    return tuple(name for _, near, name in sorted(scored) if near < 1)[:most]
