"""What one turn does to a talk: the phases and the moves between them. Pure.

Refuses to know how anything is shown (shows.py), stored or worded.
"""

from __future__ import annotations

from dataclasses import replace

from bot.corrections import asked, facts_now, finding_id, reading_now
from bot.dialogue import Dialogue, Effect, Move, OpenCase, Pause, Phase, SaveItems, Show, World, with_move
from bot.turns import Choice
from knowledge.reading.model import Reading
from routing.decision import decide
from routing.facts import Facts
from routing.policy import ROUTES
from routing.proposal import Proposal
from routing.questions import CONFIRM_ISSUE, Ask, next_question

Step = tuple[Dialogue, tuple[Effect, ...]]


def with_reading(dialogue: Dialogue, reading: Reading, world: World) -> Step:
    """A text was read (the first one, or the first with more typed after it). Corrections that still fit are kept."""
    ids = {finding_id(f) for f in (*reading.findings, *reading.set_aside)}
    kept = tuple(
        m
        for m in dialogue.moves
        if m.kind != "accept" and (m.kind not in ("drop", "deny", "hold", "give") or m.target in ids)
    )
    lost = tuple(m.target for m in dialogue.moves if m.kind != "accept" and m not in kept)
    dialogue = replace(
        dialogue,
        phase=Phase.READING,
        reading=reading,
        moves=kept,
        question="",
        dropped=lost,
        started_on=dialogue.started_on or world.on,
        received_on=dialogue.received_on or world.on,
    )
    return dialogue, (Show("reading"),)


def choose(dialogue: Dialogue, choice: Choice, world: World) -> Step:
    """A choice was made. A choice that has no meaning now changes nothing and is answered with where the talk stands."""
    if choice.action == "pause":
        return replace(dialogue, paused=True), (Pause(),)
    if choice.action == "resume":
        return replace(dialogue, paused=False), (Show(view_of(dialogue), "resumed"),)
    if choice.action == "back":
        return back(dialogue)
    if choice.action == "restart":
        return Dialogue(pack=dialogue.pack), (Show("start"),)
    handler = {
        Phase.READING: _in_reading,
        Phase.ASKING: _in_asking,
        Phase.PROPOSED: _in_proposed,
        Phase.OVERRIDING: _in_overriding,
        Phase.SHEET: _in_sheet,
        Phase.DONE: _in_sheet,
    }.get(dialogue.phase)
    if handler is None:
        return _stale(dialogue)
    return handler(dialogue, choice, world)


def view_of(dialogue: Dialogue) -> str:
    """The view that shows where a talk stands."""
    return {Phase.ASKING: "question", Phase.OVERRIDING: "override", Phase.PROPOSED: "proposal"}.get(
        dialogue.phase, dialogue.phase.value
    )


def _stale(dialogue: Dialogue) -> Step:
    return dialogue, (Show(view_of(dialogue), "stale"),)


def _in_reading(dialogue: Dialogue, choice: Choice, world: World) -> Step:
    reading = reading_now(dialogue)
    ids = {finding_id(f) for f in reading.findings}
    aside = {finding_id(f) for f in reading.set_aside}
    holders = {member.key for member in reading.members} | {"世帯"}
    match choice.action:
        case "accept":
            return _ask_on(with_move(dialogue, Move("accept")), world)
        case "drop" | "deny" if choice.value in ids:
            return with_move(dialogue, Move(choice.action, choice.value)), (Show("reading"),)
        case "hold" if choice.value in aside:
            return with_move(dialogue, Move("hold", choice.value)), (Show("reading"),)
        case "give":
            target, _, who = choice.value.partition(">")
            if target in ids and who in holders:
                return with_move(dialogue, Move("give", target, who)), (Show("reading"),)
        case "add":
            code = choice.value or choice.values.get("code", "")
            who = choice.values.get("holder", "")
            if code in world.catalogue.issues and (not who or who in holders):
                return with_move(dialogue, Move("add", code, who)), (Show("reading"),)
    return _stale(dialogue)


def current_question(dialogue: Dialogue, world: World) -> Ask | None:
    """The question to put now, worked out once a turn."""
    for reading, moves, ask in world.known:
        if reading is dialogue.reading and moves == dialogue.moves:
            return ask
    done = asked(dialogue)
    facts = facts_now(dialogue, world)
    left = world.policy.most_questions - len(done)

    def supposed(question: str, value: str) -> Facts:
        return facts_now(with_move(dialogue, Move("answer", question, value)), world)

    ask = next_question(facts, world.policy, world.catalogue, world.on, done, left, supposed)
    world.known.append((dialogue.reading, dialogue.moves, ask))
    return ask


