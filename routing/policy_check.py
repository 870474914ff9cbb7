"""What is wrong with a policy that loads: broken examples, rules that never fire, contradictions, uncovered combinations.

Every finding is a kind, a rule and codes; the words for it live in templates. Pure. Refuses to know files and wording.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from knowledge.catalogue import Catalogue
from routing.facts import FACTS, Fact, plain_facts
from routing.policy_states import Profile, State, profiles
from routing.rules import ROUTES, Compiled, Policy, is_default

MOST_SHOWN = 3
_BUILT_IN = frozenset({"area", "consent", "weight", "urgent"})  # decision.py itself looks at these
_WARNINGS = frozenset({"no_positive", "no_negative", "duty_unused", "too_many"})


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong. `rule`: a rule's, question's or group's id; `about`: what the words need; `state`: facts of a case."""

    kind: str
    rule: str
    about: Mapping[str, str] = field(default_factory=dict)
    state: Mapping[str, Fact] = field(default_factory=dict)

    @property
    def grave(self) -> bool:
        """Whether the policy should not be used as it is."""
        return self.kind not in _WARNINGS


def check_policy(policy: Policy, catalogue: Catalogue) -> tuple[Flaw, ...]:
    """Every flaw, in the order of the file."""
    rules = [rule for group in policy.groups.values() for rule in group]
    found: list[Flaw] = []
    for rule in rules:
        found += [*_examples(rule), *_never(rule, catalogue)]
    dead = {flaw.rule for flaw in found if flaw.kind.startswith("never")}
    alive = {name: [r for r in group if r.rule.id not in dead] for name, group in policy.groups.items()}
    found += _first_wins("route", alive["route"])
    for route in ROUTES:
        found += _first_wins("why_not", [rule for rule in alive["why_not"] if rule.rule.route == route])
    for duty in sorted({rule.rule.duty for rule in alive["duty"]}):
        found += _first_wins("duty", [rule for rule in alive["duty"] if rule.rule.duty == duty])
    found += [*_levels(alive["duty"], catalogue), *_routes_covered(alive), *_shares_covered(alive["share"])]
    found += [*_duties_covered(alive["duty"], catalogue), *_supplied(policy, rules)]
    return tuple(found)


def days_of(rules: Iterable[Compiled]) -> tuple[date, ...]:
    """One day of every span in which the same rules are in force."""
    edges = {date(2000, 1, 1)}
    for rule in rules:
        if rule.rule.effective_from:
            edges.add(rule.rule.effective_from)
        if rule.rule.effective_to:
            edges.add(rule.rule.effective_to + timedelta(days=1))
    return tuple(sorted(edges))


def _examples(rule: Compiled) -> Iterator[Flaw]:
    for number, example in enumerate(rule.rule.example, start=1):
        on = example.on
        held = rule.holds(plain_facts(example.facts)) is True and (on is None or rule.rule.in_force(on))
        if held != example.holds:
            yield Flaw("example", rule.rule.id, {"number": str(number), "wanted": "yes" if example.holds else "no"})
    if not any(example.holds for example in rule.rule.example):
        yield Flaw("no_positive", rule.rule.id)
    if (rule.when or rule.unless) and all(example.holds for example in rule.rule.example):
        yield Flaw("no_negative", rule.rule.id)


def _never(rule: Compiled, catalogue: Catalogue) -> Iterator[Flaw]:
    """Rules whose days or whose own lines leave no case."""
    begin, end = rule.rule.effective_from, rule.rule.effective_to
    if begin and end and end < begin:
        yield Flaw("never_days", rule.rule.id, {"from": begin.isoformat(), "to": end.isoformat()})
    duty = catalogue.duties.get(rule.rule.duty)
    if duty and (
        (duty.effective_to and begin and duty.effective_to < begin)
        or (duty.effective_from and end and end < duty.effective_from)
    ):
        yield Flaw("never_duty", rule.rule.id, {"duty": duty.id})
    if (True,) not in (profiles([rule]) or {(True,): {}}):
        yield Flaw("never_lines", rule.rule.id)


def _first_wins(group: str, rules: Sequence[Compiled]) -> Iterator[Flaw]:
    """Of rules of which only the first that holds counts: those that never are the first."""
    cases = profiles(rules)
    if cases is None:
        yield Flaw("too_many", group)
        return
    winners: set[str] = set()
    beside: dict[str, set[str]] = {}
    for day in days_of(rules):
        for profile in cases:
            now = _holding(rules, profile, day)
            winners.update(now[:1])
            for place, name in enumerate(now[1:], start=1):
                beside[name] = beside.get(name, set(now)) & set(now[:place])
    routes = {rule.rule.id: rule.rule.route for rule in rules}
    for rule in rules:
        name = rule.rule.id
        if name not in winners:
            by = [r.rule.id for r in rules if r.rule.id in beside.get(name, set())]
            clash = bool(by) and group == "route" and routes[by[0]] != rule.rule.route
            yield Flaw("contradiction" if clash else "shadowed", name, {"by": "、".join(by)})


