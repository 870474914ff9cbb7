"""What a button, a select or a modal carries so that a click finds its talk: always the card it stands on, never a guess.

`Mark` is the address of a choice on one shown card. Refuses to know what a choice does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

DO = "do"  # a choice of the talk
OPEN = "open"  # opens a modal; changes nothing
GO = "go"  # a select whose entries are choices
REREAD = "reread"  # read the text as it was written anew
SEPARATOR = "|"


@dataclass(frozen=True, slots=True)
class Mark:
    """`talk`: the conversation; `number`: the entry of its transcript that was shown; then the choice itself."""

    talk: str
    number: int
    action: str
    value: str = ""

    def __str__(self) -> str:
        """`number|talk|action|value`; only the value may hold the separator."""
        return SEPARATOR.join((str(self.number), self.talk, self.action, self.value))


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a card stands: the talk, the number of its entry, and what tells it from other talks in the same place.

    `outside`: it stands in no talk, so that nothing of it can be opened later.
    """

    talk: str
    number: int
    title: str = ""
    case_number: str = ""
    outside: bool = False

    def mark(self, action: str, value: str = "") -> str:
        """What a button of this card carries."""
        return str(Mark(self.talk, self.number, action, value))


def mark_of(text: object) -> Mark | None:
    """The mark in a button's value; None for anything that is not ours."""
    if not isinstance(text, str):
        return None
    parts = text.split(SEPARATOR, 3)
    if len(parts) != 4 or not parts[0].isdecimal() or len(parts[0]) > 9:
        return None
    return Mark(parts[1], int(parts[0]), parts[2], parts[3])


@dataclass(frozen=True, slots=True)
class Carried:
    """What a modal carries: the card it was opened from, which section and page of a form it shows, where the card stands."""

    talk: str = ""
    number: int = 0
    section: str = ""
    page: int = 0
    channel: str = ""
    ts: str = ""

    def __str__(self) -> str:
        """As JSON."""
        data = {"t": self.talk, "n": self.number, "s": self.section, "p": self.page, "c": self.channel, "m": self.ts}
        return json.dumps({key: value for key, value in data.items() if value}, ensure_ascii=False)


def carried_of(text: object) -> Carried:
    """What came back with a modal; empty when it is not ours."""
    try:
        data = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        data = None
    if not isinstance(data, Mapping):
        return Carried()
    number, page = data.get("n", 0), data.get("p", 0)
    return Carried(
        str(data.get("t", "")),
        number if isinstance(number, int) else 0,
        str(data.get("s", "")),
        page if isinstance(page, int) else 0,
        str(data.get("c", "")),
        str(data.get("m", "")),
    )
