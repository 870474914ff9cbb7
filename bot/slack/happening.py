"""Something a person did in Slack, as a value that is stored before Slack is answered and worked off afterwards.

Its `key` is the same however often Slack delivers it. Refuses to know Slack's payloads and what follows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from pydantic import TypeAdapter

from bot.memory import written
from routing.ports import StoredTurn

SURFACE = "slack"


class Kind(StrEnum):
    """What was done."""

    TEXT = "text"  # typed in the DM or in a thread of it
    MENTION = "mention"  # typed in a channel, with our name
    BEGIN = "begin"  # a command or a shortcut with its text
    CHOICE = "choice"  # a button
    SUBMIT = "submit"  # a modal was sent
    DRAFT = "draft"  # a modal was closed with something in it
    EDITED = "edited"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Happening:
    """`mark`: what the button carries; `form` and `carried`: which modal. `values`: what was entered, by field.

    `ts` is the message it happened to, `thread` the thread it stands in.
    """

    kind: Kind
    team: str
    user: str
    key: str
    at: datetime
    channel: str = ""
    thread: str = ""
    ts: str = ""
    text: str = ""
    mark: str = ""
    form: str = ""
    carried: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    response_url: str = ""
    view: str = ""

    @property
    def desk(self) -> str:
        """The person's stream of happenings."""
        return desk_of(self.team, self.user)


_JSON: TypeAdapter[Happening] = TypeAdapter(Happening)


def desk_of(team: str, user: str) -> str:
    """`slack:TEAM:USER`: whose turn it is, and who owns talks and cases begun in Slack."""
    return f"{SURFACE}:{team}:{user}"


def new_talk(desk: str, key: str) -> str:
    """The conversation that a happening begins: the same one however often it is worked off."""
    return f"{desk}:{hashed(key)[:12]}"


def desk_from(conversation: str) -> str | None:
    """The desk that a desk's stream or one of its talks belongs to; None when it is not of Slack."""
    parts = conversation.split(":")
    return ":".join(parts[:3]) if len(parts) in (3, 4) and parts[0] == SURFACE else None


def hashed(text: str) -> str:
    """A short name for a long key."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def stored(happening: Happening) -> StoredTurn:
    """As the store takes it: everything that was said is in the encrypted part."""
    raw = written(_JSON, happening)
    return StoredTurn(
        happening.desk, happening.key, SURFACE, happening.desk, happening.at, "choice", happening.kind.value, raw
    )


def happening_of(turn: StoredTurn) -> Happening:
    """As it was stored."""
    return replace(_JSON.validate_json(turn.raw), at=turn.received_at)
