"""What leaves: only what a channel may see, under keys that never repeat."""

from __future__ import annotations

import json

import pytest

from routing.alerts import age_band
from routing.cases import EventKind
from routing.escalation import Cause
from routing.facts import MemberFact, plain_facts
from routing.ports import Identity
from routing.referrals import DeclineReason
from routing.use_case import close, note
from routing.use_escalation import DESK_RULE, Act, do, escalate, followed_up
from routing.use_referral import Answer, Order, answer, refer, withdraw
from tests.routing.handover.town import CARE, CLERK, DAY, TEAM, WORKLESS, Town, case_of

SECRETS = [
    "ないしょA", "ないしょB", "ないしょC", "ないしょD", "ないしょE", "ないしょF", "ないしょG", "ないしょH", "ないしょI", "ないしょJ",
]  # fmt: skip


def whole_story(town: Town) -> str:
    """Every kind of message, with a secret wherever a person can write."""
    case = case_of(plain_facts({"issues": ["dementia", "poverty"], "consent": "yes"}), masked_text="ないしょA")
    number = town.open(case=case, identity=Identity({"name": "ないしょB", "birth_date": "S18.3.3"}, "ないしょC"))
    no = Answer(EventKind.DECLINED, DeclineReason.OTHER, "ないしょD", person="ないしょE")
    for who in (CARE, WORKLESS):
        order = Order(who.agency, basis="reasonable", items=("names",), reason="ないしょF")
        sent = town.later(hours=1).do(CLERK, number, refer, order).standing.referrals[-1]
        town.do(who, number, answer, sent.number, Answer(EventKind.SEEN))
        town.do(who, number, answer, sent.number, no)
    town.later(days=1).sweep()
    town.do(TEAM, number, do, Act(EventKind.ACKNOWLEDGED))
    town.do(TEAM, number, do, Act(EventKind.ASKED, text="ないしょG"))
    town.do(CLERK, number, do, Act(EventKind.INFORMED, text="ないしょH"))
    town.do(TEAM, number, do, Act(EventKind.ASKED, text="ないしょG"))
    town.do(CLERK, number, do, Act(EventKind.INFORMED, text="ないしょH"))
    town.do(TEAM, number, do, Act(EventKind.SENT_BACK, None, ("fits_one_desk",), town.at.date(), "ないしょI"))
    town.do(CLERK, number, followed_up, "ないしょJ")
    town.do(CLERK, number, note, "ないしょJ")
    for _ in range(2):
        town.do(CLERK, number, escalate, Cause.DESK, DESK_RULE, "ないしょI")
        town.do(CLERK, number, do, Act(EventKind.CALLED_OFF, text="ないしょI"))
    sent = town.do(CLERK, number, refer, Order("korei-shien")).standing.referrals[-1]
    town.do(CLERK, number, withdraw, sent.number, "ないしょJ")
    town.do(CLERK, number, close, "settled")
    return number


def test_no_message_and_no_event_carries_what_people_wrote(town: Town) -> None:
    number = whole_story(town)
    assert set(SECRETS[3:]) <= set("\n".join(town.notes(number).values()).split("\n")), "all of it was written"
    leaving = json.dumps([[m.key, m.payload, m.recipient] for m in town.sent(number)], ensure_ascii=False)
    recorded = repr(town.events(number)) + repr(town.row(number))
    for secret in [*SECRETS, "1943", "S18"]:
        assert secret not in leaving
        assert secret not in recorded


