"""多機関協働へ上げる: every state × every command as a table written by hand, and what is out of date cannot act."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from routing.cases import Event, EventKind
from routing.errors import AlreadySettled, IllegalMove, Missing
from routing.escalation import Cause, Escalation, EscalationState, Plan, Step, act, acted, assign, follow_up, rise
from tests.routing.handover.town import MORNING, rows

TABLE = [
    (row["state"], command, outcome)
    for row in rows("escalation_states.csv")
    for command, outcome in row.items()
    if command != "state"
]
PLAN = Plan((Step("agency:project-team", 240), Step("post:deputy", 240), Step("post:boss", 525)), "working", 60, 30, 5)
DUE = MORNING + timedelta(hours=4)
RAISED = Escalation(
    1, Cause.DESK, "follow_up.desk", PLAN, MORNING, "web:clerk", "fukushi-madoguchi", DUE, acknowledged_by="web:team"
)
PROMISE = date(2026, 12, 1)


def do(escalation: Escalation, command: str, at: datetime = DUE) -> Event | None:
    """The command with everything that it needs."""
    if command == "rose":
        return rise(escalation, at, escalation.round, at + timedelta(hours=4))
    if command == "followed_up":
        return follow_up(escalation, at, "web:clerk")
    if command == "assigned":
        return assign(escalation, at, "web:team", "hokatsu-kikan", note="n")
    return act(escalation, EventKind(command), at, "web:team", reasons=("fits_one_desk",), promise=PROMISE, note="n")


def test_the_table_has_every_state_and_every_command() -> None:
    assert {state for state, _, _ in TABLE} == set(EscalationState)
    commands = {command for _, command, _ in TABLE}
    told_of = {"acknowledged", "taken_up", "sent_back", "asked", "informed", "called_off", "rose", "followed_up"}
    told_of |= {"assigned"}
    assert commands == told_of
    assert len(TABLE) == len(EscalationState) * len(commands)


@pytest.mark.parametrize(("state", "command", "outcome"), TABLE, ids=str)
def test_every_state_and_every_command(state: str, command: str, outcome: str) -> None:
    escalation = replace(RAISED, state=EscalationState(state))
    if outcome == "settled":
        with pytest.raises(AlreadySettled) as told:
            do(escalation, command)
        assert "ご確認ください" in str(told.value)
        return
    if outcome == "illegal":
        with pytest.raises(IllegalMove, match="の状態では") as early:
            do(escalation, command)
        assert not isinstance(early.value, AlreadySettled)
        return
    event = do(escalation, command)
    if outcome == "nothing":
        assert event is None
        return
    assert event is not None
    after = acted(escalation, event)
    assert after.state == outcome
    assert after.turn == escalation.turn + (command not in ("rose", "followed_up")), "only people take turns"
    assert after.round == escalation.round + (command == "rose")


@pytest.mark.parametrize("command", ["acknowledged", "taken_up", "sent_back", "asked", "called_off"])
def test_a_button_that_was_drawn_for_an_earlier_turn_cannot_act(command: str) -> None:
    acknowledged = acted(RAISED, act(RAISED, EventKind.ACKNOWLEDGED, DUE, "web:team", turn=0))
    for turn in (0, 2):
        with pytest.raises(AlreadySettled):
            act(
                replace(acknowledged, state=EscalationState.ALERTED), EventKind(command), DUE, "web:late", turn=turn,
                reasons=("fits_one_desk",), promise=PROMISE, note="n",
            )  # fmt: skip


def test_a_timer_of_an_earlier_round_cannot_act() -> None:
    first = rise(RAISED, DUE, 1, DUE + timedelta(hours=4))
    assert first is not None
    risen = acted(RAISED, first)
    assert rise(risen, DUE + timedelta(days=1), 1, None) is None
    assert rise(risen, DUE + timedelta(days=1), 2, None) is not None


def test_a_timer_that_rings_too_early_does_nothing() -> None:
    assert rise(RAISED, DUE - timedelta(seconds=1), 1, None) is None


def test_nobody_answers_then_the_deputy_then_the_supervisor_and_at_last_it_stops() -> None:
    escalation, told = RAISED, []
    for _ in range(10):
        at = escalation.rises_at or DUE + timedelta(days=30)
        event = rise(escalation, at, escalation.round, at + timedelta(hours=4))
        if event is None:
            break
        escalation = acted(escalation, event)
        told.append(PLAN.steps[escalation.step].recipient)
    assert told == ["post:deputy", "post:boss", "post:boss", "post:boss"]
    assert escalation.round == PLAN.most
    assert escalation.is_open, "it stays on the board"


def test_an_acknowledgement_that_leads_to_nothing_is_taken_back_and_the_case_rises_again() -> None:
    silent = acted(RAISED, act(RAISED, EventKind.ACKNOWLEDGED, DUE, "web:team", rises_at=DUE + timedelta(hours=1)))
    assert silent.acknowledged_by == "web:team"
    event = rise(silent, DUE + timedelta(hours=1), silent.round, None)
    assert event is not None
    again = acted(silent, event)
    assert (again.state, again.acknowledged_by, again.step) == (EscalationState.ALERTED, "", 1)


def test_while_the_referrer_is_asked_silence_does_not_climb_the_teams_ladder() -> None:
    asked = acted(RAISED, act(RAISED, EventKind.ASKED, DUE, "web:team", rises_at=DUE, note="n"))
    event = rise(asked, DUE, asked.round, None)
    assert event is not None
    assert acted(asked, event).step == RAISED.step


@pytest.mark.parametrize(
    ("command", "given", "what"),
    [
        ("sent_back", {"promise": PROMISE}, "紹介元へ戻す理由"),
        ("sent_back", {"promise": PROMISE, "reasons": ("母が、家を出た",)}, "紹介元へ戻す理由"),
        ("sent_back", {"reasons": ("fits_one_desk",)}, "いっしょに様子を確かめる日"),
        ("asked", {}, "知りたいこと"),
    ],
)
def test_what_must_be_said_is_asked_for(command: str, given: dict[str, object], what: str) -> None:
    with pytest.raises(Missing, match=what):
        act(RAISED, EventKind(command), DUE, "web:team", **given)  # type: ignore[arg-type]


def test_a_sending_back_keeps_its_reasons_and_promises_a_joint_follow_up_which_happens_once() -> None:
    reasons = ("fits_one_desk", "consent_first")
    sent_back = acted(RAISED, act(RAISED, EventKind.SENT_BACK, DUE, "web:team", reasons=reasons, promise=PROMISE))
    assert (sent_back.reasons, sent_back.promise, sent_back.followed_up) == (reasons, PROMISE, False)
    met = acted(sent_back, follow_up(sent_back, DUE, "web:clerk"))
    assert met.followed_up
    with pytest.raises(AlreadySettled):
        follow_up(met, DUE, "web:clerk")


def test_the_plan_is_frozen_with_the_escalation() -> None:
    assert Plan.from_text(PLAN.to_text()) == PLAN
