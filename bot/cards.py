"""A rendered view: words in order, with rows, fields and choices whose labels are words. Every surface translates this.

Knows the line marks of the templates: `# ` heading, `## ` smaller heading, `! ` warning, `- ` item, `> ` aside, `+ ` opens and `+.` closes a
folded part, an empty line ends a paragraph. Refuses to know what the words say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Block:
    """`kind`: heading, subheading, alert, item, aside, paragraph, or fold (its parts in `inside`)."""

    kind: str
    text: str
    inside: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Button:
    """A choice with its words; `hint` says what it would change."""

    action: str
    value: str
    label: str
    style: str = "plain"
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a list with its own buttons; `quote`: the words it rests on; `state`: the code of `polarity`'s word."""

    id: str
    text: str
    polarity: str = ""
    quote: str = ""
    buttons: tuple[Button, ...] = ()
    state: str = ""


@dataclass(frozen=True, slots=True)
class FieldOption:
    """One entry of a choice field; `group` puts entries together."""

    value: str
    label: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form with its words."""

    id: str
    kind: str
    label: str
    options: tuple[FieldOption, ...] = ()
    value: str = ""
    report: bool = False
    secret: bool = False
    help: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Marked:
    """The text with stretches: (words, label, polarity), label empty for plain words."""

    parts: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Lists:
    """A titled list of lines."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A small PNG. `alt` says in words what it shows; the card's text holds the same numbers."""

    png: bytes
    alt: str


@dataclass(frozen=True, slots=True)
class Card:
    """Everything a surface needs to show a view. `title` is also its accessible name."""

    view: str
    title: str
    blocks: tuple[Block, ...] = ()
    marked: Marked = field(default_factory=Marked)
    lists: tuple[Lists, ...] = ()
    fields: tuple[Field, ...] = ()
    submit: Button | None = None
    buttons: tuple[Button, ...] = ()
    after: tuple[Block, ...] = ()
    picture: Picture | None = None


_MARKS = (("# ", "heading"), ("## ", "subheading"), ("! ", "alert"), ("- ", "item"), ("> ", "aside"))


def parse_blocks(text: str) -> tuple[Block, ...]:
    """The blocks of a rendered template."""
    return tuple(_blocks(iter(text.split("\n"))))


def _blocks(lines: Iterable[str]) -> list[Block]:
    out: list[Block] = []
    paragraph: list[str] = []
    walk = iter(lines)

    def flush() -> None:
        if paragraph:
            out.append(Block("paragraph", "".join(paragraph)))
            paragraph.clear()

    for raw in walk:
        line = raw.strip()
        kind = next(((mark, name) for mark, name in _MARKS if line.startswith(mark)), None)
        if line == "+.":
            break
        if line.startswith("+ "):
            flush()
            out.append(Block("fold", line[2:].strip(), tuple(_blocks(walk))))
        elif kind:
            flush()
            out.append(Block(kind[1], line[len(kind[0]) :].strip()))
        elif not line:
            flush()
        else:
            paragraph.append(line)
    flush()
    return out
