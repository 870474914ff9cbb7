"""What of the set-up works and what does not, asked of Slack itself. Changes nothing; refuses to show tokens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.slack.api import Api, Done, Refused
from bot.slack.http import EVENTS
from bot.slack.manifest import scopes
from bot.slack.people import People
from bot.slack.settings import SlackSettings

OPTIONAL = frozenset({"files:write"})  # without it the same is told in words


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `about`: a name, a figure, or the code of what is wrong."""

    name: str
    good: bool
    about: str = ""
    id: str = ""


def examine(settings: SlackSettings, api: Api, people: People) -> Iterator[Check]:
    """Look at tokens, permissions, the way in, and everything the map names."""
    token, granted = _token(api.client)
    yield token
    if not token.good:
        return
    missing = sorted(set(scopes()) - granted) if granted else []
    needed = [scope for scope in missing if scope not in OPTIONAL]
    yield Check("scopes", not needed, "、".join(needed))
    yield Check("picture", True, "" if granted and not granted & OPTIONAL else "there")
    if settings.socket:
        client = WebClient(settings.app_token, base_url=settings.api, timeout=settings.timeout_seconds)
        opened = Api(client, lambda: 0.0).call("apps.connections.open")
        yield Check("socket", isinstance(opened, Done), _why(opened))
    else:
        yield Check("http", settings.url.startswith("https://"), f"{settings.url}{EVENTS}")
    named = len(people.users) + len(people.groups) + len(people.channels)
    yield Check("map", bool(named), str(named))
    yield from _named(api, people)


def _token(client: WebClient) -> tuple[Check, frozenset[str]]:
    try:
        answer = client.auth_test()
    except SlackApiError as error:
        return Check("token", False, str(error.response.get("error", ""))), frozenset()
    except (SlackClientError, OSError) as error:
        return Check("token", False, type(error).__name__), frozenset()
    headers = {name.lower(): value for name, value in answer.headers.items()}
    granted = {scope.strip() for scope in str(headers.get("x-oauth-scopes", "")).split(",") if scope.strip()}
    return Check("token", True, str(answer.get("team") or "")), frozenset(granted)


def _named(api: Api, people: People) -> Iterator[Check]:
    for channel in people.channels:
        found = api.call("conversations.info", channel=channel)
        data = found.data.get("channel") if isinstance(found, Done) else None
        about = _channel_trouble(data) if isinstance(data, Mapping) else _why(found)
        good = isinstance(data, Mapping) and not about
        yield Check("channel", good, str(data.get("name") or "") if good and data else about, channel)
    if people.groups:
        found = api.call("usergroups.list", include_count=True)
        groups = found.data.get("usergroups", ()) if isinstance(found, Done) else ()
        known = {str(group["id"]): str(group.get("user_count", "")) for group in groups}
        yield from (Check("group", group in known, known.get(group, ""), group) for group in people.groups)
    for user in people.users:
        found = api.call("users.info", user=user)
        data = found.data.get("user") if isinstance(found, Done) else None
        gone = "no_user" if isinstance(data, Mapping) and data.get("deleted") else ""
        about = gone if isinstance(data, Mapping) else _why(found)
        yield Check("user", not about, about, user)


def _channel_trouble(channel: Mapping[str, Any]) -> str:
    if channel.get("is_archived"):
        return "archived"
    return "" if channel.get("is_member", True) else "not_in_channel"


def _why(outcome: object) -> str:
    return outcome.trouble.value if isinstance(outcome, Refused) else "" if isinstance(outcome, Done) else "unknown"
