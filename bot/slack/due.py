"""What waits for a person now: cases whose next step is theirs, and reminders with their buttons. Reads only.

Knows which cases are looked at (the person's own and their desk's); refuses to know when a reminder is due (routing/progress.py)
and how it is worded.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, time, timedelta

from bot.app import App
from bot.notices import notice_view
from bot.rounds import Town
from bot.views import View
from bot.watched import watch_of
from routing.digest import DIGEST, digests
from routing.people import Actor
from routing.ports import UnitOfWork
from routing.progress import working_days
from routing.roster import roster_of
from routing.worktime import hours_of, is_open, local

_MOST = 50
_LONGEST_REST = 15  # days without an open office
_UNTIL_ANSWERED = 60  # working days: unlike a message, what is due at home stays there


def waiting(app: App, unit: UnitOfWork, actor: Actor, at: datetime) -> View:
    """The cases that wait for this person, or are late: a board with nothing else on it."""
    return app.desk.board(unit, "", actor, at, only="yours" if actor.agency else "late")


def reminders(app: App, unit: UnitOfWork, actor: Actor, at: datetime) -> View | None:
    """The reminders that are due to this person now, as a digest of this moment; None when nothing is."""
    catalogue = app.town.catalogue
    kinds = tuple(replace(kind, catch_up=_UNTIL_ANSWERED) for kind in app.town.reminders.kinds)
    town = Town(replace(app.town.reminders, kinds=kinds), hours_of(catalogue.pack), "", watch_of(catalogue))
    names = _names(app, actor)
    moment = _told(at, town)
    found = [each for each in town.due(town.watch(unit, _cases(app, unit, actor)), moment) if each.recipient in names]
    today = local(at).date()
    days = working_days(today.year, town.hours.closures)
    mine = [replace(each, recipient="") for each in found]  # to the person, the post and the desk: one list here
    made = digests(mine, (), app.town.reminders.caps, days, at, today)
    return notice_view(json.loads(made[0].message.payload), DIGEST, app.town, None) if made else None


def _told(at: datetime, town: Town) -> datetime:
    """The latest moment at which reminders were told: on a Sunday, those of Friday still wait."""
    here, row = local(at), town.reminders.data.digest.at
    for back in range(_LONGEST_REST):
        day = here.date() - timedelta(days=back)
        for moment in (
            here,
            datetime.combine(day, time(15), town.hours.zone),
            datetime.combine(day, row, town.hours.zone),
        ):
            if moment <= here and moment.time() >= row and is_open(moment, town.hours):
                return moment
    return here


def _cases(app: App, unit: UnitOfWork, actor: Actor) -> list[str]:
    """The open cases that they opened, and those of the desk they act for."""
    desks = (actor.agency,) if actor.agency else ()
    rows = unit.board.list(app.town.catalogue.pack.id, desks=desks, opened_by=actor.id, limit=_MOST)
    return [row.case_id for row in rows]


def _names(app: App, actor: Actor) -> set[str]:
    """The recipients that a person stands for."""
    post = roster_of(app.town.catalogue).posts.get((actor.agency, actor.role.value), "")
    return {f"person:{actor.id}", f"agency:{actor.agency}", f"post:{post}"}
