"""判断の方針: dated rules as data, read and validated, with a small closed condition language in three truth values.

A condition is one line: `consent is yes`, `issues has dv|child_abuse`, `fields at_least 2`, `weight in 高齢|障がい`.
All lines of a rule must be true. A line over an unknown fact is neither true nor false. Refuses to know any rule.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic import Field as Column

from knowledge.catalogue import Catalogue
from routing.errors import PolicyError
from routing.facts import FACTS, UNKNOWN, FactKind, Facts

_LINE = re.compile(r"^(?P<fact>[a-z_]+) (?P<op>is|is_not|in|has|has_all|has_none|at_least|at_most) (?P<value>\S+)$")
_SET_OPS = ("has", "has_all", "has_none", "at_least", "at_most")
_AREAS = "pack:areas"
ROUTES = ("single_window", "existing_meeting", "multi_agency")


class Part(BaseModel):
    """Base of every part of a policy: immutable, unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Condition(Part):
    """One parsed line."""

    fact: str
    op: str
    values: tuple[str, ...]
    line: str

    def holds(self, facts: Facts) -> bool | None:
        """True, False, or None when an unknown fact decides."""
        fact = facts.get(self.fact)
        if FACTS[self.fact].kind is FactKind.SET:
            return self._of_set(fact.values, fact.possible)
        if fact.value == UNKNOWN:
            return True if self.values == (UNKNOWN,) and self.op == "is" else None
        inside = fact.value in self.values
        return not inside if self.op == "is_not" else inside

    def _of_set(self, values: frozenset[str], possible: frozenset[str]) -> bool | None:
        if self.op in ("at_least", "at_most"):
            return len(values) >= int(self.values[0]) if self.op == "at_least" else len(values) <= int(self.values[0])
        wanted = frozenset(self.values)
        if self.op == "has_none":
            return False if wanted & values else None if wanted & possible else True
        if self.op == "has_all":
            return True if wanted <= values else None if wanted <= values | possible else False
        return True if wanted & values else None if wanted & possible else False


def parse_condition(line: str) -> Condition:
    """A line of the condition language. Raises ValueError that says what is wrong and what is allowed."""
    match = _LINE.match(line.strip())
    if match is None:
        raise ValueError(
            f"「{line}」: 「事実 is|is_not|in|has|has_all|has_none|at_least|at_most 値」の形で書いてください"
        )
    fact, op, values = match["fact"], match["op"], tuple(match["value"].split("|"))
    if fact not in FACTS:
        raise ValueError(f"「{line}」: 「{fact}」は知らない判断材料です（使える値: {'; '.join(FACTS)}）")
    kind = FACTS[fact]
    if (kind.kind is FactKind.SET) != (op in _SET_OPS):
        raise ValueError(f"「{line}」: 「{fact}」に {op} は使えません")
    if op in ("at_least", "at_most") and not values[0].isdigit():
        raise ValueError(f"「{line}」: 数字が要ります")
    wrong = [value for value in values if kind.values and value not in (*kind.values, UNKNOWN)]
    if wrong:
        raise ValueError(f"「{line}」: {wrong[0]} は使えません（使える値: {'; '.join(kind.values)}）")
    return Condition(fact=fact, op=op, values=values, line=line.strip())


