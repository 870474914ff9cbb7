"""担当を決める: the team names a desk, the desk is asked like any other, and holds the case only once it accepts."""

from __future__ import annotations

import json

import pytest

from routing.cases import EventKind
from routing.errors import AlreadySettled, IllegalMove, Missing, NotAllowed, RoutingError, StillOpen, UnknownAgency
from routing.escalation import EscalationState
from routing.people import Actor, Role
from routing.referrals import DeclineReason, Purpose, Way
from routing.use_assign import Decision, decide_owner
from routing.use_case import close
from routing.use_escalation import Act, do
from routing.use_referral import Answer, Order, answer, record_answer, refer, withdraw
from tests.routing.handover.town import CARE, CLERK, DAY, ELDERLY, GUEST, HEAD, MORNING, TEAM, WORKLESS, Town

BOSS = Actor("web:boss", "chiiki-fukushi", Role.SUPERVISOR)  # of the 課 that contains the project team
CHOSEN = Decision("hokatsu-kikan", "母の支援を続けている窓口のため")
AGAIN = Decision("korei-shien", "次に近い窓口のため")
YES = Answer(EventKind.ACCEPTED)
NO = Answer(EventKind.DECLINED, DeclineReason.CAPACITY, "空きがないため")
TAKEN_UP, ACKNOWLEDGED = Act(EventKind.TAKEN_UP), Act(EventKind.ACKNOWLEDGED)


def raised(town: Town, act: Act | None = ACKNOWLEDGED) -> str:
    """A case that is with the team, which has done one thing."""
    number = town.open(route="multi_agency")
    if act is not None:
        town.do(TEAM, number, do, act)
    return number


def told(town: Town, number: str, kind: str) -> list[str]:
    """Who is told of events of a kind, each as often as they are told."""
    return sorted(m.recipient for m in town.sent(number) if m.key.split(":")[1] == kind)


@pytest.mark.parametrize("act", [ACKNOWLEDGED, TAKEN_UP], ids=["acknowledged", "taken up"])
def test_the_named_desk_is_asked_and_holds_the_case_only_once_it_accepts(town: Town, act: Act) -> None:
    number = raised(town, act)
    before = town.standing(number)
    now = town.do(TEAM, number, decide_owner, CHOSEN).standing
    (request,) = now.referrals
    assert now.escalation is not None
    assert before.escalation is not None
    assert now.owner == before.owner == CLERK.agency, "to be named is not to have taken it"
    assert (request.agency, request.purpose, request.sender) == ("hokatsu-kikan", Purpose.TAKE, "project-team")
    assert (now.escalation.state, now.escalation.assigned) == (before.escalation.state, "hokatsu-kikan")
    assert now.escalation.decided_at == before.escalation.decided_at
    assert set(now.shares[0].items) == {"number", "ages", "issues", "proposal"}, "nothing that tells who it is"
    assert told(town, number, "assigned") == ["agency:fukushi-madoguchi"], "who holds the case"
    assert told(town, number, "referred") == ["agency:hokatsu-kikan"]
    after = town.do(CARE, number, answer, request.number, YES).standing
    assert (after.owner, after.holders) == ("hokatsu-kikan", ("fukushi-madoguchi", "hokatsu-kikan"))
    assert told(town, number, "accepted") == ["agency:fukushi-madoguchi", "agency:project-team"]
    assert CHOSEN.text in town.notes(number).values()
    assert CHOSEN.text not in json.dumps([m.payload for m in town.sent(number)], ensure_ascii=False)


@pytest.mark.parametrize("act", [ACKNOWLEDGED, TAKEN_UP], ids=["acknowledged", "taken up"])
def test_a_desk_that_declines_is_told_to_the_team_which_names_another(town: Town, act: Act) -> None:
    number = raised(town, act)
    for desk, who in ((CHOSEN, CARE), (Decision("jiritsu-sodan", "仕事の相談から"), WORKLESS)):
        sent = town.later(hours=1).do(TEAM, number, decide_owner, desk).standing.referrals[-1]
        town.do(who, number, answer, sent.number, NO)
    assert told(town, number, "declined") == ["agency:project-team"] * 2
    now = town.standing(number)
    assert len(now.escalations) == 1, "the team is not alerted anew of what it has in its hands"
    assert now.owner == CLERK.agency
    third = town.do(TEAM, number, decide_owner, AGAIN).standing
    assert third.escalation.assigned == "korei-shien"
    assert town.do(ELDERLY, number, answer, 3, YES).standing.owner == "korei-shien"


def test_desks_that_bounce_a_settled_case_on_their_own_still_alert_the_team(town: Town) -> None:
    number = raised(town, TAKEN_UP)
    for desk, who in (("hokatsu-kikan", CARE), ("korei-shien", ELDERLY)):
        sent = town.later(hours=1).do(CLERK, number, refer, Order(desk)).standing.referrals[-1]
        town.do(who, number, answer, sent.number, NO)
    assert len(town.standing(number).escalations) == 2


def test_silence_of_the_named_desk_runs_out_and_comes_back_to_the_team(town: Town) -> None:
    number = raised(town)
    town.do(TEAM, number, decide_owner, CHOSEN)
    expires = town.standing(number).referrals[0].expires_at
    while town.at < expires:
        town.later(hours=3).sweep()
        assert "rose" not in {e.kind.value for e in town.events(number)}, "the team has done its part"
    assert told(town, number, "expired") == ["agency:project-team"]
    escalation = town.standing(number).escalation
    assert escalation is not None
    assert escalation.state is EscalationState.ACKNOWLEDGED
    town.later(days=14).sweep()
    assert told(town, number, "rose"), "a team that then decides nothing is reminded"


