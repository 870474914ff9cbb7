"""What is to be shown, as neutral values: which view, with which codes, which choices. No sentences.

A label is a reference that the renderer looks up: `ui:confirm`, `issue:dv`, `agency:…`, `field:高齢`, `member:息子`, `route:…`,
`choice:QUESTION=VALUE`, `form:ITEM`, or `text:` for words that are data of the pack or the masked text itself.
Refuses to know any surface.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Option:
    """Something a person can choose. `style`: primary, plain or danger; `effect`: what it would change (part names)."""

    action: str
    value: str
    label: str
    style: str = "plain"
    effect: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of the shown text that means something: start, end, label reference, polarity."""

    start: int
    end: int
    label: str
    polarity: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line with its own choices (a finding with 消す / 否定 / だれの)."""

    id: str
    parts: tuple[str, ...]
    polarity: str = ""
    quote: str = ""
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Input:
    """A field of a form. `kind`: text, choice, multi, number, date, age. `value` is the prefilled answer."""

    id: str
    kind: str
    label: str
    choices: tuple[str, ...] = ()
    value: str = ""
    report: bool = False
    secret: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """One thing to show. `name` picks the template; `data` holds codes, numbers and dates for it."""

    name: str
    data: Mapping[str, object] = field(default_factory=dict)
    text: str = ""
    marks: tuple[Mark, ...] = ()
    rows: tuple[Row, ...] = ()
    maybes: tuple[Row, ...] = ()
    asides: tuple[Row, ...] = ()
    inputs: tuple[Input, ...] = ()
    submit: Option | None = None
    options: tuple[Option, ...] = ()
