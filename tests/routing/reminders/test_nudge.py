"""What a supervisor is told on Monday, row by row: what stands still, what is unanswered, what came back, and when nothing is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from knowledge.load import load
from routing.cells import UNDER, Cells
from routing.figures import Happened, Held, Unfitted
from routing.nudge import Ahead, Nudge, Rows, meetings_ahead, nudge
from routing.nudge_cases import Limits, Look, Scope, any_found
from routing.nudge_trend import week_of
from routing.progress import working_days
from routing.reports import Silence
from routing.worktime import TOKYO

WEEK = date(2026, 11, 24)  # a Tuesday: Monday is 勤労感謝の日
NOW = datetime(2026, 11, 24, 8, 45, tzinfo=TOKYO)
LIMITS = Limits(quiet=10, asked=1, alerted=1, least_cell=3, weeks=8, lines=3)
MINE, THEIRS = "hokatsu-higashi", "jutaku"
SCOPE, TEAM = Scope(frozenset({MINE})), Scope(frozenset({"project-team"}), whole=True)


def at(day: date, hour: int = 10) -> str:
    return datetime(day.year, day.month, day.day, hour, tzinfo=TOKYO).isoformat()


def held(number: str, *more: dict[str, Any], owner: str = MINE, last: date = date(2026, 11, 20), **whole: Any) -> Held:
    """An open case. `whole`: what `watching.parts_of` writes of the case; `more`: of its requests."""
    parts = [{"owner": owner, "never": [], "later": {}, **whole}, *more]
    escalation = "alerted" if "alerted" in whole else "sent_back" if "review" in whole else ""
    return Held(number, owner, datetime.fromisoformat(at(last)), False, escalation, json.dumps(parts))


def asked(day: date, receiver: str, sender: str = MINE) -> dict[str, Any]:
    return {"owner": sender, "receiver": receiver, "sender": sender, "asked": at(day), "later": {}, "never": []}


def told(rows: Rows, scope: Scope = SCOPE, limits: Limits = LIMITS) -> Nudge:
    return nudge(scope, rows, Look(limits, working_days(2026), WEEK), WEEK, NOW)


def numbers(listed: Any) -> list[str]:
    return [line.number for line in listed.lines]


QUIET = date(2026, 11, 9)  # ten working days before
STUCK = [
    ("ten working days without a word", held("a", last=QUIET, progress=at(QUIET)), 10),
    ("nine are not yet many", held("a", last=date(2026, 11, 10), progress=at(date(2026, 11, 10))), None),
    ("its holder said so on the last day", held("a", stuck="law", progress=at(date(2026, 11, 20))), 1),
    ("quiet because somebody was asked: told of below", held("a", asked(QUIET, THEIRS), last=QUIET), None),
    ("put off until a day to come", held("a", last=QUIET, progress=at(QUIET), later={"*": "2026-12-01"}), None),
    ("put off until a day that has come",
     held("a", last=QUIET, progress=at(QUIET), later={"no_progress": "2026-11-24"}), 10),
    ("put off was another reminder",
     held("a", last=QUIET, progress=at(QUIET), later={"consent_again": "2026-12-01"}), 10),
    ("no reminders are wanted, and it stands still all the same",
     held("a", last=QUIET, progress=at(QUIET), never=["*"]), 10),
    ("another desk's", held("a", owner=THEIRS, last=QUIET, progress=at(QUIET)), None),
    ("it closed while one looked", replace(held("a"), parts="[]"), None),
    ("from before the calendar's reach",
     held("a", last=date(2019, 1, 4), progress=at(date(2019, 1, 4))), 945),
]  # fmt: skip


@pytest.mark.parametrize(("why", "case", "days"), STUCK, ids=[why for why, _, _ in STUCK])
def test_a_case_that_stands_still(why: str, case: Held, days: int | None) -> None:
    lines = told(Rows(held=[case])).stuck.lines
    assert [line.days for line in lines] == ([] if days is None else [days])


WAITING = [
    ("asked the working day before, from our desk", held("a", asked(date(2026, 11, 20), THEIRS)), [(THEIRS, 1)]),
    ("asked today", held("a", asked(WEEK, THEIRS)), []),
    ("our desk owes the answer", held("a", asked(date(2026, 11, 18), MINE, THEIRS), owner=THEIRS), [(MINE, 3)]),
    ("two were asked",
     held("a", asked(date(2026, 11, 18), THEIRS), asked(date(2026, 11, 20), "shakyo")), [(THEIRS, 3), ("shakyo", 1)]),
    ("neither asked by nor of our desks", held("a", asked(QUIET, "shakyo", THEIRS), owner=THEIRS), []),
]  # fmt: skip


@pytest.mark.parametrize(("why", "case", "expected"), WAITING, ids=[why for why, _, _ in WAITING])
def test_a_request_without_an_answer(why: str, case: Held, expected: list[tuple[str, int]]) -> None:
    assert [(line.desk, line.days) for line in told(Rows(held=[case])).waiting.lines] == expected


def test_what_the_team_has_not_acknowledged_and_a_joint_visit_that_is_overdue() -> None:
    up = held("up", alerted=at(date(2026, 11, 18)))
    late, today = held("late", review="2026-11-20"), held("today", review="2026-11-24")
    found = told(Rows(held=[up, late, today]))
    assert (numbers(found.alerted), numbers(found.reviews)) == (["up"], ["late"])


def test_the_longest_waiting_come_first_after_what_is_urgent_and_the_rest_is_counted() -> None:
    days = [QUIET - timedelta(days=7 * n) for n in range(5)]
    cases = [held(f"c{n}", last=day, progress=at(day)) for n, day in enumerate(days)]
    found = told(Rows(held=[replace(cases[0], urgent=True), *cases[1:]])).stuck
    assert (numbers(found), found.more) == (["c0", "c4", "c3"], 2)


def test_the_team_reads_numbers_of_what_was_brought_up_and_counts_of_the_rest() -> None:
    quiet = {"last": QUIET, "progress": at(QUIET)}
    cases = [held(f"t{n}", owner=THEIRS, **quiet) for n in range(3)]
    cases += [held("b", owner="bosai", **quiet), held("up", owner=THEIRS, review="2027-01-05", **quiet)]
    found = told(Rows(held=cases), TEAM).stuck
    assert numbers(found) == ["up"]
    assert found.elsewhere == Cells(((THEIRS, 3),), UNDER)


def request(case: str, kind: str, day: date, number: int = 1, **data: str) -> list[Happened]:
    """A request to `agency` and what became of it."""
    sent = {"purpose": "take", "agency": THEIRS, "sender": MINE, **data}
    key = {"referral": str(number)}
    return [
        Happened(case, "referred", datetime.fromisoformat(at(day, 9)), {**sent, **key}),
        Happened(case, kind, datetime.fromisoformat(at(day)), {**key, "reason": data.get("reason", "")}),
    ]


LAST_WEEK, FIRST_WEEK = date(2026, 11, 18), date(2026, 9, 29)
ANSWERS = [
    ("declined by another desk", request("a", "declined", LAST_WEEK, reason="law"), (0, 1)),
    ("declined by ours", request("a", "declined", LAST_WEEK, agency=MINE, sender=THEIRS, reason="law"), (0, 1)),
    ("nobody answered", request("a", "expired", LAST_WEEK), (0, 1)),
    ("accepted", request("a", "accepted", LAST_WEEK), (1, 0)),
    ("asked only to join in", request("a", "declined", LAST_WEEK, purpose="join", reason="law"), (0, 0)),
    ("between other desks", request("a", "declined", LAST_WEEK, sender="shakyo", reason="law"), (0, 0)),
    ("this very morning: next week's figures", request("a", "accepted", WEEK), (0, 0)),
    ("before the weeks that are shown", request("a", "accepted", FIRST_WEEK - timedelta(days=7)), (0, 0)),
    ("in the first of them", request("a", "accepted", FIRST_WEEK), (1, 0)),
    ("its request is not known", request("a", "accepted", LAST_WEEK)[1:], (0, 0)),
    ("the same number in another case",
     [request("b", "declined", LAST_WEEK, reason="law")[0], request("a", "declined", LAST_WEEK, reason="law")[1]],
     (0, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("why", "happened", "expected"), ANSWERS, ids=[why for why, _, _ in ANSWERS])
def test_answers_by_week(why: str, happened: list[Happened], expected: tuple[int, int]) -> None:
    trend = told(Rows(happened=happened)).trend
    assert (sum(trend.accepted), sum(trend.declined)) == expected


def test_the_weeks_are_the_last_whole_ones_from_monday_on() -> None:
    trend = told(Rows(opened=[(MINE, datetime.fromisoformat(at(LAST_WEEK))), (THEIRS, NOW - timedelta(days=6))])).trend
    assert trend.weeks[0] == date(2026, 9, 28)
    assert trend.weeks[-1] == date(2026, 11, 16)
    assert trend.opened == (0, 0, 0, 0, 0, 0, 0, 1)


def test_causes_of_what_came_back_are_counted_and_small_ones_are_not() -> None:
    reasons = ["capacity"] * 4 + ["law", "area"]
    happened = [e for n, r in enumerate(reasons) for e in request(f"c{n}", "declined", LAST_WEEK, reason=r)]
    found = told(Rows(happened=happened))
    assert found.bounces == Cells((("capacity", 4),), UNDER)
    assert found.trend.declined[-1] == 6


def test_the_shown_causes_and_the_shown_weeks_are_of_the_same_cases() -> None:
    """Else the difference of two sums would give a small cell away."""
    days = [FIRST_WEEK - timedelta(days=7), FIRST_WEEK, LAST_WEEK, LAST_WEEK, LAST_WEEK, WEEK - timedelta(days=1), WEEK]
    happened = [e for n, d in enumerate(days) for e in request(f"c{n}", "declined", d, reason="law")]
    found = told(Rows(happened=happened))
    assert sum(count for _, count in found.bounces.shown) == sum(found.trend.declined) == 4


def test_a_case_that_is_said_to_be_stuck_counts_for_the_desk_that_held_it_then() -> None:
    opened = Happened("a", "opened", datetime.fromisoformat(at(FIRST_WEEK)), {"owner": THEIRS})
    stuck = Happened("a", "stuck", datetime.fromisoformat(at(LAST_WEEK, 15)), {"reason": "law"})
    taken = request("a", "accepted", LAST_WEEK, agency=MINE, sender=THEIRS)
    assert sum(told(Rows(happened=[opened, stuck, *taken])).trend.stuck) == 0
    assert sum(told(Rows(happened=[opened, *taken, stuck])).trend.stuck) == 1


def sent_back(case: str, day: date, reasons: str, referrer: str = MINE) -> list[Happened]:
    key = {"escalation": "1"}
    return [
        Happened(case, "escalated", datetime.fromisoformat(at(day, 9)), {**key, "referrer": referrer}),
        Happened(case, "sent_back", datetime.fromisoformat(at(day)), {**key, "reasons": reasons}),
    ]


def test_reasons_of_what_the_team_sent_back_to_our_desks() -> None:
    happened = [
        e for n in range(3) for e in sent_back(f"c{n}", LAST_WEEK, "consent_first ordinary" if n else "ordinary")
    ]
    happened += sent_back("other", LAST_WEEK, "other", referrer=THEIRS)
    assert told(Rows(happened=happened)).sent_back == Cells((("ordinary", 3),), UNDER)


def test_what_nothing_fitted_is_counted_by_issue_and_area_where_nobody_can_be_found_by_it() -> None:
    day = datetime.fromisoformat(at(LAST_WEEK))
    missing = [Unfitted(MINE, day, ("hikikomori",), "area-higashi")] * 3 + [Unfitted(MINE, day, (), "")] * 4
    missing += [Unfitted(MINE, day, ("dementia",), "area-chuo"), Unfitted(THEIRS, day, ("dementia",), "area-chuo")]
    found = told(Rows(unfitted=missing))
    assert found.gaps == Cells((("|", 4), ("hikikomori|area-higashi", 3)), UNDER)


@pytest.mark.parametrize(("why", "case", "days"), STUCK, ids=[why for why, _, _ in STUCK])
def test_whether_there_is_anything_is_known_without_the_lists(why: str, case: Held, days: int | None) -> None:
    found = any_found([case], SCOPE, Look(LIMITS, working_days(2026), WEEK))
    assert found is not told(Rows(held=[case])).is_empty
    assert found or days is None


def test_no_further_row_is_read_once_something_was_found() -> None:
    read = (held(f"c{n}", last=QUIET, progress=at(QUIET)) for n in range(100_000))
    assert any_found(read, SCOPE, Look(LIMITS, working_days(2026), WEEK))
    assert next(read).number < "c5000"


EMPTY = [
    ("nothing at all", Rows(), True),
    ("meetings and figures alone",
     Rows(ahead=[Ahead("m", WEEK, WEEK)], opened=[(MINE, NOW - timedelta(days=5))]), True),
    ("something came back, but weeks ago",
     Rows(happened=request("a", "declined", date(2026, 11, 4), reason="law")), True),
    ("something came back last week", Rows(happened=request("a", "declined", LAST_WEEK, reason="law")), False),
    ("the team sent something back", Rows(happened=sent_back("a", LAST_WEEK, "ordinary")), False),
    ("nothing fitted last week", Rows(unfitted=[Unfitted(MINE, NOW - timedelta(days=4), (), "")]), False),
    ("a desk fell silent", Rows(silent=[Silence(MINE, 0, 4.0, None)]), False),
    ("another's desk fell silent", Rows(silent=[Silence(THEIRS, 0, 4.0, None)]), True),
    ("a case stands still", Rows(held=[held("a", last=QUIET, progress=at(QUIET))]), False),
    ("all goes well", Rows(held=[held("a", progress=at(date(2026, 11, 20)))]), True),
]  # fmt: skip


@pytest.mark.parametrize(("why", "rows", "empty"), EMPTY, ids=[why for why, _, _ in EMPTY])
def test_when_there_is_something_to_tell(why: str, rows: Rows, empty: bool) -> None:
    assert told(rows).is_empty is empty


def test_meetings_of_the_next_days_and_those_whose_agenda_closes() -> None:
    bodies = load("mihon").meetings
    found = {each.body: each for each in meetings_ahead(bodies.values(), date(2026, 11, 30), 14)}
    care = found["mt-community-care"]  # the second Thursday, agenda seven working days before
    assert (care.on, care.agenda_by) == (date(2026, 12, 10), date(2026, 12, 1))
    later = {each.body: each for each in meetings_ahead(bodies.values(), date(2026, 11, 20), 14)}
    assert later["mt-community-care"].on == date(2026, 12, 10), "its agenda closes within the fourteen days"
    assert all(bodies[name].cadence.every != "ad_hoc" for name in found)


@pytest.mark.parametrize("day", [date(2026, 11, 23) + timedelta(days=n) for n in range(7)])
def test_a_week_begins_on_monday(day: date) -> None:
    assert week_of(day) == date(2026, 11, 23)
