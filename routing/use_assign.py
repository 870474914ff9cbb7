"""Use case of 担当を決める: the project team names the desk that is to carry a case as its 主担当, and asks it to take it.

To be named is not to have taken it: the decision is an event of the escalation, and beside it goes an ordinary request to take
the case over, watched like every other. Refuses to know surfaces and wording.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from routing.cases import EventKind
from routing.errors import IllegalMove, Missing
from routing.escalation import EscalationState, assign, name_of
from routing.people import must_be
from routing.referrals import Purpose, way_of
from routing.standing import check_open
from routing.use_referral import Order, refer
from routing.watching import RANKS, post_of
from routing.work import CaseNow, Work


@dataclass(frozen=True, slots=True)
class Decision:
    """Which desk is to carry the case, and why. `rank`: which post of it (coordinator, deputy, supervisor), empty for none;
    `turn`: of the button that was pressed, None when there was no button."""

    desk: str
    text: str
    rank: str = ""
    turn: int | None = None


def decide_owner(work: Work, given: Decision) -> CaseNow:
    """Name the desk and ask it to take the case; who holds it now goes on holding it until the desk accepts.

    The desk is told what tells nobody who the household is. Raises `NotAllowed` for whoever is not of the team, `UnknownAgency`,
    `IllegalMove`, `AlreadySettled`, `StillOpen`, `Missing`.
    """
    catalogue, escalation = work.rules.catalogue, work.standing.escalation
    must_be(work.actor, catalogue.pack.project_team, name_of(EventKind.ASSIGNED), catalogue)
    check_open(work.standing, name_of(EventKind.ASSIGNED))
    if escalation is None:
        raise IllegalMove("まだ上げていない", name_of(EventKind.ASSIGNED))
    key = f"escalation:{escalation.number}:{escalation.turn + 1}" if given.text.strip() else ""
    post = _post(work, given)
    quiet = _until(work) if escalation.state is EscalationState.ACKNOWLEDGED else None
    event = assign(
        escalation, work.at, work.actor.id, given.desk, post=post, turn=given.turn, rises_at=quiet, note=key
    )  # fmt: skip
    agency = work.rules.agency(given.desk, work.on)
    work.note(key, given.text)
    work.record(event)
    ways = (way_of(agency.reach),)
    order = Order(
        agency.id, Purpose.TAKE, ways, sender=catalogue.pack.project_team, decided_in=escalation.number, post=post
    )
    return refer(work, order)


def _post(work: Work, given: Decision) -> str:
    """The id of the post that was chosen at the desk. Raises `Missing` when the desk has none of that rank."""
    if not given.rank:
        return ""
    found = post_of(given.desk, given.rank, work.rules.catalogue) if given.rank in RANKS else ""
    if not found:
        raise Missing("その窓口にいる人（連携担当者・代理・管理職。いなければ選ばないでください）")
    return found.partition(":")[2]


def _until(work: Work) -> datetime:
    """Until when the acknowledgement may stand: as long as the desk has time to answer, and then the team to decide anew."""
    assert work.standing.escalation is not None
    plan, times = work.standing.escalation.plan, work.rules.follow_up.answering(work.proposal().urgent)
    return work.rules.deadline(work.rules.deadline(work.at, times.expires_minutes), plan.silent_minutes, plan.clock)
