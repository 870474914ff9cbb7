"""Agencies by field and by kind, worked out once per catalogue: what makes a proposal quick in a town with many providers.

Remembers the last few catalogues by identity (a catalogue never changes). Refuses to know facts and scores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from knowledge.catalogue import Agency, Catalogue

_MOST = 8
NEVER_ASKED = ("project_team", "fallback")
_known: dict[int, tuple[Catalogue, Roster]] = {}


@dataclass(frozen=True, slots=True)
class Roster:
    """`by_field`: who can be asked in a field; `by_kind`: windows, partners and fallback desks of a kind.

    `posts`: (agency, rank) → the post that fills it (連携担当者).
    """

    by_field: Mapping[str, tuple[Agency, ...]]
    by_kind: Mapping[str, tuple[Agency, ...]]
    coordinators: Mapping[str, str]
    posts: Mapping[tuple[str, str], str]


def roster_of(catalogue: Catalogue) -> Roster:
    """The roster of a catalogue."""
    found = _known.get(id(catalogue))
    if found is not None and found[0] is catalogue:
        return found[1]
    if len(_known) >= _MOST:
        _known.clear()
    roster = _build(catalogue)
    _known[id(catalogue)] = (catalogue, roster)
    return roster


def fields_of_agency(agency: Agency, catalogue: Catalogue) -> tuple[str, ...]:
    """An agency's own fields, else those of its kind."""
    kind = catalogue.agency_kinds.get(agency.kind)
    return agency.fields or (kind.fields if kind else ())


def _build(catalogue: Catalogue) -> Roster:
    by_field: dict[str, list[Agency]] = {}
    by_kind: dict[str, list[Agency]] = {}
    for agency in catalogue.agencies.values():
        if agency.role not in NEVER_ASKED:
            for field in dict.fromkeys(fields_of_agency(agency, catalogue)):
                by_field.setdefault(field, []).append(agency)
        if agency.role in ("window", "partner", "fallback"):
            by_kind.setdefault(agency.kind, []).append(agency)
    coordinators = {c.agency: c.id for c in reversed(list(catalogue.coordinators.values())) if c.rank == "coordinator"}
    return Roster(
        {field: tuple(agencies) for field, agencies in by_field.items()},
        {kind: tuple(agencies) for kind, agencies in by_kind.items()},
        coordinators,
        {(c.agency, c.rank): c.id for c in reversed(list(catalogue.coordinators.values()))},
    )
