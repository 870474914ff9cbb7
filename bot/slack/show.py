"""Showing a talk where it stands: the last card of its transcript, in place of the one it replaces or as a new message.

Knows outcomes and fallbacks: a thread that cannot be written any more goes on in the DM; what nobody can be told is
recorded at the desk. Refuses to know what a talk does.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.cards import Card, parse_blocks
from bot.entries import entry_of, last_card, live_card, offers, title_of
from bot.gate import Wait
from bot.memory import Entry, Talk
from bot.render import Renderer
from bot.slack import blocks
from bot.slack.api import Api, Done, Later, Outcome, Refused, Trouble, Unknown
from bot.slack.cards import Stand, frozen, message_of, words_of
from bot.slack.desk import Desk, Mishap, Place
from bot.slack.marks import DO, OPEN, REREAD, Mark
from bot.slack.words import message_tails, word
from bot.views import View

_LOG = logging.getLogger("tsunagu.slack")
CARD = "tsunagu_card"
_LOOK_BACK = 20
_SHUT = frozenset({Trouble.ARCHIVED, Trouble.NO_CHANNEL, Trouble.NOT_IN_CHANNEL})
_COMMON = frozenset({"no_talk", "gone_elsewhere", "internal", "newer_talk"})
_QUIET: Mapping[str, Any] = {"unfurl_links": False, "unfurl_media": False}


@dataclass(frozen=True, slots=True)
class Cause:
    """What a card answers. `careful`: look first whether it is there already. `pressed`: the button's words."""

    at: datetime
    by_choice: bool = False
    pressed: str = ""
    response_url: str = ""
    careful: bool = False