class Rule(Part):
    """Something that follows when every line of `when` is true, and none of `unless`.

    `reason` is the sentence a person reads, with {placeholders} that the renderer fills from the proposal.
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
    duty: str = ""
    change: str = ""

    def in_force(self, on: date) -> bool:
        """Whether the rule holds on that day, both ends included."""
        return (self.effective_from is None or self.effective_from <= on) and (
            self.effective_to is None or on <= self.effective_to
        )


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
    """A policy ready to decide; `digest` names exactly these rules."""

    id: str
    version: str
    digest: str
    most_questions: int
    sure: float
    duties: tuple[Compiled, ...]
    routes: tuple[Compiled, ...]
    why_nots: tuple[Compiled, ...]
    cautions: tuple[Compiled, ...]
    supports: tuple[Compiled, ...]
    shares: tuple[Compiled, ...]
    questions: tuple[Question, ...]
    question_conditions: Mapping[str, tuple[Condition, ...]]

    def rule(self, rule_id: str) -> Rule | None:
        """The rule with that id."""
        groups = (self.duties, self.routes, self.why_nots, self.cautions, self.supports, self.shares)
        return next((c.rule for group in groups for c in group if c.rule.id == rule_id), None)


def load_policy(catalogue: Catalogue) -> Policy:
    """The policy of a town: the national rules, with the town's own laid over them by id.

    Raises `PolicyError` with every problem at once.
    """
    merged: dict[str, Any] = {}
    problems: list[str] = []
    digest = hashlib.sha256()
    for folder in catalogue.folders:
        path = Path(folder) / "policy.toml"
        if not path.is_file():
            continue
        data = path.read_bytes()
        digest.update(data)
        try:
            merged = _lay_over(merged, tomllib.loads(data.decode("utf-8-sig")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            problems.append(f"{Path(folder).name}/policy.toml: TOML として読めません（{error}）")
    if problems:
        raise PolicyError(problems)
    return compile_policy(merged, digest.hexdigest(), catalogue)


def _lay_over(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(base)
    for key, value in over.items():
        if isinstance(value, list) and isinstance(base.get(key), list):
            mine = {item.get("id"): item for item in value}
            kept = [mine.pop(item.get("id"), item) for item in base[key]]
            out[key] = [*mine.values(), *kept]
        else:
            out[key] = value
    return out


def compile_policy(raw: Mapping[str, Any], digest: str, catalogue: Catalogue) -> Policy:
    """Validate a policy as a whole against the catalogue."""
    try:
        data = PolicyData.model_validate(raw)
    except ValidationError as error:
        raise PolicyError([f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']}" for e in error.errors()]) from error
    problems: list[str] = []
    groups = {
        name: _compile(getattr(data, name), problems)
        for name in ("duty", "route", "why_not", "caution", "support", "share")
    }
    conditions = {question.id: _lines(question.id, question.when, problems) for question in data.question}
    problems += _references(data, catalogue)
    if problems:
        raise PolicyError(problems)
    return Policy(
        id=data.id,
        version=data.version,
        digest=digest,
        most_questions=data.most_questions,
        sure=data.sure,
        duties=groups["duty"],
        routes=groups["route"],
        why_nots=groups["why_not"],
        cautions=groups["caution"],
        supports=groups["support"],
        shares=groups["share"],
        questions=tuple(_with_areas(question, catalogue) for question in data.question),
        question_conditions=conditions,
    )


def _with_areas(question: Question, catalogue: Catalogue) -> Question:
    """`pack:areas` stands for one choice per area of the town."""
    choices: list[Choice] = []
    for choice in question.choices:
        if choice.value == _AREAS:
            choices += [Choice(value=area.id, label=area.name) for area in catalogue.areas.values()]
        else:
            choices.append(choice)
    return question.model_copy(update={"choices": tuple(choices)})


def _compile(rules: Iterable[Rule], problems: list[str]) -> tuple[Compiled, ...]:
    return tuple(
        Compiled(rule=rule, when=_lines(rule.id, rule.when, problems), unless=_lines(rule.id, rule.unless, problems))
        for rule in rules
    )


def _lines(owner: str, lines: Iterable[str], problems: list[str]) -> tuple[Condition, ...]:
    found = []
    for line in lines:
        try:
            found.append(parse_condition(line))
        except ValueError as error:
            problems.append(f"{owner}: {error}")
    return tuple(found)


def _references(data: PolicyData, catalogue: Catalogue) -> list[str]:
    problems = []
    rules = [*data.duty, *data.route, *data.why_not, *data.caution, *data.support, *data.share]
    ids = [*(rule.id for rule in rules), *(question.id for question in data.question)]
    problems += [f"{name}: IDが二度使われています" for name in sorted({i for i in ids if ids.count(i) > 1})]
    for rule in data.duty:
        if rule.duty not in catalogue.duties:
            problems.append(
                f"{rule.id}: 「{rule.duty}」は duties にありません（使える値: {'; '.join(catalogue.duties)}）"
            )
    for rule in (*data.route, *data.why_not):
        if rule.route not in ROUTES:
            problems.append(f"{rule.id}: route が違います（使える値: {'; '.join(ROUTES)}）")
    for rule in rules:
        problems += [
            f"{rule.id}: 出典「{s}」は sources にありません" for s in rule.sources if s not in catalogue.sources
        ]
    for question in data.question:
        kind = FACTS.get(question.fact)
        if kind is None:
            problems.append(f"{question.id}: 「{question.fact}」は知らない判断材料です")
        elif kind.values:
            wrong = [c.value for c in question.choices if c.value not in (*kind.values, UNKNOWN)]
            problems += [
                f"{question.id}: {value} は使えません（使える値: {'; '.join(kind.values)}）" for value in wrong
            ]
    if not any(rule.route and not rule.when and not rule.unless for rule in data.route):
        problems.append("route: いつでも当てはまる最後の規則（when なし）が要ります")
    return problems
