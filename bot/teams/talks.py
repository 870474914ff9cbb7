"""One happening worked off: which talk it belongs to, the turns it is, and what is shown for it.

Everything here can be done twice: turns are stored once by their message ids, and what was shown is on the desk. Knows how
Teams' ways in lead to talks; refuses to know what a turn does to a talk.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.commands import case_choice_of, command_of
from bot.conversation import Conversation
from bot.dialogue import Phase
from bot.entries import entry_of, last_card, live_card
from bot.memory import Talk
from bot.teams import forms
from bot.teams.casetalk import CaseTalk
from bot.teams.desk import Desk, Place
from bot.teams.happening import SURFACE, Happening, Kind, Scope, new_talk, short, whole
from bot.teams.marks import DO, FIX, FORM, PICK, Mark, mark_of
from bot.teams.outgoing import Refused
from bot.teams.pieces import button
from bot.teams.references import Reference
from bot.teams.sheets import Sheets
from bot.teams.show import Cause, Give, Showing
from bot.teams.words import word
from bot.turns import Choice, Turn
from bot.world import Town
from knowledge.reading.identity import mask

_MOST_GUESSES = 10
_TAKEN = 5


@dataclass(frozen=True, slots=True)
class Step:
    """The desk after a happening, and the talk it touched (empty when none)."""

    desk: Desk
    talk: str = ""


class Talks:
    """Works happenings off. `cpu` lets one thread at a time read and render, so that acknowledgements are not kept waiting.

    `give(key)` tells where a client waits for a card.
    """

    def __init__(
        self,
        conversation: Conversation,
        town: Town,
        showing: Showing,
        cases: CaseTalk,
        sheets: Sheets,
        cpu: AbstractContextManager[object],
        give: Callable[[str], Give],
    ) -> None:
        self._conversation, self._town, self._showing = conversation, town, showing
        self._cases, self._sheets, self._cpu, self._give = cases, sheets, cpu, give
        self._guesses: dict[str, deque[datetime]] = {}

    def step(self, desk: Desk, what: Happening) -> Step:
        """Do it. Raises `Wait`, and whatever the store raises."""
        known = bool(desk.home.conversation)
        desk = replace(desk, user=what.user or desk.user)
        if what.private:
            desk = replace(desk, home=what.where)
        match what.kind:
            case Kind.TEXT:
                return self._typed(desk, what) if what.private else self._mentioned(desk, what)
            case Kind.BEGIN:
                return self._begun(desk, what)
            case Kind.PRESS:
                return self._pressed(desk, what)
            case Kind.EDITED | Kind.DELETED:
                return self._changed(desk, what)
            case Kind.MET:
                return self._met(desk, what, known)
            case Kind.LEFT:
                return Step(replace(desk, home=Reference()) if what.private else desk)

    def _met(self, desk: Desk, what: Happening, known: bool) -> Step:
        """Installed in a personal chat: say once what can be done here. In teams and groups nobody is disturbed."""
        if what.private and not known:
            self._cases.welcome(desk)
        return Step(desk)

    def _typed(self, desk: Desk, what: Happening) -> Step:
        if not what.text:
            self._tell(desk, what, "write_first")
            return Step(desk)
        command = command_of(what.text)
        if command is not None and command.name == "resume" and command.rest:
            return self._taken_over(desk, what, command.rest)
        choice = case_choice_of(what.text, self._town.catalogue)
        if choice is not None:
            return Step(self._cases.do(desk, what, choice, Cause(what.at)))
        name = desk.current
        talk = self._conversation.talk(name) if name else None
        over = talk is not None and (talk.owner != desk.name or (talk.dialogue.phase is Phase.DONE and command is None))
        if not name or over:
            name = new_talk(desk.name, what.key)
        place = desk.places.get(name) or Place(what.where)
        desk = replace(desk, current=name).placed(name, place)
        return self._turns(desk, name, what, [what.text], Cause(what.at))

    def _mentioned(self, desk: Desk, what: Happening) -> Step:
        """Said where others read along. What tells who somebody is never shown there: the talk goes to the personal chat."""
        if not what.text:
            self._tell(desk, what, "write_first")
            return Step(desk)
        masked = self._masked(what)
        command = command_of(what.text)
        known = self._open_talk(desk, what)
        if masked or (command is not None and command.name == "resume" and command.rest):
            return self._in_private(desk, what, known if masked else "", masked)
        choice = case_choice_of(what.text, self._town.catalogue)
        if choice is not None:
            return Step(self._cases.do(desk, what, choice, Cause(what.at)))
        name = known or new_talk(desk.name, what.key)
        desk = desk.placed(name, desk.places.get(name) or Place(what.where, private=False))
        return self._turns(desk, name, what, [what.text], Cause(what.at))

    def _open_talk(self, desk: Desk, what: Happening) -> str:
        """The person's talk in this thread or group chat that is still going on; in a group chat an ended one makes room."""
        name = desk.at(what.where.conversation)
        talk = self._conversation.talk(name) if name else None
        if talk is None or talk.owner != desk.name:
            return ""
        done = talk.dialogue.phase is Phase.DONE and what.scope is Scope.GROUP
        return "" if done and command_of(what.text) is None else name

    def _in_private(self, desk: Desk, what: Happening, known: str, masked: str) -> Step:
        desk = self._showing.open_home(desk, what.where.place, Cause(what.at))
        if not desk.home.conversation:
            self._showing.tell(desk, what.where, self._showing.notice("no_private_chat"))
            return Step(desk)
        if not masked:
            self._tell(desk, what, "resume_in_private")
            return Step(desk)
        self._tell(desk, what, "identity_in_channel", masked=masked)
        name = known or new_talk(desk.name, what.key)
        place = desk.places.get(name) or Place()
        moved = place if place.private and place.where == desk.home else replace(
            place, where=desk.home, private=True, live=""
        )  # fmt: skip
        desk = replace(desk, current=name).placed(name, moved)
        return self._turns(desk, name, what, [what.text], Cause(what.at))

    def _begun(self, desk: Desk, what: Happening) -> Step:
        """A new talk in the personal chat, from the words of a message."""
        desk = self._showing.open_home(desk, what.where.place, Cause(what.at))
        if not desk.home.conversation:
            self._showing.tell(desk, what.where, self._showing.notice("no_private_chat"))
            return Step(desk)
        masked = "" if what.private else self._masked(what)
        if masked:
            self._tell(desk, what, "identity_in_channel", masked=masked)
        name = new_talk(desk.name, what.key)
        place = desk.places.get(name) or Place(desk.home)
        desk = replace(desk, current=name).placed(name, place)
        return self._turns(desk, name, what, [what.text], Cause(what.at))

    def _masked(self, what: Happening) -> str:
        """The text with what tells who somebody is hidden; empty when nothing does."""
        with self._cpu:
            reading = self._town.reader.read(what.text, what.at.date())
        return mask(what.text, reading.identity) if reading.identity else ""

    def _taken_over(self, desk: Desk, what: Happening, code: str) -> Step:
        name = desk.taken.get(what.key, "")
        if not name:
            talk = self._conversation.take_over(code, desk.name, what.at) if self._may_guess(desk, what.at) else None
            name = talk.conversation if talk else ""
        if not name:
            self._tell(desk, what, "no_talk")
            return Step(desk)
        taken = dict([*desk.taken.items(), (what.key, name)][-_TAKEN:])
        place = desk.places.get(name) or Place(what.where)
        desk = replace(desk, current=name, taken=taken).placed(name, replace(place, where=what.where, private=True))
        return self._turns(desk, name, what, [Choice("resume")], Cause(what.at))

    def _may_guess(self, desk: Desk, at: datetime) -> bool:
        tried = self._guesses.setdefault(desk.name, deque(maxlen=_MOST_GUESSES))
        if len(tried) == _MOST_GUESSES and tried[0] > at - timedelta(minutes=1):
            return False
        tried.append(at)
        return True

    def _pressed(self, desk: Desk, what: Happening) -> Step:
        mark = mark_of(what.mark)
        give = self._give(what.key)
        if mark is None:
            return Step(desk)
        action, value = forms.picked(what.inputs, mark.value) if what.verb == PICK else (mark.action, mark.value)
        if what.verb == PICK and not action:
            return Step(desk)
        if action.startswith("case:"):
            values = forms.answers(what.inputs, action) if what.verb == FORM else {}
            return Step(self._cases.do(desk, what, Choice(action, value, values), Cause(what.at, True, give=give)))
        if action == "sheet":
            return self._sheet(desk, what, value, give)
        talk = self._conversation.talk(whole(desk.name, mark.talk))
        if talk is None or talk.owner != desk.name:
            self._refuse(desk, what, talk, give)
            return Step(desk)
        return self._on_card(desk, what, talk, replace(mark, action=action, value=value), give)

    def _on_card(self, desk: Desk, what: Happening, talk: Talk, mark: Mark, give: Give) -> Step:
        name = talk.conversation
        place = desk.places.get(name) or Place(desk.home)
        desk = replace(desk, current=name if place.private else desk.current).placed(name, place)
        if mark.action == "show":
            return Step(self._showing.again(desk, talk, Cause(what.at)), name)
        if mark.number != place.number and mark.action != "resume":
            self._say_old(desk, what, talk, give)
            return Step(desk, name)
        choices, page = self._choices(what, mark, talk)
        if not choices:
            return Step(desk, name)
        return self._turns(desk, name, what, choices, Cause(what.at, True, self._label(talk, mark, what), page, give))

    def _choices(self, what: Happening, mark: Mark, talk: Talk) -> tuple[Sequence[Choice], int]:
        """What a press means for its talk, and the page of the form that comes next."""
        if what.verb == FIX:
            return [Choice(action, value, fields) for action, value, fields in forms.corrections(what.inputs)], 0
        if what.verb != FORM:
            return [Choice(mark.action, mark.value)], 0
        done = Choice(mark.action, mark.value, forms.answers(what.inputs, mark.action))
        entry = entry_of(talk, mark.number)
        spread = forms.pages(self._showing.card(entry.view).fields) if entry and entry.view else [[]]
        if mark.action == "save" and mark.page + 1 < len(spread):
            return [done, Choice("section", mark.value)], mark.page + 1
        return [done], 0

    def _label(self, talk: Talk, mark: Mark, what: Happening) -> str:
        """The words of what was pressed, for the card that is left behind."""
        entry = entry_of(talk, mark.number)
        if entry is None or entry.view is None or what.verb == FIX:
            return ""
        card = self._showing.card(entry.view)
        inside = [b for group in card.lists for line in group.lines for b in line.buttons]
        for each in (*inside, *card.buttons, *([card.submit] if card.submit else [])):
            if (each.action, each.value) == (mark.action, mark.value):
                return each.label
        return ""

    def _turns(self, desk: Desk, name: str, what: Happening, done: Iterable[str | Choice], cause: Cause) -> Step:
        """Store the turns, do them, show where the talk stands now."""
        with self._cpu:
            for number, each in enumerate(done):
                text, choice = (each, None) if isinstance(each, str) else (None, each)
                self._conversation.accept(Turn(name, f"{what.key}#{number}", SURFACE, desk.name, what.at, text, choice))
            self._conversation.work(name)
            talk = self._conversation.talk(name)
        if talk is None:
            return Step(desk, name)
        return Step(self._showing.talk(desk, talk, cause), name)

    def _changed(self, desk: Desk, what: Happening) -> Step:
        """A message was edited or deleted after it was read. Nobody is told who has no talk there."""
        if any(place.where.conversation == what.where.conversation for place in desk.places.values()):
            self._tell(desk, what, what.kind.value)
        return Step(desk)

    def _sheet(self, desk: Desk, what: Happening, number: str, give: Give) -> Step:
        """A link that only this person gets; never to a case that is not theirs."""
        desk = self._showing.open_home(desk, what.where.place, Cause(what.at))
        card, links = self._sheets.card(self._showing, desk.name, number, what.at)
        if desk.home.conversation:
            self._showing.tell(desk, desk.home, card, links)
        give(word("label.taken") if desk.home.conversation else card.title)
        return Step(desk)

    def _refuse(self, desk: Desk, what: Happening, talk: Talk | None, give: Give) -> None:
        """The talk is not (or no longer) the person's own: said to them alone."""
        kind = "gone_elsewhere" if talk else "gone_talk" if what.private else "not_yours"
        card = self._showing.notice(kind)
        told = give(card.title)
        if desk.home.conversation and (what.private or not told):
            self._showing.tell(desk, desk.home, card)

    def _say_old(self, desk: Desk, what: Happening, talk: Talk, give: Give) -> None:
        """Say where the talk stands, with a button that shows its card again; nothing is changed."""
        entry = live_card(talk) or last_card(talk)
        mark = Mark(short(desk.name, talk.conversation), entry.number if entry else 0, "show")
        card = self._showing.notice("old_card", phase=talk.dialogue.phase.value)
        give(card.title)
        self._showing.tell(desk, what.where, card, [button(word("button.show"), mark, DO, "primary")])

    def _tell(self, desk: Desk, what: Happening, kind: str, **data: object) -> None:
        outcome = self._showing.tell(desk, what.where, self._showing.notice(kind, **data))
        if isinstance(outcome, Refused):
            self._showing.mishap(desk, outcome, "tell", what.at)
