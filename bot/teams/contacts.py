"""What a happening says of how people and agencies can be reached: installed, moved, removed.

Written with the happening that told it. Knows whom a channel or a person stands for (people.py); refuses to know payloads.
"""

from __future__ import annotations

from bot.teams.desk import Desk
from bot.teams.happening import Happening, Kind
from bot.teams.people import People
from bot.teams.references import Reference, address_of, forget, remember
from routing.outgoing import ContactState
from routing.ports import UnitOfWork

_CHANNEL, _PERSON = 0, 10  # an agency's channel is told before its people


def note(unit: UnitOfWork, people: People, what: Happening, desk: Desk) -> None:
    """Keep what is new about who can be reached where."""
    if what.kind is Kind.LEFT:
        for recipients, _, where in _reached(people, what, what.where):
            forget(unit, recipients, where.conversation, what.at)
        return
    for recipients, rank, where in _reached(people, what, desk.home):
        new = [r for r in recipients if not _known(unit, r, where)]
        remember(unit, new, where, what.at, rank)


def _reached(people: People, what: Happening, home: Reference) -> list[tuple[list[str], int, Reference]]:
    found: list[tuple[list[str], int, Reference]] = []
    if home.conversation and (what.private or what.kind is not Kind.LEFT):
        found.append(([f"person:{what.desk}", *people.stands_for(what.person)], _PERSON, home))
    if not what.private:
        place = what.where.place
        found.append(([f"channel:teams:{place.conversation}", *people.channel(place.conversation)], _CHANNEL, place))
    return found


def _known(unit: UnitOfWork, recipient: str, where: Reference) -> bool:
    address = address_of(where)
    return any(c.address == address and c.state is ContactState.ACTIVE for c in unit.contacts.of(recipient))
