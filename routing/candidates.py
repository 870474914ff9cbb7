"""Whom to ask next, when the one that was asked cannot. Pure.

Knows the proposal's own order and, behind it, the next best agency of the same field. Refuses to know why it was declined.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from knowledge.catalogue import Catalogue
from routing.facts import Facts
from routing.proposal import Proposal
from routing.roster import roster_of
from routing.standing import Standing
from routing.targets import score_agency


def candidates(
    proposal: Proposal, facts: Facts, standing: Standing, catalogue: Catalogue, on: date, most: int = 5
) -> tuple[str, ...]:
    """Agencies to ask, the best first: those proposed, then others of their fields, at last the town's fallback desk.

    Never the owner, one that turned the case down, or one whose answer is awaited.
    """
    out = {standing.owner, *standing.turned_down, *(r.agency for r in standing.referrals if r.is_open)}
    named = [target.agency for target in proposal.targets]
    others = [*_others(proposal.fields, facts, catalogue, on), catalogue.pack.fallback]
    left = [name for name in dict.fromkeys((*named, *others)) if name and name not in out]
    return tuple(name for name in left if name in catalogue.agencies and catalogue.agencies[name].in_force(on))[:most]


def _others(fields: Iterable[str], facts: Facts, catalogue: Catalogue, on: date) -> list[str]:
    """Windows and partners of each field, best first; providers are found by the desk that takes the case."""
    found = []
    issues = facts.set_of("issues")
    for field in fields:
        for agency in roster_of(catalogue).by_field.get(field, ()):
            if agency.in_force(on) and agency.role in ("window", "partner"):
                found.append((-score_agency(agency, field, issues, facts, catalogue), agency.id))
    return [name for _, name in sorted(found)]