class Showing:
    """Shows cards and notices of one workspace. `cpu`: as in `Talks`."""

    def __init__(self, api: Api, renderer: Renderer, cpu: AbstractContextManager[object] | None = None) -> None:
        self._api, self._renderer, self._cpu = api, renderer, cpu or nullcontext()

    def card(self, view: View) -> Card:
        """The card of a view; one that can no longer be rendered is replaced by a notice."""
        with self._cpu:
            return self._renderer.card_or_notice(view)

    def label(self, talk: Talk, mark: Mark) -> str:
        """The words of what was pressed, for the card that is left behind."""
        entry = entry_of(talk, mark.number)
        if entry is None or entry.view is None:
            return ""
        card = self.card(entry.view)
        inside = [button for group in card.lists for line in group.lines for button in line.buttons]
        for button in (*inside, *card.buttons, *([card.submit] if card.submit else [])):
            if (button.action, button.value) == (mark.action, mark.value):
                return button.label
        return ""

    def notice(self, kind: str, **data: object) -> Card:
        """A notice of this surface as a card of words."""
        with self._cpu:
            parts = parse_blocks(self._renderer.text("slack/notices.j2", kind=kind, **data))
        titles = [part.text for part in parts if part.kind == "heading"]
        return Card("notice", titles[0] if titles else "", parts)

    def talk(self, desk: Desk, talk: Talk, cause: Cause) -> Desk:
        """Show what is new in a talk. Raises `Wait`; the desk tells what was shown, and what could not be."""
        place = desk.places[talk.conversation]
        entry = last_card(talk)
        if entry is None or entry.view is None or entry.number <= place.shown:
            return desk
        payload = self._payload(desk, talk, entry, place)
        before = entry_of(talk, place.number)
        if cause.by_choice and place.live and place.view == entry.view.name and self._update(place, payload):
            return desk.placed(talk.conversation, _after(place, entry, place.live))
        desk, place, ts = self._post(desk, talk.conversation, entry.number, payload, cause)
        if not ts:
            return desk.placed(talk.conversation, replace(place, shown=entry.number))
        if cause.by_choice and before is not None and before.view is not None and before.number != entry.number:
            self._freeze(place, before.view, cause)
        self._whisper_code(desk, place, talk, entry.view)
        return desk.placed(talk.conversation, _after(place, entry, ts))

    def again(self, desk: Desk, talk: Talk, cause: Cause) -> Desk:
        """Show the card that can be acted on once more, as a new message."""
        entry = live_card(talk)
        if entry is None:
            return desk
        place = desk.places[talk.conversation]
        payload = self._payload(desk, talk, entry, place)
        desk, place, ts = self._post(desk, talk.conversation, entry.number, payload, cause)
        return desk.placed(talk.conversation, _after(place, entry, ts)) if ts else desk

    def _payload(self, desk: Desk, talk: Talk, entry: Entry, place: Place) -> Mapping[str, Any]:
        view = entry.view
        assert view is not None
        if view.name == "paused" and place.private and talk.code:
            view = replace(view, data={**view.data, "code": talk.code})
        here = [
            other for other in desk.places.values() if (other.channel, other.thread) == (place.channel, place.thread)
        ]
        title = (title_of(talk) or word("label.no_title")) if len(here) > 1 else ""
        stand = Stand(talk.conversation, entry.number, title, talk.dialogue.case_number)
        with self._cpu:
            return message_of(self.card(view), stand)

    def _update(self, place: Place, payload: Mapping[str, Any]) -> bool:
        """Put the card in the place of the live one; False when that is not there any more."""
        outcome = self._api.call("chat.update", channel=place.channel, ts=place.live, **payload)
        match outcome:
            case Done():
                return True
            case Later(seconds) | Unknown(seconds):
                raise Wait(seconds)
            case Refused(Trouble.REVOKED):
                raise Wait(_REVOKED_SECONDS)
        return False

    def _post(
        self, desk: Desk, talk: str, number: int, payload: Mapping[str, Any], cause: Cause
    ) -> tuple[Desk, Place, str]:
        """(desk, place, message); the message is empty when nobody can be told."""
        place = desk.places[talk]
        for _ in range(2):
            desk, place = self._with_dm(desk, place, cause)
            if not place.channel:
                return desk.placed(talk, place), place, ""
            if cause.careful and (ts := self._there_already(place, talk, number)):
                return desk, place, ts
            metadata = {"event_type": CARD, "event_payload": {"talk": talk, "number": number}}
            given = {"channel": place.channel, "metadata": metadata, **payload, **_QUIET}
            outcome = self._api.call("chat.postMessage", **given, **_thread(place))
            match outcome:
                case Done(data):
                    return desk, replace(place, channel=str(data.get("channel") or place.channel)), str(data.get("ts"))
                case Later(seconds):
                    raise Wait(seconds, careful=cause.careful)
                case Unknown(seconds):
                    raise Wait(seconds, careful=True)
                case Refused(trouble):
                    desk = self.mishap(desk, outcome, "chat.postMessage", place.channel, cause.at, talk)
                    if trouble not in _SHUT or (place.channel == desk.dm and not place.thread):
                        break
                    place = Place(private=True, shown=place.shown)  # go on in the DM
        return desk.placed(talk, place), place, ""

    def _with_dm(self, desk: Desk, place: Place, cause: Cause) -> tuple[Desk, Place]:
        """The place with its channel; the DM is opened when there is none yet."""
        if place.channel:
            return desk, place
        if not desk.dm:
            outcome = self._api.call("conversations.open", users=desk.name.split(":")[2])
            match outcome:
                case Done(data):
                    channel = data.get("channel")
                    desk = replace(desk, dm=str(channel.get("id") if isinstance(channel, Mapping) else ""))
                case Later(seconds) | Unknown(seconds):
                    raise Wait(seconds, careful=cause.careful)
                case Refused():
                    return self.mishap(desk, outcome, "conversations.open", "", cause.at), place
        return desk, replace(place, channel=desk.dm, thread="", private=True)

    def _there_already(self, place: Place, talk: str, number: int) -> str:
        """The message that carries this card, if it arrived although no answer did."""
        method = "conversations.replies" if place.thread else "conversations.history"
        asked = {"ts": place.thread} if place.thread else {}
        outcome = self._api.call(method, channel=place.channel, limit=_LOOK_BACK, include_all_metadata=True, **asked)
        if isinstance(outcome, (Later, Unknown)):
            raise Wait(outcome.seconds, careful=True)
        messages = outcome.data.get("messages", ()) if isinstance(outcome, Done) else ()
        for message in messages:
            metadata = message.get("metadata") or {}
            if metadata.get("event_payload") == {"talk": talk, "number": number}:
                return str(message.get("ts"))
        return ""

    def _freeze(self, place: Place, view: View, cause: Cause) -> None:
        """Take the buttons off the card that was answered. Best effort: an old card does nothing anyway."""
        chosen = word("label.chosen", label=cause.pressed) if cause.pressed else ""
        payload = frozen(self.card(view), chosen)
        if cause.response_url:
            self._api.respond(cause.response_url, replace_original=True, **payload)
        elif place.live:
            self._api.call("chat.update", channel=place.channel, ts=place.live, **payload)

    def _whisper_code(self, desk: Desk, place: Place, talk: Talk, view: View) -> None:
        """In a channel the resume code is told to its owner only."""
        if view.name == "paused" and not place.private and talk.code:
            self.whisper(desk, place.channel, place.thread, self.notice("paused_elsewhere", code=talk.code))

    def outside(self, desk: Desk, card: Card, cause: Cause) -> Desk:
        """A card that stands in no talk, in the person's DM. Best effort: the case itself tells how it stands."""
        desk, place = self._with_dm(desk, Place(), cause)
        if place.channel:
            payload = message_of(card, Stand("", 0, outside=True))
            outcome = self._api.call("chat.postMessage", channel=place.channel, **payload, **_QUIET)
            if isinstance(outcome, Later):
                raise Wait(outcome.seconds)
            if isinstance(outcome, Refused):
                desk = self.mishap(desk, outcome, "chat.postMessage", place.channel, cause.at)
        return desk

    def replace(self, channel: str, ts: str, payload: Mapping[str, Any]) -> bool:
        """Bring a card up to date where it stands; whether it is."""
        return bool(channel and ts) and isinstance(
            self._api.call("chat.update", channel=channel, ts=ts, **payload), Done
        )

    def told(self, kind: str, data: Mapping[str, object]) -> Card:
        """The card of a notice, of this surface or one that all surfaces know."""
        if kind in _COMMON:
            return self.card(View("trouble", {"kind": kind, **data}))
        return self.notice(kind, **data)

    def whisper(
        self, desk: Desk, channel: str, thread: str, card: Card, response_url: str = "",
        mark: Mark | None = None, url: str = "",
    ) -> Outcome:  # fmt: skip
        """Words that only the person sees, wherever they are; in the DM when that cannot be. One button at most."""
        payload = notice_message(card, mark, url)
        if response_url:
            outcome = self._api.respond(
                response_url, response_type="ephemeral", replace_original=False, **_in_thread(thread), **payload
            )
            if isinstance(outcome, (Done, Unknown)):
                return outcome
        user = desk.name.split(":")[2]
        if channel:
            outcome = self._api.call("chat.postEphemeral", channel=channel, user=user, **_in_thread(thread), **payload)
            if not isinstance(outcome, Refused):
                return outcome
        return self._api.call("chat.postMessage", channel=desk.dm or user, **payload, **_QUIET)

    def mishap(self, desk: Desk, outcome: Refused, method: str, channel: str, at: datetime, talk: str = "") -> Desk:
        """The desk with the refusal on record. A revoked token is nobody's fault here: the work waits. Raises `Wait`."""
        if outcome.trouble is Trouble.REVOKED:
            raise Wait(_REVOKED_SECONDS)
        _LOG.warning("could not be shown: %s %s (%s)", method, outcome.trouble.value, talk)
        return desk.with_mishap(Mishap(at, method, outcome.trouble.value, channel, talk))


