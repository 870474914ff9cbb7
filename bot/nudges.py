"""The weekly nudge: who gets one, whether there is anything to tell, and what it says as a neutral view.

Nothing is worked out before it is due: it is put for every supervisor, looked at again before it goes (`silence`), and its
view shows how things stand when it is read. Refuses to know the figures (routing/nudge.py), surfaces and wording.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.views import Option, Row, View
from bot.world import Town
from knowledge.catalogue import Catalogue, MeetingBody
from routing.cells import Cells
from routing.digest import AFTER_HOURS, WEEKLY
from routing.nudge import KINDS, Ahead, Nudge, Rows, meetings_ahead, nudge
from routing.nudge_cases import Limits, Line, Listed, Look, Scope, any_found
from routing.nudged import Nudged, candidates, desks_of, nudged
from routing.outgoing import InboxItem, OutgoingMessage
from routing.ports import UnitOfWork
from routing.progress import working_days
from routing.reminders import Reminders
from routing.reports import silent_desks
from routing.worktime import is_open, local

NOTHING, NO_LONGER = "nothing_to_tell", "no_longer_due"
_WHEN_UNSAID = {"progress": 10, "asked": 1, "alerted": 1}  # a town that reminds of none of these still gets its week


def supervisors_of(catalogue: Catalogue) -> Callable[[UnitOfWork], tuple[str, ...]]:
    """Who gets the weekly nudge, for the rounds."""
    return lambda unit: tuple(each.recipient for each in nudged_of(unit, catalogue))


def silence(town: Town, clock: Callable[[], datetime]) -> Callable[[OutgoingMessage, UnitOfWork], str]:
    """Why a weekly nudge is not sent: nobody is at work, there is nothing to tell, or somebody else gets it by now."""

    def why_not(message: OutgoingMessage, unit: UnitOfWork) -> str:
        if message.kind != WEEKLY:
            return ""
        if not is_open(clock(), town.rules.hours):
            return AFTER_HOURS
        found = next((each for each in nudged_of(unit, town.catalogue) if each.recipient == message.recipient), None)
        if found is None:
            return NO_LONGER
        week = date.fromisoformat(_week_in(message.payload))
        return "" if is_wanted(unit, town, found.agencies, week, clock()) else NOTHING

    return why_not


def is_wanted(unit: UnitOfWork, town: Town, agencies: Sequence[str], week: date, at: datetime) -> bool:
    """Whether there is anything to tell of these agencies: the first case found is enough, figures are worked out only
    without one."""
    scope = _scope(unit, town.catalogue, agencies)
    if not scope.desks:
        return False
    look = _look(town, at)
    if any_found(unit.figures.held(town.catalogue.pack.id, _desks(scope)), scope, look):
        return True
    return not nudge(scope, _rows(unit, town, scope, week, at), look, week, at).is_empty


def nudge_view(unit: UnitOfWork, town: Town, recipient: str, week: date, at: datetime) -> View:
    """What a supervisor (`post:…`, `person:…`) is told in the nudge of a `week` (its nudge day), as things stand `at`."""
    return view_of(nudge_of(unit, town, recipient, week, at), town.reminders.data.weekly.least_cell)


def figures_view(unit: UnitOfWork, town: Town, recipient: str, week: date, at: datetime) -> View:
    """The same without its cases: enough for the picture."""
    return view_of(nudge_of(unit, town, recipient, week, at, cases=False), town.reminders.data.weekly.least_cell)


def nudge_of(unit: UnitOfWork, town: Town, recipient: str, week: date, at: datetime, *, cases: bool = True) -> Nudge:
    """The nudge of one recipient; empty for one that supervises no desk. Without `cases` no open case is read."""
    scope = _scope(unit, town.catalogue, _agencies(unit, town.catalogue, recipient))
    if not scope.desks:
        return nudge(scope, Rows(), _look(town, at), week, at)
    held = unit.figures.held(town.catalogue.pack.id, _desks(scope)) if cases else ()
    rows = replace(_rows(unit, town, scope, week, at), held=held)
    return nudge(scope, rows, _look(town, at), week, at)


def _look(town: Town, at: datetime) -> Look:
    today = local(at).date()
    return Look(limits_of(town.reminders), working_days(today.year, town.rules.hours.closures), today)


def _desks(scope: Scope) -> list[str] | None:
    return None if scope.whole else sorted(scope.desks)


def limits_of(reminders: Reminders) -> Limits:
    """The policy: what counts as late here is what its owner is reminded of."""
    after = dict(_WHEN_UNSAID)
    for kind in reminders.kinds:
        if kind.since in after and not kind.minutes:
            after[kind.since] = kind.first
    row = reminders.data.weekly
    return Limits(after["progress"], after["asked"], after["alerted"], row.least_cell, row.weeks, row.lines)


def nudged_of(unit: UnitOfWork, catalogue: Catalogue) -> tuple[Nudged, ...]:
    """Who gets one, and of which agencies it tells."""
    persons = unit.people.supervisors()
    return nudged(catalogue, persons, unit.contacts.of_all(candidates(catalogue, persons)))


def _agencies(unit: UnitOfWork, catalogue: Catalogue, recipient: str) -> tuple[str, ...]:
    """The agencies of a recipient: all that its person supervises; of one who gets none any more, their own."""
    found = next((each.agencies for each in nudged_of(unit, catalogue) if each.recipient == recipient), None)
    if found is not None:
        return found
    own = candidates(catalogue, unit.people.supervisors()).get(recipient, "")
    return (own,) if own else ()


def _scope(unit: UnitOfWork, catalogue: Catalogue, agencies: Sequence[str]) -> Scope:
    """Their desks; those of the team see the figures of all, those of the fallback desk what lies at no known desk."""
    desks = desks_of(agencies, catalogue)
    if catalogue.pack.fallback in desks:
        desks |= {owner for owner in unit.board.owners(catalogue.pack.id) if owner not in catalogue.agencies}
    return Scope(desks, catalogue.pack.project_team in desks)


def _rows(unit: UnitOfWork, town: Town, scope: Scope, week: date, at: datetime) -> Rows:
    """Everything but the open cases."""
    rules, row = town.rules, town.reminders.data.weekly
    pack, rule = rules.catalogue.pack, rules.follow_up.data.silent_desk
    desks = _desks(scope)
    monday = datetime.combine(
        week - timedelta(days=week.weekday(), weeks=row.weeks), datetime.min.time(), local(at).tzinfo
    )
    history = min(monday, at - timedelta(weeks=rule.weeks + rule.history_weeks))
    opened = unit.figures.opened(pack.id, desks, history)
    today = local(at).date()
    bodies = [body for body in rules.catalogue.meetings.values() if _concerns(body, scope)]
    return Rows(
        happened=unit.figures.happened(pack.id, desks, KINDS, monday),
        opened=opened,
        unfitted=unit.figures.unfitted(pack.id, desks, monday),
        silent=silent_desks(opened, tuple(dict.fromkeys(desk for desk, _ in opened)), at, rule),
        ahead=tuple(meetings_ahead(bodies, today, row.ahead_days, rules.hours.closures)),
    )


def _concerns(body: MeetingBody, scope: Scope) -> bool:
    return scope.whole or not scope.desks.isdisjoint((body.convenor, body.secretariat, *body.members))


def view_of(found: Nudge, least: int) -> View:
    """A nudge as a view. Rows: cases that stand still; maybes: requests without an answer; asides: what the team, or both
    sides, still owe. Every row opens its case."""
    lists = {"stuck": found.stuck, "waiting": found.waiting, "alerted": found.alerted, "reviews": found.reviews}
    data: dict[str, object] = {
        "week": found.week.isoformat(),
        "least": least,
        "empty": found.is_empty,
        "counts": {name: len(listed.lines) + listed.more for name, listed in lists.items()},
        "more": {name: listed.more for name, listed in lists.items()},
        "elsewhere": {name: _cells(listed.elsewhere) for name, listed in lists.items()},
        "silent": [_silent(s.desk, s.raised, s.expected) for s in found.silent],
        "bounces": _cells(found.bounces),
        "sent_back": _cells(found.sent_back),
        "gaps": _cells(found.gaps),
        "ahead": [_ahead(each) for each in found.ahead],
        "trend": {
            "weeks": [monday.isoformat() for monday in found.trend.weeks],
            **{name: list(getattr(found.trend, name)) for name in ("opened", "accepted", "declined", "stuck")},
        },
    }
    numbers = iter(range(1, 10_000))
    rows = _listed(found.stuck, "idle", numbers)
    maybes = _listed(found.waiting, "unanswered", numbers)
    asides = (*_listed(found.alerted, "unconfirmed", numbers), *_listed(found.reviews, "past", numbers))
    return View("weekly", data, rows=rows, maybes=maybes, asides=asides)


def _listed(listed: Listed, fill: str, numbers: Iterator[int]) -> tuple[Row, ...]:
    return tuple(_row(line, fill, number) for line, number in zip(listed.lines, numbers, strict=False))


def _row(line: Line, fill: str, number: int) -> Row:
    parts = [f"text:{line.number}"]
    parts += ["ui:urgent"] if line.urgent else []
    parts += [f"agency:{line.desk}" if line.desk else "ui:no_owner"]
    parts += [f"fill:{fill}|text:{line.days}"] if line.days else []
    parts += [f"fill:reason|stuck:{line.reason}"] if line.reason else []
    return Row(f"case:{number}", tuple(parts), options=(Option("case:show", line.number, "act:show"),))


def _cells(cells: Cells) -> dict[str, object]:
    return {"shown": [[code, count] for code, count in cells.shown], "rest": cells.rest}


def _silent(desk: str, raised: int, expected: float) -> dict[str, object]:
    return {"desk": desk, "raised": raised, "expected": expected}


def _ahead(each: Ahead) -> dict[str, object]:
    return {"body": each.body, "on": each.on.isoformat(), "agenda_by": each.agenda_by.isoformat()}


def told_once(items: Sequence[InboxItem], catalogue: Catalogue, own: str = "") -> list[InboxItem]:
    """What lies in one person's inbox, with one nudge a week: those of posts whose desks another one tells of are left out.

    `own`: the agency that the person acts for, whose desks a nudge to the person tells of.
    """
    by_week: dict[str, list[str]] = {}
    for item in items:
        if item.kind == WEEKLY:
            by_week.setdefault(_week_in(item.payload), []).append(item.recipient)
    several = {recipient for recipients in by_week.values() if len(recipients) > 1 for recipient in recipients}
    wide = {recipient: _desks_read(recipient, catalogue, own) for recipient in several}
    inner = {
        (week, recipient)
        for week, recipients in by_week.items()
        for recipient in recipients
        if any(wide[recipient] < wide[other] for other in recipients if len(recipients) > 1)
    }
    return [item for item in items if item.kind != WEEKLY or (_week_in(item.payload), item.recipient) not in inner]


def _desks_read(recipient: str, catalogue: Catalogue, own: str) -> frozenset[str]:
    post = catalogue.coordinators.get(recipient.partition(":")[2])
    return desks_of((post.agency if post else own,), catalogue)


def _week_in(payload: str) -> str:
    return str(json.loads(payload)["week"])
