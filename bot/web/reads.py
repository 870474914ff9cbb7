"""What a browser may see: its own talk, its own cases, and the two lists at the side. Reads only, never waits for writers.

A case may be seen by whoever opened it and by whoever holds its talk now. Refuses to know HTML.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from bot.app import App
from bot.memory import Talk, TalkFromNewerVersion, from_stored
from routing.cases import Case, Event
from routing.ports import StoredDialogue, UnitOfWork

_TITLE_LENGTH = 22
_MOST = 12


@dataclass(frozen=True, slots=True)
class TalkLine:
    """A talk in the list at the side; `title` is masked text, empty when nothing was read yet."""

    id: str
    title: str
    phase: str
    paused: bool
    case_number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Side:
    """The lists at the side."""

    talks: tuple[TalkLine, ...]
    cases: tuple[Case, ...]


def talk_of(app: App, conversation: str, owner: str) -> Talk | None:
    """The talk, if it is this browser's."""
    with app.store.unit(reading=True) as unit:
        stored = unit.dialogues.get(conversation)
    return from_stored(stored) if stored and stored.owner == owner else None


def may_continue(app: App, conversation: str, owner: str) -> bool:
    """Whether this browser may add to a conversation: it is its own, or nobody has said anything in it yet."""
    with app.store.unit(reading=True) as unit:
        stored = unit.dialogues.get(conversation)
        if stored is not None:
            return stored.owner == owner
        return all(turn.actor == owner for turn in unit.turns.waiting(conversation))


def latest_talk(app: App, owner: str) -> Talk | None:
    """The talk this browser worked on last."""
    with app.store.unit(reading=True) as unit:
        found = unit.dialogues.of_owner(owner, 1)
    return _readable(found[0]) if found else None


def is_waiting(app: App, conversation: str) -> bool:
    """Whether a stored turn still has to be worked off."""
    with app.store.unit(reading=True) as unit:
        return bool(unit.turns.waiting(conversation))


def side_of(app: App, owner: str, zone: tzinfo | None) -> Side:
    """This browser's latest talks and cases, with moments in `zone`."""
    with app.store.unit(reading=True) as unit:
        talks = [talk for stored in unit.dialogues.of_owner(owner, _MOST) if (talk := _line(stored, zone))]
        cases = {case.number: case for case in unit.cases.latest(owner, _MOST)}
        for line in talks:
            if line.case_number and line.case_number not in cases:
                taken_over = unit.cases.by_number(line.case_number)
                if taken_over:
                    cases[taken_over.number] = taken_over
    latest = sorted(cases.values(), key=lambda case: (case.opened_at, case.number), reverse=True)
    return Side(tuple(talks), tuple(latest))


def case_of(app: App, number: str, owner: str) -> tuple[Case, tuple[Event, ...], str] | None:
    """The case with its events and the conversation it came from (empty when that is not this browser's)."""
    with app.store.unit(reading=True) as unit:
        case = unit.cases.by_number(number)
        if case is None:
            return None
        conversation = _talk_with(unit, owner, case.id)
        if case.opened_by != owner and not conversation:
            return None
        return case, tuple(unit.cases.events(case.id)), conversation


def _talk_with(unit: UnitOfWork, owner: str, case_id: str) -> str:
    for stored in unit.dialogues.of_owner(owner, 200):
        if case_id in stored.value and (talk := _readable(stored)) and talk.dialogue.case_id == case_id:
            return talk.conversation
    return ""


def _readable(stored: StoredDialogue) -> Talk | None:
    try:
        return from_stored(stored)
    except (TalkFromNewerVersion, ValueError):
        return None


def _line(stored: StoredDialogue, zone: tzinfo | None) -> TalkLine | None:
    talk = _readable(stored)
    if talk is None:
        return None
    dialogue = talk.dialogue
    text = " ".join(dialogue.reading.text.split()) if dialogue.reading else ""
    title = text[:_TITLE_LENGTH] + ("…" if len(text) > _TITLE_LENGTH else "")
    at = stored.updated_at.astimezone(zone)
    return TalkLine(talk.conversation, title, dialogue.phase.value, dialogue.paused, dialogue.case_number, at)
