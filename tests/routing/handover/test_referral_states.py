"""つなぎ: every state × every command, as a table written by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from routing.cases import EventKind
from routing.errors import AlreadySettled, Missing
from routing.referrals import DeclineReason, Purpose, Referral, ReferralState, Way, move, moved
from tests.routing.handover.town import MORNING, rows

TABLE = [
    (row["state"], command, outcome)
    for row in rows("referral_states.csv")
    for command, outcome in row.items()
    if command != "state"
]
SENT = Referral(
    1, "hokatsu-kikan", Purpose.TAKE, (Way.CHAT,), 1, MORNING, "web:clerk", "fukushi-madoguchi",
    MORNING + timedelta(days=1), MORNING + timedelta(days=3),
)  # fmt: skip
LATER = MORNING + timedelta(hours=1)


def test_the_table_has_every_state_and_every_command() -> None:
    assert {state for state, _, _ in TABLE} == set(ReferralState)
    commands = {command for _, command, _ in TABLE}
    assert commands == set(ReferralState) - {"sent"}
    assert len(TABLE) == len(ReferralState) * len(commands)


@pytest.mark.parametrize(("state", "command", "outcome"), TABLE, ids=str)
def test_every_state_and_every_command(state: str, command: str, outcome: str) -> None:
    referral = replace(SENT, state=ReferralState(state))
    if outcome == "settled":
        with pytest.raises(AlreadySettled) as told:
            move(referral, EventKind(command), LATER, "web:care", reason=DeclineReason.LAW)
        assert "ご確認ください" in str(told.value)
        return
    event = move(referral, EventKind(command), LATER, "web:care", reason=DeclineReason.LAW)
    if outcome == "same":
        assert event is None
        return
    assert event is not None
    after = moved(referral, event)
    assert after.state == outcome
    assert after.is_open is (outcome == "seen")
    assert (after.number, after.agency, after.sent_at) == (1, "hokatsu-kikan", MORNING)


@pytest.mark.parametrize("reason", DeclineReason)
def test_a_decline_keeps_its_reason_its_way_and_who_declined(reason: DeclineReason) -> None:
    event = move(SENT, EventKind.DECLINED, LATER, "web:care", way=Way.PHONE, reason=reason, note="referral:1")
    assert event is not None
    after = moved(SENT, event)
    told = (after.reason, after.answer_way, after.answered_by, after.answered_at, after.note)
    assert told == (reason, Way.PHONE, "web:care", LATER, "referral:1")


@pytest.mark.parametrize("state", [ReferralState.SENT, ReferralState.SEEN])
def test_nobody_declines_without_a_reason(state: ReferralState) -> None:
    with pytest.raises(Missing, match="お断りの理由を入れてください"):
        move(replace(SENT, state=state), EventKind.DECLINED, LATER, "web:care")


def test_the_reasons_are_the_four_root_causes_and_three_that_lead_on() -> None:
    assert [reason.value for reason in DeclineReason] == [
        "law", "organisation", "relation", "other", "capacity", "area", "documents",
    ]  # fmt: skip
