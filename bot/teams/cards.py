"""A rendered card → the body and the buttons of an Adaptive Card. Pure; every button carries its talk and its card's number.

What is folded is unfolded by a button that asks nobody; lists that would need too many buttons become one list to pick from.
Refuses to know requests, the store and wording.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.cards import Block, Button, Card, Line, Lists
from bot.teams import forms, pieces
from bot.teams.marks import DO, PICK, Mark
from bot.teams.pieces import Action, Element
from bot.teams.words import word

_MOST_ALIKE = 6  # more choices of the same kind are picked from a list
_MOST_ANSWERS = 12
_SHORT = 14
_MOST_IDEAS = 10
_MOST_LINES = 8
_MANY = frozenset({"section"})


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a card stands: the talk (as a mark carries it), the number of its entry, the page of its form.

    `title` tells it from other talks in the same place; `owner` is the Teams id of the person whose client keeps the card up
    to date; `live` False: nothing on it can be pressed; `extra`: choices of this surface.
    """

    talk: str = ""
    number: int = 0
    page: int = 0
    title: str = ""
    owner: str = ""
    live: bool = True
    extra: tuple[Button, ...] = ()

    def mark(self, action: str, value: str = "") -> Mark:
        """What a button of this card carries."""
        return Mark(self.talk, self.number, action, value, self.page)


@dataclass(slots=True)
class Piece:
    """A card on its way: what may be cut at its end (`body`) and what must stay (`foot`)."""

    body: list[Element] = field(default_factory=list)
    foot: list[Element] = field(default_factory=list)


def piece_of(card: Card, stand: Stand) -> Piece:
    """The card with its choices."""
    body = [*title_of(card), *_blocks(_without_title(card), "b")]
    body += _marked(card)
    for number, group in enumerate(card.lists):
        body += _list(group, number, stand, fixing=card.view == "reading")
    body += _blocks(card.after, "a")
    foot = _foot(card, stand) if stand.live else []
    if stand.title:
        foot += pieces.words(word("label.talk", title=stand.title), isSubtle=True, size="Small")
    return Piece(body, foot)


def frozen(card: Card, chosen: str) -> Piece:
    """The card after something on it was chosen: the same words, nothing to press, and what was chosen."""
    made = piece_of(card, Stand(live=False))
    made.foot += pieces.words(chosen, weight="Bolder") if chosen else []
    return made


def notice_piece(card: Card, buttons: Sequence[Action] = ()) -> Piece:
    """A card of words with the given buttons."""
    return Piece([*title_of(card), *_blocks(_without_title(card), "b")], pieces.actions(list(buttons)))


def title_of(card: Card) -> list[Element]:
    """The heading of a card."""
    return pieces.words(card.title, size="Large", weight="Bolder") if card.title else []


def _without_title(card: Card) -> Sequence[Block]:
    first = next((block for block in card.blocks if block.kind == "heading"), None)
    return [block for block in card.blocks if block is not first]


def _blocks(parts: Sequence[Block], prefix: str) -> list[Element]:
    out: list[Element] = []
    for number, part in enumerate(parts):
        match part.kind:
            case "fold":
                name = f"fold-{prefix}{number}"
                inside = _blocks(part.inside, f"{prefix}{number}-")
                if inside:
                    out += pieces.actions([pieces.toggle(part.text, name)])
                    out.append(pieces.folded(name, inside))
            case "heading" | "subheading":
                out += pieces.words(part.text.replace("**", ""), weight="Bolder", spacing="Medium")
            case "alert":
                out += pieces.words(f"⚠ {part.text.replace('**', '')}", weight="Bolder", color="Attention")
            case "item":
                out += pieces.words(f"• {part.text}")
            case "aside":
                out += pieces.words(part.text, isSubtle=True, size="Small")
            case _:
                out += pieces.words(part.text)
    return out


