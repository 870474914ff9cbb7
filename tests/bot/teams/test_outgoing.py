"""Sending: paced, tried again when it may help, and every refusal a known one."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.teams.outgoing import Answered, Done, Later, NoAnswer, NoToken, Outgoing, Refused, Trouble, Unknown
from bot.teams.pace import CONVERSATION, Pace
from bot.teams.references import Reference
from tests.bot.teams.teams import Wire

WHERE = Reference("a:chat", "https://smba.example/", "t")
CARD = {"type": "message", "summary": "x"}


@dataclass
class Time:
    """A clock that moves only while somebody sleeps."""

    now: float = 100.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds
        self.slept.append(seconds)


def made(*troubles: Answered | NoAnswer | NoToken) -> tuple[Outgoing, Wire, Time]:
    wire, time = Wire(troubles=list(troubles)), Time()
    return Outgoing(wire, time, time.sleep), wire, time


@pytest.mark.parametrize("status", [412, 429, 502, 503, 504])
def test_what_passes_is_tried_again(status: int) -> None:
    outgoing, wire, time = made(Answered(status), Answered(status))
    assert outgoing.post(WHERE, CARD) == Done("m0")
    pauses = [each for each in time.slept if each]
    assert len(pauses) == 2
    assert pauses[0] <= 1.0 <= pauses[1] * 2
    assert len(wire.log) == 1


@pytest.mark.parametrize("status", [429, 503, 412])
def test_retry_after_is_obeyed(status: int) -> None:
    outgoing, _, time = made(Answered(status, after=3.0))
    assert isinstance(outgoing.post(WHERE, CARD), Done)
    assert time.now >= 103.0


def test_a_long_rest_is_left_to_the_caller_and_kept_to() -> None:
    outgoing, wire, time = made(Answered(429, after=90.0))
    assert outgoing.post(WHERE, CARD) == Later(90.0, "status_429")
    assert isinstance(outgoing.post(WHERE, CARD), Later)
    assert not wire.log
    assert isinstance(outgoing.post(Reference("a:other", WHERE.service, "t"), CARD), Done)
    time.now += 91
    assert isinstance(outgoing.post(WHERE, CARD), Done)


def test_after_several_tries_the_caller_is_told_when_to_go_on() -> None:
    outgoing, _, _ = made(*[Answered(429)] * 4)
    assert isinstance(outgoing.post(WHERE, CARD), Later)
    outgoing, _, _ = made(*[Answered(504)] * 4)
    assert isinstance(outgoing.post(WHERE, CARD), Unknown)


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (Answered(403, ("MessageWritesBlocked",)), Trouble.BLOCKED),
        (Answered(403, ("Forbidden", "ConversationBlockedByUser")), Trouble.BLOCKED),
        (Answered(403, ("BotDisabledByAdmin",)), Trouble.DISABLED),
        (Answered(403, ("BotNotInConversationRoster",)), Trouble.NOT_THERE),
        (Answered(403, ("NotEnoughPermissions",)), Trouble.FORBIDDEN),
        (Answered(403), Trouble.FORBIDDEN),
        (Answered(404, ("ConversationNotFound",)), Trouble.NO_CONVERSATION),
        (Answered(404), Trouble.NO_CONVERSATION),
        (Answered(401), Trouble.AUTH),
        (Answered(413, ("MessageSizeTooBig",)), Trouble.TOO_BIG),
        (Answered(400, ("BadArgument",)), Trouble.UNFIT),
    ],
)
def test_every_refusal_is_a_known_one_and_is_not_tried_again(answer: Answered, trouble: Trouble) -> None:
    outgoing, wire, _ = made(answer)
    outcome = outgoing.post(WHERE, CARD)
    assert isinstance(outcome, Refused)
    assert outcome.trouble is trouble
    assert not wire.log


def test_a_message_that_is_gone_cannot_be_replaced() -> None:
    outgoing, _, _ = made()
    outcome = outgoing.update(WHERE, "m9", CARD)
    assert isinstance(outcome, Refused)
    assert outcome.trouble is Trouble.GONE


def test_what_may_have_arrived_is_not_called_failed() -> None:
    assert isinstance(made(NoAnswer(sent=True))[0].post(WHERE, CARD), Unknown)
    assert isinstance(made(NoAnswer(sent=False))[0].post(WHERE, CARD), Later)
    assert isinstance(made(Answered(500))[0].post(WHERE, CARD), Unknown)
    assert made(NoToken())[0].post(WHERE, CARD) == Later(60.0, "auth")


@given(st.lists(st.floats(0, 3), min_size=1, max_size=150))
def test_a_conversation_is_never_written_to_more_often_than_teams_allows(gaps: list[float]) -> None:
    pace, now, sent = Pace(), 0.0, []
    for gap in gaps:
        now += gap
        wait = pace.reserve("c", now, 10_000.0)
        assert wait >= 0
        sent.append(now + wait)
    for count, span in CONVERSATION:
        for first, after in zip(sent, sent[count:], strict=False):
            assert after - first >= span - 1e-6


def test_conversations_do_not_hold_each_other_up() -> None:
    pace = Pace()
    assert [pace.reserve(f"c{n}", 0.0, 1.0) for n in range(50)] == [0.0] * 50
    assert pace.reserve("c50", 0.0, 5.0) == 1.0
    assert pace.reserve("c51", 0.0, 0.5) < 0
