"""Who acts: a person as the use cases see one, and what the desk they act for may do.

A person is an id of a surface (`web:…`, `slack:…`), acting for one agency in one role. Knows how agencies contain each other
(課 and its 係). Refuses to know names and how a person was recognised.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from knowledge.catalogue import Catalogue
from routing.errors import NotAllowed
from routing.standing import Standing


class Role(StrEnum):
    """What a person is there for. The project team is not a role: it is who acts for the town's project-team agency."""

    CLERK = "clerk"
    COORDINATOR = "coordinator"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at work. An empty `agency` acts for nobody: may use the assistant, sees no one else's case."""

    id: str
    agency: str = ""
    role: Role = Role.CLERK


TIMER = Actor("timer")
_DEPTH = 10


def acts_for(actor: Actor, agency: str, catalogue: Catalogue) -> bool:
    """Whether the actor acts for the agency or for one that contains it."""
    name = agency
    for _ in range(_DEPTH):
        if not name or not actor.agency:
            return False
        if name == actor.agency:
            return True
        record = catalogue.agencies.get(name)
        name = record.parent if record else ""
    return False


def in_team(actor: Actor, catalogue: Catalogue) -> bool:
    """Whether the actor acts for the project team."""
    return bool(catalogue.pack.project_team) and acts_for(actor, catalogue.pack.project_team, catalogue)


def answering_desk(standing: Standing, catalogue: Catalogue) -> str:
    """The owner; for a case without one, or whose owner is no longer in the pack, the town's fallback desk."""
    return standing.owner if standing.owner in catalogue.agencies else catalogue.pack.fallback


def may_see(actor: Actor, standing: Standing, opened_by: str, catalogue: Catalogue) -> bool:
    """The opener, every desk that holds, held or was asked to take the case, and the project team once it was alerted."""
    if actor.id == opened_by:
        return True
    desks = (*standing.holders, *(r.agency for r in standing.referrals), answering_desk(standing, catalogue))
    if any(acts_for(actor, desk, catalogue) for desk in desks):
        return True
    return bool(standing.escalations) and in_team(actor, catalogue)


def must_hold(actor: Actor, standing: Standing, opened_by: str, command: str, catalogue: Catalogue) -> None:
    """Raises `NotAllowed` unless the actor opened the case, acts for its owner, or belongs to the alerted project team."""
    alerted = bool(standing.escalations) and in_team(actor, catalogue)
    desk = answering_desk(standing, catalogue)
    holds = any(acts_for(actor, each, catalogue) for each in (standing.owner, desk))
    if not (actor.id == opened_by or alerted or holds):
        raise NotAllowed(command, _name(desk, catalogue))


def must_be(actor: Actor, agency: str, command: str, catalogue: Catalogue) -> None:
    """Raises `NotAllowed` unless the actor acts for the agency."""
    if not acts_for(actor, agency, catalogue):
        raise NotAllowed(command, _name(agency, catalogue))


def _name(agency: str, catalogue: Catalogue) -> str:
    record = catalogue.agencies.get(agency)
    return record.name if record else "主担当"
