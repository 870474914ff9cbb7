"""What goes wrong in an office: the error is typed, says in Japanese what to do next, and nothing is half done."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from routing import errors
from routing.cases import EventKind
from routing.errors import (
    AlreadySettled,
    IllegalMove,
    Missing,
    NoBasis,
    NotAllowed,
    RoutingError,
    StillOpen,
    UnknownAgency,
    UnknownCase,
)
from routing.escalation import Cause
from routing.people import Actor
from routing.referrals import DeclineReason, Purpose, Way
from routing.use_case import close, note, reopen
from routing.use_escalation import Act, do, escalate, followed_up
from routing.use_referral import Answer, Order, answer, preview, record_answer, refer, withdraw
from tests.routing.handover.town import CARE, CLERK, GUEST, MORNING, TEAM, WORKLESS, Town, mihon

LEFT = Actor("web:left")
ASKED = Order("hokatsu-kikan")
NEXT_STEP = re.compile("ください")

# after these steps → this command by this person → this error; nothing may have changed
Steps = list[tuple[Actor, Callable[..., Any], tuple[Any, ...]]]
REFERRED: Steps = [(CLERK, refer, (ASKED,))]
UP: Steps = [(CLERK, escalate, (Cause.DESK,))]
WRONG: list[tuple[str, Steps, Actor, Callable[..., Any], tuple[Any, ...], type[RoutingError]]] = [
    ("decline without a reason", REFERRED, CARE, answer, (1, Answer(EventKind.DECLINED)), Missing),
    ("other without saying what", REFERRED, CARE, answer, (1, Answer(EventKind.DECLINED, DeclineReason.OTHER, " ")), Missing),
    ("an answer that is none", REFERRED, CARE, answer, (1, Answer(EventKind.CLOSED)), Missing),
    ("an answer that only time gives", REFERRED, CARE, answer, (1, Answer(EventKind.EXPIRED)), Missing),
    ("a referral that is not there", REFERRED, CARE, answer, (7, Answer(EventKind.ACCEPTED)), IllegalMove),
    ("somebody else's answer", REFERRED, CLERK, answer, (1, Answer(EventKind.ACCEPTED)), NotAllowed),
    ("recorded without a name", REFERRED, CLERK, record_answer, (1, Answer(EventKind.ACCEPTED, way=Way.PHONE)), Missing),
    ("recorded without a way", REFERRED, CLERK, record_answer, (1, Answer(EventKind.ACCEPTED, person="x")), Missing),
    ("recorded by the one that was asked", REFERRED, CARE, record_answer,
     (1, Answer(EventKind.ACCEPTED, way=Way.PHONE, person="x")), NotAllowed),
    ("a second desk asked to take it", REFERRED, CLERK, refer, (Order("jiritsu-sodan"),), StillOpen),
    ("the same desk asked twice", REFERRED, CLERK, refer, (Order("hokatsu-kikan", Purpose.JOIN),), IllegalMove),
    ("asked to take what it holds", [], CLERK, refer, (Order("fukushi-madoguchi"),), IllegalMove),
    ("asked to join what it holds", [], CLERK, refer, (Order("fukushi-madoguchi", Purpose.JOIN),), IllegalMove),
    ("asked in no way", [], CLERK, refer, (Order("hokatsu-kikan", ways=()),), Missing),
    ("an agency that is not there", [], CLERK, refer, (Order("hokatsu-kikann"),), UnknownAgency),
    ("a look at an agency that is not there", [], CLERK, preview, ("hokatsu-kikann",), UnknownAgency),
    ("a basis that is not there", [], CLERK, refer, (Order("hokatsu-kikan", basis="because"),), NoBasis),
    ("a reason that was not written", [], CLERK, refer, (Order("hokatsu-kikan", basis="reasonable"),), Missing),
    ("taken back by the one that was asked", REFERRED, CARE, withdraw, (1,), NotAllowed),
    ("closed while somebody is asked", REFERRED, CLERK, close, ("settled",), IllegalMove),
    ("closed while the team is asked", UP, CLERK, close, ("settled",), IllegalMove),
    ("closed by who does not hold it", REFERRED, CARE, close, ("settled",), NotAllowed),
    ("reopened while open", [], CLERK, reopen, ("returned",), IllegalMove),
    ("closed twice", [(CLERK, close, ("settled",))], CLERK, close, ("settled",), IllegalMove),
    ("referred when closed", [(CLERK, close, ("settled",))], CLERK, refer, (ASKED,), IllegalMove),
    ("brought up when closed", [(CLERK, close, ("settled",))], CLERK, escalate, (Cause.DESK,), IllegalMove),
    ("brought up twice", UP, CLERK, escalate, (Cause.DESK,), IllegalMove),
    ("acknowledged by the referrer", UP, CLERK, do, (Act(EventKind.ACKNOWLEDGED),), NotAllowed),
    ("acknowledged though never brought up", [], CLERK, do, (Act(EventKind.ACKNOWLEDGED),), IllegalMove),
    ("an act that only time does", UP, TEAM, do, (Act(EventKind.ROSE),), Missing),
    ("an act that is none", UP, TEAM, do, (Act(EventKind.OPENED),), Missing),
    ("sent back without reasons", UP, TEAM, do, (Act(EventKind.SENT_BACK, promise=MORNING.date()),), Missing),
    ("sent back without a promise", UP, TEAM, do, (Act(EventKind.SENT_BACK, reasons=("x",)),), Missing),
    ("asked without words", UP, TEAM, do, (Act(EventKind.ASKED),), Missing),
    ("an old button", UP, TEAM, do, (Act(EventKind.ACKNOWLEDGED, turn=3),), AlreadySettled),
    ("followed up though never sent back", UP, CLERK, followed_up, (), AlreadySettled),
    ("an empty line of progress", [], CLERK, note, ("  ",), Missing),
]  # fmt: skip


@pytest.mark.parametrize(("why", "steps", "who", "command", "given", "error"), WRONG, ids=[row[0] for row in WRONG])
def test_what_cannot_be_is_refused_with_the_next_step_and_leaves_nothing(
    town: Town, why: str, steps: Steps, who: Actor, command: Any, given: tuple[Any, ...], error: type[RoutingError]
) -> None:
    number = town.open()
    for actor, step, told in steps:
        town.do(actor, number, step, *told)
    before = (town.events(number), town.notes(number), town.sent(number), town.row(number), town.now(number))
    with pytest.raises(error) as caught:
        town.do(who, number, command, *given)
    assert type(caught.value) is error
    assert NEXT_STEP.search(str(caught.value))
    assert not re.search("[a-z]{4}_|EventKind", str(caught.value)), "no code of the program in a sentence"
    after = (town.events(number), town.notes(number), town.sent(number), town.row(number), town.now(number))
    assert after == before


@pytest.mark.parametrize("typed", ["MIHON-2026-9999", "", "さんぽう", "MIHON", "MIHON-2026-00O1", "%", "' OR 1=1 --"])
def test_a_mistyped_number_says_what_a_number_looks_like(town: Town, typed: str) -> None:
    town.open()
    with pytest.raises(UnknownCase, match="番号（例: "):
        town.do(CLERK, typed, note, "x")


def test_a_number_may_be_typed_small_and_with_spaces(town: Town) -> None:
    number = town.open()
    assert town.do(CLERK, f" {number.lower()} ", lambda work: work.case.number) == number


@pytest.mark.parametrize("who", [GUEST, LEFT, CARE, TEAM], ids=lambda actor: actor.id)
def test_others_learn_nothing_of_a_case_not_even_that_it_is_there(town: Town, who: Actor) -> None:
    number = town.open()
    with pytest.raises(UnknownCase) as here:
        town.do(who, number, note, "x")
    with pytest.raises(UnknownCase) as nowhere:
        town.do(who, "MIHON-2026-9999", note, "x")
    assert str(here.value) == str(nowhere.value)


def test_a_coordinator_who_left_may_no_longer_act_and_the_desk_goes_on(town: Town) -> None:
    number = town.open()
    town.do(CLERK, number, refer, ASKED)
    with town.store.unit() as unit:
        unit.people.put(CARE, town.at)
        unit.people.put(Actor(CARE.id), town.later(hours=1).at)
        unit.commit()
    with town.store.unit(reading=True) as unit:
        left = unit.people.get(CARE.id)
    with pytest.raises(UnknownCase):
        town.do(left, number, answer, 1, Answer(EventKind.ACCEPTED))
    town.do(Actor("web:successor", "hokatsu-kikan"), number, answer, 1, Answer(EventKind.ACCEPTED))
    assert town.standing(number).owner == "hokatsu-kikan"


def test_a_post_without_a_coordinator_is_replaced_by_the_team_itself(town: Town) -> None:
    catalogue = mihon().catalogue
    team = replace(catalogue, coordinators={k: c for k, c in catalogue.coordinators.items() if c.rank == "coordinator"})
    town.rules = replace(mihon(), catalogue=team)
    number = town.open(route="multi_agency")
    plan = town.standing(number).escalations[0].plan
    assert [step.recipient for step in plan.steps] == ["agency:project-team"] * 3


def without(town: Town, agency: str) -> None:
    """A new version of the pack in which an agency is gone."""
    catalogue = mihon().catalogue
    rest = {name: record for name, record in catalogue.agencies.items() if name != agency}
    town.rules = replace(mihon(), catalogue=replace(catalogue, agencies=rest))


def held_by_care(town: Town) -> str:
    number = town.open(by=WORKLESS)
    town.do(WORKLESS, number, refer, ASKED)
    town.do(CARE, number, answer, 1, Answer(EventKind.ACCEPTED))
    return number


def test_when_an_agency_is_deleted_while_it_holds_a_case_the_fallback_desk_answers_for_it(town: Town) -> None:
    number = held_by_care(town)
    without(town, "hokatsu-kikan")
    with pytest.raises(NotAllowed, match="福祉総合相談窓口「ふくしの窓口」の担当の方です"):
        town.do(Actor("web:x", "jiritsu-sodan"), number, note, "x")
    town.do(CLERK, number, note, "引き継いで確かめている")
    town.do(CLERK, number, refer, Order("korei-shien"))
    assert town.standing(number).taking is not None
    with pytest.raises(UnknownAgency, match="一覧から選び直してください"):
        town.do(CLERK, number, refer, Order("hokatsu-kikan", Purpose.JOIN))


def test_when_an_agency_is_deleted_while_it_is_asked_the_request_can_be_taken_back_and_runs_out(town: Town) -> None:
    for end in ("withdrawn", "expired"):
        town.rules = mihon()
        number = town.open()
        town.do(CLERK, number, refer, ASKED)
        without(town, "hokatsu-kikan")
        with pytest.raises((NotAllowed, UnknownCase)):
            town.do(Actor("web:x", "jiritsu-sodan"), number, answer, 1, Answer(EventKind.ACCEPTED))
        if end == "withdrawn":
            town.do(CLERK, number, withdraw, 1)
        else:
            town.later(days=30).sweep()
        assert town.standing(number).referral(1).state == end
        assert "hokatsu-kikan" not in town.do(CLERK, number, preview).agencies


def test_when_the_project_team_is_deleted_a_refusal_still_leaves_no_case_unheard(town: Town) -> None:
    number = town.open()
    catalogue = mihon().catalogue
    town.rules = replace(
        mihon(), catalogue=replace(catalogue, pack=catalogue.pack.model_copy(update={"project_team": ""}))
    )
    town.do(CLERK, number, escalate, Cause.DESK)
    assert town.standing(number).escalations[0].plan.steps[0].recipient == "agency:fukushi-madoguchi"


def test_a_case_from_before_there_were_desks_is_answered_for_by_the_fallback_desk(town: Town) -> None:
    from routing.cases import open_case
    from routing.facts import plain_facts
    from tests.routing.handover.town import case_of

    case, events = open_case(case_of(plain_facts({"issues": ["poverty"]}), by="web:gone"))
    with town.store.unit() as unit:
        unit.cases.add(case, events)
        unit.commit()
    assert town.standing(case.number).owner == ""
    with pytest.raises(UnknownCase):
        town.do(WORKLESS, case.number, note, "x")
    town.do(CLERK, case.number, refer, ASKED)
    town.do(CARE, case.number, answer, 1, Answer(EventKind.ACCEPTED))
    assert town.standing(case.number).owner == "hokatsu-kikan"


def test_every_error_of_the_house_has_a_code_of_its_own() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, RoutingError)]
    codes = [kind.code for kind in kinds]
    assert len(set(codes)) == len(codes)
