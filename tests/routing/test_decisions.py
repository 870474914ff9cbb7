"""The decision, row by row, and what must hold for any facts at all."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.decision import decide
from routing.facts import FACTS, Fact, FactKind, Facts, Origin
from routing.questions import next_question, open_questions
from tests.routing.decisions import TODAY, facts_of_row, rows, town


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["title"])
def test_row(row: dict[str, Any]) -> None:
    catalogue, policy = town(row.get("pack", "mihon"))
    on = date.fromisoformat(row["on"]) if "on" in row else TODAY
    proposal = decide(facts_of_row(row, catalogue, on), policy, catalogue, on)
    if "route" in row:
        assert proposal.route == row["route"]
    if "meeting" in row:
        kind = proposal.meeting.kind if proposal.meeting else None
        label = catalogue.meeting_kinds[kind].label if kind else "none" if proposal.route == "single_window" else "ask"
        assert label == row["meeting"]
    for name, got in (
        ("reasons", [r.rule for r in proposal.reasons]),
        ("duties", [d.duty for d in proposal.duties]),
        ("supports", [s.rule for s in proposal.supports]),
    ):
        if name in row:
            assert got == row[name]
    if "cautions" in row:
        got_cautions = [c.rule for c in proposal.cautions if c.rule not in ("caution.no_consent", "caution.consent_unknown")]
        wanted = [c for c in row["cautions"] if c not in ("caution.no_consent", "caution.consent_unknown")]
        assert got_cautions == wanted
        assert set(row["cautions"]) <= {c.rule for c in proposal.cautions}
    assert set(row.get("missing", ())) <= set(proposal.missing)
    assert proposal.fallback or not row.get("fallback", False)


CATALOGUE, POLICY = town("mihon")
CODES = sorted(CATALOGUE.issues)
choices = {name: kind.values or ("高齢", "こども") for name, kind in FACTS.items() if kind.kind is FactKind.CHOICE and name != "area"}


@st.composite
def some_facts(draw: st.DrawFn) -> Facts:
    issues = frozenset(draw(st.lists(st.sampled_from(CODES), max_size=6)))
    possible = frozenset(draw(st.lists(st.sampled_from(CODES), max_size=3))) - issues
    known = {"issues": Fact(issues, Origin.TEXT, possible), "fields": Fact(frozenset(CATALOGUE.issues[c].fields[0] for c in issues))}
    for name, values in choices.items():
        value = draw(st.sampled_from((*values, "unknown")))
        if value != "unknown":
            known[name] = Fact(frozenset({value}), draw(st.sampled_from(list(Origin))))
    return Facts(known=known, household_issues=tuple(sorted(issues)))


@given(some_facts())
def test_every_proposal_has_a_route_and_a_reason(facts: Facts) -> None:
    proposal = decide(facts, POLICY, CATALOGUE, TODAY)
    assert proposal.route in ("single_window", "existing_meeting", "multi_agency")
    assert proposal.reasons
    assert {w.route for w in proposal.why_not} == {"single_window", "existing_meeting", "multi_agency"} - {proposal.route}


@given(some_facts())
def test_the_same_facts_give_the_same_proposal(facts: Facts) -> None:
    assert decide(facts, POLICY, CATALOGUE, TODAY) == decide(facts, POLICY, CATALOGUE, TODAY)


@given(some_facts(), st.sampled_from(CODES))
def test_one_more_issue_never_takes_a_duty_away_but_the_milder_level(facts: Facts, code: str) -> None:
    before = {d.duty for d in decide(facts, POLICY, CATALOGUE, TODAY).duties}
    after = {d.duty for d in decide(facts.with_issue(code, True), POLICY, CATALOGUE, TODAY).duties}
    assert before <= after


@given(some_facts())
def test_without_consent_no_重層的支援会議_and_unknown_names_no_meeting(facts: Facts) -> None:
    proposal = decide(facts, POLICY, CATALOGUE, TODAY)
    if proposal.route == "multi_agency":
        consent = facts.value("consent")
        assert (proposal.meeting is None) == (consent == "unknown")
        if proposal.meeting:
            assert proposal.meeting.kind == ("multi_agency_conference" if consent == "yes" else "support_conference")


@given(some_facts(), st.sampled_from(sorted(choices)))
def test_unknown_never_counts_as_no(facts: Facts, name: str) -> None:
    """Whatever follows from an unknown fact does not rest on it: no rule that asks for `no` fires."""
    proposal = decide(facts.with_choice(name, "unknown"), POLICY, CATALOGUE, TODAY)
    for reason in (*proposal.reasons, *proposal.cautions, *proposal.supports):
        rule = POLICY.rule(reason.rule)
        assert rule is not None
        assert f"{name} is no" not in rule.when


@given(some_facts())
def test_only_questions_that_can_change_the_proposal_are_asked(facts: Facts) -> None:
    for ask in open_questions(facts, POLICY, CATALOGUE, TODAY, ()):
        assert ask.effects
        assert all(parts for _, parts in ask.effects)


@given(some_facts())
def test_the_questions_end(facts: Facts) -> None:
    asked: list[str] = []
    while (ask := next_question(facts, POLICY, CATALOGUE, TODAY, asked, POLICY.most_questions - len(asked))) is not None:
        assert ask.id not in asked
        asked.append(ask.id)
    assert len(asked) <= POLICY.most_questions


def test_the_order_of_agencies_in_the_file_changes_nothing() -> None:
    from dataclasses import replace

    facts = facts_of_row({"title": "", "facts": {"issues": ["dementia", "debt"], "coordination": "ordinary"}}, CATALOGUE, TODAY)
    turned = replace(CATALOGUE, agencies=dict(reversed(list(CATALOGUE.agencies.items()))))
    one, other = decide(facts, POLICY, CATALOGUE, TODAY), decide(facts, POLICY, turned, TODAY)
    assert [t.agency for t in one.targets] == [t.agency for t in other.targets]
    assert one.duties == other.duties
