"""A policy as a readable document: plain data for templates/policy/show.md.j2. Knows the order of the document only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.policy_words import Words
from knowledge.catalogue import Catalogue
from routing.facts import plain_facts
from routing.rules import Compiled, Example, Policy


@dataclass(frozen=True, slots=True)
class Item:
    """One rule in words. `own`: `replaced` or `added` by the town, empty for a national rule."""

    id: str
    title: str
    own: str
    in_force: bool
    when: tuple[str, ...]
    unless: tuple[str, ...]
    weight: str
    reason: str
    change: str
    basis: str
    sources: tuple[str, ...]
    begin: str
    end: str
    holds: tuple[str, ...]
    fails: tuple[str, ...]


def items_of(
    policy: Policy, catalogue: Catalogue, own: Mapping[str, str], words: Words, on: date
) -> dict[str, tuple[Item, ...]]:
    """Every rule by group, in the order of the policy."""
    return {
        name: tuple(_item(rule, catalogue, own, words, on) for rule in group) for name, group in policy.groups.items()
    }


def _item(compiled: Compiled, catalogue: Catalogue, own: Mapping[str, str], words: Words, on: date) -> Item:
    rule = compiled.rule
    return Item(
        id=rule.id,
        title=_title(compiled, catalogue, words),
        own=own.get(rule.id, ""),
        in_force=rule.in_force(on),
        when=tuple(words.condition(line) for line in compiled.when),
        unless=tuple(words.condition(line) for line in compiled.unless),
        weight=rule.weight,
        reason=words.reason(rule),
        change=words.plain(rule.change),
        basis=rule.basis,
        sources=words.sources(rule),
        begin=rule.effective_from.isoformat() if rule.effective_from else "",
        end=rule.effective_to.isoformat() if rule.effective_to else "",
        holds=tuple(_example(e, words) for e in rule.example if e.holds),
        fails=tuple(_example(e, words) for e in rule.example if not e.holds),
    )


def _title(compiled: Compiled, catalogue: Catalogue, words: Words) -> str:
    rule = compiled.rule
    if rule.duty:
        return catalogue.duties[rule.duty].label
    if rule.route:
        return words.value("route", rule.route)
    return words.reason(rule).partition("。")[0]


def _example(example: Example, words: Words) -> str:
    facts = plain_facts(example.facts)
    told = "、".join(words.state(facts.known))
    return f"{told}（{example.on.isoformat()}）" if example.on else told
