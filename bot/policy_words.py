"""Conditions, facts and flaws of a policy in words, from templates/policy/words.toml and the pack's own labels.

Knows how words are put together; refuses to know rules and layout.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from bot.render import TEMPLATES
from knowledge.catalogue import Catalogue
from routing.conditions import COUNTS, Condition
from routing.facts import FACTS, Fact, FactKind
from routing.policy_check import Flaw
from routing.policy_diff import Change
from routing.policy_states import OTHER
from routing.rules import Rule


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Any]:
    return tomllib.loads((TEMPLATES / "policy" / "words.toml").read_text("utf-8"))


class Words:
    """Words for one town: its issues, agencies, meetings and duties by their labels."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._all = _words()

    def group(self, name: str) -> str:
        """The heading of a group of rules."""
        return str(self._all["groups"][name])

    def fact(self, name: str) -> str:
        """What a fact is called."""
        return str(self._all["facts"][name])

    def value(self, fact: str, value: str) -> str:
        """What a value of a fact is called."""
        if value.startswith(OTHER):
            return str(self._all["ops"]["other"])
        if fact == "issues":
            issue = self._catalogue.issues.get(value)
            return issue.label if issue else value
        known = {**self._all["values"], **self._all["values_of"].get(fact, {})}
        return str(known.get(value, value))

    def condition(self, line: Condition) -> str:
        """One line of a rule."""
        values = [self.value(line.fact, value) for value in line.values]
        op = "has_one" if line.op == "has" and len(values) == 1 else line.op
        return self._put(op, line.fact, values)

    def always(self) -> str:
        """What stands for no conditions."""
        return str(self._all["ops"]["always"])

    def state(self, facts: Mapping[str, Fact]) -> tuple[str, ...]:
        """A case that the check made up."""
        return tuple(words for name, fact in facts.items() for words in self._fact(name, fact))

    def _fact(self, name: str, fact: Fact) -> Iterable[str]:
        if FACTS[name].kind is FactKind.CHOICE:
            yield self._put("is", name, [self.value(name, fact.value)])
            return
        if fact.values:
            yield self._put("has_one", name, list(dict.fromkeys(self.value(name, v) for v in sorted(fact.values))))
        if fact.possible:
            yield self._put("possible", name, [self.value(name, value) for value in sorted(fact.possible)])

    def _put(self, op: str, fact: str, values: list[str]) -> str:
        told = "".join(values) if op in COUNTS else "".join(f"「{value}」" for value in values)
        return str(self._all["ops"][op].format(fact=self.fact(fact), values=told))

    def reason(self, rule: Rule) -> str:
        """A rule's sentence with names for what the renderer would fill in."""
        return self.plain(rule.reason)

    def plain(self, sentence: str) -> str:
        """A sentence with names for its placeholders."""
        for name, words in self._all["placeholders"].items():
            sentence = sentence.replace(f"{{{name}}}", words)
        return sentence

    def sources(self, rule: Rule) -> tuple[str, ...]:
        """The titles of a rule's sources."""
        return tuple(self._catalogue.sources[source].title for source in rule.sources)

    def flaw(self, flaw: Flaw) -> tuple[str, str]:
        """What is wrong, and what to do."""
        about = dict(flaw.about)
        if "wanted" in about:
            about["wanted"] = self._all["wanted"][about["wanted"]]
        if "fact" in about:
            about["fact"] = self.fact(about["fact"])
        return str(self._all["flaw"][flaw.kind]).format(**about), str(self._all["todo"][flaw.kind])

    def part(self, name: str) -> str:
        """What a part of a proposal is called."""
        return str(self._all["part"][name])

    def values(self, change: Change, side: str) -> str:
        """One side of a change, in labels; a dash for nothing."""
        codes = change.before if side == "before" else change.after
        return "、".join(self._code(change.part, code) for code in codes) or "—"

    def _code(self, part: str, code: str) -> str:
        town = self._catalogue
        match part:
            case "route":
                return self.value("route", code)
            case "meeting":
                return town.meeting_kinds[code].label
            case "duties":
                return town.duties[code].label if code in town.duties else code
            case "targets":
                return town.agencies[code].name if code in town.agencies else code
            case _:
                return code
