"""A stored case decided again: with the pack and rules of its day (must give the same bytes), or with other rules.

Pure: is given the versions of the day. Refuses to know the store, files and wording.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from knowledge.catalogue import Catalogue
from routing.cases import Case
from routing.decision import decide
from routing.documents import FACTS, PROPOSAL
from routing.gather import on_day
from routing.policy import Policy
from routing.policy_diff import Change, differences
from routing.proposal import Proposal


@dataclass(frozen=True, slots=True)
class Replay:
    """`stored`: what was proposed; `again`: what comes out now. `same`: byte for byte."""

    stored: Proposal
    again: Proposal
    same: bool
    changes: tuple[Change, ...]


def replay(case: Case, catalogue: Catalogue, policy: Policy, on: date | None = None) -> Replay:
    """Decide a case's stored facts again. `on`: another day than its own; what the pack says is then asked anew."""
    facts = FACTS.validate_json(case.facts)
    stored = PROPOSAL.validate_json(case.proposal)
    day = on or case.on
    if day != case.on:
        facts = on_day(facts, catalogue, day)
    again = decide(facts, policy, catalogue, day)
    same = PROPOSAL.dump_json(again).decode() == case.proposal
    return Replay(stored, again, same, differences(stored, again))
