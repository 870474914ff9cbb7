"""Use cases of 多機関協働へ上げる: bring a case up, acknowledge, take it up, send it back, ask, answer, and rise when all keep silent.

The plan of who is told is frozen when it begins. Refuses to know surfaces, addresses and wording.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from knowledge.catalogue import Catalogue
from routing.cases import Event, EventKind
from routing.errors import IllegalMove, Missing, NotAllowed
from routing.escalation import Cause, Escalation, EscalationState, Plan, Step, act, follow_up, name_of, rise
from routing.follow_up import Ladder
from routing.people import in_team, must_hold
from routing.referrals import move
from routing.standing import check_open
from routing.watching import post_of
from routing.work import CaseNow, Work

DESK_RULE = "follow_up.desk"
_BY_REFERRER = (EventKind.INFORMED, EventKind.CALLED_OFF)
_ENDS_IT = (EventKind.SENT_BACK, EventKind.CALLED_OFF)
_BY_TEAM = (EventKind.ACKNOWLEDGED, EventKind.TAKEN_UP, EventKind.SENT_BACK, EventKind.ASKED)


@dataclass(frozen=True, slots=True)
class Act:
    """What a person does with an escalation. `turn`: of the button that was pressed; `reasons`: codes of a sending-back."""

    kind: EventKind
    turn: int | None = None
    reasons: tuple[str, ...] = ()
    promise: date | None = None
    text: str = ""


def escalate(work: Work, cause: Cause, rule: str = DESK_RULE, text: str = "") -> CaseNow:
    """Bring the case up to the project team. Raises `NotAllowed`, `IllegalMove` while it is up already."""
    must_hold(work.actor, work.standing, work.case.opened_by, "多機関協働へ上げる", work.rules.catalogue)
    check_open(work.standing, "多機関協働へ上げる")
    now = work.standing.escalation
    if now is not None and now.is_open:
        raise IllegalMove("プロジェクトチームの返事待ち", "多機関協働へ上げる")
    begin(work, cause, rule, text)
    return work.save()


def begin(work: Work, cause: Cause, rule: str, text: str = "") -> None:
    """Record that the case is brought up (the caller has checked who, and saves)."""
    ladder = work.rules.follow_up.ladder(work.proposal().urgent)
    plan = plan_of(ladder, work.rules.catalogue)
    number = len(work.standing.escalations) + 1
    data = {
        "escalation": str(number),
        "cause": cause.value,
        "rule": rule,
        "plan": plan.to_text(),
        "referrer": work.standing.owner,
        "rises_at": work.rules.deadline(work.at, plan.steps[0].minutes, plan.clock).isoformat(),
    }
    note = work.note(f"escalation:{number}", text)
    work.record(Event(EventKind.ESCALATED, work.at, work.actor.id, data | ({"note": note} if note else {})))


def plan_of(ladder: Ladder, catalogue: Catalogue) -> Plan:
    """The ladder with the town's own posts on its rungs: the team's, else those of the desk that contains it."""
    steps = tuple(Step(_recipient(rung.to, catalogue), rung.minutes) for rung in ladder.steps)
    return Plan(steps, ladder.clock, ladder.silent_minutes, ladder.ask_minutes, ladder.most)


def _recipient(rank: str, catalogue: Catalogue) -> str:
    team = catalogue.pack.project_team or catalogue.pack.fallback
    post = "" if rank == "team" else post_of(team, rank, catalogue)
    return post or f"agency:{team}"


def do(work: Work, given: Act) -> CaseNow:
    """One act on the open escalation: by the team, or (回答, 取り下げ) by the desk that brought it up.

    Raises `NotAllowed`, `AlreadySettled`, `Missing`, `IllegalMove` when the case was never brought up.
    """
    if given.kind not in (*_BY_TEAM, *_BY_REFERRER):
        raise Missing("プロジェクトチームの返事（確認・受理・戻す・照会のどれか）か、照会への答え、取り下げ")
    escalation = _of(work, given.kind)
    _may(work, given.kind)
    if given.promise is not None and given.promise < work.on:
        raise Missing("今日以降の、いっしょに様子を確かめる日")
    number, turn = escalation.number, escalation.turn + 1
    key = f"escalation:{number}:{turn}" if given.text.strip() else ""
    event = act(
        escalation, given.kind, work.at, work.actor.id, turn=given.turn, rises_at=None,
        reasons=given.reasons, promise=given.promise, note=key,
    )  # fmt: skip
    work.note(key, given.text)
    work.record(Event(event.kind, event.at, event.actor, {**event.data, **_timer(work, escalation, given.kind)}))
    if given.kind in _ENDS_IT:
        _take_back(work, number)
    return work.save()


def _take_back(work: Work, number: int) -> None:
    """Whoever the team asked to carry the case is not asked any more once the team itself gave it back."""
    for referral in work.standing.referrals:
        if referral.is_open and referral.decided_in == number:
            work.record(move(referral, EventKind.WITHDRAWN, work.at, work.actor.id))


def followed_up(work: Work, text: str = "") -> CaseNow:
    """The joint follow-up after a sending-back took place; the team or the owner records it."""
    must_hold(work.actor, work.standing, work.case.opened_by, "いっしょの確認", work.rules.catalogue)
    escalation = _of(work, EventKind.FOLLOWED_UP)
    note = work.note(f"escalation:{escalation.number}:followed", text)
    work.record(follow_up(escalation, work.at, work.actor.id, note))
    return work.save()


def rise_when_silent(work: Work, round_: int) -> None:
    """The timer's part: tell the next one when nobody answered (the caller saves). An out-of-date `round_` does nothing."""
    escalation = work.standing.escalation
    if escalation is None:
        return
    plan = escalation.plan
    asked = escalation.state is EscalationState.ASKED
    step = min(escalation.step + 1, len(plan.steps) - 1)
    minutes = plan.ask_minutes if asked else plan.steps[step].minutes
    last = escalation.round + 1 >= plan.most
    following = None if last else work.rules.deadline(work.at, minutes, plan.clock)
    work.record(rise(escalation, work.at, round_, following))


def _timer(work: Work, escalation: Escalation, kind: EventKind) -> dict[str, str]:
    """Until when silence is borne after an act; settled escalations need no timer."""
    plan = escalation.plan
    minutes = {
        EventKind.ACKNOWLEDGED: plan.silent_minutes,
        EventKind.INFORMED: plan.silent_minutes,
        EventKind.ASKED: plan.ask_minutes,
    }.get(kind)
    return {"rises_at": work.rules.deadline(work.at, minutes, plan.clock).isoformat()} if minutes else {}


def _of(work: Work, kind: EventKind) -> Escalation:
    escalation = work.standing.escalation
    if escalation is None:
        raise IllegalMove("まだ上げていない", name_of(kind))
    return escalation


def _may(work: Work, kind: EventKind) -> None:
    catalogue = work.rules.catalogue
    if kind in _BY_TEAM:
        if not in_team(work.actor, catalogue):
            team = catalogue.agencies.get(catalogue.pack.project_team)
            raise NotAllowed("返事", team.name if team else "プロジェクトチーム")
        return
    must_hold(work.actor, work.standing, work.case.opened_by, "回答・取り下げ", catalogue)
