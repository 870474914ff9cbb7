"""Card → HTML by way of templates/web/*.j2, and a talk → the entries of its transcript.

Knows which card is live (the last that offers anything); older ones are shown without their choices. A card that can no
longer be rendered is replaced by a notice, never by an error. Refuses to know requests and the store.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.cards import Block, Button, Card, Field
from bot.entries import offers
from bot.intake import parts_of
from bot.memory import Entry, Talk
from bot.mishaps import log_mishap
from bot.render import Renderer
from bot.views import View

FIRST = "e0"


@dataclass(frozen=True, slots=True)
class Group:
    """Blocks that belong together: an alert with the items under it is a duty, items in a row are one list."""

    kind: str
    text: str = ""
    items: tuple[str, ...] = ()
    inside: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """The fields about one member; `who` is empty for the household."""

    who: str
    fields: tuple[Field, ...]


def grouped(blocks: Sequence[Block]) -> tuple[Group, ...]:
    """Blocks as they are drawn."""
    out: list[Group] = []
    for block in blocks:
        last = out[-1] if out else None
        if block.kind == "fold":
            out.append(Group("fold", block.text, inside=grouped(block.inside)))
        elif block.kind != "item":
            out.append(Group(block.kind, block.text))
        elif last and last.kind in ("alert", "duty"):
            out[-1] = Group("duty", last.text, (*last.items, block.text))
        elif last and last.kind == "list":
            out[-1] = replace(last, items=(*last.items, block.text))
        else:
            out.append(Group("list", items=(block.text,)))
    return tuple(out)


def card_html(renderer: Renderer, view: View, *, live: bool, anchor: str) -> str:
    """A view as a piece of HTML. `anchor` is its id on the page, empty for one that passes."""
    try:
        card = renderer.card(view)
        return renderer.page(
            "web/card.html.j2",
            card=card,
            view=view,
            live=live,
            anchor=anchor,
            groups=grouped(_without_title(card)),
            after=grouped(card.after),
            forms=_field_groups(card.fields),
            chosen=chosen_of,
            progress=_progress(view),
        )
    except Exception as error:
        if view.name == "trouble":
            raise
        log_mishap("card cannot be shown", error, view.name)
        return card_html(renderer, View("trouble", {"kind": "old_card"}), live=False, anchor=anchor)


def chosen_of(value: str, choices: Sequence[str]) -> tuple[str, ...]:
    """The chosen entries of a field in which several may be: words joined by 「、」, or codes by a space."""
    return parts_of(value, choices) or tuple(part for part in value.split() if part in choices)


def _without_title(card: Card) -> tuple[Block, ...]:
    blocks = list(card.blocks)
    title = next((block for block in blocks if block.kind == "heading"), None)
    if title is not None:
        blocks.remove(title)
    return tuple(blocks)


def _field_groups(fields: Sequence[Field]) -> tuple[FieldGroup, ...]:
    names = dict.fromkeys(field.group for field in fields)
    return tuple(FieldGroup(name, tuple(f for f in fields if f.group == name)) for name in names)


def _progress(view: View) -> tuple[int, int]:
    """Items answered, and items, over the whole intake sheet; 0 of 0 where there is none."""
    parts = view.data.get("progress")
    if not isinstance(parts, list):
        return 0, 0
    return sum(int(part[1]) for part in parts), sum(int(part[2]) for part in parts)


def live_number(log: Sequence[Entry]) -> int:
    """The number of the last card that offers anything; 0 when there is none."""
    return next((e.number for e in reversed(log) if e.view and offers(e.view)), 0)


def start_html(renderer: Renderer) -> str:
    """The words every talk begins with."""
    return entry_frame(
        renderer, FIRST, "bot", card_html(renderer, View("start", {"note": ""}), live=False, anchor=FIRST)
    )


def entry_frame(renderer: Renderer, anchor: str, who: str, html: str) -> str:
    """One line of the transcript around a piece of HTML that our own templates made."""
    return renderer.page("web/entry.html.j2", anchor=anchor, who=who, html=html)


def entries(renderer: Renderer, talk: Talk, after: int = 0) -> Iterator[tuple[str, str]]:
    """(anchor, HTML) of every line after a number, and of the card that was live until then if it no longer is."""
    log = talk.document.log
    live = live_number(log)
    was_live = live_number([entry for entry in log if entry.number <= after])
    for index, entry in enumerate(log):
        if entry.number > after or (entry.number == was_live != live):
            anchor = f"e{entry.number}"
            yield anchor, entry_frame(renderer, anchor, entry.who, _entry_html(renderer, talk, index, live, anchor))


def _entry_html(renderer: Renderer, talk: Talk, index: int, live: int, anchor: str) -> str:
    entry = talk.document.log[index]
    if entry.view is None:
        words = _chosen_words(renderer, talk.document.log[:index], entry.text) if entry.chosen else entry.text
        return renderer.page("web/said.html.j2", words=words, chosen=entry.chosen)
    view = entry.view
    if view.name == "paused" and entry.number == live and talk.code:
        view = replace(view, data={**view.data, "code": talk.code})
    return card_html(renderer, view, live=entry.number == live, anchor=anchor)


def _chosen_words(renderer: Renderer, before: Sequence[Entry], said: str) -> str:
    """The words of the button that was pressed, from the card it stood on; empty when nobody knows them any more."""
    action, _, value = said.partition(" ")
    offered = next((e.view for e in reversed(before) if e.view and offers(e.view)), None)
    if offered is None:
        return ""
    try:
        buttons = _buttons(renderer.card(offered))
    except Exception as error:
        log_mishap("card cannot be shown", error, offered.name)
        return ""
    same = [(label, b) for label, b in buttons if b.action == action and b.value == value]
    return "　".join(part for part in (same[0][0], same[0][1].label) if part) if same else ""


def _buttons(card: Card) -> Iterator[tuple[str, Button]]:
    """Every button with the words of the line it stands on."""
    for group in card.lists:
        for line in group.lines:
            yield from ((line.text, button) for button in line.buttons)
    if card.submit:
        yield "", card.submit
    yield from (("", button) for button in card.buttons)
