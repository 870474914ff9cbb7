"""The decision, row by row, and what must hold for any facts at all."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.catalogue import Catalogue
from routing.decision import decide
from routing.facts import FACTS, Fact, FactKind, Facts, Origin
from routing.proposal import Proposal
from routing.questions import next_question, open_questions
from tests.routing.decisions import EXACT, TODAY, facts_of_row, rows, town


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["title"])
def test_row(row: dict[str, Any]) -> None:
    catalogue, policy = town(row.get("pack", "mihon"))
    on = date.fromisoformat(row["on"]) if "on" in row else TODAY
    proposal = decide(facts_of_row(row, catalogue, on), policy, catalogue, on)
    got = {
        "reasons": [r.rule for r in proposal.reasons],
        "duties": [d.duty for d in proposal.duties],
        "cautions": [c.rule for c in proposal.cautions],
        "supports": [s.rule for s in proposal.supports],
        "shares": [s.rule for s in proposal.shares],
    }
    for name in EXACT:
        if name in row:
            assert got[name] == row[name]
        assert set(row.get(f"has_{name}", ())) <= set(got[name])
        assert not set(row.get(f"no_{name}", ())) & set(got[name])
    _check_meeting(row, proposal, catalogue)
    if "targets" in row:
        assert [t.agency for t in proposal.targets][: len(row["targets"])] == row["targets"]
    for field, agency in row.get("first", {}).items():
        assert {t.field: t.agency for t in proposal.targets}[field] == agency
    for duty, holders in row.get("holders", {}).items():
        assert {d.duty: list(d.holders) for d in proposal.duties}[duty] == holders
    for duty, receivers in row.get("receivers", {}).items():
        assert set(receivers) <= set({d.duty: d.receivers for d in proposal.duties}[duty])
    for route, rule in row.get("why_not", {}).items():
        assert {w.route: w.reason.rule for w in proposal.why_not}[route] == rule
    assert set(row.get("resources", ())) <= set(proposal.resources)
    assert set(row.get("missing", ())) <= set(proposal.missing)
    assert proposal.fallback == row.get("fallback", proposal.fallback)


def _check_meeting(row: dict[str, Any], proposal: Proposal, catalogue: Catalogue) -> None:
    if "route" in row:
        assert proposal.route == row["route"]
    meeting = proposal.meeting
    if "meeting" in row:
        label = (
            catalogue.meeting_kinds[meeting.kind].label
            if meeting
            else "none"
            if proposal.route == "single_window"
            else "ask"
        )
        assert label == row["meeting"]
    for name, value in (
        ("body", meeting.body if meeting else None),
        ("instead", list(meeting.instead) if meeting else None),
        ("next_on", meeting.next_on if meeting else None),
        ("weight", proposal.weight),
    ):
        if name in row:
            assert value == row[name]


CATALOGUE, POLICY = town("mihon")
CODES = sorted(CATALOGUE.issues)
choices = {
    name: kind.values or ("高齢", "こども")
    for name, kind in FACTS.items()
    if kind.kind is FactKind.CHOICE and name != "area"
}


@st.composite
def some_facts(draw: st.DrawFn) -> Facts:
    issues = frozenset(draw(st.lists(st.sampled_from(CODES), max_size=6)))
    possible = frozenset(draw(st.lists(st.sampled_from(CODES), max_size=3))) - issues
    known = {
        "issues": Fact(issues, Origin.TEXT, possible),
        "fields": Fact(frozenset(CATALOGUE.issues[c].fields[0] for c in issues)),
    }
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
    assert {w.route for w in proposal.why_not} == {"single_window", "existing_meeting", "multi_agency"} - {
        proposal.route
    }


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


def test_there_are_rows_enough() -> None:
    assert len(rows()) >= 250


def test_every_rule_of_every_town_decides_some_row() -> None:
    """A rule that no row fires has not been seen working."""
    seen: dict[str, set[str]] = {}
    for row in rows():
        catalogue, policy = town(row.get("pack", "mihon"))
        on = date.fromisoformat(row["on"]) if "on" in row else TODAY
        p = decide(facts_of_row(row, catalogue, on), policy, catalogue, on)
        reasons = (
            *p.reasons,
            *p.cautions,
            *p.supports,
            *p.shares,
            *(w.reason for w in p.why_not),
            *(d.reason for d in p.duties),
        )
        seen.setdefault(catalogue.pack.id, set()).update(r.rule for r in reasons)
    national = set().union(*seen.values())
    for pack, fired in seen.items():
        _, policy = town(pack)
        own = {rule.rule.id for group in policy.groups.values() for rule in group}
        assert own - fired - national == set(), pack
    assert {r.rule.id for g in POLICY.groups.values() for r in g} <= national


def _asked(question: str, *cases: dict[str, Any]) -> bool:
    facts = (facts_of_row({"title": "", "facts": case}, CATALOGUE, TODAY) for case in cases)
    return any(question in {ask.id for ask in open_questions(f, POLICY, CATALOGUE, TODAY, ())} for f in facts)


def test_every_question_can_matter() -> None:
    """For every question there is a case in which an answer changes the proposal."""
    issues = [[code] for code in CODES]
    cases = [
        {"issues": codes, **more}
        for codes in issues
        for more in ({}, {"coordination": "cross_field"}, {"coordination": "one_field"})
    ]
    idle = {q.id for q in POLICY.questions if not _asked(q.id, *cases)}
    assert idle == set()


def test_a_question_already_answered_by_the_text_is_not_asked() -> None:
    for question in (q for q in POLICY.questions if q.fact != "issues"):
        values = [c.value for c in question.choices if c.value != "unknown"]
        known = {"issues": ["elder_abuse", "poverty", "dv", "hikikomori"], question.fact: values[0]}
        assert not _asked(question.id, known), question.id


@given(some_facts())
def test_the_questions_end(facts: Facts) -> None:
    asked: list[str] = []
    while (
        ask := next_question(facts, POLICY, CATALOGUE, TODAY, asked, POLICY.most_questions - len(asked))
    ) is not None:
        assert ask.id not in asked
        asked.append(ask.id)
    assert len(asked) <= POLICY.most_questions


def test_the_order_of_agencies_in_the_file_changes_nothing() -> None:
    from dataclasses import replace

    facts = facts_of_row(
        {"title": "", "facts": {"issues": ["dementia", "debt"], "coordination": "ordinary"}}, CATALOGUE, TODAY
    )
    turned = replace(CATALOGUE, agencies=dict(reversed(list(CATALOGUE.agencies.items()))))
    one, other = decide(facts, POLICY, CATALOGUE, TODAY), decide(facts, POLICY, turned, TODAY)
    assert [t.agency for t in one.targets] == [t.agency for t in other.targets]
    assert one.duties == other.duties
