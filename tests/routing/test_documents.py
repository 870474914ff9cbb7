"""A pack and a policy kept as documents decide as they did; a stored case decided again gives the same bytes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings

from routing.cases import Case, Confirmation
from routing.decision import decide
from routing.documents import FACTS, PROPOSAL, pack_document, pack_from, policy_document, policy_from
from routing.errors import VersionUnreadable
from routing.facts import Facts
from routing.overrides import Other, others_of, suggest
from routing.replay import replay
from tests.routing.decisions import TODAY, facts_of_row, rows, town
from tests.routing.test_decisions import some_facts

CATALOGUE, POLICY = town("mihon")
KEPT = pack_from(pack_document(CATALOGUE), CATALOGUE.digest)
KEPT_POLICY = policy_from(policy_document(POLICY), POLICY.digest, KEPT)
AT = datetime(2026, 11, 21, tzinfo=UTC)


def stored(facts: Facts, pack: str = "mihon", on: date = TODAY, **decided: Any) -> Case:
    catalogue, policy = town(pack)
    proposal = decide(facts, policy, catalogue, on)
    confirmation = replace(Confirmation(proposal.route, None, (), "clerk", AT), **decided)
    return Case(
        "c", decided.get("reason", "N-1"), pack, proposal.pack_digest, proposal.policy_digest, on, AT, "clerk", "", "{}",
        FACTS.dump_json(facts).decode(), PROPOSAL.dump_json(proposal).decode(), confirmation, "1",
    )  # fmt: skip


@pytest.mark.parametrize("pack", ["mihon", "okinawa", "wadomari", "miyoshi", "toda"])
def test_every_row_of_a_town_decides_the_same_from_what_was_kept(pack: str) -> None:
    catalogue, policy = town(pack)
    kept = pack_from(pack_document(catalogue), catalogue.digest)
    kept_policy = policy_from(policy_document(policy), policy.digest, kept)
    for row in (row for row in rows() if row.get("pack", "mihon") == pack):
        on = date.fromisoformat(row["on"]) if "on" in row else TODAY
        result = replay(stored(facts_of_row(row, catalogue, on), pack, on), kept, kept_policy)
        assert result.same, row["title"]
        assert result.changes == ()


@settings(max_examples=60)
@given(some_facts())
def test_any_stored_proposal_is_given_again_byte_for_byte(facts: Facts) -> None:
    assert replay(stored(facts), KEPT, KEPT_POLICY).same


def test_a_document_of_a_document_is_the_same_document() -> None:
    assert pack_document(KEPT) == pack_document(CATALOGUE)
    assert policy_document(KEPT_POLICY) == policy_document(POLICY)


def test_a_kept_pack_holds_no_expressions_and_is_small() -> None:
    assert "expressions" not in pack_document(CATALOGUE)
    assert len(pack_document(CATALOGUE)) < 300_000


def test_a_broken_document_is_a_typed_error() -> None:
    for broken in ("", "{", "[]", '{"pack": {}}'):
        with pytest.raises(VersionUnreadable, match="abc"):
            pack_from(broken, "abc")
    with pytest.raises(VersionUnreadable, match="abc"):
        policy_from("{", "abc", KEPT)


def test_on_another_day_what_the_pack_says_is_asked_anew() -> None:
    facts = facts_of_row(
        {
            "title": "",
            "facts": {"issues": ["dementia"], "coordination": "cross_field", "weight": "高齢", "consent": "yes"},
        },
        CATALOGUE,
        TODAY,
    )
    before = replay(stored(facts), CATALOGUE, POLICY, date(2023, 3, 31))
    assert (before.stored.route, before.again.route) == ("multi_agency", "existing_meeting")
    assert before.changes[0].part == "route"


def test_only_overridden_cases_are_told_with_the_rule_that_had_decided() -> None:
    facts = facts_of_row({"title": "", "facts": {"issues": ["dementia"], "coordination": "ordinary"}}, CATALOGUE, TODAY)
    kept, other = stored(facts), stored(facts, route="multi_agency", overridden=True, reason="受け手がいない")
    assert others_of([kept, other]) == (
        Other("route.ordinary", "single_window", "multi_agency", "受け手がいない", "受け手がいない"),
    )


def test_overrides_are_grouped_by_rule_and_route_and_like_reasons_count_as_one() -> None:
    def other(reason: str, rule: str = "route.ordinary", back: bool = False) -> Other:
        return Other(rule, "single_window", "multi_agency", reason, "N-1", back)

    found = suggest([
        other("どの課も受けない"), other("どの課も受けない。"), other("急ぐため"), other("どの課も受けないので", back=True),
        other("x", rule="route.default"),
    ])  # fmt: skip
    assert [(s.rule, s.times, s.sent_back) for s in found] == [("route.ordinary", 4, 1), ("route.default", 1, 0)]
    assert found[0].reasons == (("どの課も受けない", 3), ("急ぐため", 1))
    assert suggest([]) == ()
