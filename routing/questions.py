"""Which question is worth asking next: only one whose answer can change the proposal, the largest effect first.

For every open question each answer is tried and the proposals are compared. Pure. Refuses to know wording.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

from knowledge.catalogue import Catalogue
from routing.decision import decide
from routing.facts import NONE, UNKNOWN, YES, Facts, Origin
from routing.policy import Policy, Question
from routing.proposal import Proposal

CONFIRM_ISSUE = "issue."
_DANGER_EFFECT = 6.0


@dataclass(frozen=True, slots=True)
class Ask:
    """A question to put. `id` is a policy question's, or `issue.CODE` to confirm a possible issue.

    `effects`: answer → what of the proposal would change (route, meeting, duties, targets, supports).
    """

    id: str
    fact: str
    effect: float
    effects: tuple[tuple[str, tuple[str, ...]], ...]


Suppose = Callable[[str, str], Facts]  # (question's id, answer) → the facts there would be
_EFFECTS = (("duties", 5.0), ("route", 4.0), ("meeting", 3.0), ("targets", 1.0), ("supports", 0.5))


def next_question(
    facts: Facts,
    policy: Policy,
    catalogue: Catalogue,
    on: date,
    asked: Collection[str],
    left: int,
    suppose: Suppose | None = None,
) -> Ask | None:
    """The question with the largest effect, or None when no open question can change the proposal."""
    if left <= 0:
        return None
    found = open_questions(facts, policy, catalogue, on, asked, suppose)
    return max(found, key=lambda ask: (ask.effect, ask.id), default=None)


def open_questions(
    facts: Facts,
    policy: Policy,
    catalogue: Catalogue,
    on: date,
    asked: Collection[str],
    suppose: Suppose | None = None,
) -> list[Ask]:
    """Every unasked question that could still change the proposal.

    `suppose`: what an answer about an issue would do to the facts, when it does more than add the issue (it moves what the
    reading leans to).
    """
    now = decide(facts, policy, catalogue, on)
    found = []
    for question in policy.questions:
        if question.id not in asked and _is_open(question, facts, policy):
            supposed = [
                (choice.value, _supposed(question.id, question.fact, choice.value, facts, suppose))
                for choice in question.choices
                if choice.value != UNKNOWN
            ]
            found += _weigh(question, supposed, now, policy, catalogue, on)
    covered = _covered(facts, policy, asked)
    for code in sorted(facts.get("issues").possible - covered):
        name = CONFIRM_ISSUE + code
        if name not in asked:
            given = facts.with_issue(code, True) if suppose is None else suppose(name, YES)
            other = decide(given, policy, catalogue, on)
            changed = changes(now, other)
            danger = _DANGER_EFFECT if catalogue.issues[code].danger else 0.0
            if changed and (danger or "route" in changed or "duties" in changed or "meeting" in changed):
                found.append(Ask(name, "issues", _effect(changed) * 0.5 + danger, (("yes", changed),)))
    return found


def _supposed(name: str, fact: str, value: str, facts: Facts, suppose: Suppose | None) -> Facts:
    if suppose is None or fact != "issues" or value == NONE:
        return facts.answered(fact, value)
    return suppose(name, value)


def _covered(facts: Facts, policy: Policy, asked: Collection[str]) -> frozenset[str]:
    """Issues that a question about issues asks for together, so that none is asked for by itself beside it."""
    questions = [q for q in policy.questions if q.fact == "issues" and (q.id in asked or _is_open(q, facts, policy))]
    return frozenset(choice.value for question in questions for choice in question.choices)


def _is_open(question: Question, facts: Facts, policy: Policy) -> bool:
    """Not answered yet, at most leaned to by a model, and it makes sense for this case."""
    fact = facts.get(question.fact)
    if question.fact != "issues" and fact.values and fact.origin is not Origin.LEAN:
        return False
    return all(condition.holds(facts) is not False for condition in policy.question_conditions[question.id])


def _weigh(
    question: Question,
    supposed: Sequence[tuple[str, Facts]],
    now: Proposal,
    policy: Policy,
    catalogue: Catalogue,
    on: date,
) -> list[Ask]:
    effects = []
    for value, facts in supposed:
        changed = changes(now, decide(facts, policy, catalogue, on))
        if changed:
            effects.append((value, changed))
    if not effects:
        return []
    dangers = [
        v for v, _ in effects if question.fact == "issues" and v in catalogue.issues and catalogue.issues[v].danger
    ]
    first = _DANGER_EFFECT if dangers else 0.0
    return [Ask(question.id, question.fact, max(_effect(c) for _, c in effects) + first, tuple(effects))]


def changes(one: Proposal, other: Proposal) -> tuple[str, ...]:
    """Which parts of two proposals differ, as a person would notice."""
    pairs = {
        "duties": (tuple(d.duty for d in one.duties), tuple(d.duty for d in other.duties)),
        "route": (one.route, other.route),
        "meeting": (one.meeting and one.meeting.kind, other.meeting and other.meeting.kind),
        "targets": (tuple(t.agency for t in one.targets), tuple(t.agency for t in other.targets)),
        "supports": (tuple(s.rule for s in one.supports), tuple(s.rule for s in other.supports)),
    }
    return tuple(name for name, _ in _EFFECTS if pairs[name][0] != pairs[name][1])


def _effect(changed: Collection[str]) -> float:
    return sum(weight for name, weight in _EFFECTS if name in changed)
