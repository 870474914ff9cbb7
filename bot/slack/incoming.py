"""Slack's payloads → happenings. Knows where Slack puts what; refuses to know what follows from it.

Every function takes the payload as it came and the moment; None means that there is nothing for us in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.slack.happening import Happening, Kind, hashed
from bot.slack.marks import Mark, mark_of
from bot.slack.modals import entered

Payload = Mapping[str, Any]
_MENTION = re.compile(r"<([@#!])([^<>|]*)(?:\|([^<>]*))?>")
_LINK = re.compile(r"<([^<>|@#!][^<>|]*)(?:\|([^<>]*))?>")
_LONGEST = 40_000  # Slack's own limit of a message
_REPEATABLE = frozenset(
    {"show", "resume", "case:show", "case:board"}
)  # a choice that may be made again on the same card
_SPOKEN = frozenset({None, "", "file_share", "thread_broadcast", "me_message"})
SOMEBODY = "●"


def told(text: str, bot: str = "") -> str:
    """Words as the person wrote them: Slack's markup undone, our own name left out, other people's names kept out."""

    def mention(match: re.Match[str]) -> str:
        kind, name, label = match.groups()
        if kind == "@":
            return "" if name == bot else SOMEBODY
        return f"#{label}" if kind == "#" and label else (label or "")

    plain = _LINK.sub(lambda match: match[2] or match[1], _MENTION.sub(mention, text[:_LONGEST]))
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def team_of(payload: Payload) -> str:
    """The workspace; for an app installed to a whole organisation, the organisation."""
    team = payload.get("team")
    found = team.get("id") if isinstance(team, Mapping) else payload.get("team_id")
    enterprise = payload.get("enterprise")
    return str(found or (enterprise.get("id") if isinstance(enterprise, Mapping) else "") or "T")


def user_of(payload: Payload) -> str:
    """Who did it."""
    user = payload.get("user")
    return str((user.get("id") if isinstance(user, Mapping) else payload.get("user_id")) or "")


def command(payload: Payload, at: datetime) -> Happening | None:
    """`/tsunagu text`; None without text (a modal is opened instead)."""
    text = told(str(payload.get("text") or ""))
    if not text:
        return None
    key = f"cmd:{hashed(str(payload.get('trigger_id')))}"
    return Happening(
        Kind.BEGIN, team_of(payload), user_of(payload), key, at,
        channel=str(payload.get("channel_id") or ""), text=text, response_url=str(payload.get("response_url") or ""),
    )  # fmt: skip


def message_shortcut(payload: Payload, at: datetime, bot: str) -> Happening | None:
    """「この相談をつなぐ」 on a message."""
    message = payload.get("message") or {}
    text = told(str(message.get("text") or ""), bot)
    key = f"short:{hashed(str(payload.get('trigger_id')))}"
    return Happening(
        Kind.BEGIN, team_of(payload), user_of(payload), key, at,
        channel=_channel(payload), ts=str(message.get("ts") or payload.get("message_ts") or ""),
        thread=str(message.get("thread_ts") or ""), text=text,
        response_url=str(payload.get("response_url") or ""),
    ) if text else None  # fmt: skip


def _channel(payload: Payload) -> str:
    channel = payload.get("channel")
    if isinstance(channel, Mapping):
        return str(channel.get("id") or "")
    container = payload.get("container")
    return str((container.get("channel_id") if isinstance(container, Mapping) else "") or "")


def event(payload: Payload, at: datetime, bot: str) -> Happening | None:
    """A mention, or a message in the DM with us: new, edited or deleted."""
    inner = payload.get("event") or {}
    team = team_of(payload)
    if inner.get("bot_id") or inner.get("user") == bot:
        return None
    if inner.get("type") == "app_mention":
        kind = Kind.EDITED if inner.get("edited") else Kind.MENTION
        return _spoken(kind, inner, payload, at, bot)
    where = inner.get("channel_type") or ("im" if str(inner.get("channel")).startswith("D") else "")
    if where not in ("im", "mpim"):
        return None
    match inner.get("subtype"):
        case "message_changed":
            return _changed(inner, payload, team, at)
        case "message_deleted":
            before = inner.get("previous_message") or {}
            return _about(Kind.DELETED, inner, payload, team, before, str(inner.get("deleted_ts") or ""), at)
        case subtype if subtype in _SPOKEN and inner.get("user"):
            return _spoken(Kind.TEXT, inner, payload, at, bot)
    return None


def _spoken(kind: Kind, inner: Payload, payload: Payload, at: datetime, bot: str) -> Happening:
    channel, ts = str(inner.get("channel") or ""), str(inner.get("ts") or "")
    key = f"msg:{channel}:{ts}" if kind is not Kind.EDITED else f"ev:{payload.get('event_id')}"
    return Happening(
        kind, team_of(payload), str(inner["user"]), key, at,
        channel=channel, thread=str(inner.get("thread_ts") or ""), ts=ts, text=told(str(inner.get("text") or ""), bot),
    )  # fmt: skip


def _changed(inner: Payload, payload: Payload, team: str, at: datetime) -> Happening | None:
    after, before = inner.get("message") or {}, inner.get("previous_message") or {}
    if after.get("bot_id") or after.get("text") == before.get("text"):
        return None  # our own update, or Slack unfolded a link
    return _about(Kind.EDITED, inner, payload, team, after, str(after.get("ts") or ""), at)


def _about(
    kind: Kind, inner: Payload, payload: Payload, team: str, message: Payload, ts: str, at: datetime
) -> Happening | None:
    user = message.get("user")
    if not user or message.get("bot_id"):
        return None
    return Happening(
        kind, team, str(user), f"ev:{payload.get('event_id')}", at,
        channel=str(inner.get("channel") or ""), thread=str(message.get("thread_ts") or ""), ts=ts,
        text=told(str(message.get("text") or "")) if kind is Kind.EDITED else "",
    )  # fmt: skip


def choice(payload: Payload, at: datetime) -> Happening | None:
    """A button of a card. On one card the same choice counts once, however often it is pressed or delivered."""
    mark = pressed(payload)
    if mark is None:
        return None
    again = str(payload.get("trigger_id")) if mark.action in _REPEATABLE or not mark.number else ""
    message = payload.get("message") or {}
    return Happening(
        Kind.CHOICE, team_of(payload), user_of(payload), f"act:{hashed(f'{mark}{again}')}", at,
        channel=_channel(payload), ts=str(message.get("ts") or ""), thread=str(message.get("thread_ts") or ""),
        mark=str(mark), response_url=str(payload.get("response_url") or ""),
    )  # fmt: skip


def pressed(payload: Payload) -> Mark | None:
    """What was pressed or picked."""
    found = payload.get("actions") or [{}]
    picked = found[0].get("selected_option")
    return mark_of(picked.get("value") if isinstance(picked, Mapping) else found[0].get("value"))


def submission(payload: Payload, at: datetime) -> Happening:
    """A modal was sent. The view's hash tells the pages of one modal apart."""
    return _modal(Kind.SUBMIT, payload, at)


def closed(payload: Payload, at: datetime, kept: Mapping[str, str]) -> Happening | None:
    """A modal was closed; `kept`: what had been entered. None when there was nothing in it."""
    made = _modal(Kind.DRAFT, payload, at, kept)
    return made if any(made.values.values()) else None


def _modal(kind: Kind, payload: Payload, at: datetime, kept: Mapping[str, str] | None = None) -> Happening:
    view = payload.get("view") or {}
    name = str(view.get("callback_id") or "")
    page = "|".join(str(view.get(part) or "") for part in ("id", "hash"))
    key = f"{kind.value}:{hashed(f'{page}|{name}')}"
    values = {**(kept or {}), **{block: text for block, text in entered(view.get("state")).items() if text or not kept}}
    return Happening(
        kind, team_of(payload), user_of(payload), key, at, form=name,
        carried=str(view.get("private_metadata") or ""), values=values, view=str(view.get("id") or ""),
    )  # fmt: skip