def test_a_post_of_the_desk_is_told_beside_its_desk(town: Town) -> None:
    number = raised(town)
    town.do(TEAM, number, decide_owner, Decision("hokatsu-kikan", "連携担当者と話した", rank="coordinator"))
    post = town.standing(number).referrals[0].post
    assert town.rules.catalogue.coordinators[post].agency == "hokatsu-kikan"
    assert told(town, number, "referred") == ["agency:hokatsu-kikan", f"post:{post}"]
    chains = {m.recipient: m.chain for m in town.sent(number) if m.key.split(":")[1] == "referred"}
    assert f"post:{post}" not in chains[f"post:{post}"]
    assert chains[f"post:{post}"][-1] == "agency:project-team", "at the end whoever asked"
    town.do(CLERK, number, withdraw, 1, "")
    assert "agency:project-team" in told(town, number, "withdrawn"), "nobody undoes it unseen"


def test_a_desk_without_chat_is_asked_as_the_pack_says_and_its_answer_is_recorded(town: Town) -> None:
    number = raised(town)
    now = town.do(TEAM, number, decide_owner, Decision("jiritsu-sodan", "仕事の相談から")).standing
    assert now.referrals[0].ways == (Way.PHONE,)
    assert told(town, number, "referred") == []
    recorded = Answer(EventKind.ACCEPTED, way=Way.PHONE, person="見本")
    assert town.do(TEAM, number, record_answer, 1, recorded).standing.owner == "jiritsu-sodan"


@pytest.mark.parametrize("who", [CLERK, CARE, ELDERLY, HEAD, GUEST], ids=lambda who: who.id)
def test_only_the_team_decides(town: Town, who: Actor) -> None:
    number = raised(town)
    before = len(town.events(number))
    with pytest.raises(RoutingError) as refused:
        town.do(who, number, decide_owner, CHOSEN)
    assert refused.value.code == ("not_allowed" if who is CLERK else "unknown_case"), "others may not know of the case"
    assert len(town.events(number)) == before


def test_who_may_not_decide_is_told_who_may(town: Town) -> None:
    with pytest.raises(NotAllowed, match="担当を決める.*プロジェクトチーム"):
        town.do(CLERK, raised(town), decide_owner, CHOSEN)


def test_the_teams_supervisor_may_decide(town: Town) -> None:
    assert town.do(BOSS, raised(town), decide_owner, CHOSEN).standing.escalation.assigned == "hokatsu-kikan"


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (Decision("hokatsu-kikan", "  "), Missing, "担当を決めた理由"),
        (Decision("", "近いため"), Missing, "主担当をお願いする窓口"),
        (Decision("no-such", "近いため"), UnknownAgency, "no-such"),
        (Decision("fukushi-madoguchi", "今のまま"), IllegalMove, "この機関が主担当"),
        (Decision("hokatsu-kikan", "近いため", rank="mayor"), Missing, "その窓口にいる人"),
        (Decision("hokatsu-kikan", "近いため", turn=0), AlreadySettled, "確認済み・検討中"),
    ],
    ids=["no reason", "no desk", "unknown", "holds it already", "no such post", "old button"],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    town: Town, given: Decision, error: type[RoutingError], words: str
) -> None:
    number = raised(town)
    before = town.events(number), town.notes(number)
    with pytest.raises(error, match=words):
        town.do(TEAM, number, decide_owner, given)
    assert (town.events(number), town.notes(number)) == before


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (None, "確認待ち"),
        (Act(EventKind.ASKED, text="通院先は"), "紹介元へ照会中"),
        (Act(EventKind.SENT_BACK, None, ("fits_one_desk",), DAY), "紹介元へ戻し済み"),
    ],
    ids=["not yet looked at", "asked", "sent back"],
)
def test_an_illegal_state_is_named(town: Town, act: Act | None, words: str) -> None:
    with pytest.raises(IllegalMove, match=words):
        town.do(TEAM, raised(town, act), decide_owner, CHOSEN)


def test_two_desks_are_never_asked_at_once_and_a_closed_case_goes_nowhere(town: Town) -> None:
    number = raised(town, TAKEN_UP)
    town.do(TEAM, number, decide_owner, CHOSEN)
    with pytest.raises(StillOpen):
        town.do(TEAM, number, decide_owner, AGAIN)
    town.do(TEAM, number, withdraw, 1, "")
    town.do(TEAM, number, close, "roles_agreed")
    with pytest.raises(IllegalMove, match="終結"):
        town.do(TEAM, number, decide_owner, AGAIN)
    assert town.at == MORNING


def test_who_was_named_is_not_asked_any_more_once_the_team_gives_the_case_back(town: Town) -> None:
    number = raised(town)
    town.do(TEAM, number, decide_owner, CHOSEN)
    back = Act(EventKind.SENT_BACK, None, ("fits_one_desk",), town.at.date(), "窓口で足ります")
    (request,) = town.do(TEAM, number, do, back).standing.referrals
    assert not request.is_open
    assert "agency:hokatsu-kikan" in told(town, number, "withdrawn")
    with pytest.raises(RoutingError):
        town.do(CARE, number, answer, request.number, YES)
    assert town.standing(number).owner == CLERK.agency


def test_what_a_desk_asked_for_itself_stays_asked_when_the_team_gives_the_case_back(town: Town) -> None:
    number = raised(town)
    town.do(CLERK, number, refer, Order("hokatsu-kikan"))
    back = Act(EventKind.SENT_BACK, None, ("fits_one_desk",), town.at.date(), "窓口で足ります")
    (request,) = town.do(TEAM, number, do, back).standing.referrals
    assert request.is_open