def test_every_event_leaves_once_to_each_under_a_key_of_its_own(town: Town) -> None:
    number = whole_story(town)
    told = [(m.key.split(":")[1], m.recipient) for m in town.sent(number)]
    expected = {  # 自立相談支援機関 is reached by phone: no message is sent there
        ("referred", "agency:hokatsu-kikan"): 1,
        ("referred", "agency:korei-shien"): 1,
        ("withdrawn", "agency:korei-shien"): 1,
        ("declined", "agency:fukushi-madoguchi"): 2,
        ("escalated", "agency:project-team"): 3,
        ("rose", "post:co-project-team-deputy"): 1,
        ("asked", "agency:fukushi-madoguchi"): 2,
        ("informed", "agency:project-team"): 2,
        ("sent_back", "agency:fukushi-madoguchi"): 1,
        ("called_off", "agency:project-team"): 2,
    }
    assert {each: told.count(each) for each in told} == expected


def test_who_cannot_be_reached_has_somebody_after_them(town: Town) -> None:
    number = whole_story(town)
    chains = {(m.key.split(":")[1], m.recipient): m.chain for m in town.sent(number)}
    deputy, head = "post:co-project-team-deputy", "post:co-project-team-supervisor"
    team = chains["escalated", "agency:project-team"]
    assert team[-2:] == (deputy, head), "an alert goes on along its plan"
    assert chains["rose", deputy] == (head, "agency:project-team"), "and at the end back to the team"
    assert "agency:fukushi-madoguchi" in chains["referred", "agency:korei-shien"], "a hand-over: whoever sent it"
    assert all(recipient not in chain for (_, recipient), chain in chains.items())
    assert all(chain for chain in chains.values())


def test_an_alert_says_number_ages_issues_who_holds_it_why_and_the_consent(town: Town) -> None:
    number = town.open(route="multi_agency")
    (message,) = town.sent(number)
    card = json.loads(message.payload)
    told = {name: card[name] for name in ("case", "owner", "issues", "consent", "event", "turn", "round", "rule")}
    assert told == {
        "case": number,
        "owner": "fukushi-madoguchi",
        "issues": ["dementia", "poverty"],
        "consent": "yes",
        "event": "escalated",
        "turn": 0,
        "round": 0,
        "rule": "test.rule",
    }
    assert card["rules"]
    assert message.recipient == "agency:project-team"


def test_nobody_answers_then_the_deputy_then_the_supervisor_within_opening_hours(town: Town) -> None:
    number = town.open(route="multi_agency")
    for _ in range(40):
        town.later(hours=1).sweep()
    told = [message.recipient for message in town.sent(number)]
    ladder = ["agency:project-team", "post:co-project-team-deputy", "post:co-project-team-supervisor"]
    assert told[:3] == ladder
    assert town.row(number).escalation == "alerted"
    nights = [m for m in town.sent(number) if not 8 <= (m.created_at.hour + 9) % 24 < 19]
    assert nights == []


def test_after_the_last_alert_the_timer_is_silent_and_the_case_stays_on_the_board(town: Town) -> None:
    number = town.open(route="multi_agency", urgent="yes")
    rounds = 0
    while town.later(hours=3).sweep():
        rounds += 1
        assert rounds < 50, "an alert that never ends"
    assert len(town.sent(number)) == town.rules.follow_up.ladder(urgent=True).most
    town.do(TEAM, number, do, Act(EventKind.ACKNOWLEDGED))
    assert town.later(days=30).sweep() == []
    assert town.row(number).escalation == "acknowledged"


@pytest.mark.parametrize(
    ("age", "band"),
    [(None, ""), (0, "minor"), (17, "minor"), (18, "10"), (40, "40"), (49, "40"), (90, "90"), (103, "90")],
)
def test_an_age_leaves_as_a_band(age: int | None, band: str) -> None:
    assert age_band(MemberFact("m1", "self", age, age)) == band


def test_a_promise_is_a_day_from_today_on(town: Town) -> None:
    number = town.open(route="multi_agency")
    from datetime import timedelta

    from routing.errors import Missing

    with pytest.raises(Missing):
        town.do(TEAM, number, do, Act(EventKind.SENT_BACK, None, ("fits_one_desk",), DAY - timedelta(days=1)))
    town.do(TEAM, number, do, Act(EventKind.SENT_BACK, None, ("fits_one_desk",), DAY))
