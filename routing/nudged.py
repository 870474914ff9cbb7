"""Who gets the weekly nudge, each person once, and of which desks it tells. Pure.

A desk's supervisor is a post of the pack or a person who acts as one. Whoever can be reached in a chat is told there; else it
lies in the web's inbox, once for the post. Posts and people with one address are one person. Refuses to know how to read them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.catalogue import Catalogue
from routing.outgoing import WEB, Contact, ContactState
from routing.people import Actor, acts_for

SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class Nudged:
    """A recipient (`post:…`, `person:…`) and the agencies it supervises."""

    recipient: str
    agencies: tuple[str, ...]


def candidates(catalogue: Catalogue, persons: Sequence[Actor]) -> dict[str, str]:
    """Every recipient there could be → its agency: posts in the pack's order, then people, the longest first."""
    posts = {f"post:{c.id}": c.agency for c in catalogue.coordinators.values() if c.rank == SUPERVISOR}
    return posts | {f"person:{p.id}": p.agency for p in persons if p.agency in catalogue.agencies}


def nudged(
    catalogue: Catalogue, persons: Sequence[Actor], contacts: Mapping[str, Sequence[Contact]]
) -> tuple[Nudged, ...]:
    """Who gets one. `contacts` of every candidate; the project team's supervisor comes before other posts of a person."""
    every = candidates(catalogue, persons)
    by_agency: dict[str, list[str]] = {}
    for recipient, agency in every.items():
        by_agency.setdefault(agency, []).append(recipient)
    chosen: dict[tuple[str, str], list[str]] = {}
    ordered = sorted(by_agency, key=lambda agency: agency != catalogue.pack.project_team)
    for agency in ordered:
        for recipient in _of_desk(by_agency[agency], contacts):
            chosen.setdefault(_address(contacts.get(recipient, ()), recipient), []).append(recipient)
    return tuple(Nudged(group[0], tuple(dict.fromkeys(every[each] for each in group))) for group in chosen.values())


def _of_desk(recipients: Sequence[str], contacts: Mapping[str, Sequence[Contact]]) -> list[str]:
    """Those who can be reached in a chat; else the desk's post, else its people."""
    reached = [each for each in recipients if _address(contacts.get(each, ()), each)[0] != WEB]
    posts = [each for each in recipients if each.startswith("post:")]
    return reached or posts or list(recipients)


def _address(contacts: Sequence[Contact], recipient: str) -> tuple[str, str]:
    """The first way to reach somebody; the inbox of their own when there is none."""
    for contact in contacts:
        if contact.state is ContactState.ACTIVE:
            return contact.surface, contact.address
    return WEB, recipient


def desks_of(agencies: Sequence[str], catalogue: Catalogue) -> frozenset[str]:
    """The agencies and every one within them."""
    actors = [Actor("", agency) for agency in agencies if agency]
    return frozenset(a for a in catalogue.agencies if any(acts_for(actor, a, catalogue) for actor in actors))
