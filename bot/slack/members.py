"""The map of people written into the store: for whom each acts, where agencies, posts and persons are reached, who left.

Who is not in the map any more acts for nobody and is written to no more, so that what waits for them goes on along its chain; who
left for good gives their unfinished talks to whoever goes on with them. Refuses to know the map's file and Slack.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from bot.memory import TalkFromNewerVersion, from_stored, to_stored
from bot.slack.happening import SURFACE, desk_of
from bot.slack.people import People
from knowledge.catalogue import Catalogue
from routing.errors import StaleWrite
from routing.outgoing import Contact, ContactState
from routing.people import Actor, Role
from routing.ports import UnitOfWork
from routing.roster import roster_of

_ROLES = {"coordinator": Role.COORDINATOR, "supervisor": Role.SUPERVISOR}
UNMAPPED, LEFT, DEACTIVATED = "unmapped", "left", "no_user"
_RETURNS = frozenset({UNMAPPED, LEFT})  # in the map again: reached again
_OF_MAP = ("agency:", "post:")
_MOST_TALKS = 200


@dataclass(frozen=True, slots=True)
class Members:
    """`whole`: the members of every group are known, so that who is in none of them is really gone."""

    people: People
    catalogue: Catalogue
    team: str
    whole: bool = True

    def write(self, unit: UnitOfWork, at: datetime) -> set[str]:
        """Write the map; the users whose standing changed."""
        changed = self._act(unit, at)
        wanted = set()
        for contact in self._contacts():
            wanted.add((contact.recipient, contact.address))
            self._reach(unit, contact, at)
        if self.whole and (self.people.users or self.people.channels or self.people.left):
            changed |= self._take_away(unit, wanted, at)
        for user, successor in self.people.left.items():
            changed |= self.leave(unit, user, LEFT, at)
            if successor:
                changed |= {user, successor} if self._hand_on(unit, user, successor, at) else set()
        return changed

    def leave(self, unit: UnitOfWork, user: str, why: str, at: datetime) -> set[str]:
        """Somebody is not there any more: they act for nobody and are written to nowhere."""
        desk, changed = desk_of(self.team, user), set()
        if unit.people.get(desk).agency:
            unit.people.put(Actor(desk), at)
            changed.add(user)
        known = [c for c in unit.contacts.on(SURFACE) if c.address == user]
        if not any(c.recipient == f"person:{desk}" for c in known):
            known.append(Contact(f"person:{desk}", SURFACE, user))
            unit.contacts.put(known[-1], at)
        for contact in known:
            if contact.state is ContactState.ACTIVE:
                unit.contacts.gone(contact.recipient, SURFACE, user, why, at)
        return changed

    def _act(self, unit: UnitOfWork, at: datetime) -> set[str]:
        changed = set()
        away = _away(unit)
        for user, posts in self.people.users.items():
            actor = Actor(desk_of(self.team, user), posts[0].agency, _ROLES.get(posts[0].role, Role.CLERK))
            if user not in self.people.left and user not in away and unit.people.get(actor.id) != actor:
                unit.people.put(actor, at)
                changed.add(user)
        return changed

    def _contacts(self) -> Iterator[Contact]:
        """How agencies (channels first), posts and persons are reached by the map."""
        posts = roster_of(self.catalogue).posts
        for channel, here in self.people.channels.items():
            yield from (Contact(f"agency:{post.agency}", SURFACE, channel) for post in here)
        for user, here in self.people.users.items():
            if user in self.people.left:
                continue
            yield Contact(f"person:{desk_of(self.team, user)}", SURFACE, user)
            for post in here:
                if post.role == "coordinator":
                    yield Contact(f"agency:{post.agency}", SURFACE, user, rank=1)
                if (post.agency, post.role) in posts:
                    yield Contact(f"post:{posts[post.agency, post.role]}", SURFACE, user)

    @staticmethod
    def _reach(unit: UnitOfWork, contact: Contact, at: datetime) -> None:
        """One that the surface said is gone stays gone until somebody puts it again."""
        known = {(c.surface, c.address): c for c in unit.contacts.of(contact.recipient)}
        now = known.get((contact.surface, contact.address))
        if now is None or (now.state is ContactState.GONE and now.why in _RETURNS):
            unit.contacts.put(contact, at)

    def _take_away(self, unit: UnitOfWork, wanted: Collection[tuple[str, str]], at: datetime) -> set[str]:
        """Who is in the map no more."""
        changed = set()
        for contact in unit.contacts.on(SURFACE):
            mapped = contact.recipient.startswith(_OF_MAP) and contact.state is ContactState.ACTIVE
            if mapped and (contact.recipient, contact.address) not in wanted:
                unit.contacts.gone(contact.recipient, SURFACE, contact.address, UNMAPPED, at)
        prefix = desk_of(self.team, "")
        for actor in unit.people.of_surface(prefix):
            user = actor.id.removeprefix(prefix)
            if user not in self.people.users:
                unit.people.put(Actor(actor.id), at)
                changed.add(user)
        return changed

    def _hand_on(self, unit: UnitOfWork, user: str, successor: str, at: datetime) -> bool:
        """Give the unfinished talks of somebody who left to whoever goes on with them."""
        moved = False
        for stored in unit.dialogues.of_owner(desk_of(self.team, user), _MOST_TALKS):
            try:
                talk = from_stored(stored)
                if talk.dialogue.phase.value != "done":
                    given = replace(talk, owner=desk_of(self.team, successor), resume_hash="", code="")
                    unit.dialogues.put(to_stored(given, at))
                    moved = True
            except (TalkFromNewerVersion, StaleWrite, ValueError):
                continue
        return moved


def _away(unit: UnitOfWork) -> set[str]:
    """Users whom Slack said are deactivated."""
    return {c.address for c in unit.contacts.on(SURFACE) if c.state is ContactState.GONE and c.why == DEACTIVATED}


def returned(unit: UnitOfWork, user: str, at: datetime) -> bool:
    """Slack says that somebody is active again; whether they were not."""
    gone = [c for c in unit.contacts.on(SURFACE) if c.address == user and c.why == DEACTIVATED]
    for contact in gone:
        unit.contacts.put(replace(contact, state=ContactState.ACTIVE, why=""), at)
    return bool(gone)
