"""What a button carries so that a press finds its talk: always the card it stands on, never a guess.

`Mark` is the address of a choice on one shown card. Refuses to know what a choice does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DO = "do"  # a choice
FIX = "fix"  # corrections chosen in the lists of a reading
FORM = "form"  # the fields of a card
PICK = "pick"  # the entry of a list that stands for a choice
REFRESH = "refresh"  # nobody pressed anything: the client asks for the card as it is now
VERBS = frozenset({DO, FIX, FORM, PICK, REFRESH})
KEY = "k"
VERB = "x"
_SEPARATOR = "|"
_LONGEST = 1_500
_LONGEST_INPUT = 8_000
_MOST_INPUTS = 400


@dataclass(frozen=True, slots=True)
class Mark:
    """`talk`: the conversation (for a talk of the person's own only its last part); `number`: the entry of its transcript
    that was shown, 0 for a card outside talks; `page`: of a form that is spread over several cards."""

    talk: str
    number: int
    action: str
    value: str = ""
    page: int = 0

    def __str__(self) -> str:
        """`number.page|talk|action|value`; only the value may hold the separator."""
        return _SEPARATOR.join((f"{self.number}.{self.page}", self.talk, self.action, self.value))


def mark_of(text: object) -> Mark | None:
    """The mark in a button's data; None for anything that is not ours."""
    if not isinstance(text, str) or len(text) > _LONGEST:
        return None
    parts = text.split(_SEPARATOR, 3)
    if len(parts) != 4:
        return None
    number, _, page = parts[0].partition(".")
    if not (number.isascii() and number.isdecimal() and page.isascii() and page.isdecimal()) or len(parts[0]) > 12:
        return None
    return Mark(parts[1], int(number), parts[2], parts[3], int(page))


def data_of(mark: Mark, verb: str) -> dict[str, str]:
    """What an action carries; what stands in the inputs of the card comes back beside it."""
    return {KEY: str(mark), VERB: verb}


@dataclass(frozen=True, slots=True)
class Press:
    """A button as it came back: which, how, and what stood in the inputs of its card."""

    mark: Mark
    verb: str
    inputs: Mapping[str, str]


def press_of(data: object) -> Press | None:
    """The press in the data of an action; None when it is not ours."""
    if not isinstance(data, Mapping) or len(data) > _MOST_INPUTS:
        return None
    mark, verb = mark_of(data.get(KEY)), data.get(VERB)
    if mark is None or verb not in VERBS:
        return None
    inputs = {
        str(name): value[:_LONGEST_INPUT]
        for name, value in data.items()
        if name not in (KEY, VERB) and isinstance(value, str)
    }
    return Press(mark, str(verb), inputs)
