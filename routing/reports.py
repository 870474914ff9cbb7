"""Figures of the desks, computed from dates alone. Pure: desks that fell silent against their own history.

Knows no case and no person, only which desk raised one when. Refuses to compare desks with each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.follow_up import SilentDesk


@dataclass(frozen=True, slots=True)
class Silence:
    """A desk that raised far fewer cases of late than it used to. `expected`: cases its own history leads one to expect."""

    desk: str
    raised: int
    expected: float
    last_at: datetime | None


def silent_desks(
    raised: Iterable[tuple[str, datetime]], desks: Sequence[str], now: datetime, rule: SilentDesk
) -> tuple[Silence, ...]:
    """The silent ones among `desks`, the most surprising first. `raised`: (desk, when) at least as far back as the history.

    History is the `history_weeks` before the last `weeks`; a desk with a shorter one is measured by its own length, from its
    first case on, so that a new desk is neither silent nor hidden.
    """
    recent = now - timedelta(weeks=rule.weeks)
    begin = recent - timedelta(weeks=rule.history_weeks)
    first: dict[str, datetime] = {}
    last: dict[str, datetime] = {}
    before: Counter[str] = Counter()
    lately: Counter[str] = Counter()
    for desk, at in raised:
        if not begin <= at <= now:
            continue
        first[desk] = min(first.get(desk, at), at)
        last[desk] = max(last.get(desk, at), at)
        (lately if at >= recent else before)[desk] += 1
    found = []
    for desk in dict.fromkeys(desks):
        if not before[desk]:
            continue
        weeks = max((recent - first[desk]) / timedelta(weeks=1), 1.0)
        expected = round(before[desk] / weeks * rule.weeks, 2)
        if expected >= rule.least_expected and lately[desk] < rule.share * expected:
            found.append(Silence(desk, lately[desk], expected, last.get(desk)))
    return tuple(sorted(found, key=lambda s: (s.raised - s.expected, s.desk)))
