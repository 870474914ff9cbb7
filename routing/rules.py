"""What a policy is made of: rules, examples, questions, and the whole of them ready to decide.

Values only; refuses to know files, how rules are read (policy.py), and any rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pydantic import Field as Column

from routing.conditions import Condition, Part
from routing.facts import Facts

ROUTES = ("single_window", "existing_meeting", "multi_agency")


class Example(Part):
    """Facts for which the rule must hold, or must not; `on`: the day it is about, for rules with dates."""

    facts: dict[str, str | tuple[str, ...]]
    holds: bool
    on: date | None = None


class Rule(Part):
    """Something that follows when every line of `when` is true, and none of `unless`.

    `reason` is the sentence a person reads, with {placeholders} that the renderer fills from the proposal. `weight`: the
    field whose meeting takes the case when this rule decides the route (empty: the case's own field of weight).
    """

    id: str = Column(pattern=r"^[a-z0-9_.]+$")
    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    reason: str = Column(min_length=1)
    basis: str = ""
    sources: tuple[str, ...] = ()
    effective_from: date | None = None
    effective_to: date | None = None
    route: str = ""
    weight: str = ""
    duty: str = ""
    change: str = ""
    example: tuple[Example, ...] = ()

    def in_force(self, on: date) -> bool:
        """Whether the rule holds on that day, both ends included."""
        return (self.effective_from is None or self.effective_from <= on) and (
            self.effective_to is None or on <= self.effective_to
        )


def is_default(rule: Rule) -> bool:
    """Whether a rule holds on every day for any facts."""
    return not (rule.when or rule.unless or rule.effective_from or rule.effective_to)


class Choice(Part):
    """One answer of a question and the fact values it stands for."""

    value: str
    label: str


class Question(Part):
    """A question that a clerk can answer; `when` keeps it for cases where it makes sense."""

    id: str = Column(pattern=r"^[a-z0-9_.]+$")
    fact: str
    text: str = Column(min_length=1)
    help: str = ""
    when: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = Column(min_length=2)


class PolicyData(Part):
    """The whole of policy.toml."""

    id: str
    version: str
    most_questions: int = Column(7, ge=0, le=20)
    sure: float = Column(0.8, ge=0, le=1)
    ask_issue_from: float = Column(0.25, ge=0, le=1)
    lean: Mapping[str, float] = Column(default_factory=dict)
    duty: tuple[Rule, ...] = ()
    route: tuple[Rule, ...] = ()
    why_not: tuple[Rule, ...] = ()
    caution: tuple[Rule, ...] = ()
    support: tuple[Rule, ...] = ()
    share: tuple[Rule, ...] = ()
    question: tuple[Question, ...] = ()


class Compiled(Part):
    """A rule with its conditions parsed."""

    rule: Rule
    when: tuple[Condition, ...]
    unless: tuple[Condition, ...]

    def holds(self, facts: Facts) -> bool | None:
        """Three-valued AND over `when`; a line of `unless` stops the rule only when it is known to be true.

        So a milder duty stays visible until the stricter one is known to apply.
        """
        values = [condition.holds(facts) for condition in self.when]
        if any(value is False for value in values) or any(c.holds(facts) is True for c in self.unless):
            return False
        return None if any(value is None for value in values) else True

    def undecided(self, facts: Facts) -> tuple[str, ...]:
        """The facts whose being unknown keeps the rule undecided."""
        return tuple(sorted({c.fact for c in (*self.when, *self.unless) if c.holds(facts) is None}))


class Policy(Part):
    """A policy ready to decide; `digest` names exactly these rules, `data` is how they were written."""

    data: PolicyData
    id: str
    version: str
    digest: str
    most_questions: int
    sure: float
    ask_issue_from: float
    lean: Mapping[str, float]
    duties: tuple[Compiled, ...]
    routes: tuple[Compiled, ...]
    why_nots: tuple[Compiled, ...]
    cautions: tuple[Compiled, ...]
    supports: tuple[Compiled, ...]
    shares: tuple[Compiled, ...]
    questions: tuple[Question, ...]
    question_conditions: Mapping[str, tuple[Condition, ...]]

    @property
    def groups(self) -> Mapping[str, tuple[Compiled, ...]]:
        """Every rule by group, named as in policy.toml and in the order a proposal shows them."""
        return {
            "duty": self.duties,
            "route": self.routes,
            "why_not": self.why_nots,
            "caution": self.cautions,
            "support": self.supports,
            "share": self.shares,
        }

    def rule(self, rule_id: str) -> Rule | None:
        """The rule with that id."""
        return next((c.rule for group in self.groups.values() for c in group if c.rule.id == rule_id), None)
