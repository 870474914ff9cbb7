"""The rows that a supervisor's week is worked out from, after real commands, on each database."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from routing.cases import EventKind
from routing.cells import UNDER, Cells
from routing.escalation import Cause
from routing.nudge import KINDS, Nudge, Rows, nudge
from routing.nudge_cases import Limits, Look, Scope, any_found
from routing.people import Actor, Role
from routing.progress import working_days
from routing.referrals import DeclineReason
from routing.use_case import close
from routing.use_escalation import DESK_RULE, Act, do, escalate
from routing.use_progress import progressed, stuck
from routing.use_referral import Answer, Order, answer, refer
from routing.worktime import local
from tests.routing.handover.town import CARE, CLERK, ELDERLY, HEAD, MORNING, TEAM, Town

DESK = CLERK.agency
LIMITS = Limits(quiet=10, asked=1, alerted=1, least_cell=3, weeks=8, lines=10)
BEGIN = MORNING - timedelta(weeks=8)


def read(town: Town, *desks: str) -> Rows:
    """The rows of some desks; of all without any."""
    with town.store.unit(reading=True) as unit:
        mine = desks or None
        return Rows(
            held=list(unit.figures.held(town.pack, mine)),
            happened=unit.figures.happened(town.pack, mine, KINDS, BEGIN),
            opened=unit.figures.opened(town.pack, mine, BEGIN),
            unfitted=unit.figures.unfitted(town.pack, mine, BEGIN),
        )


def week(town: Town, *desks: str, whole: bool = False) -> Nudge:
    """The nudge of the week that the town is in."""
    scope = Scope(frozenset(desks), whole)
    today = local(town.at).date()
    return nudge(
        scope, read(town, *(() if whole else desks)), Look(LIMITS, working_days(today.year), today), today, town.at
    )


def test_a_case_lies_with_those_who_hold_held_or_were_asked_and_with_nobody_else(town: Town) -> None:
    number = town.open()
    town.do(CLERK, number, refer, Order(CARE.agency))
    for desk in (DESK, CARE.agency):
        assert [case.number for case in read(town, desk).held] == [number]
    assert read(town, "jutaku") == Rows(held=[], happened=[], opened=[], unfitted=[])
    assert [case.number for case in read(town).held] == [number]


def test_one_may_stop_reading_at_the_first_case_and_go_on_writing(town: Town) -> None:
    for _ in range(3):
        town.do(CLERK, town.open(), stuck, "law", "")
    look = Look(LIMITS, working_days(2026), local(town.at).date())
    with town.store.unit() as unit:
        assert any_found(unit.figures.held(town.pack, [DESK]), Scope(frozenset({DESK})), look)
        assert any_found(unit.figures.held(town.pack, None), Scope(frozenset(), whole=True), look)
        unit.people.put(HEAD, town.at)
        unit.commit()


def test_a_closed_case_is_held_by_nobody_and_its_story_still_counts(town: Town) -> None:
    number = town.open()
    town.do(CLERK, number, stuck, "law", "")
    town.do(CLERK, number, close, "eased")
    rows = read(town, DESK)
    assert rows.held == []
    assert [event.kind for event in rows.happened] == ["opened", "stuck"]
    assert [desk for desk, _ in rows.opened] == [DESK]


def test_another_town_is_not_counted(town: Town) -> None:
    town.open()
    other = Town(town.store, pack="wadomari")
    assert read(other, DESK) == read(other) == Rows(held=[], happened=[], opened=[], unfitted=[])


def test_what_nothing_fitted_is_read_from_the_proposal_of_the_day(town: Town) -> None:
    town.open(issues=[], area="area-higashi")
    town.open(area="area-higashi")
    (missing,) = read(town, DESK).unfitted
    assert (missing.desk, missing.issues, missing.area) == (DESK, (), "area-higashi")
    assert read(town, CARE.agency).unfitted == []


def test_the_holder_says_it_does_not_move_until_they_say_it_does(town: Town) -> None:
    number = town.open()
    town.do(CLERK, number, stuck, "organisation", "")
    (line,) = week(town.later(days=1), DESK).stuck.lines
    assert (line.number, line.desk, line.days, line.reason) == (number, DESK, 1, "organisation")
    town.do(CLERK, number, progressed, "")
    assert not week(town, DESK).stuck


def test_both_sides_see_a_request_that_nobody_answered(town: Town) -> None:
    number = town.open()
    town.do(CLERK, number, refer, Order(CARE.agency))
    town.later(days=1)
    for desk in (DESK, CARE.agency):
        assert [line.number for line in week(town, desk).waiting.lines] == [number]
    assert week(town, "jutaku").is_empty


def test_a_week_of_refusals_and_what_the_team_sent_back(town: Town) -> None:
    for _ in range(3):
        number = town.open()
        sent = town.do(CLERK, number, refer, Order(CARE.agency)).standing.referrals[-1]
        town.do(CARE, number, answer, sent.number, Answer(EventKind.DECLINED, DeclineReason.CAPACITY, "定員"))
        town.do(CLERK, number, escalate, Cause.DESK, DESK_RULE, "")
        town.do(TEAM, number, do, Act(EventKind.SENT_BACK, None, ("ordinary",), local(town.at).date(), ""))
    town.later(days=7)
    mine, all_of_it = week(town, DESK), week(town, TEAM.agency, whole=True)
    for found in (mine, all_of_it):
        assert found.bounces == Cells((("capacity", 3),), 0)
        assert found.sent_back == Cells((("ordinary", 3),), 0)
        assert found.trend.declined[-1] == 3
        assert len(found.reviews.lines) == 3
    assert week(town, CARE.agency).bounces == mine.bounces, "the desk that declined counts them too"
    assert week(town, CARE.agency).sent_back == Cells()


def test_an_escalation_that_nobody_acknowledged_stays_in_the_week(town: Town) -> None:
    number = town.open()
    town.do(CLERK, number, escalate, Cause.DESK, DESK_RULE, "")
    town.later(days=1)
    for desk, whole in ((DESK, False), (TEAM.agency, True)):
        assert [line.number for line in week(town, desk, whole=whole).alerted.lines] == [number]


def test_the_team_sees_no_number_of_a_case_that_was_not_brought_up(town: Town) -> None:
    for by in (CLERK, CLERK, ELDERLY):
        town.do(by, town.open(by=by), stuck, "law", "")
    found = week(town.later(days=1), TEAM.agency, whole=True).stuck
    assert found.lines == ()
    assert found.elsewhere == Cells((), UNDER)


def test_every_supervisor_is_known_and_nobody_who_left(town: Town) -> None:
    left = Actor("web:left", "", Role.SUPERVISOR)
    with town.store.unit() as unit:
        for person in (HEAD, CARE, left):
            unit.people.put(person, MORNING)
        assert list(unit.people.supervisors()) == [HEAD]


@pytest.mark.parametrize("desks", [("a",) * 3, tuple(f"desk{n}" for n in range(300))])
def test_any_number_of_desks_can_be_asked_for(town: Town, desks: tuple[str, ...]) -> None:
    town.open()
    assert Counter(case.number for case in read(town, DESK, *desks).held).most_common(1)[0][1] == 1
