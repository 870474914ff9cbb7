"""What Slack takes at most, as data, and which of it a payload breaks.

The figures are Slack's reference for blocks, views and messages; the total of a message's characters is what its servers
were seen to refuse (`msg_blocks_too_long`). Lengths are counted in UTF-16 units, the larger of the possible readings.
Refuses to know how anything is shortened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

LIMITS: Mapping[str, int] = {
    "message.blocks": 50,
    "message.characters": 13_200,
    "message.text": 4_000,
    "view.blocks": 100,
    "view.title": 24,
    "view.submit": 24,
    "view.close": 24,
    "private_metadata": 3_000,
    "callback_id": 255,
    "block_id": 255,
    "action_id": 255,
    "section.text": 3_000,
    "section.field": 2_000,
    "section.fields": 10,
    "header.text": 150,
    "context.elements": 10,
    "context.text": 2_000,
    "actions.elements": 25,
    "button.text": 75,
    "button.value": 2_000,
    "button.url": 3_000,
    "option.text": 75,
    "option.value": 150,
    "option.description": 75,
    "select.options": 100,
    "select.groups": 100,
    "group.label": 75,
    "choices.options": 10,
    "overflow.options": 5,
    "placeholder": 150,
    "input.label": 2_000,
    "input.hint": 2_000,
    "input.value": 3_000,
    "confirm.title": 100,
    "confirm.text": 300,
    "confirm.button": 30,
}

_LEAST_OPTIONS = 1
_SELECTS = frozenset({"static_select", "multi_static_select", "external_select", "multi_external_select"})
_CHOICES = frozenset({"radio_buttons", "checkboxes"})
Json = Mapping[str, Any]


def width(text: str) -> int:
    """The length of a text as Slack may count it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def faults(payload: Json) -> list[str]:
    """Everything in a message or a view that Slack would refuse; empty when all is well."""
    return list(_view(payload) if "type" in payload else _message(payload))


def _over(name: str, text: object) -> Iterator[str]:
    if isinstance(text, str) and width(text) > LIMITS[name]:
        yield f"{name}: {width(text)} > {LIMITS[name]}"


def _many(name: str, things: Sequence[object]) -> Iterator[str]:
    if len(things) > LIMITS[name]:
        yield f"{name}: {len(things)} > {LIMITS[name]}"


def _message(message: Json) -> Iterator[str]:
    blocks = message.get("blocks", [])
    if not message.get("text"):
        yield "message.text: empty"
    yield from _over("message.text", message.get("text"))
    yield from _many("message.blocks", blocks)
    total = sum(characters(block) for block in blocks)
    if total > LIMITS["message.characters"]:
        yield f"message.characters: {total} > {LIMITS['message.characters']}"
    yield from _blocks(blocks)


def _view(view: Json) -> Iterator[str]:
    if view["type"] == "modal":
        for part in ("title", "submit", "close"):
            if part in view:
                yield from _text(f"view.{part}", view[part])
        if "title" not in view:
            yield "view.title: missing"
        if "submit" not in view and any(block["type"] == "input" for block in view["blocks"]):
            yield "view.submit: missing"
    yield from _over("private_metadata", view.get("private_metadata"))
    yield from _over("callback_id", view.get("callback_id"))
    yield from _many("view.blocks", view["blocks"])
    yield from _blocks(view["blocks"])


def _blocks(blocks: Sequence[Json]) -> Iterator[str]:
    names = [block["block_id"] for block in blocks if "block_id" in block]
    if len(set(names)) < len(names):
        yield "block_id: twice"
    for block in blocks:
        yield from _over("block_id", block.get("block_id"))
        yield from _block(block)


def _block(block: Json) -> Iterator[str]:
    match block["type"]:
        case "header":
            if block["text"]["type"] != "plain_text":
                yield "header.text: not plain_text"
            yield from _text("header.text", block["text"])
        case "section":
            if "text" in block:
                yield from _text("section.text", block["text"])
            yield from _many("section.fields", block.get("fields", ()))
            for field in block.get("fields", ()):
                yield from _text("section.field", field)
            if "accessory" in block:
                yield from _element(block["accessory"])
        case "context":
            yield from _many("context.elements", block["elements"])
            for element in block["elements"]:
                yield from _text("context.text", element)
        case "actions":
            yield from _many("actions.elements", block["elements"])
            ids = [element["action_id"] for element in block["elements"]]
            if len(set(ids)) < len(ids):
                yield "action_id: twice"
            for element in block["elements"]:
                yield from _element(element)
        case "input":
            yield from _text("input.label", block["label"])
            if "hint" in block:
                yield from _text("input.hint", block["hint"])
            yield from _element(block["element"])
        case "divider":
            pass
        case other:
            yield f"block: unknown {other}"


def _text(name: str, text: Json) -> Iterator[str]:
    if not str(text.get("text", "")).strip():
        yield f"{name}: empty"
    yield from _over(name, text.get("text"))


def _element(element: Json) -> Iterator[str]:
    yield from _over("action_id", element.get("action_id"))
    if "placeholder" in element:
        yield from _text("placeholder", element["placeholder"])
    if "confirm" in element:
        yield from _confirm(element["confirm"])
    kind = element["type"]
    if kind == "button":
        yield from _text("button.text", element["text"])
        yield from _over("button.value", element.get("value"))
        yield from _over("button.url", element.get("url"))
    elif kind == "plain_text_input":
        yield from _over("input.value", element.get("initial_value"))
    elif kind in _SELECTS:
        yield from _select(element)
    elif kind in _CHOICES:
        yield from _options("choices.options", element["options"])
    elif kind == "overflow":
        yield from _options("overflow.options", element["options"])


def _select(element: Json) -> Iterator[str]:
    if "options" in element:
        yield from _options("select.options", element["options"])
    if "option_groups" in element:
        yield from _many("select.groups", element["option_groups"])
        for group in element["option_groups"]:
            yield from _text("group.label", group["label"])
            yield from _options("select.options", group["options"])


def _options(name: str, options: Sequence[Json]) -> Iterator[str]:
    yield from _many(name, options)
    if len(options) < _LEAST_OPTIONS:
        yield f"{name}: none"
    values = [option["value"] for option in options]
    if len(set(values)) < len(values):
        yield "option.value: twice"
    for option in options:
        yield from _text("option.text", option["text"])
        yield from _over("option.value", option["value"])
        if "description" in option:
            yield from _text("option.description", option["description"])


def _confirm(confirm: Json) -> Iterator[str]:
    yield from _text("confirm.title", confirm["title"])
    yield from _text("confirm.text", confirm["text"])
    yield from _text("confirm.button", confirm["confirm"])
    yield from _text("confirm.button", confirm["deny"])


def characters(thing: object) -> int:
    """The characters of all words in a block, as far as they are shown or carried."""
    if isinstance(thing, str):
        return width(thing)
    if isinstance(thing, Mapping):
        return sum(characters(value) for key, value in thing.items() if key != "type")
    if isinstance(thing, (list, tuple)):
        return sum(characters(item) for item in thing)
    return 0
