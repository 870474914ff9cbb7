"""Slack as a channel of `delivery`: occurrences go out as cards whose metadata carries their key, and are found by it.

Refuses to know who is told and when.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.delivery import Delivered, Failed, Result, Unknown
from bot.slack.alerts import alert_message
from bot.slack.api import Api, Done, Later, Refused, Trouble
from bot.slack.api import Unknown as NotKnown
from bot.slack.happening import SURFACE
from bot.slack.show import Showing
from bot.world import Town
from routing.alerts import ESCALATION, REFERRAL
from routing.outgoing import OutgoingMessage
from routing.store import SqlStore

OCCURRENCE = "tsunagu_occurrence"
_KINDS = frozenset({ESCALATION, REFERRAL})
_GONE = frozenset({Trouble.ARCHIVED, Trouble.NO_CHANNEL, Trouble.NOT_IN_CHANNEL, Trouble.NO_USER})
_WAITS = frozenset({Trouble.REVOKED, Trouble.SCOPE, Trouble.OTHER})  # somebody can cure it
_PAGE, _PAGES = 100, 5


class CannotSay(Exception):
    """Slack did not say whether a message is there."""


class SlackChannel:
    """`bot.delivery.Channel`. An address is a channel's or a person's id."""

    surface = SURFACE
    can_find = True

    def __init__(self, store: SqlStore, town: Town, showing: Showing, api: Api) -> None:
        self._store, self._town, self._showing, self._api = store, town, showing, api

    def send(self, message: OutgoingMessage, address: str) -> Result:
        """Send it once more."""
        if message.kind not in _KINDS:
            return Failed("no_card", permanent=True)  # the web's inbox shows it
        with self._store.unit(reading=True) as unit:
            payload = alert_message(message, unit, self._town, self._showing)
        return self.post(address, message.key, payload)

    def post(self, address: str, key: str, payload: Mapping[str, Any]) -> Result:
        """Send a card under a key."""
        channel = self._channel(address)
        if isinstance(channel, str):
            metadata = {"event_type": OCCURRENCE, "event_payload": {"key": key}}
            given = {**payload, "metadata": metadata, "unfurl_links": False, "unfurl_media": False}
            outcome = self._api.call("chat.postMessage", channel=channel, **given)
        else:
            outcome = channel
        match outcome:
            case Done(data):
                return Delivered(f"{data.get('channel')}/{data.get('ts')}")
            case Later(seconds):
                return Failed("rate", retry_after=timedelta(seconds=seconds))
            case NotKnown():
                return Unknown("no_answer")
            case Refused(trouble) if trouble in _GONE:
                return Failed("gone", permanent=True)
            case Refused(trouble):
                return Failed(trouble.value, permanent=trouble not in _WAITS)

    def find(self, message: OutgoingMessage, address: str) -> str | None:
        """The receipt of the message that carries the key. Raises `CannotSay`."""
        channel = self._channel(address)
        if not isinstance(channel, str):
            raise CannotSay(address)
        cursor = ""
        for _ in range(_PAGES):
            asked = {"channel": channel, "limit": _PAGE, "include_all_metadata": True}
            asked |= {"oldest": str(message.created_at.timestamp())} | ({"cursor": cursor} if cursor else {})
            outcome = self._api.call("conversations.history", **asked)
            if not isinstance(outcome, Done):
                raise CannotSay(address)
            for found in outcome.data.get("messages", ()):
                if ((found.get("metadata") or {}).get("event_payload") or {}).get("key") == message.key:
                    return f"{channel}/{found.get('ts')}"
            cursor = str((outcome.data.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return None
        raise CannotSay(address)

    def _channel(self, address: str) -> str | Later | NotKnown | Refused:
        """The channel of an address: a person's is the DM with them."""
        if address[:1] not in ("U", "W"):
            return address
        outcome = self._api.call("conversations.open", users=address)
        if not isinstance(outcome, Done):
            return outcome
        channel = outcome.data.get("channel")
        return str(channel.get("id")) if isinstance(channel, Mapping) else Refused(Trouble.OTHER, "no_channel_id")
