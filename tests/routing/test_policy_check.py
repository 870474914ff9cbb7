"""What `tsunagu policy check` finds: each flaw is planted in the national policy and seen, and nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from routing.errors import PolicyError
from routing.policy import Policy, compile_policy, own_rules
from routing.policy_check import check_policy, days_of
from routing.policy_states import profiles, space_of
from tests.routing.decisions import town

CATALOGUE, POLICY = town("mihon")
POSITIVE = {"facts": {"consent": "yes"}, "holds": True}
NEGATIVE = {"facts": {"consent": "no"}, "holds": False}


def with_rules(**groups: list[dict[str, Any]]) -> Policy:
    """The national policy with rules put in front of a group; `without` in a rule takes one away."""
    raw = POLICY.data.model_dump(mode="json", exclude_defaults=True)
    for name, rules in groups.items():
        gone = {rule["without"] for rule in rules if "without" in rule}
        new = [rule for rule in rules if "without" not in rule]
        raw[name] = [*new, *(rule for rule in raw[name] if rule["id"] not in gone)]
    return compile_policy(raw, "test", CATALOGUE)


def flaws(policy: Policy) -> set[tuple[str, str]]:
    return {(flaw.kind, flaw.rule) for flaw in check_policy(policy, CATALOGUE)}


def rule(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "reason": "試し", "example": [POSITIVE, NEGATIVE], **more}


@pytest.mark.parametrize("pack", ["national", "okinawa", "wadomari", "miyoshi", "toda"])
def test_the_policies_that_are_delivered_have_no_flaw(pack: str) -> None:
    catalogue, policy = town(pack)
    assert check_policy(policy, catalogue) == ()


def test_every_rule_has_an_example_that_holds_and_one_that_does_not() -> None:
    for compiled in (c for group in POLICY.groups.values() for c in group):
        held = {example.holds for example in compiled.rule.example}
        assert held == ({True, False} if compiled.when or compiled.unless else {True}), compiled.rule.id


def test_an_example_that_the_rule_does_not_keep_is_named_with_its_number() -> None:
    wrong = rule(
        "caution.x", when=["consent is yes"], example=[POSITIVE, NEGATIVE, {"facts": {"consent": "no"}, "holds": True}]
    )
    (flaw,) = check_policy(with_rules(caution=[wrong]), CATALOGUE)
    assert (flaw.kind, flaw.rule, dict(flaw.about), flaw.grave) == (
        "example",
        "caution.x",
        {"number": "3", "wanted": "yes"},
        True,
    )


def test_an_example_of_a_dated_rule_is_about_its_day() -> None:
    dated = rule("caution.x", when=["consent is yes"], effective_from="2027-04-01")
    dated["example"] = [{**POSITIVE, "on": "2027-04-01"}, {**POSITIVE, "on": "2027-03-31", "holds": False}]
    assert flaws(with_rules(caution=[dated])) == set()
    dated["example"][1]["holds"] = True
    assert flaws(with_rules(caution=[dated])) == {("example", "caution.x"), ("no_negative", "caution.x")}


def test_missing_examples_are_a_warning_only() -> None:
    found = check_policy(with_rules(caution=[rule("caution.x", when=["consent is yes"], example=[])]), CATALOGUE)
    assert [(f.kind, f.grave) for f in found] == [("no_positive", False), ("no_negative", False)]


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"when": ["consent is yes"], "effective_from": "2027-04-01", "effective_to": "2027-03-31"}, "never_days"),
        ({"when": ["consent is yes", "consent is no"]}, "never_lines"),
        ({"when": ["consent is yes"], "unless": ["consent in yes|no"]}, "never_lines"),
        ({"when": ["issues has_all dv|dementia", "issues has_none dementia"]}, "never_lines"),
        ({"when": ["fields at_least 3", "fields at_most 2"]}, "never_lines"),
        ({"when": ["consent is unknown", "consent is_not yes"]}, "never_lines"),
    ],
)
def test_a_rule_that_can_never_hold_is_found(more: dict[str, Any], kind: str) -> None:
    assert (kind, "caution.x") in flaws(with_rules(caution=[rule("caution.x", **more)]))


@pytest.mark.parametrize(
    "lines",
    [
        ["issues has dv", "issues has_none dementia"],
        ["fields at_least 2", "fields at_most 2"],
        ["issues has_all dv|dementia", "issues has dv"],
    ],
)
def test_lines_that_only_narrow_each_other_are_fine(lines: list[str]) -> None:
    example = [
        {
            "facts": {"issues": ["dv", "dementia"] if "has_all" in lines[0] else ["dv"], "fields": ["高齢", "障がい"]},
            "holds": True,
        }
    ]
    assert not {
        k
        for k, _ in flaws(with_rules(caution=[rule("caution.x", when=lines, example=example)]))
        if k.startswith(("never", "example"))
    }


def test_a_duty_rule_whose_days_lie_before_the_law_never_shows_it() -> None:
    early = rule("duty.x", duty="young-carer", when=["consent is yes"], effective_to="2020-01-01")
    assert ("never_duty", "duty.x") in flaws(with_rules(duty=[early]))


def test_a_route_rule_behind_a_wider_one_with_another_route_contradicts_it() -> None:
    wide = rule("route.wide", route="single_window", when=["coordination in one_field|cross_field"])
    found = flaws(with_rules(route=[wide]))
    assert ("contradiction", "route.one_field") in found
    assert ("contradiction", "route.cross_field") in found


def test_a_route_rule_behind_a_wider_one_with_the_same_route_is_shadowed() -> None:
    narrow = rule(
        "route.narrow", route="multi_agency", when=["coordination is cross_field", "multi_agency_stage is full"]
    )
    wide = rule("route.wide", route="multi_agency", when=["coordination is cross_field"])
    assert ("shadowed", "route.narrow") in flaws(with_rules(route=[wide, narrow]))
    assert ("shadowed", "route.narrow") not in flaws(with_rules(route=[narrow]))


def test_rules_that_take_turns_by_date_do_not_shadow_each_other() -> None:
    old = rule(
        "route.a", route="multi_agency", when=["coordination is ordinary", "stuck is yes"], effective_to="2027-03-31"
    )
    new = rule(
        "route.b",
        route="existing_meeting",
        when=["coordination is ordinary", "stuck is yes"],
        effective_from="2027-04-01",
    )
    assert not {f for f in flaws(with_rules(route=[old, new])) if f[0] in ("shadowed", "contradiction")}


def test_two_strengths_of_one_law_for_the_same_case_contradict_each_other() -> None:
    both = rule("duty.x", duty="elder-abuse", when=["issues has elder_abuse"], example=[])
    found = [
        f
        for f in check_policy(with_rules(duty=[both, {"without": "duty.elder_abuse"}]), CATALOGUE)
        if f.kind == "two_levels"
    ]
    assert {(f.rule, f.about["with"]) for f in found} == {
        ("duty.elder_abuse_danger", "duty.x"), ("duty.elder_abuse_facility_danger", "duty.x"),
    }  # fmt: skip
    assert found[0].state["life_danger"].value == "yes"


def test_a_case_about_which_nothing_says_what_may_be_shared_is_uncovered() -> None:
    (flaw, *_) = check_policy(with_rules(share=[{"without": "share.refused"}]), CATALOGUE)
    assert (flaw.kind, flaw.rule) == ("uncovered", "share")
    assert {name: fact.value for name, fact in flaw.state.items()} == {"consent": "no"}


def test_a_route_nobody_says_why_not_is_uncovered_after_the_last_rule_is_taken_away() -> None:
    assert ("uncovered", "why_not:multi_agency") in flaws(with_rules(why_not=[{"without": "why_not.multi.default"}]))


def test_a_dangerous_issue_without_a_duty_and_a_duty_without_a_rule_are_named() -> None:
    found = check_policy(with_rules(duty=[{"without": "duty.dv"}]), CATALOGUE)
    assert {(f.kind, f.rule, f.grave) for f in found} == {("no_duty", "dv", True), ("duty_unused", "dv", False)}


def test_a_fact_that_only_a_question_tells_needs_its_question() -> None:
    assert ("nobody_tells", "duty.disability_abuse_employer") in flaws(with_rules(question=[{"without": "q.abuser"}]))


def test_a_question_that_no_rule_waits_for_is_idle() -> None:
    choices = [{"value": "yes", "label": "はい"}, {"value": "no", "label": "いいえ"}]
    question = {"id": "q.errand", "fact": "one_errand", "text": "手続きだけですか。", "choices": choices}
    assert flaws(with_rules(question=[question])) == {("idle_question", "q.errand")}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"when": ["issues has dvv"]}, "dvv"),
        ({"when": ["weight is 高令"]}, "高令"),
        ({"when": ["consent is maybe"]}, "maybe"),
        ({"when": ["mood is bad"]}, "mood"),
        ({"when": ["consent is yes"], "example": [{"facts": {"issues": ["dvv"]}, "holds": True}]}, "dvv"),
        ({"when": ["consent is yes"], "example": [{"facts": {"mood": "bad"}, "holds": True}]}, "mood"),
        ({"when": ["consent is yes"], "sources": ["nobody"]}, "nobody"),
    ],
)
def test_what_the_vocabulary_does_not_know_stops_the_policy_from_loading(more: dict[str, Any], said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        with_rules(caution=[rule("caution.x", **more)])


def test_the_route_is_no_fact_for_the_rules_that_decide_it() -> None:
    with pytest.raises(PolicyError, match="経路が決まる前"):
        with_rules(route=[rule("route.x", route="multi_agency", when=["route is multi_agency"])])


def test_without_an_undated_last_rule_the_policy_does_not_load() -> None:
    with pytest.raises(PolicyError, match="いつでも"):
        with_rules(
            route=[{"without": "route.default"}, rule("route.last", route="single_window", effective_from="2026-01-01")]
        )


def test_a_space_tells_apart_only_what_the_lines_tell_apart() -> None:
    policy = with_rules(caution=[rule("caution.x", when=["issues has dv|debt", "fields at_least 2"])])
    compiled = policy.cautions[0]
    space = space_of([compiled])
    assert space.names == ("fields", "issues")
    assert [len(values) for values in space.values] == [4, 3]  # 0 to 3 fields; one class of codes in three states
    assert set(profiles([compiled]) or ()) == {(True,), (False,), (None,)}
    assert profiles([compiled], most=1) is None


def test_days_are_one_of_every_span() -> None:
    dated = with_rules(
        caution=[rule("caution.x", when=["consent is yes"], effective_from="2027-04-01", effective_to="2028-03-31")]
    )
    assert days_of(dated.cautions[:1]) == (date(2000, 1, 1), date(2027, 4, 1), date(2028, 4, 1))


def test_what_a_town_wrote_itself_is_known() -> None:
    assert own_rules(town("miyoshi")[0]) == {"route.default": "replaced", "support.miyoshi_windows_go_out": "added"}
    assert own_rules(town("mihon")[0]) == {}