_REVOKED_SECONDS = 60.0
_ONE: Mapping[str, tuple[str, str]] = {"show": (DO, "button.show"), REREAD: (DO, "button.reread")}


def _after(place: Place, entry: Entry, ts: str) -> Place:
    shown = max(place.shown, entry.number)
    if entry.view is None or not offers(entry.view):
        return replace(place, shown=shown)
    return replace(place, shown=shown, live=ts, number=entry.number, view=entry.view.name)


def _thread(place: Place) -> Mapping[str, str]:
    return _in_thread(place.thread)


def _in_thread(thread: str) -> Mapping[str, str]:
    return {"thread_ts": thread} if thread else {}


def notice_message(card: Card, mark: Mark | None = None, url: str = "") -> Mapping[str, Any]:
    """`text` and `blocks` of a card of words, with one button at most."""
    parts = [part for part in card.blocks if part.kind != "heading"]
    body = [blocks.heading(card.title)] if card.title else []
    body += words_of(parts)
    foot = blocks.actions([_one_button(mark)]) if mark else []
    foot += blocks.actions([blocks.button("link:sheet", word("button.sheet"), url=url)]) if url else []
    fallback = card.title or next((part.text for part in parts), "")
    return blocks.message(blocks.Piece(body, foot), fallback.replace("**", ""), message_tails())


def _one_button(mark: Mark) -> blocks.Element:
    kind, label = _ONE.get(mark.action, (OPEN, "button.again"))
    return blocks.button(f"{kind}:one", word(label), str(mark), "primary")


__all__ = [
    "CARD",
    "Cause",
    "Showing",
    "Wait",
    "entry_of",
    "last_card",
    "live_card",
    "notice_message",
    "offers",
    "title_of",
]
