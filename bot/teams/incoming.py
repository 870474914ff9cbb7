"""Teams' activities → happenings. Knows where Teams puts what; refuses to know what follows from it.

What cannot be an activity raises `BadActivity`; None means that there is nothing for us in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

from bot.teams.happening import Happening, Kind, Scope, hashed
from bot.teams.marks import REFRESH, Press, press_of
from bot.teams.references import Reference

Activity = Mapping[str, Any]
ACTION = "adaptiveCard/action"
EXTENSION = frozenset({"composeExtension/fetchTask", "composeExtension/submitAction"})
COMMAND = "connect"
SOMEBODY = "●"
_LONGEST = 40_000
_LONGEST_NAME = 1_000
_REPEATABLE = frozenset({"show", "resume", "sheet"})
_UNSAFE = re.compile(r"[/?#\\\s%]|\.\.")  # these become parts of addresses
_PERSON = re.compile(r"^[A-Za-z0-9_.@-]{1,100}$")
_GONE = frozenset({"teamDeleted", "teamHardDeleted", "channelDeleted", "teamArchived"})
_BACK = frozenset({"teamRestored", "channelRestored", "teamUnarchived"})


class BadActivity(Exception):
    """What came is no activity of Teams; the message names the part (never what stood in it)."""


def _map(data: Activity, name: str) -> Activity:
    found = data.get(name)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise BadActivity(name)
    return found


def _text(data: Activity, name: str, longest: int = _LONGEST_NAME) -> str:
    found = data.get(name)
    if found is None:
        return ""
    if not isinstance(found, str) or len(found) > longest:
        raise BadActivity(name)
    return found


def checked(activity: object) -> Activity:
    """An activity that names its type, its service, its conversation and its sender. Raises `BadActivity`."""
    if not isinstance(activity, Mapping):
        raise BadActivity("activity")
    for name in ("type", "serviceUrl", "channelId"):
        if not _text(activity, name):
            raise BadActivity(name)
    if not _text(_map(activity, "conversation"), "id"):
        raise BadActivity("conversation")
    if not _text(_map(activity, "from"), "id"):
        raise BadActivity("from")
    if not _text(activity, "serviceUrl").startswith(("https://", "http://")):
        raise BadActivity("serviceUrl")
    if _UNSAFE.search(_text(_map(activity, "conversation"), "id")) or _UNSAFE.search(_text(activity, "replyToId")):
        raise BadActivity("conversation")
    return activity


def tenant_of(activity: Activity) -> str:
    """Whose Teams it comes from; empty when it does not say."""
    own = _text(_map(activity, "conversation"), "tenantId")
    return (own or _text(_map(_map(activity, "channelData"), "tenant"), "id")).lower()


def happening(activity: Activity, at: datetime) -> Happening | None:
    """What happened. Raises `BadActivity`."""
    match _text(activity, "type"):
        case "message":
            return _message(activity, at)
        case "invoke":
            return _invoked(activity, at)
        case "conversationUpdate":
            return _update(activity, at)
        case "installationUpdate":
            there = _text(activity, "action").startswith("add")
            return _made(activity, at, Kind.MET if there else Kind.LEFT, _id(activity, "inst"))
        case "messageUpdate" | "messageDelete" as kind:
            said = Kind.EDITED if kind == "messageUpdate" else Kind.DELETED
            stamp = hashed(
                _text(activity, "localTimestamp") + _text(activity, "timestamp") + _text(activity, "text", _LONGEST)
            )
            return _made(activity, at, said, f"{_id(activity, kind)}:{stamp[:8]}", ts=_text(activity, "id"))
    return None


def press(activity: Activity) -> Press | None:
    """The button in an invoke or a message; None when there is none of ours."""
    value = activity.get("value")
    if _text(activity, "type") == "invoke":
        action = value.get("action") if isinstance(value, Mapping) else None
        value = action.get("data") if isinstance(action, Mapping) else None
    return press_of(value)


def _id(activity: Activity, kind: str) -> str:
    """A name for this delivery that is the same when it comes again. Raises `BadActivity` without one."""
    own = _text(activity, "id")
    if not own and kind not in ("inst", "conv"):
        raise BadActivity("id")
    stamp = own or _text(activity, "timestamp")
    return f"{kind}:{hashed(_text(_map(activity, 'conversation'), 'id') + '|' + stamp)}"


def _person(activity: Activity) -> tuple[str, str]:
    """(the directory's id, Teams' id) of the sender."""
    sender = _map(activity, "from")
    user = _text(sender, "id")
    own = _text(sender, "aadObjectId").lower()
    return (own if _PERSON.match(own) else hashed(user)), user


def person_of(activity: Activity) -> str:
    """The directory's id of the sender."""
    return _person(activity)[0]


