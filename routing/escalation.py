"""多機関協働へ上げる as a value: alerted → acknowledged → taken up, sent back or asked, and who is told next when nobody answers.

Knows one escalation and the plan that was frozen when it began. A timer carries the `round` it was set for, a button the
`turn` it was drawn for; one that is out of date cannot act. Refuses to know working time (its deadlines are given), the
recipients' addresses, and wording.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from routing.cases import Event, EventKind
from routing.errors import AlreadySettled, IllegalMove, Missing


class EscalationState(StrEnum):
    """Where an escalation stands. `asked`: the team waits for the referrer's answer."""

    ALERTED = "alerted"
    ACKNOWLEDGED = "acknowledged"
    ASKED = "asked"
    TAKEN_UP = "taken_up"
    SENT_BACK = "sent_back"
    CALLED_OFF = "called_off"


class Cause(StrEnum):
    """Why a case was brought up: the clerk confirmed it, it was refused too often, or a desk asked in its own words."""

    PROPOSAL = "proposal"
    BOUNCED = "bounced"
    DESK = "desk"


@dataclass(frozen=True, slots=True)
class Step:
    """Whom to tell (`agency:…` or `post:…`) and how many minutes they have to answer."""

    recipient: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Who is told in which order, frozen when the escalation begins. `clock`: `working` minutes, or those of the `wall`.

    `silent_minutes`: how long an acknowledgement may stand without a decision. `ask_minutes`: how long the referrer has.
    `most`: after so many alerts nobody is told again; the weekly nudge still shows it.
    """

    steps: tuple[Step, ...]
    clock: str
    silent_minutes: int
    ask_minutes: int
    most: int

    def to_text(self) -> str:
        """As an event keeps it."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Plan:
        """As an event kept it."""
        raw = json.loads(text)
        return cls(**{**raw, "steps": tuple(Step(**step) for step in raw["steps"])})


_CODE = re.compile(r"[a-z][a-z0-9_]*")  # reasons leave with alerts: words of people have no place in them
OPEN = (EscalationState.ALERTED, EscalationState.ACKNOWLEDGED, EscalationState.ASKED)
_TEAM = (EscalationState.ALERTED, EscalationState.ACKNOWLEDGED, EscalationState.ASKED)
ASSIGNABLE = (EscalationState.ACKNOWLEDGED, EscalationState.TAKEN_UP)
_OVER = (EscalationState.SENT_BACK, EscalationState.CALLED_OFF)
_LEGAL: Mapping[EventKind, tuple[EscalationState, ...]] = {
    EventKind.ACKNOWLEDGED: (EscalationState.ALERTED,),
    EventKind.TAKEN_UP: _TEAM,
    EventKind.SENT_BACK: _TEAM,
    EventKind.ASKED: _TEAM,
    EventKind.INFORMED: (EscalationState.ASKED,),
    EventKind.CALLED_OFF: _TEAM,
    EventKind.ROSE: OPEN,
}
_AFTER: Mapping[EventKind, EscalationState] = {
    EventKind.ACKNOWLEDGED: EscalationState.ACKNOWLEDGED,
    EventKind.TAKEN_UP: EscalationState.TAKEN_UP,
    EventKind.SENT_BACK: EscalationState.SENT_BACK,
    EventKind.ASKED: EscalationState.ASKED,
    EventKind.INFORMED: EscalationState.ACKNOWLEDGED,
    EventKind.CALLED_OFF: EscalationState.CALLED_OFF,
}
_STATES: Mapping[EscalationState, str] = {
    EscalationState.ALERTED: "確認待ち",
    EscalationState.ACKNOWLEDGED: "確認済み・検討中",
    EscalationState.ASKED: "紹介元へ照会中",
    EscalationState.TAKEN_UP: "多機関協働で受理",
    EscalationState.SENT_BACK: "紹介元へ戻し済み",
    EscalationState.CALLED_OFF: "取り下げ",
}
_COMMANDS: Mapping[EventKind, str] = {
    EventKind.ACKNOWLEDGED: "確認",
    EventKind.TAKEN_UP: "受理",
    EventKind.SENT_BACK: "紹介元へ戻す",
    EventKind.ASKED: "情報を求める",
    EventKind.INFORMED: "照会への回答",
    EventKind.CALLED_OFF: "取り下げ",
    EventKind.ROSE: "再通知",
    EventKind.FOLLOWED_UP: "いっしょの確認",
    EventKind.ASSIGNED: "担当を決める",
}


