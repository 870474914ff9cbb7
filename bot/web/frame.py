"""What every page of a person shows around its own content: for whom they act (デモ), and how much lies in their inbox.

Also the one-time ids that forms carry, so that a form sent twice counts once. Refuses to know wording.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from bot.caseviews import team_name
from bot.nudges import told_once
from bot.settings import from_afar
from bot.web.surface import Surface
from knowledge.catalogue import Catalogue
from routing.people import Actor, Role, acts_for, in_team

_MOST_SHOWN = 99


@dataclass(frozen=True, slots=True)
class Frame:
    """The head of a page. `demo`: people may choose for whom they act; `unread`: messages nobody of theirs has read."""

    actor: Actor
    team: str
    demo: bool
    unread: int


def frame_of(surface: Surface, owner: str) -> Frame:
    """The head of this browser's pages."""
    catalogue = surface.app.town.catalogue
    with surface.app.store.unit(reading=True) as unit:
        actor = unit.people.get(owner)
        lying = unit.inbox.of(recipients_of(actor, catalogue), _MOST_SHOWN) if actor.agency else ()
        items = told_once(lying, catalogue, actor.agency)
    team = team_name(catalogue) if in_team(actor, catalogue) else ""
    demo = surface.app.settings.demo and not from_afar(owner)
    return Frame(actor, team, demo, sum(item.read_at is None for item in items))


def recipients_of(actor: Actor, catalogue: Catalogue) -> tuple[str, ...]:
    """Whose messages the actor reads: their own, those of the desk acted for and of the desks within it, and of its posts
    (deputies' for coordinators, supervisors' for supervisors)."""
    ranks = {Role.COORDINATOR: ("coordinator", "deputy"), Role.SUPERVISOR: ("supervisor",)}.get(actor.role, ())
    agencies = [a.id for a in catalogue.agencies.values() if acts_for(actor, a.id, catalogue)]
    within = set(agencies)
    posts = [c.id for c in catalogue.coordinators.values() if c.agency in within and c.rank in ranks]
    return (f"person:{actor.id}", *(f"agency:{a}" for a in agencies), *(f"post:{p}" for p in posts))


def once() -> str:
    """An id for one form."""
    return secrets.token_hex(12)
