"""The finite abstraction of facts: every combination of values that a group of rules can tell apart.

Codes that no line tells apart are one; of numbers only what lies around the thresholds matters; a value no line names
stands for all such values. Refuses to know rules' meaning and days.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from routing.conditions import COUNTS, Condition
from routing.facts import FACTS, Fact, FactKind
from routing.rules import Compiled

MOST_PROFILES = 200_000
OTHER = "…"  # any value, or any further code, that no line names

State = Mapping[str, Fact]  # what is known of a case; a fact that is not there is unknown
Profile = tuple[bool | None, ...]  # one truth value per rule


@dataclass(frozen=True, slots=True)
class Space:
    """`names` of the facts that rules look at, and the values each can take, unknown first."""

    names: tuple[str, ...]
    values: tuple[tuple[Fact, ...], ...]


def space_of(rules: Iterable[Compiled]) -> Space:
    """The space of everything these rules look at."""
    lines: dict[str, list[Condition]] = {}
    for rule in rules:
        for condition in (*rule.when, *rule.unless):
            lines.setdefault(condition.fact, []).append(condition)
    names = tuple(sorted(lines))
    return Space(names, tuple(_values(name, lines[name]) for name in names))


def _values(name: str, lines: Sequence[Condition]) -> tuple[Fact, ...]:
    if FACTS[name].kind is FactKind.SET:
        return _sets(name, lines)
    known = FACTS[name].values or (*sorted({value for line in lines for value in line.values}), OTHER)
    return (Fact(), *(Fact(frozenset({value})) for value in known if value != "unknown"))


def _sets(name: str, lines: Sequence[Condition]) -> tuple[Fact, ...]:
    """Each class of codes absent, possible (issues only) or present, with enough further codes for every threshold."""
    named = [line for line in lines if line.op not in COUNTS]
    classes: dict[tuple[object, ...], str] = {}
    for code in sorted({value for line in named for value in line.values}):
        mark = tuple(code if line.op == "has_all" and code in line.values else code in line.values for line in named)
        classes.setdefault(mark, code)
    codes = sorted(classes.values())
    counts = [int(line.values[0]) for line in lines if line.op in COUNTS]
    fillers = range(max(counts) + 2) if counts else range(1)
    states = ("absent", "possible", "present") if name == "issues" else ("absent", "present")
    found = []
    for held in product(states, repeat=len(codes)):
        pairs = list(zip(codes, held, strict=True))
        present = [code for code, state in pairs if state == "present"]
        possible = frozenset(code for code, state in pairs if state == "possible")
        found += [
            Fact(frozenset([*present, *(f"{OTHER}{n}" for n in range(more))]), possible=possible) for more in fillers
        ]
    return tuple(dict.fromkeys(found))


def profiles(rules: Sequence[Compiled], most: int = MOST_PROFILES) -> Mapping[Profile, State] | None:
    """Every combination of truth values that the rules can have together, each with the plainest case that gives it.

    None when there are more than `most`. One fact after another is added, and what looks alike so far is one.
    """
    space = space_of(rules)
    found: dict[Profile, State] = {tuple(True for _ in rules): {}}
    for name, values in zip(space.names, space.values, strict=True):
        effects = [(fact, tuple(_effect(rule, name, fact) for rule in rules)) for fact in values]
        following: dict[Profile, State] = {}
        for profile, state in found.items():
            for fact, effect in effects:
                key = tuple(map(_both, profile, effect))
                more = {**state, name: fact} if fact.values or fact.possible else state
                if key not in following or len(more) < len(following[key]):
                    following[key] = more
        found = following
        if len(found) > most:
            return None
    return found


def _effect(rule: Compiled, name: str, fact: Fact) -> bool | None:
    """What one fact does to a rule: leaves it, stops it, or keeps it undecided."""
    values = [line.of(fact) for line in rule.when if line.fact == name]
    stops = [line.of(fact) for line in rule.unless if line.fact == name]
    if False in values or True in stops:
        return False
    return None if any(value is None for value in values) else True


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True
