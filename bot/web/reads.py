"""What a browser may see: its own talk, its own cases, and the two lists at the side. Reads only, never waits for writers.

A case may be seen by those `routing.people.may_see` allows and by whoever holds its talk now. Refuses to know HTML.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from bot.app import App
from bot.caseviews import case_view, former_view
from bot.caseviews_rights import Rights, rights_of
from bot.memory import Talk, TalkFromNewerVersion, from_stored
from bot.reminders_why import Told, why
from bot.views import View
from routing.cases import Case
from routing.people import Actor, may_see
from routing.ports import StoredDialogue, UnitOfWork
from routing.standing import replay
from routing.use_case import former
from routing.work import CaseNow, Rules

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
class Seen:
    """A case as this browser may see it. `view` offers what may be done; `conversation` is empty when the talk is another's."""

    now: CaseNow
    actor: Actor
    rights: Rights
    view: View
    conversation: str
    former: View | None

    @property
    def case(self) -> Case:
        """The case itself."""
        return self.now.case


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


def actor_of(app: App, owner: str) -> Actor:
    """For whom this browser acts."""
    with app.store.unit(reading=True) as unit:
        return unit.people.get(owner)


def case_of(app: App, number: str, owner: str, at: datetime) -> Seen | None:
    """A case that this browser may see: as one of its desks, its opener or the alerted team, or because it holds its talk."""
    rules = app.town.rules
    with app.store.unit(reading=True) as unit:
        case = unit.cases.by_number(number)
        if case is None:
            return None
        conversation = _talk_with(unit, owner, case.id)
        events = tuple(unit.cases.events(case.id))
        actor, now = unit.people.get(owner), CaseNow(case, replay(events))
        may = may_see(actor, now.standing, case.opened_by, rules.catalogue)
        if not may and not conversation:
            return None
        eyes = (
            actor if may else replace(actor, id=case.opened_by)
        )  # the talk was taken over: its opener's eyes, not hands
        rights = rights_of(now, eyes, rules.catalogue, rules.follow_up)
        notes = unit.notes.of(case.id)
        view = case_view(now, eyes, rules, at, notes, events)
        if not may:
            view = replace(view, options=(), rows=tuple(replace(row, options=()) for row in view.rows))
        return Seen(now, actor, rights, view, conversation, _former(unit, now, actor, rights, rules))


def told_of(app: App, number: str, owner: str, person: str = "") -> tuple[Told, ...] | None:
    """Every alert and reminder about a case with its record; None for those who may not see the whole case.

    `person` (`person:…`, `post:…`, `agency:…`) keeps only what goes, or would go instead, to one recipient.
    """
    rules = app.town.rules
    with app.store.unit(reading=True) as unit:
        case = unit.cases.by_number(number)
        if case is None:
            return None
        actor, now = unit.people.get(owner), CaseNow(case, replay(unit.cases.events(case.id)))
        if not may_see(actor, now.standing, case.opened_by, rules.catalogue):
            return None
        if not rights_of(now, actor, rules.catalogue, rules.follow_up).whole:
            return None
        return tuple(why(unit, case.id, app.town.reminders, person))


def version_of(app: App, number: str, owner: str) -> int | None:
    """How often a case was written, for those who may see it."""
    with app.store.unit(reading=True) as unit:
        case = unit.cases.by_number(number)
        if case is None:
            return None
        actor, standing = unit.people.get(owner), replay(unit.cases.events(case.id))
        may = may_see(actor, standing, case.opened_by, app.town.catalogue) or _talk_with(unit, owner, case.id)
        return case.version if may else None


def _former(unit: UnitOfWork, now: CaseNow, actor: Actor, rights: Rights, rules: Rules) -> View | None:
    """The notice of a returning household, for those who hold this case."""
    if not rights.holds:
        return None
    found = former(unit, unit.identities.get(now.case.id), now.case.id)
    return former_view(found, actor, rules) if found else None


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
