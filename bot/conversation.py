"""The shell of one turn: take it in, step the dialogue, save dialogue + case + events + outbox in one transaction.

`accept` stores the turn and may be acknowledged at once; `work` does what follows and can be repeated after a crash, since
a turn counts as done only in the transaction that holds its effects. Refuses to know surfaces, rules and wording.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.casefile import identity_of, open_from, save_items
from bot.caseviews import former_view, kept
from bot.casework import PREFIX, CaseDesk
from bot.commands import answer_of, case_choice_of, command_of
from bot.dialogue import Dialogue, Effect, OpenCase, Pause, SaveItems, Show, World
from bot.memory import Document, Entry, Talk, from_stored, to_stored, whole_text
from bot.shows import build
from bot.steps import answers_of, choose, view_of, with_reading
from bot.stored_turns import label_of, to_stored_turn, turn_of
from bot.turns import Choice, Turn
from bot.views import Option, View
from bot.world import Town
from knowledge.reading.identity import mask
from knowledge.reading.model import FoundBy, Reading
from knowledge.reading.reader import LONGEST
from routing.errors import RoutingError, StaleWrite, StoreError
from routing.ports import Store, UnitOfWork
from routing.use_case import former

MOST_CHARACTERS = LONGEST // 4
_SHOWN_OF_TOO_LONG = 200
_TRIES = 3
_RESUME = Option("resume", "", "ui:resume", "primary")
_LOG = logging.getLogger("tsunagu.conversation")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a turn led to: the talk as it stands and the views to show now."""

    talk: Talk
    views: tuple[View, ...]
    duplicate: bool = False


