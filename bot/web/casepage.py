"""A case's page as data for its template: every command that is legal now with its form, beside what it acts on.

Knows which commands need a form and which are one press. Refuses to know requests, the store and wording.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.cards import Button, Card
from bot.caseviews import form_view
from bot.render import Renderer
from bot.views import Option, View
from routing.people import Actor
from routing.work import CaseNow, Rules

_ONE_PRESS = frozenset({"see", "accept", "ack", "take_up", "link"})
_TEAM = frozenset({"ack", "take_up", "send_back", "ask_info", "assign", "inform", "call_off", "followed_up"})


@dataclass(frozen=True, slots=True)
class Act:
    """One command. `card` is its form, None for a single press; `go` is set when it has a page of its own."""

    button: Button
    card: Card | None = None
    go: str = ""


@dataclass(frozen=True, slots=True)
class Acts:
    """The commands of a page: on the case, on its escalation, and on each referral by number."""

    case: tuple[Act, ...]
    team: tuple[Act, ...]
    referrals: dict[int, tuple[Act, ...]]

    @property
    def asked(self) -> tuple[int, ...]:
        """Referrals that this person may accept: they come first on the page."""
        return tuple(n for n, acts in self.referrals.items() if any(a.button.action == "case:accept" for a in acts))

    @property
    def awaited(self) -> bool:
        """Whether the escalation waits for this person."""
        return any(act.button.style == "primary" for act in self.team)


def acts_of(view: View, now: CaseNow, actor: Actor, rules: Rules, at: datetime, renderer: Renderer) -> Acts:
    """Every command that the view of a case offers."""

    def made(options: Sequence[Option]) -> tuple[Act, ...]:
        return tuple(_act(option, now, actor, rules, at, renderer) for option in options)

    team = [o for o in view.options if _command(o) in _TEAM]
    rest = [o for o in view.options if _command(o) not in _TEAM]
    rows = {int(row.id.partition(":")[2]): made(row.options) for row in view.rows}
    return Acts(made(rest), made(team), rows)


def _command(option: Option) -> str:
    return option.action.removeprefix("case:")


def _act(option: Option, now: CaseNow, actor: Actor, rules: Rules, at: datetime, renderer: Renderer) -> Act:
    button = Button(option.action, option.value, renderer.label(option.label), option.style)
    command = _command(option)
    if command == "ask":
        return Act(button, go=f"/cases/{now.case.number}/refer")
    if command in _ONE_PRESS:
        return Act(button)
    part = option.value.partition("/")[2]
    return Act(button, renderer.card(form_view(command, now, part, actor, rules, at, {})))
