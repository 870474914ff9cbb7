"""A reading and the clerk's moves on it → the corrected reading, and the facts with the answers in.

A finding's id is its code and place (`dv@12`). Pure. Refuses to know phases and views.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.dialogue import Dialogue, Move, World
from knowledge.reading.model import HOUSEHOLD, Finding, FoundBy, Maybe, Polarity, Reading, Span
from routing.facts import NONE, UNKNOWN, Facts
from routing.gather import facts_of
from routing.questions import CONFIRM_ISSUE

SAFETY = "q.safety"  # its answers are issues of the reading, shown with everything else


def finding_id(finding: Finding) -> str:
    """`code@start`."""
    return f"{finding.code}@{finding.span.start}"


def corrected(reading: Reading, moves: Iterable[Move]) -> Reading:
    """The reading after every correction; a finding that a person touched counts as found by a person."""
    for move in moves:
        reading = _apply(reading, move)
    return reading


def _apply(reading: Reading, move: Move) -> Reading:
    match move.kind:
        case "drop":
            return replace(
                reading,
                findings=tuple(f for f in reading.findings if finding_id(f) != move.target),
                maybe=tuple(m for m in reading.maybe if f"maybe:{m.code}" != move.target),
            )
        case "deny":
            moved = [
                replace(f, polarity=Polarity.DENIED, found_by=FoundBy.PERSON)
                for f in reading.findings
                if finding_id(f) == move.target
            ]
            return replace(
                reading,
                findings=tuple(f for f in reading.findings if finding_id(f) != move.target),
                set_aside=(*reading.set_aside, *moved),
            )
        case "hold":
            moved = [
                replace(f, polarity=Polarity.PRESENT, found_by=FoundBy.PERSON)
                for f in reading.set_aside
                if finding_id(f) == move.target
            ]
            return replace(
                reading,
                findings=_sorted((*reading.findings, *moved)),
                set_aside=tuple(f for f in reading.set_aside if finding_id(f) != move.target),
            )
        case "give":
            given = [
                replace(f, holder=move.value, found_by=FoundBy.PERSON) if finding_id(f) == move.target else f
                for f in reading.findings
            ]
            return replace(reading, findings=tuple(given))
        case "add":
            return _added(reading, move.target, move.value)
        case "answer" if move.target.startswith(CONFIRM_ISSUE) and move.value == "yes":
            return _added(reading, move.target.removeprefix(CONFIRM_ISSUE), "")
        case "answer" if move.target.startswith(CONFIRM_ISSUE) and move.value == "no":
            code = move.target.removeprefix(CONFIRM_ISSUE)
            return replace(reading, maybe=tuple(m for m in reading.maybe if m.code != code))
        case "answer" if move.target == SAFETY and move.value not in (NONE, UNKNOWN):
            return _added(reading, move.value, "")
        case _:
            return reading


def _added(reading: Reading, code: str, holder: str) -> Reading:
    known: Maybe | None = next((m for m in reading.maybe if m.code == code), None)
    span = known.span if known and known.span else Span(0, 0)
    who = holder or (known.holder if known else HOUSEHOLD)
    finding = Finding(code, span, who, Polarity.PRESENT, FoundBy.PERSON)
    if any(f.code == code and f.holder == who for f in reading.findings):
        return reading
    return replace(
        reading, findings=_sorted((*reading.findings, finding)), maybe=tuple(m for m in reading.maybe if m.code != code)
    )


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda f: (f.span.start, f.span.end, f.code, f.holder)))


def reading_now(dialogue: Dialogue) -> Reading:
    """The corrected reading of a dialogue that has one."""
    assert dialogue.reading is not None
    return corrected(dialogue.reading, dialogue.moves)


def facts_now(dialogue: Dialogue, world: World) -> Facts:
    """The facts of the corrected reading, with every answer in. わからない leaves a fact as the text had it."""
    assert dialogue.reading is not None
    reading, policy = world.again(dialogue.reading, reading_now(dialogue)), world.policy
    facts = facts_of(reading, world.catalogue, world.on, policy.sure, policy.ask_issue_from, policy.lean)
    questions = {question.id: question for question in policy.questions}
    for move in dialogue.moves:
        if move.kind == "answer" and move.target in questions and move.value != UNKNOWN:
            facts = facts.answered(questions[move.target].fact, move.value)
    return facts


def asked(dialogue: Dialogue) -> frozenset[str]:
    """The questions answered so far, わからない included."""
    return frozenset(move.target for move in dialogue.moves if move.kind == "answer")
