"""The one builder of what is sent to Slack: every piece stays within Slack's limits and cannot be taken for markup.

Knows how words are shortened honestly (「… 続きは○○で」) and how a message or view that is too long is cut behind whole
blocks, its buttons kept. Refuses to know views, talks and wording: the words of the shortening are handed in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.slack.limits import LIMITS, characters, width

Block = dict[str, Any]
Element = dict[str, Any]

# Marks that Slack would read as mention, link, quote or emphasis, as their full-width twins: same length, same look.
_TWINS = str.maketrans({"<": "＜", ">": "＞", "&": "＆", "*": "＊", "_": "＿", "~": "～", "`": "｀", "|": "｜"})
_UNREADABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_CALLS = re.compile(r"@(?=channel|here|everyone)", re.IGNORECASE)
_EMOJI = re.compile(r":(?=[a-z0-9_+'-]+:)")
_STRONG = re.compile(r"\*\*([^*\n]+)\*\*")
_ROOM = 200  # characters kept free for the tail of a message that is cut
_IN_A_ROW = 5  # buttons beside each other before a new row begins


@dataclass(frozen=True, slots=True)
class Tails:
    """The words that stand where something was cut: `short` within a line, `more` below a cut card.

    `more` may hold {count}: how many blocks are missing.
    """

    short: str
    more: str


@dataclass(slots=True)
class Piece:
    """A card on its way: what may be cut at its end (`body`) and what must stay (`foot`: buttons)."""

    body: list[Block] = field(default_factory=list)
    foot: list[Block] = field(default_factory=list)


def tame(text: str) -> str:
    """Words that Slack shows as they are, wherever they came from."""
    plain = _UNREADABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _EMOJI.sub("：", _CALLS.sub("＠", plain)).translate(_TWINS)


def cut(text: str, most: int, tail: str = "…") -> str:
    """`text` within `most` units; what was cut is told by `tail` (itself cut to "…" when there is no room for it)."""
    if width(text) <= most:
        return text
    tail = tail if width(tail) < most else "…"
    room = most - width(tail)
    end = min(len(text), room)
    while width(text[:end]) > room:
        end -= 1
    return text[:end].rstrip() + tail


def plain(text: str, limit: str, tail: str = "…") -> dict[str, Any]:
    """A text object without markup. An empty text becomes a dash: Slack refuses empty ones."""
    return {"type": "plain_text", "text": cut(tame(text).strip(), LIMITS[limit], tail) or "－", "emoji": False}


def marked(text: str, limit: str, tail: str = "…") -> dict[str, Any]:
    """A text object in which only `**…**` of our own templates means something."""
    words = _emphasised(text)
    if width(words) > LIMITS[limit]:
        words = cut(words, LIMITS[limit], tail)
        if words.count("*") % 2:  # cut inside the emphasis
            words = words.replace("*", "")
    return {"type": "mrkdwn", "text": words or "－", "verbatim": True}


def _emphasised(text: str) -> str:
    parts = _STRONG.split(text)
    return "".join(f" *{tame(part).strip()}* " if odd % 2 else tame(part) for odd, part in enumerate(parts)).strip()


def heading(text: str, tail: str = "…") -> Block:
    """A title."""
    return {"type": "header", "text": plain(text, "header.text", tail)}


def words(text: str, tails: Tails) -> list[Block]:
    """A paragraph, as many sections as it needs: nothing is cut here."""
    most = LIMITS["section.text"] - _ROOM
    out: list[Block] = []
    for part in _split(text, most):
        out.append({"type": "section", "text": marked(part, "section.text", tails.short)})
    return out


def _split(text: str, most: int) -> Iterable[str]:
    """`text` in parts of at most `most` units, cut at line ends where there are any."""
    rest = text.strip("\n")
    while width(rest) > most:
        end = min(len(rest), most)
        while width(rest[:end]) > most:
            end -= 1
        at = rest.rfind("\n", 1, end)
        at = at if at > 0 else end
        yield rest[:at]
        rest = rest[at:].lstrip("\n")
    if rest.strip():
        yield rest


def aside(text: str, tails: Tails) -> Block:
    """Small words."""
    return {"type": "context", "elements": [marked(text, "context.text", tails.short)]}


def rule() -> Block:
    """A line across."""
    return {"type": "divider"}


def button(action_id: str, label: str, value: str = "", style: str = "plain", url: str = "") -> Element:
    """A button. `value` is made by us and must fit: it is never cut. Raises ValueError."""
    if (
        width(value) > LIMITS["button.value"]
        or width(action_id) > LIMITS["action_id"]
        or len(url) > LIMITS["button.url"]
    ):
        raise ValueError("a button carries more than Slack lets it")
    made: Element = {"type": "button", "action_id": action_id, "text": plain(label, "button.text")}
    if value:
        made["value"] = value
    if url:
        made["url"] = url
    if style in ("primary", "danger"):
        made["style"] = style
    return made


def confirmed(element: Element, title: str, text: str, yes: str, no: str) -> Element:
    """The same element, asking once more before it acts."""
    ask = {
        "title": plain(title, "confirm.title"),
        "text": plain(text, "confirm.text"),
        "confirm": plain(yes, "confirm.button"),
        "deny": plain(no, "confirm.button"),
    }
    return {**element, "confirm": ask}


def actions(elements: Sequence[Element]) -> list[Block]:
    """Buttons and selects in rows."""
    rows = [elements[start : start + _IN_A_ROW] for start in range(0, len(elements), _IN_A_ROW)]
    return [{"type": "actions", "elements": list(row)} for row in rows]


def option(value: str, label: str) -> dict[str, Any]:
    """An entry of a select. What does not fit its text goes on in its description. `value` must fit. Raises ValueError."""
    if width(value) > LIMITS["option.value"]:
        raise ValueError("an option carries more than Slack lets it")
    shown = tame(label).strip() or "－"
    made: dict[str, Any] = {"text": plain(shown, "option.text"), "value": value}
    if width(shown) > LIMITS["option.text"]:
        kept = len(made["text"]["text"]) - 1
        rest = "…" + shown[kept:].strip()
        made["description"] = plain(rest, "option.description")
    return made


def select(action_id: str, placeholder: str, options: Sequence[dict[str, Any]], initial: str = "") -> Element:
    """A list to choose one entry from; at most 100 (the rest is reached otherwise, which the caller must see to)."""
    kept = list(options)[: LIMITS["select.options"]]
    made: Element = {"type": "static_select", "action_id": action_id, "options": kept}
    made["placeholder"] = plain(placeholder, "placeholder")
    chosen = next((entry for entry in kept if entry["value"] == initial), None)
    return {**made, "initial_option": chosen} if chosen and initial else made


def many(action_id: str, placeholder: str, options: Sequence[dict[str, Any]], initial: Sequence[str] = ()) -> Element:
    """Several of a list: checkboxes up to ten entries, a select above."""
    kept = list(options)[: LIMITS["select.options"]]
    chosen = [entry for entry in kept if entry["value"] in initial]
    if len(kept) <= LIMITS["choices.options"]:
        made: Element = {"type": "checkboxes", "action_id": action_id, "options": kept}
    else:
        made = {"type": "multi_static_select", "action_id": action_id, "options": kept}
        made["placeholder"] = plain(placeholder, "placeholder")
    return {**made, "initial_options": chosen} if chosen else made


def search(action_id: str, placeholder: str) -> Element:
    """Several of a list that is searched as one types (issues: there are too many for any list)."""
    return {
        "type": "multi_external_select",
        "action_id": action_id,
        "min_query_length": 0,
        "placeholder": plain(placeholder, "placeholder"),
    }


def typed(action_id: str, initial: str = "", *, lines: bool = False, placeholder: str = "") -> Element:
    """A field to type in. `initial` must fit (a prefilled value that is cut would be saved cut). Raises ValueError."""
    if width(initial) > LIMITS["input.value"]:
        raise ValueError("a prefilled field carries more than Slack lets it")
    made: Element = {"type": "plain_text_input", "action_id": action_id, "max_length": LIMITS["input.value"]}
    made |= {"multiline": True} if lines else {}
    made |= {"initial_value": initial} if initial else {}
    return {**made, "placeholder": plain(placeholder, "placeholder")} if placeholder else made


def day(action_id: str, initial: str = "") -> Element:
    """A date; `initial` as 2026-04-01."""
    return {"type": "datepicker", "action_id": action_id} | ({"initial_date": initial} if initial else {})


def field_of(
    block_id: str, label: str, element: Element, *, hint: str = "", optional: bool = True, tell: bool = False
) -> Block:
    """A field of a form. `tell`: what is entered is told while it is entered, so that a draft can be kept."""
    made: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, "input.label"),
        "element": element,
        "optional": optional,
    }
    if hint:
        made["hint"] = plain(hint, "input.hint")
    if tell:
        made["dispatch_action"] = True
        if element["type"] == "plain_text_input":
            made["element"] = {**element, "dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]}}
    return made


def message(piece: Piece, fallback: str, tails: Tails) -> dict[str, Any]:
    """`blocks` and `text` of a message that Slack takes, cut behind whole blocks if it must be."""
    room = LIMITS["message.characters"] - _ROOM - width(tails.more)
    blocks = _fitted(piece, LIMITS["message.blocks"], room, tails)
    text = cut(tame(fallback).strip(), LIMITS["message.text"] - 1, "…") or "－"
    return {"text": text, "blocks": blocks}


def _fitted(piece: Piece, most: int, room: int, tails: Tails) -> list[Block]:
    foot = piece.foot
    while len(foot) >= most or sum(map(characters, foot)) > room:
        foot = foot[:-1]
    left = most - len(foot)
    budget = room - sum(map(characters, foot))
    if len(piece.body) <= left and sum(map(characters, piece.body)) <= budget and foot == piece.foot:
        return [*piece.body, *foot]
    kept: list[Block] = []
    for block in piece.body:
        budget -= characters(block)
        if len(kept) >= left - 1 or budget < 0:
            break
        kept.append(block)
    missing = len(piece.body) - len(kept) + len(piece.foot) - len(foot)
    return [*kept, aside(tails.more.replace("{count}", str(missing)), tails), *foot]


def modal(
    title: str,
    blocks: Sequence[Block],
    *,
    close: str,
    submit: str = "",
    name: str = "",
    carried: str = "",
    tails: Tails,
) -> dict[str, Any]:
    """A modal that tells when it is closed. `carried` (what comes back with it) must fit. Raises ValueError."""
    if width(carried) > LIMITS["private_metadata"] or width(name) > LIMITS["callback_id"]:
        raise ValueError("a modal carries more than Slack lets it")
    fitted = _fitted(Piece(list(blocks)), LIMITS["view.blocks"], 10**9, tails)
    view: dict[str, Any] = {
        "type": "modal",
        "title": plain(title, "view.title"),
        "close": plain(close, "view.close"),
        "blocks": fitted or [aside("－", tails)],
        "notify_on_close": True,
    }
    if submit:
        view["submit"] = plain(submit, "view.submit")
    if name:
        view["callback_id"] = name
    if carried:
        view["private_metadata"] = carried
    return view


def home(piece: Piece, tails: Tails) -> dict[str, Any]:
    """The App Home."""
    return {"type": "home", "blocks": _fitted(piece, LIMITS["view.blocks"], 10**9, tails)}


def fits(piece: Piece, tails: Tails) -> bool:
    """Whether a message would hold all of it."""
    room = LIMITS["message.characters"] - _ROOM - width(tails.more)
    blocks = [*piece.body, *piece.foot]
    return len(blocks) <= LIMITS["message.blocks"] and sum(map(characters, blocks)) <= room
