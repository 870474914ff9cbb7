"""One happening worked off: which talk it belongs to, the turns it is, and what is shown for it.

Everything here can be done twice: turns are stored once by their message ids, and what was shown is on the desk. Knows how
Slack's ways in lead to talks; refuses to know what a turn does to a talk.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.commands import case_choice_of, command_of
from bot.conversation import Conversation
from bot.dialogue import Phase, Show
from bot.gate import Wait
from bot.memory import Talk
from bot.shows import build
from bot.slack import edits, modals
from bot.slack.alerts import NOT_HERE, PREFIX, CaseCards, entered_for, is_case
from bot.slack.api import Later
from bot.slack.desk import Desk, Place
from bot.slack.happening import SURFACE, Happening, Kind, hashed, new_talk
from bot.slack.marks import REREAD, Mark, carried_of, mark_of
from bot.slack.show import Cause, Showing, entry_of, last_card, live_card
from bot.turns import Choice, Turn
from bot.world import Town
from knowledge.reading.identity import mask
from routing.store import SqlStore

_MOST_GUESSES = 10
_TAKEN = 5


@dataclass(frozen=True, slots=True)
class Step:
    """The desk after a happening, and the talk it touched (empty when none)."""

    desk: Desk
    talk: str = ""


class Talks:
    """Works happenings off. Whoever reads and renders does so inside `cpu`."""

    def __init__(
        self,
        conversation: Conversation,
        town: Town,
        showing: Showing,
        cpu: AbstractContextManager[object],
        cases: CaseCards,
        store: SqlStore,
    ) -> None:
        self._store = store
        self._conversation, self._town, self._showing, self._cpu = conversation, town, showing, cpu
        self._cases = cases
        self._guesses: dict[str, deque[datetime]] = {}

    def step(self, desk: Desk, what: Happening, *, careful: bool) -> Step:
        """Do it. Raises `Wait`, and whatever the store raises."""
        typed = case_choice_of(what.text, self._town.catalogue) if what.text else None
        if typed is not None and typed.action in NOT_HERE:
            self._tell(desk, what, "who_by_map")
            return Step(desk)
        match what.kind:
            case Kind.TEXT:
                return self._typed(desk, what, careful)
            case Kind.MENTION:
                return self._mentioned(desk, what, careful)
            case Kind.BEGIN:
                return self._begun(desk, what, what.text, careful)
            case Kind.CHOICE:
                return self._chosen(desk, what, careful)
            case Kind.SUBMIT:
                return self._submitted(desk, what, careful)
            case Kind.DRAFT:
                return Step(desk.with_draft(modals.draft_name(what.form, what.carried), self._plain(what.values)))
            case Kind.EDITED | Kind.DELETED:
                return self._changed(desk, what)

    def _plain(self, values: Mapping[str, str]) -> dict[str, str]:
        """What was entered, without the fields that say who somebody is: those are kept when they are sent, or not at all."""
        form = self._town.catalogue.form
        items = {name: form.item(name.partition("@")[0]) for name in values}
        return {name: text for name, text in values.items() if not ((item := items[name]) and item.identity)}

    def _typed(self, desk: Desk, what: Happening, careful: bool) -> Step:
        desk = replace(desk, dm=desk.dm or what.channel)
        command = command_of(what.text)
        if command is not None and command.name == "resume" and command.rest:
            return self._taken_over(desk, what, command.rest, careful)
        name = desk.current if not what.thread and _in_main(desk) else desk.at(what.channel, what.thread)
        talk = self._conversation.talk(name) if name else None
        over = talk is not None and (talk.owner != desk.name or (talk.dialogue.phase is Phase.DONE and command is None))
        if not name or over:
            name = new_talk(desk.name, what.key)
        place = desk.places.get(name) or Place(what.channel, what.thread)
        desk = replace(desk, current=name).placed(name, place)
        return self._turns(desk, name, what, [what.text], Cause(what.at, careful=careful))

    def _mentioned(self, desk: Desk, what: Happening, careful: bool) -> Step:
        command = case_choice_of(what.text, self._town.catalogue)
        if command is not None:  # what a case holds is for the person alone
            return Step(self._cases.asked(desk, what, command, Cause(what.at, careful=careful)))
        known = desk.at(what.channel, what.thread) if what.thread else ""
        masked = self._masked(what)
        private = bool(masked) or desk.mention_place == "dm" or bool(what.thread and not known)
        if not what.text:
            self._tell(desk, what, "write_first", thread=what.thread)
            return Step(desk)
        if known:
            return self._goes_on(desk, known, what, masked, careful)
        if not private:
            name = new_talk(desk.name, what.key)
            desk = desk.placed(name, Place(what.channel, what.thread or what.ts, private=False))
            return self._turns(desk, name, what, [what.text], Cause(what.at, careful=careful))
        return self._begun(desk, what, what.text, careful)

    def _goes_on(self, desk: Desk, name: str, what: Happening, masked: str, careful: bool) -> Step:
        """More is said in a thread; with personal details in it, the talk moves to where nobody else reads."""
        if masked:
            desk = desk.placed(name, replace(desk.places[name], channel=desk.dm, thread="", private=True, live=""))
        step = self._turns(desk, name, what, [what.text], Cause(what.at, careful=careful))
        if masked:
            self._tell(step.desk, what, "identity_in_channel", masked=masked, began=True, thread=what.thread)
        return step

    def _begun(self, desk: Desk, what: Happening, text: str, careful: bool) -> Step:
        """A new talk in the DM; whoever wrote personal details where others read them is told how to take them back."""
        name = new_talk(desk.name, what.key)
        place = desk.places.get(name) or Place(desk.dm)
        others = bool(desk.current) and desk.current != name
        desk = replace(desk, current=name).placed(name, place)
        step = self._turns(desk, name, what, [text], Cause(what.at, careful=careful))
        masked = self._masked(what) if what.ts else ""
        if masked:
            self._tell(step.desk, what, "identity_in_channel", masked=masked, began=True, thread=what.thread)
        elif what.channel and what.channel != step.desk.dm:
            self._tell(step.desk, what, "began_elsewhere", others=others, thread=what.thread)
        return step

    def _masked(self, what: Happening) -> str:
        """The text with what tells who somebody is hidden; empty when nothing does."""
        with self._cpu:
            reading = self._town.reader.read(what.text, what.at.date())
        return mask(what.text, reading.identity) if reading.identity else ""

    def _taken_over(self, desk: Desk, what: Happening, code: str, careful: bool) -> Step:
        name = desk.taken.get(what.key, "")
        if not name:
            talk = self._conversation.take_over(code, desk.name, what.at) if self._may_guess(desk, what.at) else None
            name = talk.conversation if talk else ""
        if not name:
            self._tell(desk, what, "no_talk")
            return Step(desk)
        taken = dict([*desk.taken.items(), (what.key, name)][-_TAKEN:])
        place = desk.places.get(name) or Place(what.channel, what.thread)
        desk = replace(desk, current=name, taken=taken).placed(name, place)
        return self._turns(desk, name, what, [Choice("resume")], Cause(what.at, careful=careful))

    def _may_guess(self, desk: Desk, at: datetime) -> bool:
        tried = self._guesses.setdefault(desk.name, deque(maxlen=_MOST_GUESSES))
        if len(tried) == _MOST_GUESSES and tried[0] > at - timedelta(minutes=1):
            return False
        tried.append(at)
        return True

    def _chosen(self, desk: Desk, what: Happening, careful: bool) -> Step:
        mark = mark_of(what.mark)
        if mark is not None and is_case(mark):
            return Step(self._cases.pressed(desk, what, mark, Cause(what.at, careful=careful)))
        talk = self._conversation.talk(mark.talk) if mark else None
        if mark is None or talk is None:
            self._tell(desk, what, "gone_talk")
            return Step(desk)
        if talk.owner != desk.name:
            self._tell(desk, what, "gone_elsewhere" if mark.talk in desk.places else "not_yours")
            return Step(desk)
        place = desk.places.get(mark.talk) or Place(desk.dm)
        desk = replace(desk, current=mark.talk if place.private else desk.current).placed(mark.talk, place)
        if mark.action == REREAD:
            return self._read_again(desk, talk, what, careful)
        if mark.action == "show":
            return Step(self._showing.again(desk, talk, Cause(what.at, careful=careful)), mark.talk)
        if mark.number and mark.number != place.number:
            self._say_old(desk, what, talk)
            return Step(desk, mark.talk)
        on_card = bool(mark.number)  # from the App Home the card is shown where the talk goes on, not where it stood
        cause = Cause(what.at, on_card, self._showing.label(talk, mark), what.response_url, careful)
        return self._turns(desk, mark.talk, what, [Choice(mark.action, mark.value)], cause)

    def _submitted(self, desk: Desk, what: Happening, careful: bool) -> Step:
        carried = carried_of(what.carried)
        if what.form == modals.SETTINGS:
            return Step(replace(desk, mention_place=modals.chosen_place(what.values) or desk.mention_place))
        if what.form == modals.NEW:
            desk = desk.with_draft(modals.draft_name(what.form, what.carried), {})
            begun = replace(what, channel=carried.channel)
            return self._begun(desk, begun, modals.typed_text(what.values), careful)
        if what.form == modals.CASE:
            return Step(self._cases.sent(desk, what, Cause(what.at, careful=careful)))
        talk = self._conversation.talk(carried.talk)
        if talk is None or talk.owner != desk.name:
            self._tell(desk, what, "gone_talk" if talk is None else "gone_elsewhere")
            return Step(desk)
        place = desk.places.get(carried.talk) or Place(desk.dm)
        desk = desk.placed(carried.talk, place).with_draft(modals.draft_name(what.form, what.carried), {})
        cause = Cause(what.at, True, "", "", careful)
        if what.form != modals.FORM and carried.number != place.number:
            self._say_old(desk, what, talk)
            return Step(desk, carried.talk)
        return self._turns(desk, carried.talk, what, list(self._choices(what, talk)), cause)

    def _choices(self, what: Happening, talk: Talk) -> Iterable[Choice]:
        """What a modal's fields mean for the talk it was opened from."""
        carried = carried_of(what.carried)
        world = self._town.world(what.at)
        if what.form == modals.FIX:
            entry = entry_of(talk, carried.number)
            if entry is None or entry.view is None:
                return
            for action, value, fields in modals.corrections(what.values, self._showing.card(entry.view)):
                yield Choice(action, value, fields)
        elif what.form == modals.ENTRY:
            yield from self._entered(what, talk)
        elif what.form == modals.OVERRIDE:
            card = self._showing.card(build(talk.dialogue, Show("override"), world))
            yield Choice("override")
            yield Choice("overridden", "", modals.answers(what.values, card.fields))
        elif what.form == modals.FORM and carried.section.isdecimal():
            at_section = replace(talk.dialogue, section=int(carried.section))
            card = self._showing.card(build(at_section, Show("section"), world))
            yield Choice("save", carried.section, modals.answers(what.values, card.fields))
            if carried.page + 1 < len(modals.pages_of(card.fields)):
                yield Choice("section", carried.section)

    def _entered(self, what: Happening, talk: Talk) -> Iterable[Choice]:
        """The form of a card as it was shown."""
        entry = entry_of(talk, carried_of(what.carried).number)
        card = self._showing.card(entry.view) if entry and entry.view else None
        if card is not None and card.submit is not None:
            action, value = card.submit.action, card.submit.value
            command = action.startswith(PREFIX)
            fields = entered_for(card, what.values) if command else modals.answers(what.values, card.fields)
            yield Choice(action, value, fields)

    def _turns(self, desk: Desk, name: str, what: Happening, done: Sequence[str | Choice], cause: Cause) -> Step:
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
        """A message was edited or deleted after it was read. Nobody is told whose talk did not hold it.

        A text that was written anew is read again only when its writer says so; until then it waits among the drafts.
        """
        found = edits.holding(self._store, desk, what)
        if found is None:
            return Step(desk)
        talk, before = found
        if what.kind is Kind.DELETED:
            self._tell(desk, what, "deleted")
            return Step(desk)
        if not desk.places[talk.conversation].private and self._masked(what):
            self._tell(desk, what, "identity_in_channel", masked=self._masked(what), began=False)
        if talk.dialogue.case_number or talk.dialogue.phase is Phase.DONE:
            self._tell(desk, what, "edited_late")
        elif what.text and what.text != before:
            self._tell(desk, what, "reread", Mark(talk.conversation, 0, REREAD, hashed(what.key)))
            return Step(desk.with_draft(edits.draft_of(talk), edits.draft(before, what.text)))
        return Step(desk)

    def _read_again(self, desk: Desk, talk: Talk, what: Happening, careful: bool) -> Step:
        """The talk from its beginning, with the text as it was written anew."""
        draft = desk.drafts.get(edits.draft_of(talk), {})
        if not draft:
            self._tell(desk, what, "no_edit")
            return Step(desk, talk.conversation)
        step = self._turns(desk, talk.conversation, what, edits.again(talk, draft), Cause(what.at, careful=careful))
        return Step(step.desk.with_draft(edits.draft_of(talk), {}), step.talk)

    def _say_old(self, desk: Desk, what: Happening, talk: Talk) -> None:
        """Say where the talk stands, with a button that shows its card again; nothing is changed."""
        entry = live_card(talk) or last_card(talk)
        mark = Mark(talk.conversation, entry.number if entry else 0, "show")
        self._tell(desk, what, "old_card", mark, phase=talk.dialogue.phase.value)

    def _tell(
        self, desk: Desk, what: Happening, kind: str, mark: Mark | None = None, thread: str = "", **data: object
    ) -> None:
        card = self._showing.told(kind, data)
        outcome = self._showing.whisper(desk, what.channel, thread or what.thread, card, what.response_url, mark)
        if isinstance(outcome, Later):
            raise Wait(outcome.seconds)


def _in_main(desk: Desk) -> bool:
    """Whether the talk a person is in stands in the DM itself, not in a thread of it."""
    place = desk.places.get(desk.current)
    return place is not None and not place.thread
