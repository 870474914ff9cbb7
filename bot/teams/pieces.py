"""The one builder of what cards are made of: every piece is within the limits and cannot be taken for markup or a mention.

All words stand in RichTextBlocks, in which Teams reads no markdown; an action can be pressed on old and new clients
(`Action.Execute`, falling back to `Action.Submit`). Refuses to know views, talks and wording.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote, unquote

from bot.teams.limits import EXECUTE, LIMITS, PICTURE, SUBMIT
from bot.teams.marks import Mark, data_of

Element = dict[str, Any]
Action = dict[str, Any]

_UNREADABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_STRONG = re.compile(r"\*\*([^*\n]+)\*\*")
# Titles of choices may be read as markdown: the marks become their full-width twins.
_TWINS = str.maketrans(
    {"<": "＜", ">": "＞", "*": "＊", "_": "＿", "~": "～", "`": "｀", "[": "［", "]": "］", "\n": " "}
)
_LONGEST_RUN = 1_500
_STYLES = {"primary": "positive", "danger": "destructive"}
TEXT, ONE, MULTI = "f:", "c:", "m:"  # how an input's name begins: typed, one choice, several
NOTHING = "_"


def tame(text: str) -> str:
    """Words as they are, without what cannot be seen and what a card would compute (`{{DATE(…)}}`)."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return _UNREADABLE.sub("", plain).replace("{{", "｛｛")


def flat(text: str) -> str:
    """The same on one line and without any mark of markdown."""
    return tame(text).translate(_TWINS).strip()


def cut(text: str, most: int, tail: str = "…") -> str:
    """`text` within `most` characters; what was cut is told by `tail`."""
    if len(text) <= most:
        return text
    return text[: max(most - len(tail), 0)].rstrip() + tail[:most]


def words(text: str, **look: object) -> list[Element]:
    """A text, each of its lines a RichTextBlock, long lines several; `**…**` of our own templates is strong.

    `look`: of the runs (`size`, `weight`, `color`, `isSubtle`) and of the block (`spacing`, `separator`).
    """
    run = {name: value for name, value in look.items() if name not in ("spacing", "separator")}
    block = {name: value for name, value in look.items() if name in ("spacing", "separator")}
    lines = [part for line in tame(text).split("\n") for part in _parts(line.strip())]
    return [rich(_runs(line, run), **block) for line in lines if line]


def rich(runs: Sequence[Element], **look: object) -> Element:
    """One RichTextBlock of runs that are made already; never an empty one, which Teams would refuse."""
    seen = list(runs) if any(str(each["text"]).strip() for each in runs) else [run("－")]
    return {"type": "RichTextBlock", "inlines": seen, **{"spacing": "Small", **look}}


def run(text: str, **look: object) -> Element:
    """A stretch of words in which no mark means anything."""
    return {"type": "TextRun", "text": tame(text).replace("\n", " ") or " ", **look}


def _parts(line: str) -> Iterator[str]:
    for start in range(0, max(len(line), 1), _LONGEST_RUN):
        yield line[start : start + _LONGEST_RUN]


def _runs(line: str, look: Element) -> list[Element]:
    out = []
    for odd, part in enumerate(_STRONG.split(line)):
        if part:
            out.append(run(part, **({**look, "weight": "Bolder"} if odd % 2 else look)))
    return out


def button(label: str, mark: Mark, verb: str, style: str = "plain") -> Action:
    """A button that new clients execute (the card is replaced at once) and old ones submit."""
    title = cut(flat(label), LIMITS["button.title"]) or "－"
    data = data_of(mark, verb)
    looks = {"style": _STYLES[style]} if style in _STYLES else {}
    back = {"type": SUBMIT, "title": title, "data": data, **looks}
    return {"type": EXECUTE, "title": title, "verb": verb, "data": data, **looks, "fallback": back}


def picture(png: bytes, alt: str) -> Element:
    """A picture that travels inside the card, with what it shows in words."""
    data = b64encode(png).decode()
    return {
        "type": "Image",
        "url": f"{PICTURE}{data}",
        "altText": flat(alt) or "－",
        "size": "Stretch",
        "spacing": "Medium",
    }


def link(label: str, url: str) -> Action:
    """A button that opens a page."""
    return {"type": "Action.OpenUrl", "title": cut(flat(label), LIMITS["button.title"]), "url": url}


def toggle(label: str, name: str) -> Action:
    """A button that folds and unfolds `name`; nothing is sent."""
    title = cut(flat(label), LIMITS["button.title"]) or "－"
    return {"type": "Action.ToggleVisibility", "title": title, "targetElements": [name]}


def actions(buttons: Sequence[Action], in_a_row: int = LIMITS["actions"]) -> list[Element]:
    """Buttons in rows."""
    rows = [buttons[start : start + in_a_row] for start in range(0, len(buttons), in_a_row)]
    return [{"type": "ActionSet", "actions": list(row), "spacing": "Small"} for row in rows]


def folded(name: str, items: Sequence[Element]) -> Element:
    """Elements that are shown when their `toggle` is pressed."""
    return {"type": "Container", "id": name, "isVisible": False, "style": "emphasis", "items": list(items)}


def choice(value: str, label: str) -> dict[str, str]:
    """An entry of a list."""
    return {"title": cut(flat(label), LIMITS["choice.title"]) or "－", "value": coded(value)}


def choices(
    name: str, entries: Sequence[dict[str, str]], now: str = "", *, many: bool = False, expanded: bool = False,
    placeholder: str = "",
) -> Element:  # fmt: skip
    """A list to choose from. `now`: the coded value (or values, joined by commas) that is chosen already."""
    kept = list({entry["value"]: entry for entry in entries}.values())[: LIMITS["choices"]]
    made: Element = {"type": "Input.ChoiceSet", "id": name, "choices": kept, "wrap": True, "spacing": "Small"}
    made["style"] = "expanded" if expanded else "compact"
    made |= {"isMultiSelect": True} if many else {}
    made |= {"value": now} if now else {}
    return made | ({"placeholder": cut(flat(placeholder), LIMITS["placeholder"])} if placeholder else {})


def typed(name: str, now: str = "", *, lines: bool = False, placeholder: str = "") -> Element:
    """A field to type in. `now` must fit: a prefilled value that is cut would be saved cut. Raises ValueError."""
    if len(now) > LIMITS["input.value"]:
        raise ValueError("a prefilled field carries more than it can hold")
    made: Element = {"type": "Input.Text", "id": name, "maxLength": LIMITS["input.value"], "spacing": "Small"}
    made |= {"isMultiline": True} if lines else {}
    made |= {"value": now} if now else {}
    return made | ({"placeholder": cut(flat(placeholder), LIMITS["placeholder"])} if placeholder else {})


def day(name: str, now: str = "") -> Element:
    """A date; `now` as 2026-04-01."""
    return {"type": "Input.Date", "id": name, "spacing": "Small"} | ({"value": now} if now else {})


def coded(value: str) -> str:
    """A value as a list may carry it: no comma, which joins several, and never empty."""
    return (
        quote(value, safe="", encoding="utf-8", errors="replace") if "," in value or "%" in value else value or NOTHING
    )


def decoded(text: str, sep: str = "、") -> str:
    """What was chosen, several joined by `sep`; nothing for the entry that stands for nothing."""
    return sep.join(unquote(part) for part in text.split(",") if part and part != NOTHING)
