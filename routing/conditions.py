"""The condition language: one line over one fact, in three truth values.

`consent is yes`, `issues has dv|child_abuse`, `fields at_least 2`, `weight in 高齢|障がい`. A line over an unknown fact is
neither true nor false. Refuses to know rules and the pack's codes.
"""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict

from routing.facts import FACTS, UNKNOWN, Fact, FactKind, Facts

_LINE = re.compile(r"^(?P<fact>[a-z_]+) (?P<op>is|is_not|in|has|has_all|has_none|at_least|at_most) (?P<value>\S+)$")
_SET_OPS = ("has", "has_all", "has_none", "at_least", "at_most")
COUNTS = ("at_least", "at_most")


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
        return self.of(facts.get(self.fact))

    def of(self, fact: Fact) -> bool | None:
        """The same for the one fact that the line looks at."""
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
