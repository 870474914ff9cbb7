"""The weekly nudge as a value: what a supervisor's desks should look at this week, from rows of the lists and timelines. Pure.

Puts together the lists of cases (nudge_cases.py), the trend (nudge_trend.py) and what came back or fitted nowhere, by cause;
small cells are pooled (cells.py). Refuses to know who gets it (nudged.py), SQL, wording.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from knowledge.catalogue import MeetingBody
from routing.calendar import add_working_days, meeting_dates
from routing.cases import EventKind
from routing.cells import Cells, named, parted, placed
from routing.figures import Happened, Held, Unfitted
from routing.nudge_cases import ALERTED, REVIEWS, STUCK, WAITING, Listed, Look, Scope, listed
from routing.nudge_trend import EXPIRED, Answer, Trend, answers, sent_back, told_stuck, trend, week_of
from routing.referrals import DeclineReason
from routing.reports import Silence
from routing.worktime import local

KINDS = tuple(
    kind.value
    for kind in (
        EventKind.OPENED,
        EventKind.REFERRED,
        EventKind.ACCEPTED,
        EventKind.DECLINED,
        EventKind.EXPIRED,
        EventKind.ESCALATED,
        EventKind.SENT_BACK,
        EventKind.STUCK,
    )
)
CAUSES = (*(reason.value for reason in DeclineReason), EXPIRED)


@dataclass(frozen=True, slots=True)
class Ahead:
    """A meeting of the next days and the last day for its agenda."""

    body: str
    on: date
    agenda_by: date


@dataclass(frozen=True, slots=True)
class Rows:
    """What was read: `stuck`, `waiting` … are worked out from it."""

    held: Iterable[Held] = ()
    happened: Sequence[Happened] = ()
    opened: Sequence[tuple[str, datetime]] = ()
    unfitted: Sequence[Unfitted] = ()
    silent: Sequence[Silence] = ()
    ahead: Sequence[Ahead] = ()


@dataclass(frozen=True, slots=True)
class Nudge:
    """What is told. `fresh`: something came back, or fitted nowhere, in the last week."""

    week: date
    stuck: Listed
    waiting: Listed
    alerted: Listed
    reviews: Listed
    silent: tuple[Silence, ...]
    bounces: Cells
    sent_back: Cells
    gaps: Cells
    ahead: tuple[Ahead, ...]
    trend: Trend
    fresh: bool

    @property
    def is_empty(self) -> bool:
        """Nothing asks for anybody's hand: meetings and figures alone are no reason to write."""
        return not (self.stuck or self.waiting or self.alerted or self.reviews or self.silent or self.fresh)


def nudge(scope: Scope, rows: Rows, look: Look, week: date, now: datetime) -> Nudge:
    """The nudge of a `week` (its day), as things stand `now`."""
    limits, today = look.limits, look.today
    first = week_of(week) - timedelta(weeks=limits.weeks)
    last_week = week_of(week) - timedelta(weeks=1)
    found = [each for each in answers(rows.happened) if scope.counts(each.sender, each.agency)]
    came_back = [each for each in found if each.came_back and first <= each.on < today]
    returned = [(on, reasons) for on, desk, reasons in sent_back(rows.happened) if scope.counts(desk) and on >= first]
    missing = [each for each in rows.unfitted if scope.counts(each.desk) and local(each.at).date() >= first]
    recent = [*(e.on for e in came_back), *(on for on, _ in returned), *(local(m.at).date() for m in missing)]
    told = [on for on, desk in told_stuck(rows.happened) if scope.counts(desk)]
    lists = listed(rows.held, scope, look)
    begin = datetime.combine(first, datetime.min.time(), local(now).tzinfo)
    opened = [local(at).date() for desk, at in rows.opened if at >= begin and scope.counts(desk)]
    return Nudge(
        week=week,
        stuck=lists[STUCK],
        waiting=lists[WAITING],
        alerted=lists[ALERTED],
        reviews=lists[REVIEWS],
        silent=tuple(s for s in rows.silent if scope.counts(s.desk)),
        bounces=parted(_causes(came_back, week), CAUSES, limits.least_cell),
        sent_back=named(Counter(reason for _, reasons in returned for reason in reasons), limits.least_cell),
        gaps=placed(Counter((i, m.area) for m in missing for i in (m.issues or ("",))), limits.least_cell),
        ahead=tuple(sorted(rows.ahead, key=lambda a: (a.on, a.body))),
        trend=trend(opened, found, told, week, limits.weeks),
        fresh=any(on >= last_week for on in recent),
    )


def meetings_ahead(
    bodies: Iterable[MeetingBody], on: date, span: int, closures: tuple[str, ...] = ()
) -> Iterator[Ahead]:
    """Meetings that take place, or whose agenda closes, within `span` days from a day on."""
    until = on + timedelta(days=span)
    for body in bodies:
        if not body.in_force(on):
            continue
        for day in meeting_dates(body.cadence, on - timedelta(days=1), closures):
            left = body.cadence.agenda_days
            agenda_by = add_working_days(day, -left, closures) if left else day
            if agenda_by > until:
                break
            if day <= until or agenda_by >= on:
                yield Ahead(body.id, day, agenda_by)


def _causes(came_back: Iterable[Answer], week: date) -> Counter[str]:
    """By cause over the weeks of the trend: what is shown there must not give away what is pooled here."""
    return Counter(each.cause for each in came_back if each.on < week_of(week))
