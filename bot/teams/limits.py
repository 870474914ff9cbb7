"""What Teams takes at most, as data, and which of it a message breaks.

A message of a bot is refused above 40 KB in UTF-16, and above about 28 KB on its way through other services: both are kept.
Only what Adaptive Cards 1.2 knows is allowed, since mobile clients show no more; `Action.Execute` (1.4) is allowed where it
names a 1.2 action to fall back to. Refuses to know how anything is shortened.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

LIMITS: Mapping[str, int] = {
    "message.utf8": 28_000,
    "message.utf16": 40_000,
    "actions": 5,  # more in one row are hidden by some clients (Teams itself shows six)
    "button.title": 80,
    "choice.title": 160,
    "choices": 200,
    "input.value": 4_000,
    "placeholder": 150,
    "summary": 200,
}
VERSION = "1.2"
CARD = "application/vnd.microsoft.card.adaptive"
PICTURE = "data:image/png;base64,"  # an image by address would have to be reached from outside
EXECUTE, SUBMIT = "Action.Execute", "Action.Submit"

_ELEMENTS: Mapping[str, frozenset[str]] = {
    "RichTextBlock": frozenset({"inlines", "spacing", "separator", "isVisible", "id", "horizontalAlignment"}),
    "TextRun": frozenset({"text", "size", "weight", "color", "isSubtle"}),
    "Container": frozenset({"items", "id", "isVisible", "spacing", "separator", "style"}),
    "ActionSet": frozenset({"actions", "spacing", "separator"}),
    "Image": frozenset({"url", "altText", "size", "spacing"}),
    "Input.Text": frozenset({"id", "value", "placeholder", "isMultiline", "maxLength", "spacing"}),
    "Input.Date": frozenset({"id", "value", "spacing"}),
    "Input.ChoiceSet": frozenset(
        {"id", "value", "choices", "style", "isMultiSelect", "placeholder", "wrap", "spacing"}
    ),
}
_ACTIONS: Mapping[str, frozenset[str]] = {
    EXECUTE: frozenset({"title", "verb", "data", "style", "fallback"}),
    SUBMIT: frozenset({"title", "data", "style"}),
    "Action.OpenUrl": frozenset({"title", "url"}),
    "Action.ToggleVisibility": frozenset({"title", "targetElements"}),
}
_STYLES = frozenset({"default", "positive", "destructive"})
Json = Mapping[str, Any]


def sizes(message: object) -> tuple[int, int]:
    """(bytes in UTF-8, bytes in UTF-16) of a message as it is sent."""
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-8", "surrogatepass")), len(text.encode("utf-16-le", "surrogatepass"))


def fits(message: object, spare: int = 0) -> bool:
    """Whether a message is within both limits with `spare` bytes left for what the transport adds."""
    utf8, utf16 = sizes(message)
    return utf8 + spare <= LIMITS["message.utf8"] and utf16 + 2 * spare <= LIMITS["message.utf16"]


def faults(message: Json) -> list[str]:
    """Everything in a message that Teams would refuse or not show; empty when all is well."""
    return list(_message(message))


def _message(message: Json) -> Iterator[str]:
    if not fits(message):
        yield f"message: {sizes(message)} bytes"
    if not str(message.get("summary", "")).strip():
        yield "summary: empty"
    yield from _over("summary", message.get("summary"))
    for attachment in message.get("attachments", ()):
        if attachment["contentType"] != CARD:
            yield f"attachment: {attachment['contentType']}"
        yield from card_faults(attachment["content"])


def card_faults(card: Json) -> Iterator[str]:
    """The same for a card alone (the answer to `Action.Execute`)."""
    if card.get("version") != VERSION or card.get("type") != "AdaptiveCard":
        yield f"card: version {card.get('version')}"
    if not card.get("body"):
        yield "card: no body"
    if not str(card.get("fallbackText", "")).strip():
        yield "card: no fallbackText"
    names = [name for element in card.get("body", ()) for name in _names(element)]
    if len(set(names)) < len(names):
        yield "id: twice"
    for element in card.get("body", ()):
        yield from _element(element, frozenset(names))
    refresh = card.get("refresh")
    if refresh and refresh["action"]["type"] != EXECUTE:
        yield "refresh: not Action.Execute"
    if refresh and len(refresh.get("userIds", ())) > 60:
        yield "refresh: more than 60 people"


def _names(element: Json) -> Iterator[str]:
    if "id" in element:
        yield str(element["id"])
    for inner in element.get("items", ()):
        yield from _names(inner)


def _element(element: Json, names: frozenset[str]) -> Iterator[str]:
    kind = element.get("type", "")
    if kind not in _ELEMENTS:
        yield f"element: {kind} is not for mobile clients"
        return
    unknown = element.keys() - _ELEMENTS[kind] - {"type"}
    if unknown:
        yield f"{kind}: {sorted(unknown)} is not of 1.2"
    if kind == "RichTextBlock":
        runs = element["inlines"]
        if not any(str(run["text"]).strip() for run in runs):
            yield "RichTextBlock: empty"
        for run in runs:
            yield from _element(run, names)
    elif kind == "Container":
        if not element["items"]:
            yield "Container: empty"
        for inner in element["items"]:
            yield from _element(inner, names)
    elif kind == "ActionSet":
        yield from _actions(element["actions"], names)
    elif kind == "Image":
        if not element["url"].startswith(PICTURE):
            yield "Image: not inside the card"
        if not element.get("altText", "").strip():
            yield "Image: no words"
    elif kind.startswith("Input."):
        yield from _input(element)


def _actions(actions: Sequence[Json], names: frozenset[str]) -> Iterator[str]:
    if not 0 < len(actions) <= LIMITS["actions"]:
        yield f"actions: {len(actions)}"
    for action in actions:
        yield from _action(action, names)


def _action(action: Json, names: frozenset[str]) -> Iterator[str]:
    kind = action.get("type", "")
    if kind not in _ACTIONS:
        yield f"action: {kind}"
        return
    unknown = action.keys() - _ACTIONS[kind] - {"type"}
    if unknown:
        yield f"{kind}: {sorted(unknown)}"
    if not str(action.get("title", "")).strip():
        yield f"{kind}: no title"
    yield from _over("button.title", action.get("title"))
    if action.get("style", "default") not in _STYLES:
        yield f"{kind}: style {action['style']}"
    if kind == EXECUTE:
        fallback = action.get("fallback", {})
        if fallback.get("type") != SUBMIT or fallback.get("data") != action.get("data"):
            yield "Action.Execute: no Action.Submit with the same data to fall back to"
    if kind == "Action.ToggleVisibility":
        yield from (f"toggle: no {target}" for target in action["targetElements"] if target not in names)


def _input(element: Json) -> Iterator[str]:
    if not element.get("id"):
        yield f"{element['type']}: no id"
    yield from _over("input.value", element.get("value"))
    yield from _over("placeholder", element.get("placeholder"))
    if element["type"] != "Input.ChoiceSet":
        return
    choices = element["choices"]
    if not 0 < len(choices) <= LIMITS["choices"]:
        yield f"choices: {len(choices)}"
    values = [choice["value"] for choice in choices]
    if len(set(values)) < len(values):
        yield "choices: a value twice"
    if element.get("isMultiSelect") and any("," in value for value in values):
        yield "choices: a comma in a value"
    for choice in choices:
        if not choice["title"].strip():
            yield "choice: no title"
        yield from _over("choice.title", choice["title"])


def _over(name: str, text: object) -> Iterator[str]:
    if isinstance(text, str) and len(text) > LIMITS[name]:
        yield f"{name}: {len(text)} > {LIMITS[name]}"


__all__ = ["CARD", "EXECUTE", "LIMITS", "PICTURE", "SUBMIT", "VERSION", "card_faults", "faults", "fits", "sizes"]
