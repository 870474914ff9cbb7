"""Commands about cases from Teams: done as turns outside any talk, answered where nobody else reads.

A card in a channel is brought up to date where it stands; what a case holds is shown in the personal chat only. Knows where
answers go; refuses to know what a command does (bot/casework.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from bot.cards import Button
from bot.conversation import Conversation
from bot.notices import notice_view
from bot.teams.cards import Stand, piece_of
from bot.teams.desk import Desk
from bot.teams.happening import SURFACE, Happening, hashed
from bot.teams.marks import mark_of
from bot.teams.messages import content_of, message
from bot.teams.outgoing import Refused
from bot.teams.pieces import words
from bot.teams.show import Cause, Showing
from bot.teams.words import word
from bot.turns import Choice, Turn
from bot.views import View
from bot.world import Town
from routing.people import Actor
from routing.ports import OutgoingMessage, UnitOfWork
from routing.standing import replay
from routing.store import SqlStore
from routing.work import CaseNow

ALERT = "!"
_NOT_HERE = frozenset({"case:act_for"})  # here the directory says who somebody is


class CaseTalk:
    """`cpu` as in `Talks`."""

    def __init__(
        self,
        conversation: Conversation,
        store: SqlStore,
        town: Town,
        showing: Showing,
        cpu: AbstractContextManager[object],
    ) -> None:
        self._conversation, self._store, self._town = conversation, store, town
        self._showing, self._cpu = showing, cpu

    def do(self, desk: Desk, what: Happening, choice: Choice, cause: Cause) -> Desk:
        """Carry it out once and show what came of it to the person alone."""
        if choice.action in _NOT_HERE:
            return desk
        with self._cpu:
            views = self._views(desk, what, choice)
        mark = mark_of(what.mark)
        alert = mark.talk.removeprefix(ALERT) if mark is not None and mark.talk.startswith(ALERT) else ""
        if alert:
            self._refresh(what, alert, cause)
        desk = self._showing.open_home(desk, what.where.place, cause)
        if not desk.home.conversation:
            self._showing.tell(desk, what.where, self._showing.notice("no_private_chat"))
            return desk
        here = what.card if what.private and not alert else ""
        outcome, payload = self._showing.send(desk.home, [self._showing.card(view) for view in views], Stand(), here)
        if not alert:
            cause.give(content_of(payload) if what.private else word("label.taken"))
        return self._showing.mishap(desk, outcome, "case", what.at) if isinstance(outcome, Refused) else desk

    def _views(self, desk: Desk, what: Happening, choice: Choice) -> Sequence[View]:
        name = f"desk:{desk.name}"
        self._conversation.accept(Turn(name, what.key, SURFACE, desk.name, what.at, choice=choice))
        outcome = self._conversation.work(name)
        if outcome is not None:
            return outcome.views
        number = choice.value.partition("/")[0]  # done before a crash: the case as it stands
        again = Choice("case:show", number) if choice.action != "case:board" else choice
        shown = self._conversation.receive(Turn(name, f"{what.key}#again", SURFACE, desk.name, what.at, choice=again))
        return shown.views or (View("trouble", {"kind": "internal"}),)

    def welcome(self, desk: Desk) -> None:
        """What can be done here, in a personal chat that was just begun."""
        stand = Stand(extra=(Button("case:board", "", word("button.board")),))
        self._showing.send(desk.home, [self._showing.card(View("start", {"note": ""}))], stand)

    def alert(self, key: str, actor: Actor | None) -> Mapping[str, Any] | None:
        """The card of a message that was sent, as things stand; None when it is not known. Reads only."""
        with self._store.unit(reading=True) as unit:
            found = unit.outbox.get(key)
            return alert_message(found.message, unit, self._town, self._showing, actor) if found else None

    def _refresh(self, what: Happening, key: str, cause: Cause) -> None:
        payload = self.alert(key, None)
        if payload is None:
            return
        cause.give(content_of(payload))
        if what.card:
            self._showing.replaced(what.where, what.card, payload)


def alert_message(
    sent: OutgoingMessage, unit: UnitOfWork, town: Town, showing: Showing, actor: Actor | None
) -> Mapping[str, Any]:
    """The message that an occurrence is, with its number: Teams cannot be asked afterwards whether it is there."""
    payload = json.loads(sent.payload)
    case = unit.cases.by_number(str(payload.get("case", "")))
    now = CaseNow(case, replay(unit.cases.events(case.id))) if case is not None else None
    card = showing.card(notice_view(payload, sent.kind, town, now, actor))
    stand = Stand(f"{ALERT}{sent.key}")
    piece = piece_of(card, stand)
    piece.foot += words(word("label.occurrence", number=occurrence(sent)), isSubtle=True, size="Small")
    return message(piece, card.title, stand, alert=True)


def occurrence(sent: OutgoingMessage) -> str:
    """The number by which a message that came twice is known to be one."""
    return hashed(sent.key)[:8]
