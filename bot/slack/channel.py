"""Slack as a channel of `delivery`: occurrences go out as messages whose metadata carries their key, and are found by it.

What is about a case's escalation or request changes the card that is there; a digest is as many messages as it needs; the
weekly nudge has its picture below it. Refuses to know who is told and when.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.delivery import Delivered, Failed, Result, Unknown
from bot.slack import blocks
from bot.slack.api import Api, Done, Outcome, Refused, Trouble
from bot.slack.api import Later as NotNow
from bot.slack.api import Unknown as NotKnown
from bot.slack.happening import SURFACE
from bot.slack.keeper import OCCURRENCE, CannotSay, Keeper, keys_of, metadata, result_of
from bot.slack.outgoing import Posted
from bot.slack.uploads import Uploads
from bot.slack.words import word
from routing.outgoing import Contact, ContactState, OutgoingMessage
from routing.store import SqlStore

_PAGE, _PAGES = 100, 5
_QUIET: Mapping[str, Any] = {"unfurl_links": False, "unfurl_media": False}


class SlackChannel:
    """`bot.delivery.Channel`. An address is a channel's or a person's id."""

    surface = SURFACE
    can_find = True

    def __init__(self, store: SqlStore, api: Api, keeper: Keeper, uploads: Uploads) -> None:
        self._store, self._api, self._keeper, self._uploads = store, api, keeper, uploads

    def send(self, message: OutgoingMessage, address: str) -> Result:
        """Send an occurrence, or change the card that is there. Whoever left meanwhile is not written to."""
        if self._left(message, address):
            return Failed("gone", permanent=True)
        card = self._keeper.known(message, address)
        changed = self._keeper.change(card, message) if card else self._keeper.before(message, address, self.find)
        if changed is not None:
            return changed
        now = self._keeper.render(message)
        result = self.post(address, message, now)
        if isinstance(result, Delivered):
            self._keeper.placed(message, address, result.receipt, now.version)
        return result

    def _left(self, message: OutgoingMessage, address: str) -> bool:
        with self._store.unit(reading=True) as unit:
            contacts: Sequence[Contact] = unit.contacts.of(message.target)
        return any((c.surface, c.address, c.state) == (SURFACE, address, ContactState.GONE) for c in contacts)

    def post(self, address: str, message: OutgoingMessage, now: Posted) -> Result:
        """Send an occurrence's messages; of several, those that are there already are left out."""
        channel = self._channel(address)
        if not isinstance(channel, str):
            return result_of(channel, "")
        several = len(now.messages) > 1
        try:
            there = self._parts(channel, message) if several and message.attempts > 1 else {}
        except CannotSay:
            return Unknown("no_answer")
        picture = self._uploads.start(now.picture) if now.picture else ""
        messages = list(now.messages)
        if now.picture and not picture:
            messages[-1] = self._with_link(messages[-1])
        for number, payload in enumerate(messages, start=1):
            if number in there:
                continue
            told = metadata(message.key, part=number if several else 0)
            outcome: Outcome = self._api.call("chat.postMessage", channel=channel, metadata=told, **payload, **_QUIET)
            if not isinstance(outcome, Done):
                return result_of(outcome, "")
            channel = str(outcome.data.get("channel") or channel)
            there[number] = str(outcome.data.get("ts"))
        if now.picture and picture:
            self._uploads.finish(picture, channel, there[1], now.picture.alt)
        return Delivered(f"{channel}/{there[1]}")

    def _with_link(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """Where the picture is seen instead."""
        if not self._uploads.link:
            return payload
        link = blocks.button("link:picture", word("button.picture"), url=self._uploads.link)
        return {**payload, "blocks": [*payload["blocks"], *blocks.actions([link])]}

    def find(self, message: OutgoingMessage, address: str) -> str | None:
        """The receipt of the message that stands for the occurrence; of several, all must be there. Raises `CannotSay`."""
        card = self._keeper.known(message, address)
        if card is not None and self._keeper.below(card, message.key):
            self._keeper.placed(message, address, card.place)
            return card.place
        channel = self._channel(address)
        if not isinstance(channel, str):
            raise CannotSay(address)
        there = self._parts(channel, message)
        if not there or (0 not in there and len(there) < len(self._keeper.render(message).messages)):
            return None
        receipt = f"{channel}/{there[min(there)]}"
        self._keeper.placed(message, address, receipt)
        return receipt

    def _parts(self, channel: str, message: OutgoingMessage) -> dict[int, str]:
        """Part → ts of an occurrence's messages that are there; a message that is whole in itself is part 0."""
        found: dict[int, str] = {}
        for each in self._history(channel, message):
            if message.key in keys_of(each):
                told = (each.get("metadata") or {}).get("event_payload") or {}
                found[int(told.get("part", 0))] = str(each.get("ts"))
        return found

    def _history(self, channel: str, message: OutgoingMessage) -> Iterator[Mapping[str, Any]]:
        """What was written there since the occurrence was made. Raises `CannotSay` when it does not end."""
        cursor, oldest = "", str(message.created_at.timestamp())
        for _ in range(_PAGES):
            asked = {"channel": channel, "limit": _PAGE, "include_all_metadata": True, "oldest": oldest}
            outcome = self._api.call("conversations.history", **asked, **({"cursor": cursor} if cursor else {}))
            if not isinstance(outcome, Done):
                raise CannotSay(channel)
            yield from outcome.data.get("messages", ())
            cursor = str((outcome.data.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return
        raise CannotSay(channel)

    def _channel(self, address: str) -> str | NotNow | NotKnown | Refused:
        """The channel of an address: a person's is the DM with them."""
        if address[:1] not in ("U", "W"):
            return address
        outcome = self._api.call("conversations.open", users=address)
        if not isinstance(outcome, Done):
            return outcome
        channel = outcome.data.get("channel")
        return str(channel.get("id")) if isinstance(channel, Mapping) else Refused(Trouble.OTHER, "no_channel_id")


__all__ = ["OCCURRENCE", "CannotSay", "SlackChannel"]
