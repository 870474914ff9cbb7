"""Lists outside a talk (a digest, a board, a case's requests): every line with its own buttons, as many messages as it needs.

How lines are spread over messages depends on the lines alone, so that a part can be brought up to date by itself. Refuses to
know what a button does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.cards import Button, Card, Line
from bot.slack import blocks
from bot.slack.blocks import Block, Element, Piece
from bot.slack.limits import LIMITS, characters
from bot.slack.marks import DO, OPEN, Stand
from bot.slack.words import message_tails, word

MOST_PARTS = 10
_ROOM = 600  # characters kept free for a part's title and the words below
# Commands that ask for more than a press: their form opens at once.
ASKING = frozenset(
    f"case:{name}"
    for name in ("decline", "record", "send_back", "ask_info", "assign", "inform", "stuck", "later", "never", "consent", "note", "close",
                 "reopen")
)  # fmt: skip


def choice(button: Button, name: str, stand: Stand) -> Element:
    """A button outside a talk; one that asks for more opens its form."""
    if button.action in ASKING:
        return blocks.button(
            f"{OPEN}:{name}", button.label, stand.mark(f"form:{button.action}", button.value), button.style
        )
    return blocks.button(f"{DO}:{name}", button.label, stand.mark(button.action, button.value), button.style)


def line_words(line: Line) -> str:
    """A line as one line of words."""
    state = word("label.state", state=line.polarity, text=line.text) if line.polarity else line.text
    quote = word("label.quote", quote=line.quote.replace("\n", " ")) if line.quote else ""
    return f"• {state}{quote}".replace("**", "＊＊")


def row(line: Line, name: str, stand: Stand) -> list[Block]:
    """A line and its buttons: one beside it, several below."""
    said = blocks.words(line_words(line), message_tails()) or [blocks.aside("－", message_tails())]
    elements = [choice(button, f"{name}:{n}", stand) for n, button in enumerate(line.buttons)]
    if len(elements) == 1 and said[-1]["type"] == "section":
        return [*said[:-1], {**said[-1], "accessory": elements[0]}]
    return [*said, *blocks.actions(elements)]


def _entries(card: Card, stand: Stand) -> list[list[Block]]:
    """Every line of every list; the first of a list has the list's title above it."""
    found = []
    for place, group in enumerate(card.lists):
        for number, line in enumerate(group.lines):
            title = blocks.words(f"**{group.title}**", message_tails()) if number == 0 and group.title else []
            found.append([*title, *row(line, f"row:{place}:{number}", stand)])
    return found


def spread(card: Card, stand: Stand, head: Sequence[Block], foot: Sequence[Block]) -> list[tuple[int, int]]:
    """Which lines of a card's lists go into which message: (from, before). What does not fit ten messages is left out."""
    room = LIMITS["message.characters"] - _ROOM - sum(map(characters, (*head, *foot)))
    most = LIMITS["message.blocks"] - len(head) - len(foot) - 2
    found, start, used, count = [], 0, 0, 0
    entries = _entries(card, stand)
    for number, made in enumerate(entries):
        size = sum(map(characters, made))
        if number > start and (used + size > room or count + len(made) > most):
            found.append((start, number))
            start, used, count = number, 0, 0
        used, count = used + size, count + len(made)
    return [*found, (start, len(entries))][:MOST_PARTS]


def part(
    card: Card, stand: Stand, span: tuple[int, int], head: Sequence[Block], foot: Sequence[Block], of: str
) -> dict[str, Any]:
    """One message of them: what stands above, the lines of its span, what stands below. `of`: which part, in words."""
    body = [*head, *([blocks.aside(of, message_tails())] if of else [])]
    for made in _entries(card, stand)[slice(*span)]:
        body += made
    return blocks.message(Piece(body, list(foot)), card.title, message_tails())
