"""What would change for given cases: by part, with the rules on both sides; and what decides stays pure."""

from __future__ import annotations

from typing import Any

from routing.facts import Facts
from routing.policy import compile_policy
from routing.policy_diff import compare
from tests.routing.decisions import TODAY, facts_of_row, town

CATALOGUE, POLICY = town("mihon")


def case(**facts: Any) -> Facts:
    return facts_of_row({"title": "", "facts": facts}, CATALOGUE, TODAY)


def changed_policy(rule_id: str, **changes: Any) -> Any:
    raw = POLICY.data.model_dump(mode="json", exclude_defaults=True)
    for name in ("duty", "route", "support"):
        raw[name] = [{**rule, **(changes if rule["id"] == rule_id else {})} for rule in raw[name]]
    return compile_policy(raw, "new", CATALOGUE)


def test_the_same_policy_changes_nothing() -> None:
    (one,) = compare([("a", case(issues=["dementia"]))], POLICY, POLICY, CATALOGUE, TODAY)
    assert one.changes == ()


def test_a_case_that_would_escalate_is_named_with_both_rules() -> None:
    new = changed_policy("route.roles", when=["roles_unclear is yes", "fields at_least 2", "coordination is unknown"])
    cases = [
        ("two", case(issues=["dementia", "debt"], roles_unclear="yes", consent="yes")),
        ("one", case(issues=["dementia"], roles_unclear="yes")),
    ]
    two, one = compare(cases, POLICY, new, CATALOGUE, TODAY)
    assert one.changes == ()
    assert {c.part: (c.before, c.after, c.rules_before, c.rules_after) for c in two.changes} == {
        "route": (("single_window",), ("multi_agency",), ("route.default",), ("route.roles",)),
        "meeting": ((), ("multi_agency_conference",), ("route.default",), ("route.roles",)),
    }


def test_a_duty_that_goes_names_only_what_differs() -> None:
    new = changed_policy("duty.child_protection", when=["issues has delinquency", "minor is yes"])
    (one,) = compare([("a", case(issues=["delinquency", "dv"]))], POLICY, new, CATALOGUE, TODAY)
    (change,) = one.changes
    assert (change.part, change.before, change.after) == ("duties", ("child-protection",), ())
    assert (change.rules_before, change.rules_after) == (("duty.child_protection",), ())