def _marked(card: Card) -> list[Element]:
    """The text as it was read, what was found strong and named behind it."""
    out: list[Element] = []
    line: list[Element] = []
    for text, label, _ in card.marked.parts:
        for number, piece in enumerate(text.split("\n")):
            if number and line:
                out.append(pieces.rich(line))
                line = []
            if piece:
                line.append(pieces.run(piece, **({"weight": "Bolder"} if label else {})))
        if label:
            line.append(pieces.run(word("label.mark", label=label), isSubtle=True))
    return [*out, *([pieces.rich(line)] if line else [])]


def line_words(line: Line) -> str:
    """A row as one line."""
    state = word("label.state", state=line.polarity, text=line.text) if line.polarity else line.text
    quote = word("label.quote", quote=line.quote.replace("\n", " ")) if line.quote else ""
    return f"{state}{quote}"


def _list(group: Lists, number: int, stand: Stand, *, fixing: bool) -> list[Element]:
    out = pieces.words(group.title, weight="Bolder", spacing="Medium")
    most = max((len(line.buttons) for line in group.lines), default=0)
    picked = not fixing and len(group.lines) > _MOST_LINES and most == 1
    for line in group.lines:
        out.append(pieces.rich([pieces.run(f"• {line_words(line)}")]))
        if stand.live and not fixing and not picked and line.buttons:
            made = [pieces.button(b.label, stand.mark(b.action, b.value), DO, b.style) for b in line.buttons]
            out += pieces.actions(made)
    if stand.live and fixing:
        ideas = [(line, b) for line in group.lines for b in line.buttons if b.action == "add"]
        labels = [word("label.yes_add", label=line.text) for line, _ in ideas[:_MOST_IDEAS]]
        out += pieces.actions(
            [
                pieces.button(label, stand.mark(b.action, b.value), DO)
                for label, (_, b) in zip(labels, ideas, strict=False)
            ]
        )
    if stand.live and picked:
        entries = [(b, line.text) for line in group.lines for b in line.buttons]
        out += _pick(f"pick-l{number}", entries, stand)
    return out


def _pick(name: str, entries: Sequence[tuple[Button, str]], stand: Stand) -> list[Element]:
    """A list that stands for buttons: its entries carry what the buttons would do."""
    found = [pieces.choice(f"{b.action}|{b.value}", label) for b, label in entries]
    field = pieces.choices(pieces.ONE + name, found, placeholder=word("label.pick"))
    return [field, *pieces.actions([pieces.button(word("button.go"), stand.mark("pick", name), PICK)])]


def _foot(card: Card, stand: Stand) -> list[Element]:
    """The choices of a card, in the order a person needs them."""
    out: list[Element] = []
    hints = [word("label.hint", label=b.label, hint=b.hint) for b in card.buttons if b.hint]
    out += pieces.words("\n".join(hints), isSubtle=True, size="Small")
    if card.view == "reading":
        out += forms.fix(card, stand.mark("fix"))
    elif card.submit or card.fields:
        out += forms.form(card, stand.mark(*_submit(card)), stand.page)
    row: list[Action] = []
    for alike in _kinds((*card.buttons, *stand.extra)):
        if len(alike) > (
            _MOST_ANSWERS if alike[0].action == "answer" else 1 if alike[0].action in _MANY else _MOST_ALIKE
        ):
            out += _pick(f"pick-{alike[0].action}", [(b, b.label) for b in alike], stand)
            continue
        made = [pieces.button(b.label, stand.mark(b.action, b.value), DO, b.style) for b in alike]
        if any(len(b.label) > _SHORT for b in alike) and len(alike) > 1:
            out += pieces.actions(made, 1)
        else:
            row += made
    return [*out, *pieces.actions(row)]


def _submit(card: Card) -> tuple[str, str]:
    return (card.submit.action, card.submit.value) if card.submit else ("", "")


def _kinds(buttons: Sequence[Button]) -> Iterator[list[Button]]:
    """Choices that do the same to different things, together, in the order of their first."""
    found: dict[str, list[Button]] = {}
    for button in buttons:
        found.setdefault(button.action, []).append(button)
    yield from found.values()
