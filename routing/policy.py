"""判断の方針: dated rules as data, read and validated as a whole; a town's own laid over the national ones.

All lines of a rule must be true (conditions.py is their language). Refuses to know any rule.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from knowledge.catalogue import Catalogue
from routing.conditions import COUNTS, Condition, parse_condition
from routing.errors import PolicyError
from routing.facts import FACTS, NONE, UNKNOWN, plain_facts
from routing.rules import ROUTES, Choice, Compiled, Policy, PolicyData, Question, Rule, is_default

_AREAS = "pack:areas"

__all__ = [
    "ROUTES",
    "Compiled",
    "Policy",
    "PolicyData",
    "Question",
    "Rule",
    "compile_policy",
    "load_policy",
    "own_rules",
    "read_policies",
]


def load_policy(catalogue: Catalogue) -> Policy:
    """The policy of a town: the national rules, with the town's own laid over them by id.

    Raises `PolicyError` with every problem at once.
    """
    raw, digest = read_policies(Path(folder) / "policy.toml" for folder in catalogue.folders)
    return compile_policy(raw, digest, catalogue)


def read_policies(paths: Iterable[Path]) -> tuple[dict[str, Any], str]:
    """The files that exist, each laid over those before it, and the digest that names their contents."""
    merged: dict[str, Any] = {}
    problems: list[str] = []
    digest = hashlib.sha256()
    for path in paths:
        if not path.is_file():
            continue
        data = path.read_bytes()
        digest.update(data)
        try:
            merged = _lay_over(merged, tomllib.loads(data.decode("utf-8-sig")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            problems.append(f"{path.parent.name}/{path.name}: TOML として読めません（{error}）")
    if problems:
        raise PolicyError(problems)
    return merged, digest.hexdigest()


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
        data=data,
        id=data.id,
        version=data.version,
        digest=digest,
        most_questions=data.most_questions,
        sure=data.sure,
        ask_issue_from=data.ask_issue_from,
        lean=data.lean,
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
    for rule in (*data.duty, *data.route):
        if any(line.startswith("route ") for line in (*rule.when, *rule.unless)):
            problems.append(f"{rule.id}: route は、経路が決まる前の規則では使えません")
    fields = (rule for rule in data.route if rule.weight and rule.weight not in catalogue.fields)
    problems += [
        f"{r.id}: 分野「{r.weight}」は登録がありません（使える値: {'; '.join(catalogue.fields)}）" for r in fields
    ]
    for rule in rules:
        problems += [
            f"{rule.id}: 出典「{s}」は sources にありません" for s in rule.sources if s not in catalogue.sources
        ]
    for rule in rules:
        problems += _codes(rule, catalogue) + _examples(rule, catalogue)
    problems += _questions(data, catalogue)
    if not any(is_default(rule) for rule in data.route):
        problems.append("route: いつでも当てはまる最後の規則（when も日付もなし）が要ります")
    return problems


def _questions(data: PolicyData, catalogue: Catalogue) -> list[str]:
    problems = []
    for question in data.question:
        kind = FACTS.get(question.fact)
        if kind is None:
            problems.append(f"{question.id}: 「{question.fact}」は知らない判断材料です")
        elif question.fact == "issues":
            wrong = [c.value for c in question.choices if c.value not in (*catalogue.issues, NONE, UNKNOWN)]
            problems += [f"{question.id}: {value} は課題コードではありません" for value in wrong]
        elif kind.values:
            wrong = [c.value for c in question.choices if c.value not in (*kind.values, UNKNOWN)]
            problems += [
                f"{question.id}: {value} は使えません（使える値: {'; '.join(kind.values)}）" for value in wrong
            ]
    return problems


def _codes(rule: Rule, catalogue: Catalogue) -> list[str]:
    """Codes in conditions that the pack does not have: such a line could never be true."""
    known = {"issues": catalogue.issues, "fields": catalogue.fields, "weight": catalogue.fields}
    problems = []
    for line in (*rule.when, *rule.unless):
        try:
            condition = parse_condition(line)
        except ValueError:
            continue
        allowed = known.get(condition.fact)
        if allowed is None or condition.op in COUNTS:
            continue
        wrong = [v for v in condition.values if v not in allowed and v != UNKNOWN]
        problems += [f"{rule.id}: 「{line}」の {v} は登録がありません（使える値: {'; '.join(allowed)}）" for v in wrong]
    return problems


def _examples(rule: Rule, catalogue: Catalogue) -> list[str]:
    problems = []
    for number, example in enumerate(rule.example, start=1):
        try:
            facts = plain_facts(example.facts)
        except ValueError as error:
            problems.append(f"{rule.id}: 例 {number}: {error}")
            continue
        codes = facts.get("issues").values | facts.get("issues").possible
        wrong = sorted(code for code in codes if code not in catalogue.issues)
        problems += [f"{rule.id}: 例 {number}: 課題「{code}」は登録がありません" for code in wrong]
    return problems


def own_rules(catalogue: Catalogue) -> Mapping[str, str]:
    """The rules that the town itself wrote: id → `replaced` (a national rule) or `added`."""
    names: list[set[str]] = []
    for folder in catalogue.folders:
        raw, _ = read_policies([Path(folder) / "policy.toml"])
        names.append({str(r.get("id")) for rules in raw.values() if isinstance(rules, list) for r in rules})
    if len(names) < 2:
        return {}
    base = set().union(*names[:-1])
    return {name: "replaced" if name in base else "added" for name in sorted(names[-1])}