def _holding(rules: Sequence[Compiled], profile: Profile, day: date) -> list[str]:
    """The ids of the rules that hold on a day, in order."""
    return [r.rule.id for r, value in zip(rules, profile, strict=True) if value is True and r.rule.in_force(day)]


def _levels(rules: Sequence[Compiled], catalogue: Catalogue) -> Iterator[Flaw]:
    """Two duties of one law and issue but of different strength that would be shown for the same case."""
    for place, one in enumerate(rules):
        for other in rules[place + 1 :]:
            first, second = catalogue.duties[one.rule.duty], catalogue.duties[other.rule.duty]
            same = (first.law, first.issue) == (second.law, second.issue) and first.strength is not second.strength
            if not same:
                continue
            state = (profiles([one, other]) or {}).get((True, True))
            if state is not None and any(
                one.rule.in_force(d) and other.rule.in_force(d) for d in days_of([one, other])
            ):
                yield Flaw("two_levels", other.rule.id, {"with": one.rule.id}, state)


def _routes_covered(alive: Mapping[str, Sequence[Compiled]]) -> Iterator[Flaw]:
    """Cases without a route, and cases in which nothing says why another route was not taken."""
    whys = {route: [rule for rule in alive["why_not"] if rule.rule.route == route] for route in ROUTES}
    yield from _gaps("route", [], alive["route"])
    for route, rules in whys.items():
        others = [rule for rule in alive["route"] if rule.rule.route != route]
        yield from _gaps(f"why_not:{route}", others, rules)


def _shares_covered(rules: Sequence[Compiled]) -> Iterator[Flaw]:
    """Cases in which nothing at all is said about what may be shared."""
    yield from _gaps("share", [], rules)


def _gaps(group: str, needed: Sequence[Compiled], rules: Sequence[Compiled]) -> Iterator[Flaw]:
    """States in which no rule holds (where `needed` is given: although one of those does), the plainest first."""
    if any(is_default(rule.rule) for rule in rules):
        return
    every = [*needed, *rules]
    cases, days = profiles(every), days_of(every)
    if cases is None:
        yield Flaw("too_many", group)
        return
    mine, theirs = {rule.rule.id for rule in rules}, {rule.rule.id for rule in needed}
    gaps = []
    for profile, state in cases.items():
        held = [set(_holding(every, profile, day)) for day in days]
        if any(not now & mine and (not theirs or now & theirs) for now in held):
            gaps.append(state)
    yield from _plainest(group, gaps)


def _plainest(group: str, gaps: Sequence[State]) -> Iterator[Flaw]:
    """At most a few gaps, those that say least (others that only say more are the same gap)."""
    kept: list[State] = []
    for state in sorted(gaps, key=len):
        if not any(all(state.get(name) == fact for name, fact in known.items()) for known in kept):
            kept.append(state)
    yield from (Flaw("uncovered", group, {"more": str(max(0, len(kept) - MOST_SHOWN))}, s) for s in kept[:MOST_SHOWN])


def _duties_covered(rules: Sequence[Compiled], catalogue: Catalogue) -> Iterator[Flaw]:
    """Dangerous issues that show no duty, and duties that no rule shows."""
    today = days_of(rules)[-1]
    for issue in catalogue.issues.values():
        facts = plain_facts({"issues": [issue.code]})
        if issue.danger and not any(rule.rule.in_force(today) and rule.holds(facts) is True for rule in rules):
            yield Flaw("no_duty", issue.code)
    shown = {rule.rule.duty for rule in rules}
    yield from (Flaw("duty_unused", duty) for duty in catalogue.duties if duty not in shown)


def _supplied(policy: Policy, rules: Iterable[Compiled]) -> Iterator[Flaw]:
    """Facts that rules wait for and nobody can tell, and questions whose answer no rule looks at."""
    used = {line.fact: rule.rule.id for rule in rules for line in (*rule.when, *rule.unless)}
    asked = {question.fact for question in policy.questions}
    for name, rule_id in used.items():
        if FACTS[name].asked and name not in asked:
            yield Flaw("nobody_tells", rule_id, {"fact": name})
    yield from (
        Flaw("idle_question", q.id, {"fact": q.fact}) for q in policy.questions if q.fact not in {*used, *_BUILT_IN}
    )
