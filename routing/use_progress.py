"""Use cases behind a reminder's buttons: 進んでいる, 止まっている (why), あとで (working days), もう不要 (why). Each changes the case.

Whoever holds the case, and a desk whose answer is awaited, may press them; what was pressed stands in the timeline. Refuses to
know when a reminder is due (progress.py) and wording.
"""

from __future__ import annotations

from routing.calendar import add_working_days
from routing.cases import Event, EventKind
from routing.errors import Missing
from routing.people import acts_for, must_hold
from routing.referrals import DeclineReason
from routing.standing import check_open
from routing.work import CaseNow, Work

ALL = "*"
MOST_DAYS = 20  # a month of working days: longer silence is もう不要 and needs a reason
_CAUSES = (DeclineReason.LAW, DeclineReason.ORGANISATION, DeclineReason.RELATION, DeclineReason.OTHER)


def progressed(work: Work, text: str = "") -> CaseNow:
    """進んでいる. Text is welcome, not needed."""
    _may(work)
    note = work.note(f"progress:{work.case.version}", text)
    work.record(Event(EventKind.PROGRESSED, work.at, work.actor.id, {"note": note} if note else {}))
    return work.save()


def stuck(work: Work, reason: str, text: str = "") -> CaseNow:
    """止まっている, by one of the four root causes (沖縄市). Raises `Missing` without one."""
    _may(work)
    if reason not in _CAUSES:
        raise Missing("止まっている理由")
    note = work.note(f"progress:{work.case.version}", text)
    data = {"reason": reason} | ({"note": note} if note else {})
    work.record(Event(EventKind.STUCK, work.at, work.actor.id, data))
    return work.save()


def later(work: Work, days: str, kind: str = ALL) -> CaseNow:
    """あとで: no reminder of that kind for some working days. Raises `Missing` unless 1 to 20 are given."""
    _may(work)
    if not days.isascii() or not days.isdigit() or not 1 <= int(days) <= MOST_DAYS:
        raise Missing(f"何開庁日後にするか（1〜{MOST_DAYS}の数字）")
    until = add_working_days(work.on, int(days), work.rules.hours.closures)
    data = {"kind": kind or ALL, "until": until.isoformat()}
    work.record(Event(EventKind.LATER, work.at, work.actor.id, data))
    return work.save()


def never(work: Work, text: str, kind: str = ALL) -> CaseNow:
    """もう不要: no reminder of that kind for this case any more. Raises `Missing` without a reason in words."""
    _may(work)
    note = work.note(f"never:{work.case.version}", text)
    if not note:
        raise Missing("お知らせが要らない理由")
    work.record(Event(EventKind.NEVER, work.at, work.actor.id, {"kind": kind or ALL, "note": note}))
    return work.save()


def _may(work: Work) -> None:
    check_open(work.standing, "進みぐあいの返事")
    asked = (r.agency for r in work.standing.referrals if r.is_open)
    if not any(acts_for(work.actor, agency, work.rules.catalogue) for agency in asked):
        must_hold(work.actor, work.standing, work.case.opened_by, "進みぐあいの返事", work.rules.catalogue)
