"""What Slack shows one person, as a small versioned value: the talk they are in, where each talk stands, what was shown.

Stored like a dialogue, in the person's own stream. Drafts of modals lie in the encrypted part. Refuses to know Slack.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from pydantic import TypeAdapter

from bot.memory import DeskFromNewerVersion
from routing.ports import StoredDialogue

SCHEMA = 1
MOST_PLACES = 40
MOST_MISHAPS = 20
MOST_DRAFTS = 10


@dataclass(frozen=True, slots=True)
class Place:
    """Where a talk stands. `shown`: the last entry of its transcript that was shown; `live`: the message that can be acted on.

    `number` and `view` are those of the live message. `private`: nobody else sees it.
    """

    channel: str = ""
    thread: str = ""
    private: bool = True
    shown: int = 0
    live: str = ""
    number: int = 0
    view: str = ""


@dataclass(frozen=True, slots=True)
class Mishap:
    """Something that could not be shown: when, where, and what Slack said (a code, never words of a person)."""

    at: datetime
    method: str
    trouble: str
    channel: str = ""
    talk: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """One person's desk. `drafts`: modal → what was entered. `taken`: happening → the talk its resume code stood for."""

    name: str
    current: str = ""
    dm: str = ""
    mention_place: str = "thread"
    places: Mapping[str, Place] = field(default_factory=dict)
    mishaps: tuple[Mishap, ...] = ()
    taken: Mapping[str, str] = field(default_factory=dict)
    drafts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    version: int = 0

    def placed(self, talk: str, place: Place) -> Desk:
        """The desk with a talk's place; the talks looked at longest ago are forgotten."""
        places = {name: kept for name, kept in self.places.items() if name != talk} | {talk: place}
        return replace(self, places=dict(list(places.items())[-MOST_PLACES:]))

    def at(self, channel: str, thread: str) -> str:
        """The talk that stands there, the latest one; empty when there is none."""
        found = [name for name, place in self.places.items() if (place.channel, place.thread) == (channel, thread)]
        return found[-1] if found else ""

    def with_mishap(self, mishap: Mishap) -> Desk:
        """The desk with one more thing that went wrong; only the latest are kept."""
        return replace(self, mishaps=(*self.mishaps, mishap)[-MOST_MISHAPS:])

    def with_draft(self, name: str, values: Mapping[str, str]) -> Desk:
        """The desk with a draft; an empty one takes the draft away."""
        drafts = {key: kept for key, kept in self.drafts.items() if key != name} | ({name: values} if values else {})
        return replace(self, drafts=dict(list(drafts.items())[-MOST_DRAFTS:]))


_DESK: TypeAdapter[Desk] = TypeAdapter(Desk)
_DRAFTS: TypeAdapter[dict[str, dict[str, str]]] = TypeAdapter(dict[str, dict[str, str]])


def owner_of(desk: str) -> str:
    """Who owns the stored desk: not the person, whose talks must not be counted among desks."""
    return f"desk/{desk}"


def to_stored(desk: Desk, at: datetime) -> StoredDialogue:
    """The desk as the store takes it."""
    value = _DESK.dump_json(replace(desk, drafts={}), exclude_defaults=True).decode()
    secret = _DRAFTS.dump_json({name: dict(values) for name, values in desk.drafts.items()}).decode()
    return StoredDialogue(desk.name, owner_of(desk.name), SCHEMA, value, secret, desk.version, at)


def from_stored(stored: StoredDialogue | None, name: str) -> Desk:
    """The desk as it was stored, or an empty one. Raises `DeskFromNewerVersion`."""
    if stored is None:
        return Desk(name)
    if stored.schema > SCHEMA:
        raise DeskFromNewerVersion(name)
    drafts = _DRAFTS.validate_json(stored.secret or "{}")
    return replace(_DESK.validate_json(stored.value), drafts=drafts, version=stored.version)
