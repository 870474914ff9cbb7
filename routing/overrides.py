"""Where clerks decided otherwise than a rule, and why: suggestions for those who agree on the policy, nothing learned.

Groups stored decisions by rule and by the route taken instead, and reasons that say nearly the same. Pure. Refuses to
know names and numbers of cases' people, and to change any rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knowledge.text import fold
from routing.cases import Case, Event, EventKind
from routing.documents import PROPOSAL

_ALIKE = 0.5
MULTI_AGENCY, SENT_BACK = "multi_agency", "sent_back"


@dataclass(frozen=True, slots=True)
class Other:
    """One decision against a rule: what was taken instead and the reason given. `back`: sent back by a receiver."""

    rule: str
    proposed: str
    taken: str
    reason: str
    number: str
    back: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A rule that was decided against: how often, to which route, and the reasons, the commonest first."""

    rule: str
    proposed: str
    taken: str
    times: int
    sent_back: int
    reasons: tuple[tuple[str, int], ...]
    numbers: tuple[str, ...]


def others_of(cases: Iterable[Case]) -> tuple[Other, ...]:
    """The overridden ones of stored cases, each with the rule that had decided the route."""
    found = []
    for case in cases:
        decided = case.confirmation
        if decided.overridden:
            proposal = PROPOSAL.validate_json(case.proposal)
            found.append(Other(proposal.reasons[0].rule, proposal.route, decided.route, decided.reason, case.number))
    return tuple(found)


def send_backs_of(histories: Iterable[tuple[Case, Sequence[Event]]]) -> tuple[Other, ...]:
    """What the project team sent back to its referrers, with the rule that had brought it up. `reason`: codes, by spaces."""
    found = []
    for case, events in histories:
        rules = {e.data["escalation"]: e.data["rule"] for e in events if e.kind is EventKind.ESCALATED}
        for event in events:
            if event.kind is EventKind.SENT_BACK:
                rule, reasons = rules[event.data["escalation"]], event.data.get("reasons", "")
                found.append(Other(rule, MULTI_AGENCY, SENT_BACK, reasons, case.number, back=True))
    return tuple(found)


def suggest(others: Iterable[Other]) -> tuple[Suggestion, ...]:
    """Grouped by rule and the route taken, the most frequent first."""
    groups: dict[tuple[str, str, str], list[Other]] = {}
    for other in others:
        groups.setdefault((other.rule, other.proposed, other.taken), []).append(other)
    found = [
        Suggestion(
            rule, proposed, taken, len(held), sum(o.back for o in held), _reasons([o.reason for o in held]), tuple(o.number for o in held)
        )
        for (rule, proposed, taken), held in groups.items()
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda s: (-s.times, s.rule, s.taken)))


def _reasons(reasons: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """Reasons that share most of their pairs of letters count as one, shown in the words that came first."""
    first: list[tuple[frozenset[str], str]] = []
    times: Counter[str] = Counter()
    for reason in reasons:
        grams = _grams(reason)
        known = next((words for other, words in first if _alike(grams, other)), None)
        if known is None:
            first.append((grams, reason))
        times[known or reason] += 1
    order = [words for _, words in first]
    return tuple(sorted(times.items(), key=lambda item: (-item[1], order.index(item[0]))))


def _grams(text: str) -> frozenset[str]:
    plain = "".join(char for char in fold(text).text if char.isalnum())
    return frozenset(plain[i : i + 2] for i in range(max(1, len(plain) - 1)))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= _ALIKE * len(one | other)
