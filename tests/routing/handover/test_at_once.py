"""Two people at the same moment: one wins, the other is told, nothing is doubled."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from routing.cases import EventKind
from routing.errors import AlreadySettled, LinkRefused, StaleWrite
from routing.people import Actor
from routing.referrals import DeclineReason, Way
from routing.use_case import give_link, open_link, sweep
from routing.use_escalation import Act, do
from routing.use_referral import Answer, Order, answer, refer
from routing.work import Work, open_work
from tests.routing.handover.town import CARE, CLERK, TEAM, Town

YES = Answer(EventKind.ACCEPTED, None, "わたしが受けます")
ROUNDS = 5
NEXT_STEP = re.compile("読み直して|ご確認ください")


def both(town: Town, number: str, actors: list[Actor], act: Callable[[Work], Any], *, after: bool) -> list[str]:
    """What became of two people who press at once. `after`: both have read the case before either writes."""
    gate = Barrier(len(actors), timeout=20)

    def press(actor: Actor) -> str:
        if not after:
            gate.wait()
        try:
            with town.store.unit() as unit:
                work = open_work(unit, town.rules, number, actor, town.at)
                if after:
                    gate.wait()
                act(work)
                unit.commit()
        except (StaleWrite, AlreadySettled) as error:
            return "told" if NEXT_STEP.search(str(error)) else "told nothing"
        return "done"

    with ThreadPoolExecutor(len(actors)) as pool:
        return sorted(pool.map(press, actors))


def one_acceptance(town: Town, number: str) -> None:
    kinds = Counter(event.kind for event in town.events(number))
    assert kinds[EventKind.ACCEPTED] == 1
    referral = town.standing(number).referral(1)
    assert town.standing(number).owner == "hokatsu-kikan" == town.row(number).owner
    assert town.notes(number)[referral.note] == f"{referral.answered_by}が受けます"
    assert Counter(m.key.split(":")[1] for m in town.sent(number))["accepted"] == 1


def accept(work: Work) -> Any:
    return answer(work, 1, Answer(EventKind.ACCEPTED, None, f"{work.actor.id}が受けます"))


@pytest.mark.parametrize(
    ("empty_place", "after"),
    [("sqlite", False), ("postgresql", False), ("postgresql", True)],  # SQLite has one writer: nobody reads beside it
    indirect=["empty_place"],
    ids=["sqlite", "postgresql", "postgresql, both have read"],
)
def test_two_accept_at_once_one_wins_and_the_other_is_told(town: Town, after: bool) -> None:
    for _ in range(ROUNDS):
        number = town.open()
        town.do(CLERK, number, refer, Order("hokatsu-kikan"))
        other = Actor("web:other", "hokatsu-kikan")
        assert both(town, number, [CARE, other], accept, after=after) == ["done", "told"]
        one_acceptance(town, number)


@pytest.mark.parametrize("empty_place", ["postgresql"], indirect=True)
def test_an_acceptance_and_a_withdrawal_at_once_are_not_both_believed(town: Town) -> None:
    for _ in range(ROUNDS):
        number = town.open()
        town.do(CLERK, number, refer, Order("hokatsu-kikan"))

        def act(work: Work) -> Any:
            from routing.use_referral import withdraw

            return accept(work) if work.actor is CARE else withdraw(work, 1)

        assert both(town, number, [CARE, CLERK], act, after=True) == ["done", "told"]
        assert town.standing(number).referral(1).state in ("accepted", "withdrawn")


@pytest.mark.parametrize("empty_place", ["postgresql"], indirect=True)
def test_two_members_of_the_team_decide_at_once_and_one_decision_stands(town: Town) -> None:
    number = town.open(route="multi_agency")
    other = Actor("slack:U2", "project-team")
    decided = both(town, number, [TEAM, other], lambda work: do(work, Act(EventKind.TAKEN_UP, 0)), after=True)
    assert decided == ["done", "told"]
    assert [event.kind for event in town.events(number)].count(EventKind.TAKEN_UP) == 1


def test_two_sweepers_at_once_alert_once(town: Town) -> None:
    number = town.open(route="multi_agency")
    town.later(days=1)
    case_id = town.now(number).case.id
    gate = Barrier(3, timeout=20)

    def run(_: int) -> None:
        gate.wait()
        try:
            with town.store.unit() as unit:
                sweep(unit, town.rules, case_id, town.at)
                unit.commit()
        except StaleWrite:
            pass

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(run, range(3)))
    assert [event.kind for event in town.events(number)].count(EventKind.ROSE) == 1
    assert len({m.key for m in town.sent(number)}) == len(town.sent(number)) == 2


def test_guessing_from_many_sides_at_once_gets_no_more_tries(town: Town) -> None:
    number = town.open()
    town.do(CLERK, number, refer, Order("kyoiku-shien", ways=(Way.LINK,)))
    town.do(CLERK, number, give_link, 1, "token", "483920")
    most, tries = town.rules.follow_up.data.link.most_wrong, 12
    gate = Barrier(tries, timeout=20)

    def guess(n: int) -> str:
        gate.wait()
        try:
            with town.store.unit() as unit:
                _, right = open_link(unit, "token", f"{n:06d}", town.at)
                unit.commit()
        except (StaleWrite, LinkRefused) as error:
            return error.code
        return "right" if right else "wrong"

    with ThreadPoolExecutor(tries) as pool:
        told = Counter(pool.map(guess, range(tries)))
    assert told["right"] == 0
    assert 1 <= told["wrong"] <= most, "every answer that was given is counted"
    with town.store.unit(reading=True) as unit:
        from routing.use_case import hash_of

        assert unit.links.get(hash_of("token")).wrong == told["wrong"]


def test_a_decline_and_a_retry_of_it_after_a_lost_answer_is_one_decline(town: Town) -> None:
    number = town.open()
    town.do(CLERK, number, refer, Order("hokatsu-kikan"))
    town.do(CARE, number, answer, 1, Answer(EventKind.DECLINED, DeclineReason.AREA))
    with pytest.raises(AlreadySettled, match="もう「お断り」になっているため"):
        town.do(CARE, number, answer, 1, Answer(EventKind.DECLINED, DeclineReason.AREA))
    assert town.row(number).bounces == 1