@dataclass(frozen=True, slots=True)
class Escalation:
    """One time that a case was brought up. `number` counts from 1 within the case.

    `step`: whom of the plan the last alert went to. `round`: how many alerts there were; `turn`: how many times a person
    acted. `rises_at`: when silence leads to the next alert, None when it never does. `promise`: the day of the joint
    follow-up that a sending-back promises (国: 紹介元へ戻したあとも両者が連絡を保つ). `assigned`, `post`: the desk that the team
    named last as 主担当, and the post there if one was named; the desk holds the case only once it accepts.
    """

    number: int
    cause: Cause
    rule: str
    plan: Plan
    raised_at: datetime
    raised_by: str
    referrer: str
    rises_at: datetime | None
    state: EscalationState = EscalationState.ALERTED
    step: int = 0
    round: int = 1
    turn: int = 0
    acknowledged_by: str = ""
    decided_at: datetime | None = None
    decided_by: str = ""
    reasons: tuple[str, ...] = ()
    promise: date | None = None
    followed_up: bool = False
    note: str = ""
    assigned: str = ""
    post: str = ""

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to decide."""
        return self.state in OPEN


def raised(event: Event) -> Escalation:
    """The escalation that an `ESCALATED` event tells of."""
    data = event.data
    return Escalation(
        number=int(data["escalation"]),
        cause=Cause(data["cause"]),
        rule=data["rule"],
        plan=Plan.from_text(data["plan"]),
        raised_at=event.at,
        raised_by=event.actor,
        referrer=data["referrer"],
        rises_at=_moment(data.get("rises_at", "")),
        note=data.get("note", ""),
    )


def act(
    escalation: Escalation,
    kind: EventKind,
    at: datetime,
    by: str,
    *,
    turn: int | None = None,
    rises_at: datetime | None = None,
    reasons: tuple[str, ...] = (),
    promise: date | None = None,
    note: str = "",
) -> Event:
    """The event of a person's legal act. `turn`: the one the button was drawn for, None when there was no button.

    Raises `AlreadySettled` for an act that has no meaning now or a button that is out of date, `Missing` for a
    sending-back without reasons or without the day of the joint follow-up, and for a question or an answer without words.
    """
    stale = turn is not None and turn != escalation.turn
    if stale or escalation.state not in _LEGAL[kind]:
        raise AlreadySettled(_STATES[escalation.state], _COMMANDS[kind])
    if kind is EventKind.SENT_BACK and not all(_CODE.fullmatch(reason) for reason in reasons or ("",)):
        raise Missing("紹介元へ戻す理由")
    if kind is EventKind.SENT_BACK and promise is None:
        raise Missing("いっしょに様子を確かめる日")
    if kind in (EventKind.ASKED, EventKind.INFORMED) and not note:
        raise Missing("知りたいこと" if kind is EventKind.ASKED else "照会への答え")
    data = {"escalation": str(escalation.number)}
    data |= {"rises_at": rises_at.isoformat()} if rises_at else {}
    data |= {"reasons": " ".join(reasons)} if reasons else {}
    data |= {"promise": promise.isoformat()} if promise else {}
    data |= {"note": note} if note else {}
    return Event(kind, at, by, data)


def rise(escalation: Escalation, at: datetime, round_: int, rises_at: datetime | None) -> Event | None:
    """What a timer of `round_` does: the next alert, one step further unless the referrer is who keeps silent.

    None when the timer is out of date, the escalation is settled, it is not yet time, or enough alerts were sent.
    """
    due = escalation.rises_at is not None and at >= escalation.rises_at
    if round_ != escalation.round or not escalation.is_open or not due or escalation.round >= escalation.plan.most:
        return None
    asked = escalation.state is EscalationState.ASKED
    step = escalation.step if asked else min(escalation.step + 1, len(escalation.plan.steps) - 1)
    data = {"escalation": str(escalation.number), "step": str(step), "round": str(escalation.round + 1)}
    data |= {"rises_at": rises_at.isoformat()} if rises_at else {}
    return Event(EventKind.ROSE, at, "timer", data)


def follow_up(escalation: Escalation, at: datetime, by: str, note: str = "") -> Event:
    """The joint follow-up that a sending-back promised has taken place. Raises `AlreadySettled`."""
    if escalation.state is not EscalationState.SENT_BACK or escalation.followed_up:
        raise AlreadySettled(_STATES[escalation.state], name_of(EventKind.FOLLOWED_UP))
    data = {"escalation": str(escalation.number)} | ({"note": note} if note else {})
    return Event(EventKind.FOLLOWED_UP, at, by, data)


def assign(
    escalation: Escalation,
    at: datetime,
    by: str,
    desk: str,
    *,
    post: str = "",
    turn: int | None = None,
    rises_at: datetime | None = None,
    note: str = "",
) -> Event:
    """担当を決める: the team names the desk that is to carry the case. The state stays: to be named is not to have taken it.

    Raises `IllegalMove` before the team has looked at it and while the referrer is asked, `AlreadySettled` once it was sent
    back or called off and for a button that is out of date, `Missing` without a desk or a reason (`note` is its key).
    """
    name = _COMMANDS[EventKind.ASSIGNED]
    if (turn is not None and turn != escalation.turn) or escalation.state in _OVER:
        raise AlreadySettled(_STATES[escalation.state], name)
    if escalation.state not in ASSIGNABLE:
        raise IllegalMove(_STATES[escalation.state], name)
    if not desk:
        raise Missing("主担当をお願いする窓口")
    if not note:
        raise Missing("担当を決めた理由")
    data = {"escalation": str(escalation.number), "agency": desk, "note": note}
    data |= {"post": post} if post else {}
    data |= {"rises_at": rises_at.isoformat()} if rises_at else {}
    return Event(EventKind.ASSIGNED, at, by, data)


def acted(escalation: Escalation, event: Event) -> Escalation:
    """The escalation after an event of its own."""
    data = event.data
    if event.kind is EventKind.FOLLOWED_UP:
        return replace(escalation, followed_up=True)
    rises_at = _moment(data.get("rises_at", ""))
    if event.kind is EventKind.ROSE:
        # an acknowledgement that led to nothing is taken back; a question to the referrer stays open
        asked = escalation.state is EscalationState.ASKED
        state = escalation.state if asked else EscalationState.ALERTED
        return replace(
            escalation,
            state=state,
            step=int(data["step"]),
            round=int(data["round"]),
            rises_at=rises_at,
            acknowledged_by=escalation.acknowledged_by if asked else "",
        )
    if event.kind is EventKind.ASSIGNED:
        named = replace(escalation, assigned=data["agency"], post=data.get("post", ""))
        return replace(named, rises_at=rises_at, turn=escalation.turn + 1)
    state = _AFTER[event.kind]
    after = replace(escalation, state=state, rises_at=rises_at, turn=escalation.turn + 1)
    if state is EscalationState.ACKNOWLEDGED:
        by = event.actor if event.kind is EventKind.ACKNOWLEDGED else escalation.acknowledged_by
        return replace(after, acknowledged_by=by)
    if state is EscalationState.ASKED:
        return replace(after, acknowledged_by=event.actor, note=data.get("note", ""))
    promise = data.get("promise")
    return replace(
        after,
        decided_at=event.at,
        decided_by=event.actor,
        reasons=tuple(data.get("reasons", "").split()),
        promise=date.fromisoformat(promise) if promise else None,
        note=data.get("note", ""),
    )


def name_of(kind: EventKind) -> str:
    """What an act is called in a message."""
    return _COMMANDS[kind]


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
