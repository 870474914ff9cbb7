"""Commands about cases from Teams: done as turns outside any talk, answered where nobody else reads.

A card in a channel is brought up to date where it stands; what a case holds is shown in the personal chat only. Knows where
answers go; refuses to know what a command does (bot/casework.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

from bot.cards import Button
from bot.conversation import Conversation
from bot.teams.cards import Stand
from bot.teams.desk import Desk
from bot.teams.happening import SURFACE, Happening
from bot.teams.marks import Mark, mark_of
from bot.teams.messages import content_of
from bot.teams.notes import ALERT, Notes, cards_of
from bot.teams.outgoing import Refused
from bot.teams.show import Cause
from bot.teams.words import word
from bot.turns import Choice, Turn
from bot.views import View
from bot.world import Town
from routing.people import Actor
from routing.store import SqlStore

_LATELY = timedelta(days=7)  # whose digests are brought up to date when somebody answers elsewhere
_NOT_HERE = frozenset({"case:act_for"})  # here the directory says who somebody is


class CaseTalk:
    """`cpu` as in `Talks`."""

    def __init__(
        self,
        conversation: Conversation,
        store: SqlStore,
        town: Town,
        notes: Notes,
        cpu: AbstractContextManager[object],
    ) -> None:
        self._conversation, self._store, self._town = conversation, store, town
        self._notes, self._showing, self._cpu = notes, notes.showing, cpu

    def do(self, desk: Desk, what: Happening, choice: Choice, cause: Cause) -> Desk:
        """Carry it out once and show what came of it to the person alone."""
        if choice.action in _NOT_HERE:
            return desk
        number = choice.value.partition("/")[0]
        version = self._version(number)
        with self._cpu:
            views = self._views(desk, what, choice)
        mark = mark_of(what.mark)
        alert = mark is not None and mark.talk.startswith(ALERT)
        if mark is not None and alert:
            self._refresh(what, mark, cause)
        if self._version(number) != version:
            self._elsewhere(what, number)
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

    def alert(self, mark: Mark, actor: Actor | None) -> Mapping[str, Any] | None:
        """The card of a message that was sent, as things stand; None when it is not known or never changes. Reads only."""
        with self._store.unit(reading=True) as unit:
            found = unit.outbox.get(mark.talk.removeprefix(ALERT))
            if found is None or not self._notes.changes(found.message):
                return None
            last = next(cards_of(found.message, unit, found.message.address), found)
            made = self._notes.of(last.message, unit, actor)
        return made[mark.page] if mark.page < len(made) else None

    def _version(self, number: str) -> int:
        with self._store.unit(reading=True) as unit:
            case = unit.cases.by_number(number) if number else None
        return case.version if case is not None else 0

    def _elsewhere(self, what: Happening, number: str) -> None:
        """The other cards about the case are brought up to date where they stand. Best effort: an old button does no harm."""
        with self._cpu, self._store.unit(reading=True) as unit:
            found = list(self._notes.standing(unit, number, what.at.date() - _LATELY))
        for where, sent, payload in found:
            if sent != what.card:
                self._showing.refreshed(where, sent, payload)

    def _refresh(self, what: Happening, mark: Mark, cause: Cause) -> None:
        with self._cpu:
            payload = self.alert(mark, None)
        if payload is None:
            return
        cause.give(content_of(payload))
        if what.card:
            self._showing.replaced(what.where, what.card, payload)