def _made(activity: Activity, at: datetime, kind: Kind, key: str, **more: Any) -> Happening:
    person, user = _person(activity)
    conversation = _map(activity, "conversation")
    kinds = {scope.value: scope for scope in Scope}
    scope = kinds.get(_text(conversation, "conversationType"), Scope.GROUP)
    where = Reference(_text(conversation, "id"), _text(activity, "serviceUrl"), tenant_of(activity))
    bot = _text(_map(activity, "recipient"), "id")
    return Happening(kind, person, key, at, where, scope, user, bot, **more)


def _message(activity: Activity, at: datetime) -> Happening | None:
    if isinstance(activity.get("value"), Mapping):
        found = press(activity)
        return _pressed(activity, found, at, executed=False) if found else None
    text = told(activity)
    kind = Kind.TEXT
    return _made(activity, at, kind, _id(activity, "msg"), ts=_text(activity, "id"), text=text)


def _pressed(activity: Activity, found: Press, at: datetime, *, executed: bool) -> Happening | None:
    """On one card the same choice with the same inputs counts once, however often it is pressed or delivered."""
    if found.verb == REFRESH:
        return None
    mark = found.mark
    repeatable = mark.action in _REPEATABLE or mark.action.startswith("case:") or not mark.number
    once = _id(activity, "act") if repeatable else repr(sorted(found.inputs.items()))
    key = f"act:{hashed(f'{mark}|{found.verb}|{once}')}"
    more = {"card": _text(activity, "replyToId"), "mark": str(mark), "verb": found.verb, "inputs": dict(found.inputs)}
    return _made(activity, at, Kind.PRESS, key, executed=executed, **more)


def _invoked(activity: Activity, at: datetime) -> Happening | None:
    name = _text(activity, "name")
    if name == ACTION:
        found = press(activity)
        return _pressed(activity, found, at, executed=True) if found else None
    if name not in EXTENSION:
        return None
    value = _map(activity, "value")
    payload = _map(value, "messagePayload")
    body = _map(payload, "body")
    words = _text(body, "content", _LONGEST)
    plain = plain_of(words) if _text(body, "contentType") != "text" else words.strip()
    if _text(value, "commandId") != COMMAND or not plain:
        return None
    return _made(activity, at, Kind.BEGIN, _id(activity, "ext"), ts=_text(payload, "id"), text=plain)


def _update(activity: Activity, at: datetime) -> Happening | None:
    """We were added or removed, or the whole team or channel was."""
    us = _text(_map(activity, "recipient"), "id")
    event = _text(_map(activity, "channelData"), "eventType")
    for name, kind in (("membersRemoved", Kind.LEFT), ("membersAdded", Kind.MET)):
        members = activity.get(name) or []
        if not isinstance(members, list) or not all(isinstance(each, Mapping) for each in members):
            raise BadActivity(name)
        if any(us and _text(each, "id") == us for each in members):
            return _made(activity, at, kind, f"{_id(activity, 'conv')}:{name}")
    if event in _GONE or event in _BACK:
        kind = Kind.LEFT if event in _GONE else Kind.MET
        return _made(activity, at, kind, f"{_id(activity, 'conv')}:{event}")
    return None


def told(activity: Activity) -> str:
    """Words as the person wrote them: our own name left out, other people's names kept out."""
    text = _text(activity, "text", _LONGEST)
    us = _text(_map(activity, "recipient"), "id")
    entities = activity.get("entities") or []
    if not isinstance(entities, list):
        raise BadActivity("entities")
    for entity in entities:
        if isinstance(entity, Mapping) and entity.get("type") == "mention":
            words = _text(entity, "text")
            if words:
                text = text.replace(words, "" if _text(_map(entity, "mentioned"), "id") == us else SOMEBODY)
    return text.replace("\u00a0", " ").replace("&nbsp;", " ").strip()


class _Words(HTMLParser):
    """The words of a piece of HTML; names that were mentioned are kept out."""

    _LINES = frozenset({"p", "div", "br", "li", "tr"})

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._named = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag == "at":
            self._named += 1
            self.found.append(SOMEBODY)
        elif tag in self._LINES:
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "at" and self._named:
            self._named -= 1

    def handle_data(self, data: str) -> None:
        if not self._named:
            self.found.append(data)


def plain_of(html: str) -> str:
    """The words of a message that came as HTML."""
    reader = _Words()
    reader.feed(html)
    reader.close()
    lines = ("".join(reader.found)).replace("\u00a0", " ").split("\n")
    return "\n".join(line.strip() for line in lines if line.strip())
