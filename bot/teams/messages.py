"""A piece → the message Teams takes: within its size, cut honestly behind whole elements, its buttons kept.

Also the answer to `Action.Execute`, which is the same card without a message around it. Pure; refuses to know talks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.teams import pieces
from bot.teams.cards import Piece, Stand
from bot.teams.limits import CARD, EXECUTE, LIMITS, VERSION, fits, sizes
from bot.teams.marks import REFRESH, data_of
from bot.teams.pieces import Element
from bot.teams.words import word

_SPARE = 1_500  # what the transport adds: who writes to whom, where
_ENVELOPE = 1_200


def card(piece: Piece, title: str, stand: Stand | None = None) -> dict[str, Any]:
    """The Adaptive Card of a piece."""
    made: dict[str, Any] = {
        "type": "AdaptiveCard",
        "version": VERSION,
        "fallbackText": pieces.cut(pieces.flat(title), LIMITS["summary"]) or "－",
        "msteams": {"width": "Full"},
        "body": _fitted(piece),
    }
    if stand is not None and stand.owner:
        mark = stand.mark("refresh")
        action = {"type": EXECUTE, "title": "refresh", "verb": REFRESH, "data": data_of(mark, REFRESH)}
        made["refresh"] = {"action": action, "userIds": [stand.owner]}
    return made


def message(piece: Piece, title: str, stand: Stand | None = None, *, alert: bool = False) -> dict[str, Any]:
    """The activity with the card. `alert`: shown among the person's notifications."""
    content = card(piece, title, stand)
    made: dict[str, Any] = {
        "type": "message",
        "summary": content["fallbackText"],
        "attachments": [{"contentType": CARD, "content": content}],
    }
    return {**made, "channelData": {"notification": {"alert": True}}} if alert else made


def content_of(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The card in a message."""
    content = sent["attachments"][0]["content"]
    assert isinstance(content, dict)
    return content


def joined(parts: list[Piece]) -> Piece:
    """Several cards in one, each under the one before; only the last keeps its buttons."""
    body = [element for part in parts[:-1] for element in part.body]
    return Piece([*body, *parts[-1].body], parts[-1].foot)


def holds(piece: Piece) -> bool:
    """Whether one message holds the whole piece."""
    return _holds([*piece.body, *piece.foot])


def spread(piece: Piece, tail: Sequence[Element] = ()) -> list[Piece]:
    """The piece over as many as are needed, cut between elements, its buttons on the last; `tail`: what each will get besides."""
    parts = [Piece()]
    for group in _together(piece.body):
        if parts[-1].body and not _holds([*parts[-1].body, *group, *tail]):
            parts.append(Piece())
        parts[-1].body += group
    if not _holds([*parts[-1].body, *piece.foot, *tail]):
        parts.append(Piece())
    parts[-1].foot = list(piece.foot)
    return parts


def _together(elements: Sequence[Element]) -> Iterator[list[Element]]:
    """What must not be parted: a button that unfolds, and what it unfolds."""
    group: list[Element] = []
    for element in elements:
        group.append(element)
        if not any("targetElements" in action for action in element.get("actions", ())):
            yield group
            group = []
    if group:
        yield group


def _fitted(piece: Piece) -> list[Element]:
    foot = list(piece.foot)
    while foot and not _holds(foot):
        foot.pop()
    whole = [*piece.body, *foot]
    if len(foot) == len(piece.foot) and _holds(whole) and whole:
        return whole
    tail_room = pieces.words(word("tail.more", count="9999"), isSubtle=True)
    used = [sum(pair) for pair in zip(sizes(foot), sizes(tail_room), strict=True)]
    kept: list[Element] = []
    for element in piece.body:
        size = sizes(element)
        used = [now + more + 2 for now, more in zip(used, size, strict=True)]
        if used[0] > _room()[0] or used[1] > _room()[1]:
            break
        kept.append(element)
    missing = len(piece.body) - len(kept) + len(piece.foot) - len(foot)
    return _without_dangling([*kept, *pieces.words(word("tail.more", count=str(missing)), isSubtle=True), *foot])


def _room() -> tuple[int, int]:
    spare = _SPARE + _ENVELOPE
    return LIMITS["message.utf8"] - spare, LIMITS["message.utf16"] - 2 * spare


def _holds(elements: list[Element]) -> bool:
    return fits(elements, _SPARE + _ENVELOPE)


def _without_dangling(elements: list[Element]) -> list[Element]:
    """Without buttons that would unfold what was cut away."""
    names = {element["id"] for element in elements if "id" in element}
    out = []
    for element in elements:
        if element["type"] == "ActionSet":
            left = [a for a in element["actions"] if set(a.get("targetElements", ())) <= names]
            if not left:
                continue
            element = {**element, "actions": left}  # noqa: PLW2901 - the same set without dead buttons
        out.append(element)
    return out