def proposal_now(dialogue: Dialogue, world: World) -> Proposal:
    """The proposal that follows from everything said so far."""
    facts = facts_now(dialogue, world)
    return decide(facts, world.policy, world.catalogue, world.on)


def _ask_on(dialogue: Dialogue, world: World) -> Step:
    ask = current_question(dialogue, world)
    if ask is None:
        return replace(dialogue, phase=Phase.PROPOSED, question=""), (Show("proposal"),)
    return replace(dialogue, phase=Phase.ASKING, question=ask.id), (Show("question"),)


def _in_asking(dialogue: Dialogue, choice: Choice, world: World) -> Step:
    if choice.action == "enough":
        return replace(dialogue, phase=Phase.PROPOSED, question=""), (Show("proposal"),)
    question, _, value = choice.value.partition("=")
    if choice.action != "answer" or question != dialogue.question or value not in answers_of(question, world):
        return _stale(dialogue)
    return _ask_on(with_move(dialogue, Move("answer", question, value)), world)


def answers_of(question: str, world: World) -> tuple[str, ...]:
    """The values that may answer a question."""
    if question.startswith(CONFIRM_ISSUE):
        return ("yes", "no", "unknown")
    return next((tuple(c.value for c in q.choices) for q in world.policy.questions if q.id == question), ())


def _in_proposed(dialogue: Dialogue, choice: Choice, world: World) -> Step:
    if choice.action == "confirm":
        proposal = proposal_now(dialogue, world)
        return replace(dialogue, phase=Phase.SHEET, section=0), (
            OpenCase(proposal, False, proposal.route, ""),
            Show("confirmed"),
        )
    if choice.action == "override":
        return replace(dialogue, phase=Phase.OVERRIDING), (Show("override"),)
    return _stale(dialogue)


def _in_overriding(dialogue: Dialogue, choice: Choice, world: World) -> Step:
    if choice.action != "overridden":
        return _stale(dialogue)
    route, reason = choice.values.get("route", ""), choice.values.get("reason", "").strip()
    if route not in ROUTES:
        return dialogue, (Show("override", "route_needed"),)
    if not reason:
        return dialogue, (Show("override", "reason_needed", {"route": route}),)
    proposal = proposal_now(dialogue, world)
    return replace(dialogue, phase=Phase.SHEET, section=0), (OpenCase(proposal, True, route, reason), Show("confirmed"))


def _in_sheet(dialogue: Dialogue, choice: Choice, world: World) -> Step:
    """The intake sheet at the clerk's pace: any section, any order, nothing blocks."""
    sections = world.catalogue.form.sections
    match choice.action:
        case "section" if choice.value.isdigit() and int(choice.value) < len(sections):
            return replace(dialogue, phase=Phase.SHEET, section=int(choice.value)), (Show("section"),)
        case "save" if choice.value.isdigit() and int(choice.value) < len(sections):
            known = {item.id: item for section in sections for item in section.items}
            given = {key: value for key, value in choice.values.items() if key.partition("@")[0] in known}
            secret = {key: value for key, value in given.items() if known[key.partition("@")[0]].identity}
            plain = {key: value for key, value in given.items() if key not in secret}
            items = {**dialogue.items, **plain}
            following = int(choice.value) + 1
            done = following >= len(sections)
            after = replace(
                dialogue,
                phase=Phase.DONE if done else Phase.SHEET,
                section=min(following, len(sections) - 1),
                items=items,
            )
            return after, (SaveItems(plain, secret), Show("done" if done else "section"))
        case "finish":
            return replace(dialogue, phase=Phase.DONE), (Show("done"),)
    return _stale(dialogue)


def back(dialogue: Dialogue) -> Step:
    """One step back; what was answered after that point is dropped and named."""
    match dialogue.phase:
        case Phase.SHEET if dialogue.section > 0:
            return replace(dialogue, section=dialogue.section - 1), (Show("section"),)
        case Phase.SHEET | Phase.DONE:
            return dialogue, (Show("sheet", "already_confirmed"),)
        case Phase.OVERRIDING:
            return replace(dialogue, phase=Phase.PROPOSED), (Show("proposal"),)
        case Phase.START:
            return dialogue, (Show("start"),)
    if not dialogue.moves:
        return dialogue, (Show("reading", "nothing_to_undo"),)
    last = dialogue.moves[-1]
    before = replace(dialogue, moves=dialogue.moves[:-1], question="")
    if last.kind == "answer":
        return replace(before, phase=Phase.ASKING, question=last.target), (Show("question", "answer_dropped"),)
    return replace(before, phase=Phase.READING), (Show("reading", "undone" if last.kind != "accept" else ""),)
