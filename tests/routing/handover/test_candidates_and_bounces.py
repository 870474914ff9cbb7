"""Whom to ask next, and counting those who said no."""

from __future__ import annotations

import pytest

from routing.candidates import candidates
from routing.cases import EventKind
from routing.escalation import Cause
from routing.referrals import DeclineReason, Purpose, Way
from routing.use_escalation import Act, do
from routing.use_referral import Answer, Order, answer, preview, record_answer, refer
from tests.routing.handover.town import CARE, CLERK, DAY, ELDERLY, TEAM, WORKLESS, Town, mihon

NO = Answer(EventKind.DECLINED, DeclineReason.CAPACITY, "定員のため")
YES = Answer(EventKind.ACCEPTED)


def asked(town: Town, number: str, agency: str, purpose: Purpose = Purpose.TAKE) -> int:
    standing = town.do(CLERK, number, refer, Order(agency, purpose)).standing
    return standing.referrals[-1].number


def test_those_proposed_come_first_then_others_of_their_fields_then_the_fallback_desk(town: Town) -> None:
    number = town.open(by=ELDERLY)
    names = town.do(ELDERLY, number, preview).agencies
    assert names[:2] == ("hokatsu-kikan", "jiritsu-sodan")
    assert len(names) == len(set(names)) == 5
    assert "korei-shien" not in names, "it holds the case"
    work = town.do(ELDERLY, number, lambda work: work)
    everybody = candidates(work.proposal(), work.facts, work.standing, mihon().catalogue, DAY, most=1000)
    assert everybody[-1] == "fukushi-madoguchi"


def test_who_declined_or_is_asked_is_not_proposed_again_and_the_next_one_is_at_once(town: Town) -> None:
    number = town.open()
    first = town.do(CLERK, number, preview).agencies
    one = asked(town, number, first[0])
    assert first[0] not in town.do(CLERK, number, preview).agencies
    town.do(CARE, number, answer, one, NO)
    after = town.do(CLERK, number, preview)
    assert after.agency == first[1]
    assert first[0] not in after.agencies


def test_an_agency_that_is_not_in_force_is_no_candidate(town: Town) -> None:
    work = town.do(CLERK, town.open(), lambda work: work)
    catalogue = mihon().catalogue
    late = {**catalogue.agencies}
    late["hokatsu-kikan"] = late["hokatsu-kikan"].model_copy(update={"effective_to": DAY.replace(day=1)})
    from dataclasses import replace

    found = candidates(work.proposal(), work.facts, work.standing, replace(catalogue, agencies=late), DAY)
    assert found[0] == "jiritsu-sodan"
    assert "hokatsu-kikan" not in found


def test_the_second_refusal_alerts_the_team_by_itself(town: Town) -> None:
    number = town.open()
    town.do(CARE, number, answer, asked(town, number, "hokatsu-kikan"), NO)
    assert town.row(number).bounces == 1
    assert town.standing(number).escalations == ()
    town.do(WORKLESS, number, answer, asked(town, number, "jiritsu-sodan"), NO)
    (escalation,) = town.standing(number).escalations
    assert (escalation.cause, escalation.rule, escalation.referrer) == (
        Cause.BOUNCED,
        "follow_up.bounce",
        "fukushi-madoguchi",
    )
    assert (town.row(number).bounces, town.row(number).escalation) == (2, "alerted")
    assert "agency:project-team" in [message.recipient for message in town.sent(number)]


def test_an_answer_that_never_comes_counts_as_a_bounce(town: Town) -> None:
    number = town.open()
    for agency in ("hokatsu-kikan", "jiritsu-sodan"):
        asked(town, number, agency)
        town.later(days=30).sweep()
    assert town.row(number).bounces == 2
    assert town.row(number).escalation == "alerted"


def test_only_requests_to_take_the_case_bounce(town: Town) -> None:
    number = town.open()
    town.do(CARE, number, answer, asked(town, number, "hokatsu-kikan", Purpose.JOIN), NO)
    assert town.row(number).bounces == 0


@pytest.mark.parametrize(("purpose", "left"), [(Purpose.TAKE, 0), (Purpose.JOIN, 1)])
def test_the_count_begins_again_when_somebody_takes_the_case_not_when_somebody_joins(
    town: Town, purpose: Purpose, left: int
) -> None:
    number = town.open()
    town.do(CARE, number, answer, asked(town, number, "hokatsu-kikan"), NO)
    town.later(hours=1).do(WORKLESS, number, answer, asked(town, number, "jiritsu-sodan", purpose), YES)
    assert town.row(number).bounces == left


def test_the_count_begins_again_when_the_team_decided_and_a_third_refusal_is_the_first(town: Town) -> None:
    number = town.open()
    for who, agency in ((CARE, "hokatsu-kikan"), (WORKLESS, "jiritsu-sodan")):
        town.do(who, number, answer, asked(town, number, agency), NO)
    town.later(hours=1).do(TEAM, number, do, Act(EventKind.SENT_BACK, None, ("fits_one_desk",), DAY))
    assert town.row(number).bounces == 0
    town.later(hours=1).do(ELDERLY, number, answer, asked(town, number, "korei-shien"), NO)
    assert town.row(number).bounces == 1
    assert len(town.standing(number).escalations) == 1


def test_an_agency_without_chat_accepts_by_phone_and_a_named_person_is_kept_apart(town: Town) -> None:
    number = town.open()
    one = asked(town, number, "kyoiku-shien")
    assert [m for m in town.sent(number) if m.recipient == "agency:kyoiku-shien"] == [], "nobody reads a chat there"
    said = Answer(EventKind.ACCEPTED, None, "水曜に会う", Way.PHONE, "教室長の見本さん")
    town.do(CLERK, number, record_answer, one, said)
    referral = town.standing(number).referral(one)
    assert (referral.state, referral.answer_way, referral.answered_by) == ("accepted", "phone", "web:clerk")
    assert town.standing(number).owner == "kyoiku-shien"
    assert town.notes(number)[referral.note] == "教室長の見本さん\n水曜に会う"
