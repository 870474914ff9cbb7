"""Cards outside any talk: alerts of cases in channels and DMs, and the commands about cases that their buttons are.

A button carries the case (in the message's key) and its version, never a channel's idea of it. What a case holds is shown in
the DM of whoever asks; the card in the channel is brought up to date where it stands. Refuses to know what a command does
(bot/casework.py), who is told and when (routing/alerts.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from bot.cards import Card
from bot.conversation import Conversation
from bot.intake import parts_of
from bot.slack import modals
from bot.slack.desk import Desk
from bot.slack.happening import SURFACE, Happening
from bot.slack.keeper import Keeper
from bot.slack.marks import Mark, carried_of
from bot.slack.outgoing import ALERT
from bot.slack.show import Cause, Showing
from bot.turns import Choice, Turn
from bot.views import View
from routing.store import SqlStore

PREFIX = "case:"
NOT_HERE = frozenset({"case:act_for"})  # here the administrator's map says who somebody is


def is_case(mark: Mark) -> bool:
    """Whether a button is a command about a case."""
    return mark.action.startswith(PREFIX) and mark.action not in NOT_HERE


class CaseCards:
    """`cpu` as in `Talks`."""

    def __init__(
        self,
        conversation: Conversation,
        store: SqlStore,
        showing: Showing,
        cpu: AbstractContextManager[object],
        keeper: Keeper,
    ) -> None:
        self._conversation, self._store = conversation, store
        self._showing, self._cpu, self._keeper = showing, cpu, keeper

    def pressed(self, desk: Desk, what: Happening, mark: Mark, cause: Cause) -> Desk:
        """A button: do it once, bring the message it stands on up to date, show the person what came of it."""
        with self._cpu:
            views = self._views(desk, what, Choice(mark.action, mark.value))
        if mark.action != "case:show":
            self._bring_up(mark, what.channel, what.ts)
        return self._shown(desk, views, cause)

    def asked(self, desk: Desk, what: Happening, choice: Choice, cause: Cause) -> Desk:
        """A command that was typed where others read."""
        if choice.action in NOT_HERE:
            return desk
        with self._cpu:
            views = self._views(desk, what, choice)
        return self._shown(desk, views, cause)

    def sent(self, desk: Desk, what: Happening, cause: Cause) -> Desk:
        """The form of a command (a reason, a date) was sent."""
        action, _, value = carried_of(what.carried).section.partition(" ")
        if not action.startswith(PREFIX) or action in NOT_HERE:
            return desk
        with self._cpu:
            card = self.form(desk.name, replace(what, key=f"{what.key}#form"), Choice(action, value))
            views = self._views(desk, what, Choice(action, value, entered_for(card, what.values)))
        carried = carried_of(what.carried)
        self._bring_up(Mark(carried.talk, carried.number, action, value), carried.channel, carried.ts)
        return self._shown(desk, views, cause)

    def form(self, person: str, what: Happening, choice: Choice) -> Card:
        """The card of a command that needs more than a button. Changes nothing: without its fields it only asks."""
        views = self._views(Desk(person), what, choice)
        return self._showing.card(next((view for view in views if view.inputs), views[0]))

    def _views(self, desk: Desk, what: Happening, choice: Choice) -> Sequence[View]:
        name = f"{desk.name}:cases"
        self._conversation.accept(Turn(name, what.key, SURFACE, desk.name, what.at, choice=choice))
        outcome = self._conversation.work(name)
        if outcome is not None and outcome.views:
            return outcome.views
        again = Choice("case:show", choice.value.partition("/")[0])  # done before a crash: the case as it stands
        shown = self._conversation.receive(Turn(name, f"{what.key}#again", SURFACE, desk.name, what.at, choice=again))
        return shown.views or (View("trouble", {"kind": "internal"}),)

    def _bring_up(self, mark: Mark, channel: str, ts: str) -> None:
        """The message that was pressed, and every card of the case, as things stand now. Best effort: cards catch up."""
        key = mark.talk.removeprefix(ALERT)
        if mark.talk.startswith(ALERT):
            with self._store.unit(reading=True) as unit:
                found = unit.outbox.get(key)
            now = self._keeper.render(found.message) if found else None
            if found is not None and now is not None:
                if not ts and len(now.messages) == 1:
                    channel, _, ts = found.receipt.partition("/")
                place = mark.number - 1 if len(now.messages) > 1 else 0
                if ts and place < len(now.messages) and self._showing.replace(channel, ts, now.messages[place]):
                    self._keeper.saw(key, f"{channel}/{ts}", now.version)
        self._keeper.refresh()

    def _shown(self, desk: Desk, views: Sequence[View], cause: Cause) -> Desk:
        for view in views:
            desk = self._showing.outside(desk, self._showing.card(view), cause)
        return desk


def entered_for(card: Card, values: Mapping[str, str]) -> dict[str, str]:
    """What was entered in a command's form; the codes of several choices are parted by spaces there."""
    found = modals.answers(values, card.fields)
    many = {field.id: tuple(option.value for option in field.options) for field in card.fields if field.kind == "multi"}
    return {name: " ".join(parts_of(text, many[name])) if name in many else text for name, text in found.items()}
