"""What would change for given cases if one policy took the place of another, and by which rules. Pure.

Compares proposals of the same facts, pack and day. Refuses to know files, readings and wording.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from knowledge.catalogue import Catalogue
from routing.decision import decide
from routing.facts import Facts
from routing.policy import Policy
from routing.proposal import Proposal
from routing.questions import changes


@dataclass(frozen=True, slots=True)
class Change:
    """One part of a proposal (route, meeting, duties, targets, supports) before and after, and the rules behind each."""

    part: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    rules_before: tuple[str, ...]
    rules_after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """One case under both policies; no `changes`: it stays as it is."""

    id: str
    before: Proposal
    after: Proposal
    changes: tuple[Change, ...]


def compare(
    cases: Iterable[tuple[str, Facts]], old: Policy, new: Policy, catalogue: Catalogue, on: date
) -> tuple[Compared, ...]:
    """Every case under both policies, in the given order."""
    found = []
    for name, facts in cases:
        before, after = decide(facts, old, catalogue, on), decide(facts, new, catalogue, on)
        found.append(Compared(name, before, after, differences(before, after)))
    return tuple(found)


def differences(before: Proposal, after: Proposal) -> tuple[Change, ...]:
    """What a person would notice between two proposals, part by part."""
    return tuple(
        Change(part, *_values(part, before, after), *_rules(part, before, after)) for part in changes(before, after)
    )


def _values(part: str, before: Proposal, after: Proposal) -> tuple[tuple[str, ...], tuple[str, ...]]:
    one, other = _of(part, before), _of(part, after)
    if part in ("route", "meeting"):
        return one, other
    if set(one) == set(other):  # only the order changed
        return one, other
    return tuple(v for v in one if v not in other), tuple(v for v in other if v not in one)


def _of(part: str, proposal: Proposal) -> tuple[str, ...]:
    match part:
        case "route":
            return (proposal.route,)
        case "meeting":
            return (proposal.meeting.kind,) if proposal.meeting else ()
        case "duties":
            return tuple(card.duty for card in proposal.duties)
        case "targets":
            return tuple(target.agency for target in proposal.targets)
        case _:
            return tuple(reason.rule for reason in proposal.supports)


def _rules(part: str, before: Proposal, after: Proposal) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The rules behind a part: of duties and supports those that differ, of everything else the one that decided."""
    one, other = _behind(part, before), _behind(part, after)
    if part in ("duties", "supports"):
        return tuple(r for r in one if r not in other), tuple(r for r in other if r not in one)
    return one, other


def _behind(part: str, proposal: Proposal) -> tuple[str, ...]:
    match part:
        case "duties":
            return tuple(card.reason.rule for card in proposal.duties)
        case "supports":
            return tuple(reason.rule for reason in proposal.supports)
        case _:
            return (proposal.reasons[0].rule,)
