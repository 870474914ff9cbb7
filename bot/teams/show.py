"""Showing a talk where it stands: the last card of its transcript, in place of the one it replaces or as a new message.

Knows outcomes and fallbacks: where nobody can write any more it goes on in the personal chat; what nobody can be told is
recorded at the desk. Refuses to know what a talk does.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.cards import Button, Card, parse_blocks
from bot.entries import entry_of, last_card, live_card, offers, title_of
from bot.gate import Wait
from bot.memory import Entry, Talk
from bot.render import Renderer
from bot.teams import pieces
from bot.teams.cards import Stand, frozen, notice_piece, piece_of
from bot.teams.desk import Desk, Mishap, Place
from bot.teams.happening import short
from bot.teams.messages import content_of, joined, message
from bot.teams.outgoing import UNREACHABLE, Done, Later, Outcome, Outgoing, Refused, Trouble, Unknown
from bot.teams.pieces import Action
from bot.teams.references import Reference
from bot.teams.words import word
from bot.views import View

_LOG = logging.getLogger("tsunagu.teams")
_TITLE = 20
_COMMON = frozenset({"no_talk", "gone_elsewhere", "internal", "newer_talk", "no_situation"})
_SHEETED = frozenset({"confirmed", "done", "section"})
_ELSEWHERE = UNREACHABLE | {Trouble.FORBIDDEN, Trouble.DISABLED}
Give = Callable[[Mapping[str, Any] | str], bool]  # whether somebody still waited for it


@dataclass(frozen=True, slots=True)
class Cause:
    """What a card answers. `pressed`: the button's words. `give`: where a waiting client's card goes (or words for it)."""

    at: datetime
    by_choice: bool = False
    pressed: str = ""
    page: int = 0
    give: Give = lambda _: False


class Showing:
    """Shows cards and notices. `cpu` lets one thread at a time render, so that acknowledgements are not kept waiting."""

    def __init__(self, outgoing: Outgoing, renderer: Renderer, cpu: AbstractContextManager[object]) -> None:
        self._outgoing, self._renderer, self._cpu = outgoing, renderer, cpu

    def card(self, view: View) -> Card:
        """The card of a view; one that can no longer be rendered is replaced by a notice."""
        return self._renderer.card_or_notice(view)

    def notice(self, kind: str, **data: object) -> Card:
        """A notice of this surface, or one that all surfaces know, as a card of words."""
        if kind in _COMMON:
            return self.card(View("trouble", {"kind": kind, **data}))
        parts = parse_blocks(self._renderer.text("teams/notices.j2", kind=kind, **data))
        titles = [part.text for part in parts if part.kind == "heading"]
        return Card("notice", titles[0] if titles else "", parts)

    def talk(self, desk: Desk, talk: Talk, cause: Cause) -> Desk:
        """Show what is new in a talk. Raises `Wait`; the desk tells what was shown, and what could not be."""
        place = desk.places[talk.conversation]
        entry = last_card(talk)
        if entry is None or entry.view is None or (entry.number <= place.shown and cause.page == place.page):
            return desk
        if not place.private and any(field.secret for field in entry.view.inputs):
            desk, place = self._withdrawn(desk, talk.conversation, place, cause)
        payload = self._payload(desk, talk, entry, cause.page)
        before = entry_of(talk, place.number)
        if cause.by_choice and place.live and place.view == entry.view.name and self._put(place, payload):
            cause.give(content_of(payload))
            return desk.placed(talk.conversation, _after(place, entry, place.live, cause.page))
        desk, place, sent = self._post(desk, talk.conversation, payload, cause)
        if not sent:
            return desk.placed(talk.conversation, replace(place, shown=entry.number))
        if cause.by_choice and before is not None and before.view is not None and before.number != entry.number:
            self._freeze(place, before.view, cause)
        self._whisper_code(desk, place, talk, entry.view)
        return desk.placed(talk.conversation, _after(place, entry, sent, cause.page))

    def again(self, desk: Desk, talk: Talk, cause: Cause) -> Desk:
        """Show the card that can be acted on once more, as a new message."""
        entry = live_card(talk)
        if entry is None:
            return desk
        payload = self._payload(desk, talk, entry, 0)
        desk, place, sent = self._post(desk, talk.conversation, payload, cause)
        return desk.placed(talk.conversation, _after(place, entry, sent, 0)) if sent else desk

    def now(self, desk: Desk, talk: Talk, number: int) -> Mapping[str, Any]:
        """The card of an entry as it stands now: to press while it is the live one of the asking person, else only to read."""
        entry = entry_of(talk, number)
        place = desk.places.get(talk.conversation, Place())
        if entry is None or entry.view is None:
            return content_of(message(notice_piece(self.notice("gone_talk")), "－"))
        if place.number == number and talk.owner == desk.name:
            return content_of(self._payload(desk, talk, entry, place.page))
        card = self.card(entry.view)
        return content_of(message(frozen(card, ""), card.title))

    def _withdrawn(self, desk: Desk, talk: str, place: Place, cause: Cause) -> tuple[Desk, Place]:
        """A form that asks who somebody is goes on where nobody else reads."""
        moved = replace(place, where=desk.home, private=True, live="")
        if place.live:
            told = notice_piece(self.notice("goes_on_in_private"))
            self._outgoing.update(place.where, place.live, message(told, "－"))
        cause.give(word("label.begun"))
        return desk.placed(talk, moved), moved

    def _payload(self, desk: Desk, talk: Talk, entry: Entry, page: int) -> Mapping[str, Any]:
        view = entry.view
        assert view is not None
        place = desk.places[talk.conversation]
        if view.name == "paused" and place.private and talk.code:
            view = replace(view, data={**view.data, "code": talk.code})
        here = [other for other in desk.places.values() if other.where.conversation == place.where.conversation]
        case = talk.dialogue.case_number
        extra = (Button("sheet", case, word("button.sheet")),) if case and view.name in _SHEETED else ()
        stand = Stand(
            short(desk.name, talk.conversation), entry.number, page,
            (title_of(talk) or word("label.no_title")) if len(here) > 1 else "", desk.user, extra=extra,
        )  # fmt: skip
        with self._cpu:
            card = self.card(view)
            return message(piece_of(card, stand), card.title, stand)

    def _put(self, place: Place, payload: Mapping[str, Any]) -> bool:
        """Put the card in the place of the live one; False when that is not there any more."""
        return self.replaced(place.where, place.live, payload)

    def replaced(self, where: Reference, sent: str, payload: Mapping[str, Any]) -> bool:
        """Put a message in the place of another; False when it cannot be. Raises `Wait`."""
        outcome = self._outgoing.update(where, sent, payload)
        match outcome:
            case Done():
                return True
            case Later(seconds) | Unknown(seconds):
                raise Wait(seconds)
            case Refused(Trouble.AUTH):
                raise Wait(_AUTH_SECONDS)
        return False

    def refreshed(self, where: Reference, sent: str, payload: Mapping[str, Any]) -> None:
        """Put a message in the place of another, or leave it."""
        self._outgoing.update(where, sent, payload)

    def _post(self, desk: Desk, talk: str, payload: Mapping[str, Any], cause: Cause) -> tuple[Desk, Place, str]:
        """(desk, place, message); the message is empty when nobody can be told."""
        place = desk.places[talk]
        for _ in range(2):
            if not place.where.conversation:
                place = replace(place, where=desk.home, private=True)
            if not place.where.conversation:
                break
            outcome = self._outgoing.post(place.where, payload)
            match outcome:
                case Done(sent):
                    return desk.placed(talk, place), place, sent
                case Later(seconds) | Unknown(seconds):
                    raise Wait(seconds)
                case Refused(trouble):
                    desk = self.mishap(desk, outcome, "post", cause.at, talk)
                    if trouble not in _ELSEWHERE or place.where == desk.home:
                        break
                    place = Place(private=True, shown=place.shown)  # go on in the personal chat
        return desk.placed(talk, place), place, ""

    def send(
        self, where: Reference, cards: Sequence[Card], stand: Stand, sent: str = ""
    ) -> tuple[Outcome, Mapping[str, Any]]:
        """Cards outside a talk as one message: in the place of `sent` if that can be, else as a new one. Raises `Wait`."""
        with self._cpu:
            parts = [piece_of(card, stand) for card in cards]
            payload = message(joined(parts), cards[-1].title, stand)
        if sent and self.replaced(where, sent, payload):
            return Done(sent), payload
        return self._outgoing.post(where, payload), payload

    def tell(self, desk: Desk, where: Reference, card: Card, buttons: Sequence[Action] = ()) -> Outcome:
        """A card of words, in the personal chat when there is one. `where`: where the person is."""
        payload = message(notice_piece(card, buttons), card.title or _first(card))
        outcome = self._outgoing.post(desk.home if desk.home.conversation else where, payload)
        if isinstance(outcome, Later):
            raise Wait(outcome.seconds)
        return outcome

    def open_home(self, desk: Desk, where: Reference, cause: Cause) -> Desk:
        """The desk with the personal chat, begun by us when there is none yet."""
        if desk.home.conversation or not desk.user:
            return desk
        outcome = self._outgoing.open(where, desk.user)
        match outcome:
            case Done(found) if found:
                return replace(desk, home=Reference(found, where.service, where.tenant))
            case Later(seconds) | Unknown(seconds):
                raise Wait(seconds)
            case Refused():
                return self.mishap(desk, outcome, "open", cause.at)
        return desk

    def _freeze(self, place: Place, view: View, cause: Cause) -> None:
        """Take the buttons off the card that was answered. Best effort: an old card does nothing anyway."""
        chosen = word("label.chosen", label=cause.pressed) if cause.pressed else ""
        with self._cpu:
            card = self.card(view)
            made = message(frozen(card, chosen), card.title)
        cause.give(content_of(made))
        if place.live:
            self._outgoing.update(place.where, place.live, made)

    def _whisper_code(self, desk: Desk, place: Place, talk: Talk, view: View) -> None:
        """Where others read along, the resume code is told to its owner only."""
        if view.name == "paused" and not place.private and talk.code and desk.home.conversation:
            card = self.card(replace(view, data={**view.data, "code": talk.code}, options=()))
            self.tell(desk, desk.home, card)

    def mishap(self, desk: Desk, outcome: Refused, method: str, at: datetime, talk: str = "") -> Desk:
        """The desk with the refusal on record. That Teams does not know us is nobody's fault here: the work waits."""
        if outcome.trouble is Trouble.AUTH:
            raise Wait(_AUTH_SECONDS)
        _LOG.warning("could not be shown: %s %s (%s)", method, outcome.trouble.value, talk)
        return desk.with_mishap(Mishap(at, method, outcome.trouble.value, talk))


_AUTH_SECONDS = 60.0


def _first(card: Card) -> str:
    return next((pieces.cut(block.text, 80) for block in card.blocks if block.text), "－").replace("**", "")


def _after(place: Place, entry: Entry, sent: str, page: int) -> Place:
    shown = max(place.shown, entry.number)
    if entry.view is None or not offers(entry.view):
        return replace(place, shown=shown)
    return replace(place, shown=shown, live=sent, number=entry.number, view=entry.view.name, page=page)
