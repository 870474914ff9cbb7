"""A rendered card → a Slack message: its words, its choices as buttons, what is folded behind a button that opens a modal.

Every button carries the talk and the number of the card it stands on. Refuses to know requests, the store and wording.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bot.cards import Block, Button, Card, Line
from bot.slack import blocks
from bot.slack.blocks import Element, Piece
from bot.slack.marks import DO, GO, OPEN, Stand
from bot.slack.rows import choice, line_words, row
from bot.slack.words import message_tails, word

_MOST_MAYBES = 10
_SECTION = "section"
_OPENING = frozenset({"subheading", "alert", "fold", "aside"})
_FORMS = frozenset({"override", "section"})
_CASES = frozenset({"board", "case"})  # their rows can be pressed in a talk too: commands about cases need no talk


def message_of(card: Card, stand: Stand) -> dict[str, Any]:
    """`text` and `blocks` of the card with its choices."""
    piece = Piece(body_of(card, stand, folded=not stand.outside), foot_of(card, stand))
    if not stand.outside and (has_folds(card) or not blocks.fits(piece, message_tails())):
        whole = blocks.button(f"{OPEN}:whole", word("button.whole"), stand.mark("whole"))
        piece.foot += blocks.actions([whole])
    if stand.title:
        piece.foot.append(blocks.aside(word("label.talk", title=stand.title), message_tails()))
    return blocks.message(piece, card.title, message_tails())


def frozen(card: Card, chosen: str) -> dict[str, Any]:
    """The card after something on it was chosen: the same words, no buttons, and what was chosen."""
    body = [block for block in body_of(card, None) if block["type"] != "actions"]
    foot = [blocks.aside(chosen, message_tails())] if chosen else []
    return blocks.message(Piece(body, foot), card.title, message_tails())


def has_folds(card: Card) -> bool:
    """Whether something of the card is folded."""
    return any(block.kind == "fold" for block in (*card.blocks, *card.after))


def body_of(card: Card, stand: Stand | None, *, folded: bool = True) -> list[blocks.Block]:
    """What is read. `stand` None: nothing on it can be pressed; `folded` False: the folded parts are opened."""
    out: list[blocks.Block] = [blocks.heading(card.title)] if card.title else []
    out += words_of(_without_title(card), folded=folded)
    if card.marked.parts:
        out += blocks.words(_marked_text(card), message_tails())
    for place, group in enumerate(card.lists):
        if stand is not None and (stand.outside or card.view in _CASES):
            out += blocks.words(f"**{group.title}**", message_tails())
            out += [b for n, line in enumerate(group.lines) for b in row(line, f"row:{place}:{n}", stand)]
            continue
        lines = [f"**{group.title}**", *map(line_words, group.lines)]
        out += blocks.words("\n".join(lines), message_tails())
        adds = [b for line in group.lines for b in line.buttons if b.action == "add"]
        if stand is not None and adds:
            out += blocks.actions(_adding(group.lines, stand))
    return out + words_of(card.after, folded=folded)


def _without_title(card: Card) -> Sequence[Block]:
    titles = [block for block in card.blocks if block.kind == "heading"]
    return [block for block in card.blocks if not titles or block is not titles[0]]


def _adding(lines: Sequence[Line], stand: Stand) -> list[Element]:
    """One button per idea; the words of its line say what it is about."""
    out = []
    for line in lines[:_MOST_MAYBES]:
        for idea in line.buttons:
            if idea.action == "add":
                label = word("label.yes_add", label=line.text)
                out.append(blocks.button(f"{DO}:{idea.value}", label, stand.mark(idea.action, idea.value)))
    return out


def words_of(parts: Sequence[Block], *, folded: bool = True) -> list[blocks.Block]:
    """Blocks of words; lines that follow each other share a section, so that a long card stays within the limits."""
    out: list[blocks.Block] = []
    lines: list[str] = []
    before = ""

    def flush() -> None:
        if lines:
            out.extend(blocks.words("\n".join(lines), message_tails()))
            lines.clear()

    for kind, text in _lines(parts, folded):
        if kind in _OPENING or (kind, before) == ("paragraph", "item"):
            flush()
        if kind == "aside":
            out.append(blocks.aside(text, message_tails()))
        else:
            lines.append(text)
        before = kind
    flush()
    return out


def _lines(parts: Sequence[Block], folded: bool) -> Iterator[tuple[str, str]]:
    for part in parts:
        if part.kind == "fold":
            if not folded:
                yield "fold", f"**{part.text}**"
                yield from _lines(part.inside, folded)
        elif part.kind == "alert":
            yield "alert", f"**⚠ {part.text.replace('**', '')}**"
        elif part.kind in ("heading", "subheading"):
            yield "subheading", f"**{part.text.replace('**', '')}**"
        elif part.kind == "item":
            yield "item", f"• {part.text}"
        elif part.text:
            yield part.kind, part.text


def _marked_text(card: Card) -> str:
    return "".join(
        word("label.mark", words=words, label=label) if label else words for words, label, _ in card.marked.parts
    ).replace("**", "＊＊")


def foot_of(card: Card, stand: Stand) -> list[blocks.Block]:
    """The choices of a card, in the order a person needs them."""
    hints = [b for b in card.buttons if b.hint]
    out: list[blocks.Block] = []
    if hints:
        lines = [word("label.hint", label=b.label, hint=b.hint) for b in hints]
        out.append(blocks.aside("\n".join(lines), message_tails()))
    sections = [b for b in card.buttons if b.action == _SECTION]
    elements = [_button(b, n, stand) for n, b in enumerate(b for b in card.buttons if b not in sections)]
    first = next((n for n, b in enumerate(card.buttons, 1) if b.style == "primary" and b not in sections), 0)
    elements[first:first] = _opening(card, stand)
    if stand.case_number and card.view in ("confirmed", "done", _SECTION):
        elements.append(blocks.button(f"{OPEN}:sheet", word("button.sheet"), stand.mark("sheet", stand.case_number)))
    if len(sections) > 1:
        entries = [blocks.option(stand.mark("form", b.value), b.label) for b in sections]
        elements.append(blocks.select(f"{GO}:section", word("button.go_section"), entries))
    return out + blocks.actions(elements)


def _opening(card: Card, stand: Stand) -> Iterator[Element]:
    """Buttons that open a modal: corrections of the reading, the form of a view, the first section of the sheet."""
    if card.view == "reading":
        yield blocks.button(f"{OPEN}:fix", word("button.fix"), stand.mark("fix"))
    elif card.view in _FORMS and card.submit:
        label = word("button.write_override" if card.view == "override" else "button.write_form")
        section = card.submit.value if card.view == _SECTION else ""
        yield blocks.button(f"{OPEN}:form", label, stand.mark(_form(card), section), "primary")
    elif card.submit and card.fields:  # a form this surface has no words of its own for
        command = f"form:{card.submit.action}" if stand.outside else "entry"
        value = card.submit.value if stand.outside else ""
        yield blocks.button(f"{OPEN}:form", card.submit.label, stand.mark(command, value), card.submit.style)
    else:
        first = [b for b in card.buttons if b.action == _SECTION]
        if len(first) == 1:
            yield blocks.button(f"{OPEN}:form", first[0].label, stand.mark("form", first[0].value), first[0].style)


def _form(card: Card) -> str:
    return "override" if card.view == "override" else "form"


def _button(chosen: Button, number: int, stand: Stand) -> Element:
    if card_opens(chosen):
        return blocks.button(f"{OPEN}:{number}", chosen.label, stand.mark(chosen.action), chosen.style)
    return choice(chosen, str(number), stand)


def card_opens(chosen: Button) -> bool:
    """Whether the choice needs a form before it is one (another route needs its reason)."""
    return chosen.action == "override"


__all__ = ["Stand", "body_of", "card_opens", "foot_of", "frozen", "has_folds", "line_words", "message_of", "words_of"]
