"""Something that happened in Teams, as a value that is stored before Teams is answered and worked off afterwards.

Its `key` is the same however often Teams delivers it. Refuses to know Teams' payloads and what follows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from pydantic import TypeAdapter

from bot.memory import written
from bot.teams.references import Reference
from routing.ports import StoredTurn

SURFACE = "teams"


class Kind(StrEnum):
    """What happened."""

    TEXT = "text"  # typed to us
    BEGIN = "begin"  # the message extension, with the words of a message
    PRESS = "press"  # a button of a card
    MET = "met"  # installed or added: somebody can be reached there
    LEFT = "left"  # uninstalled, removed, deleted: nobody can
    EDITED = "edited"
    DELETED = "deleted"


class Scope(StrEnum):
    """Who reads along. What Teams does not name is treated as if others did."""

    PERSONAL = "personal"
    GROUP = "groupChat"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Happening:
    """`person` is the directory's id, `user` the id by which Teams knows the same person; `bot` is our own there.

    `card`: the message with the pressed button; `mark`, `verb`, `inputs`: what it carried. `executed`: the client waits for a
    card. `ts`: the message it happened to.
    """

    kind: Kind
    person: str
    key: str
    at: datetime
    where: Reference
    scope: Scope = Scope.PERSONAL
    user: str = ""
    bot: str = ""
    ts: str = ""
    text: str = ""
    card: str = ""
    mark: str = ""
    verb: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    executed: bool = False

    @property
    def desk(self) -> str:
        """The person's stream of happenings."""
        return desk_of(self.person)

    @property
    def private(self) -> bool:
        """Whether nobody else reads along."""
        return self.scope is Scope.PERSONAL


_JSON: TypeAdapter[Happening] = TypeAdapter(Happening)


def desk_of(person: str) -> str:
    """`teams:PERSON`: whose turn it is, and who owns talks and cases begun in Teams."""
    return f"{SURFACE}:{person}"


def new_talk(desk: str, key: str) -> str:
    """The conversation that a happening begins: the same one however often it is worked off."""
    return f"{desk}:{hashed(key)[:12]}"


def short(desk: str, talk: str) -> str:
    """How a card carries a talk: without the person, whose own it is."""
    return talk[len(desk) :] if talk.startswith(f"{desk}:") else talk


def whole(desk: str, carried: str) -> str:
    """The talk that a card carries, for the person who pressed."""
    return f"{desk}{carried}" if carried.startswith(":") else carried


def desk_from(conversation: str) -> str | None:
    """The desk that a desk's stream or one of its talks belongs to; None when it is not of Teams."""
    parts = conversation.split(":")
    return ":".join(parts[:2]) if len(parts) in (2, 3) and parts[0] == SURFACE else None


def hashed(text: str) -> str:
    """A short name for a long key."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def stored(happening: Happening) -> StoredTurn:
    """As the store takes it: everything that was said is in the encrypted part."""
    raw = written(_JSON, happening)
    return StoredTurn(
        happening.desk, happening.key, SURFACE, happening.desk, happening.at, "choice", happening.kind.value, raw
    )


def happening_of(turn: StoredTurn) -> Happening:
    """As it was stored."""
    return replace(_JSON.validate_json(turn.raw), at=turn.received_at)