class Conversation:
    """Talks of one town. `new_code` gives a resume code that cannot be guessed."""

    def __init__(
        self, store: Store, town: Town, desk: CaseDesk, new_id: Callable[[], str], new_code: Callable[[], str]
    ) -> None:
        self._store, self._town, self._desk = store, town, desk
        self._new_id, self._new_code = new_id, new_code

    def accept(self, turn: Turn) -> bool:
        """Store the turn, once. False when its message is already there; it may be acknowledged in both cases."""
        stored = to_stored_turn(turn, self._masked(turn))  # read before the one writer of the database is taken
        with self._store.unit() as unit:
            fresh = unit.turns.add(stored)
            unit.commit()
        return fresh

    def work(self, conversation: str) -> Outcome | None:
        """Do every stored turn of a conversation that is not done yet, oldest first; None when there is none."""
        outcome: Outcome | None = None
        while outcome is None or self._waits(conversation):
            with self._store.unit() as unit:
                waiting = unit.turns.waiting(conversation)
                if not waiting:
                    return outcome
                turn = turn_of(waiting[0])
                choice = self._case_choice(turn)
                if choice is None:
                    outcome = self._step(unit, turn)
                    unit.turns.done(conversation, turn.message, turn.received_at)
                    unit.commit()
            if choice is not None:
                outcome = self._case_step(turn, choice)
        return outcome

    def _waits(self, conversation: str) -> bool:
        """Whether more is to be done; asked without taking the one writer of the database."""
        with self._store.unit(reading=True) as unit:
            return bool(unit.turns.waiting(conversation))

    def receive(self, turn: Turn) -> Outcome:
        """`accept` and `work` in one go, for surfaces that wait for the answer."""
        fresh = self.accept(turn)
        outcome = self.work(turn.conversation)
        if outcome is None:
            talk = self.talk(turn.conversation)
            return Outcome(talk or self._new(turn), (), True)
        return replace(outcome, duplicate=not fresh)

    def talk(self, conversation: str) -> Talk | None:
        """A talk as it is stored."""
        with self._store.unit(reading=True) as unit:
            stored = unit.dialogues.get(conversation)
        return from_stored(stored) if stored else None

    def by_code(self, code: str) -> Talk | None:
        """The talk that a resume code stands for."""
        with self._store.unit(reading=True) as unit:
            stored = unit.dialogues.by_resume(code_hash(code))
        return from_stored(stored) if stored else None

    def take_over(self, code: str, actor: str, at: datetime) -> Talk | None:
        """Give the talk of a resume code to another person or browser; the code is spent. None for a wrong code.

        Raises `StaleWrite` when the talk moved on meanwhile.
        """
        with self._store.unit() as unit:
            stored = unit.dialogues.by_resume(code_hash(code))
            if stored is None:
                return None
            talk = replace(from_stored(stored), owner=actor, resume_hash="", code="")
            saved = unit.dialogues.put(to_stored(talk, at))
            unit.commit()
        return replace(talk, version=saved.version)

    def give_up(self, conversation: str, kind: str) -> None:
        """Close the oldest waiting turn as failed, so that a talk is never stuck behind it; the talk says so."""
        with self._store.unit() as unit:
            waiting = unit.turns.waiting(conversation)
            if not waiting:
                return
            turn = turn_of(waiting[0])
            stored = unit.dialogues.get(conversation)
            talk = from_stored(stored) if stored else self._new(turn)
            trouble = Entry("bot", turn.received_at, view=View("trouble", {"kind": kind}))
            talk = talk.logged(_said(turn, waiting[0].masked), trouble)
            unit.dialogues.put(to_stored(talk, turn.received_at))
            unit.turns.done(conversation, turn.message, turn.received_at)
            unit.commit()

    def _new(self, turn: Turn) -> Talk:
        return Talk(turn.conversation, turn.actor, Document(Dialogue(pack=self._town.catalogue.pack.id)))

    def _step(self, unit: UnitOfWork, turn: Turn) -> Outcome:
        stored = unit.dialogues.get(turn.conversation)
        talk = from_stored(stored) if stored else self._new(turn)
        talk = talk.logged(_said(turn, self._masked(turn)))
        world = self._town.world(turn.received_at)
        talk, effects = self._move(talk, turn, world)
        talk, views = self._carry_out(unit, talk, effects, turn, world)
        views = (*self._former(unit, talk, turn), *views)
        talk = talk.logged(*(Entry("bot", turn.received_at, view=_kept(view)) for view in views))
        saved = unit.dialogues.put(to_stored(talk, turn.received_at))
        _LOG.info("turn done", extra={"conversation": turn.conversation, "phase": talk.dialogue.phase.value})
        return Outcome(replace(talk, version=saved.version), views)

    def _case_choice(self, turn: Turn) -> Choice | None:
        """The command about a case that a turn is, chosen or typed."""
        if turn.choice is not None:
            return turn.choice if turn.choice.action.startswith(PREFIX) else None
        return case_choice_of(turn.text or "", self._town.catalogue)

    def _case_step(self, turn: Turn, choice: Choice) -> Outcome:
        """A command about a case. When somebody was faster it is tried again on what is there now; refused, it says why."""
        refusal: RoutingError = StaleWrite("")
        for _ in range(_TRIES):
            try:
                with self._store.unit() as unit:
                    views = self._desk.do(unit, choice, turn.actor, turn.received_at)
                    return self._case_done(unit, turn, views)
            except StaleWrite as error:
                refusal = error
            except StoreError:
                raise
            except RoutingError as error:
                refusal = error
                break
        with self._store.unit() as unit:
            views = self._desk.refused(unit, choice, turn.actor, turn.received_at, refusal)
            return self._case_done(unit, turn, views)

    def _case_done(self, unit: UnitOfWork, turn: Turn, views: tuple[View, ...]) -> Outcome:
        """Mark the turn as done with what it did. A talk keeps a line of it; clicks outside a talk leave none."""
        stored = unit.dialogues.get(turn.conversation)
        talk = from_stored(stored) if stored else self._new(turn)
        if stored is not None or turn.text is not None:
            lines = (Entry("bot", turn.received_at, view=_kept(view)) for view in views)
            talk = talk.logged(_said(turn, self._masked(turn)), *lines)
            talk = replace(talk, version=unit.dialogues.put(to_stored(talk, turn.received_at)).version)
        unit.turns.done(turn.conversation, turn.message, turn.received_at)
        unit.commit()
        return Outcome(talk, views)

    def _move(self, talk: Talk, turn: Turn, world: World) -> tuple[Talk, tuple[Effect, ...]]:
        if turn.choice is not None:
            return self._chosen(talk, turn.choice, world)
        text = turn.text or ""
        command = command_of(text)
        if command is not None and command.name != "resume":
            return self._chosen(talk, Choice(command.name), world)
        if command is not None and not command.rest:
            return self._chosen(talk, Choice("resume"), world)
        if talk.dialogue.phase.value == "asking":
            answer = self._answer(talk, text, world)
            if answer is not None:
                return self._chosen(talk, answer, world)
        return self._typed(talk, text, world)

    def _chosen(self, talk: Talk, choice: Choice, world: World) -> tuple[Talk, tuple[Effect, ...]]:
        dialogue, effects = choose(talk.dialogue, choice, world)
        if choice.action == "restart":
            talk = replace(talk, texts=(), resume_hash="", code="")
        return talk.with_dialogue(dialogue), effects

    def _answer(self, talk: Talk, text: str, world: World) -> Choice | None:
        question = talk.dialogue.question
        values = answers_of(question, world)
        labels = tuple(self._town.renderer.label(f"choice:{question}={value}") for value in values)
        return answer_of(text, question, values, labels)

    def _typed(self, talk: Talk, text: str, world: World) -> tuple[Talk, tuple[Effect, ...]]:
        """A situation, or more of it. Nothing is kept of a text that cannot be read."""
        trouble = _trouble(text)
        if trouble is not None:
            return talk, (trouble,)
        if talk.dialogue.case_number:
            return talk, (Show(view_of(talk.dialogue), "already_confirmed"),)
        texts = (*talk.texts, text)
        reading = self.read(whole_text(texts), world)
        if not _japanese(text) and all(f.found_by is FoundBy.MODEL for f in (*reading.findings, *reading.set_aside)):
            return talk, (Show("trouble", data={"kind": "not_japanese"}),)
        dialogue, effects = with_reading(talk.dialogue, reading, world)
        if talk.texts:
            note = "not_an_answer" if talk.dialogue.phase.value == "asking" else "added_text"
            effects = tuple(replace(e, note=note) if isinstance(e, Show) else e for e in effects)
        return replace(talk, texts=texts).with_dialogue(dialogue), effects

    def read(self, text: str, world: World) -> Reading:
        """The reading of a text with every personal detail masked in what it keeps."""
        reading = self._town.reader.read(text, world.on)
        return replace(reading, text=mask(reading.text, reading.identity))

    def _carry_out(
        self, unit: UnitOfWork, talk: Talk, effects: tuple[Effect, ...], turn: Turn, world: World
    ) -> tuple[Talk, tuple[View, ...]]:
        views: list[View] = []
        for effect in effects:
            match effect:
                case OpenCase():
                    actor = unit.people.get(turn.actor)
                    talk = open_from(unit, talk, effect, actor, world, self._town.rules, self._new_id())
                case SaveItems():
                    save_items(unit, talk, effect, turn.actor, world, self._town.rules)
                case Pause():
                    code = self._new_code()
                    talk = replace(talk, resume_hash=code_hash(code), code=code)
                    views.append(View("paused", {"note": "", "code": code}, options=(_RESUME,)))
                case Show():
                    views.append(
                        build(talk.dialogue, effect, world)
                        if effect.view != "trouble"
                        else View("trouble", effect.data)
                    )
        return talk, tuple(views)

    def _former(self, unit: UnitOfWork, talk: Talk, turn: Turn) -> tuple[View, ...]:
        """A word when a household was here before, said once: when its name and birth date are typed."""
        reading = talk.dialogue.reading
        if turn.text is None or reading is None or not talk.texts or talk.texts[-1] != turn.text:
            return ()
        found = former(unit, identity_of(talk, reading))
        return (former_view(found, unit.people.get(turn.actor), self._town.rules),) if found else ()

    def _masked(self, turn: Turn) -> str:
        if turn.text is None:
            return label_of(turn.choice)
        text = turn.text if len(turn.text) <= MOST_CHARACTERS else turn.text[:_SHOWN_OF_TOO_LONG] + "…"
        return self._town.reader.masked(text)


def code_hash(code: str) -> str:
    """What is stored of a resume code."""
    return hashlib.sha256(code.strip().upper().encode()).hexdigest()


def _said(turn: Turn, masked: str) -> Entry:
    return Entry("person", turn.received_at, masked, chosen=turn.choice is not None)


def _trouble(text: str) -> Show | None:
    if not any(char.isalnum() for char in text):
        return Show("trouble", data={"kind": "empty"})
    if len(text) > MOST_CHARACTERS:
        return Show("trouble", data={"kind": "too_long", "length": str(len(text)), "most": str(MOST_CHARACTERS)})
    return None


def _japanese(text: str) -> bool:
    """Whether any letter is kana (also half-width) or a Chinese character."""
    return any("\u3041" <= c <= "\u30ff" or "\u3400" <= c <= "\u9fff" or "\uff66" <= c <= "\uff9f" for c in text)


def _kept(view: View) -> View:
    """What the transcript keeps of a view: never a resume code (it lies with the talk's secrets), nor what only a case holds."""
    if view.name != "paused":
        return kept(view)
    return replace(view, data={"note": "", "code": ""})
