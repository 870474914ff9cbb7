"""What comes in and what goes out, without any surface's shape.

A surface turns its payload into a `Turn`; nothing Slack- or browser-shaped goes further. Refuses to know wording.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Choice:
    """A button, a list entry or a form: what was done (`action`), to what (`value`), and the form's fields."""

    action: str
    value: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing a person did. Exactly one of `text` and `choice` is set. `message` is unique in its conversation."""

    conversation: str
    message: str
    surface: str
    actor: str
    received_at: datetime
    text: str | None = None
    choice: Choice | None = None

    def __post_init__(self) -> None:
        if (self.text is None) == (self.choice is None):
            raise ValueError("a turn is either a text or a choice")
        if self.received_at.tzinfo is None:
            raise ValueError("a turn's moment needs a time zone")
