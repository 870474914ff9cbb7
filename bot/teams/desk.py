"""What Teams shows one person, as a small versioned value: the talk they are in, where each talk stands, what was shown.

Stored like a dialogue, in the person's own stream. Refuses to know Teams.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from pydantic import TypeAdapter

from bot.memory import DeskFromNewerVersion
from bot.teams.references import Reference
from routing.ports import StoredDialogue

SCHEMA = 1
MOST_PLACES = 40
MOST_MISHAPS = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where a talk stands. `shown`: the last entry of its transcript that was shown; `live`: the message that can be acted on.

    `number`, `view` and `page` are those of the live message. `private`: nobody else sees it.
    """

    where: Reference = field(default_factory=Reference)
    private: bool = True
    shown: int = 0
    live: str = ""
    number: int = 0
    view: str = ""
    page: int = 0


@dataclass(frozen=True, slots=True)
class Mishap:
    """Something that could not be shown: when, what was tried and why (codes, never words of a person)."""

    at: datetime
    method: str
    trouble: str
    talk: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """One person's desk. `home`: the personal chat. `taken`: happening → the talk its resume code stood for."""

    name: str
    user: str = ""
    home: Reference = field(default_factory=Reference)
    current: str = ""
    places: Mapping[str, Place] = field(default_factory=dict)
    mishaps: tuple[Mishap, ...] = ()
    taken: Mapping[str, str] = field(default_factory=dict)
    version: int = 0

    def placed(self, talk: str, place: Place) -> Desk:
        """The desk with a talk's place; the talks looked at longest ago are forgotten."""
        places = {name: kept for name, kept in self.places.items() if name != talk} | {talk: place}
        return replace(self, places=dict(list(places.items())[-MOST_PLACES:]))

    def at(self, conversation: str) -> str:
        """The talk that stands there, the latest one; empty when there is none."""
        found = [name for name, place in self.places.items() if place.where.conversation == conversation]
        return found[-1] if found else ""

    def with_mishap(self, mishap: Mishap) -> Desk:
        """The desk with one more thing that went wrong; only the latest are kept."""
        return replace(self, mishaps=(*self.mishaps, mishap)[-MOST_MISHAPS:])


_DESK: TypeAdapter[Desk] = TypeAdapter(Desk)


def owner_of(desk: str) -> str:
    """Who owns the stored desk: not the person, whose talks must not be counted among desks."""
    return f"desk/{desk}"


def to_stored(desk: Desk, at: datetime) -> StoredDialogue:
    """The desk as the store takes it."""
    value = _DESK.dump_json(desk, exclude_defaults=True).decode()
    return StoredDialogue(desk.name, owner_of(desk.name), SCHEMA, value, "", desk.version, at)


def from_stored(stored: StoredDialogue | None, name: str) -> Desk:
    """The desk as it was stored, or an empty one. Raises `DeskFromNewerVersion`."""
    if stored is None:
        return Desk(name)
    if stored.schema > SCHEMA:
        raise DeskFromNewerVersion(name)
    return replace(_DESK.validate_json(stored.value), version=stored.version)
