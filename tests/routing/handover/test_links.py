"""One-time links: used once, not after their time, not by guessing, and never without the code told by phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from routing.cases import EventKind
from routing.errors import AlreadySettled, IllegalMove, LinkRefused, Missing, NotAllowed
from routing.links import Link
from routing.referrals import DeclineReason, Way
from routing.use_case import give_link, open_link, use_link
from routing.use_referral import Answer, Order, refer, withdraw
from tests.routing.handover.town import CARE, CLERK, WORKLESS, Town

TOKEN, CODE = "k7w2-long-token", "483920"
YES = Answer(EventKind.ACCEPTED, None, "水曜に会う", person="見本さん")


def given(town: Town, token: str = TOKEN) -> str:
    """A case with a link to its first referral."""
    number = town.open()
    town.do(CLERK, number, refer, Order("kyoiku-shien", ways=(Way.LINK,)))
    town.do(CLERK, number, give_link, 1, token, CODE)
    return number


def tried(town: Town, code: str, token: str = TOKEN) -> tuple[Link, bool]:
    with town.store.unit() as unit:
        found = open_link(unit, token, code, town.at)
        unit.commit()
    return found


def used(town: Town, answer: Answer = YES, token: str = TOKEN) -> Any:
    with town.store.unit() as unit:
        done = use_link(unit, town.rules, token, answer, town.at)
        unit.commit()
    return done


def refused(act: Callable[[], Any]) -> str:
    """Why a link opens nothing; the words say whom to call."""
    with pytest.raises(LinkRefused) as told:
        act()
    assert "電話でお知らせください" in str(told.value)
    return told.value.why


def test_an_agency_answers_through_its_link_once(town: Town) -> None:
    number = given(town)
    assert tried(town, CODE)[1]
    used(town, Answer(EventKind.SEEN))
    used(town)
    referral = town.standing(number).referral(1)
    assert (referral.state, referral.answer_way) == ("accepted", "link")
    assert referral.answered_by.startswith("link:")
    assert town.notes(number)[referral.note].startswith("見本さん")
    assert town.standing(number).owner == "kyoiku-shien"
    assert refused(lambda: used(town)) == "used"
    assert refused(lambda: tried(town, CODE)) == "used"


def test_without_the_code_it_opens_nothing(town: Town) -> None:
    given(town)
    assert not tried(town, "")[1]
    assert refused(lambda: used(town)) == "code"


def test_guessing_locks_it_also_for_who_knows_the_code(town: Town) -> None:
    number = given(town)
    most = town.rules.follow_up.data.link.most_wrong
    assert [tried(town, f"00000{n}")[1] for n in range(most)] == [False] * most
    assert refused(lambda: tried(town, CODE)) == "locked"
    assert refused(lambda: used(town)) == "locked"
    assert town.standing(number).referral(1).is_open, "the desk can still record the answer by phone"


def test_a_guessed_token_is_unknown(town: Town) -> None:
    given(town)
    assert refused(lambda: tried(town, CODE, "guessed")) == "unknown"
    assert refused(lambda: used(town, token="guessed")) == "unknown"


def test_it_ends_when_its_hours_are_over_to_the_second(town: Town) -> None:
    given(town)
    link, _ = tried(town, CODE)
    town.later(seconds=(link.expires_at - town.at).total_seconds() - 1)
    assert tried(town, CODE)[1]
    town.later(seconds=1)
    assert refused(lambda: tried(town, CODE)) == "expired"
    assert refused(lambda: used(town)) == "expired"


def test_it_never_outlives_the_request_it_is_for(town: Town) -> None:
    number = given(town)
    link, _ = tried(town, "")
    assert link.expires_at <= town.standing(number).referral(1).expires_at


@pytest.mark.parametrize(
    "answer",
    [Answer(EventKind.ACCEPTED), Answer(EventKind.DECLINED, person="見本さん"), Answer(EventKind.CLOSED, person="x")],
)
def test_an_answer_that_lacks_something_leaves_the_link_as_it_was(town: Town, answer: Answer) -> None:
    number = given(town)
    tried(town, CODE)
    with pytest.raises(Missing):
        used(town, answer)
    assert town.standing(number).referral(1).is_open
    used(town, Answer(EventKind.DECLINED, DeclineReason.AREA, person="見本さん"))
    assert town.standing(number).referral(1).reason is DeclineReason.AREA


def test_after_the_request_was_taken_back_nothing_is_answered(town: Town) -> None:
    number = given(town)
    tried(town, CODE)
    town.do(CLERK, number, withdraw, 1)
    with pytest.raises(AlreadySettled):
        used(town)
    with pytest.raises(IllegalMove):
        town.do(CLERK, number, give_link, 1, "another", CODE)


def test_two_links_to_one_request_lead_to_one_answer(town: Town) -> None:
    number = given(town)
    town.do(CLERK, number, give_link, 1, "second", CODE)
    for token in (TOKEN, "second"):
        tried(town, CODE, token)
    used(town)
    with pytest.raises(AlreadySettled):
        used(town, token="second")


def test_only_who_holds_the_case_gives_links(town: Town) -> None:
    number = town.open()
    town.do(CLERK, number, refer, Order("hokatsu-kikan"))
    with pytest.raises(NotAllowed, match="担当の方に頼む"):
        town.do(CARE, number, give_link, 1, TOKEN, CODE)
    from routing.errors import UnknownCase

    with pytest.raises(UnknownCase):
        town.do(WORKLESS, number, give_link, 1, TOKEN, CODE)


def test_neither_token_nor_code_is_kept(town: Town) -> None:
    number = given(town)
    tried(town, CODE)
    link, _ = tried(town, "")
    assert TOKEN not in repr(link)
    assert CODE not in repr(link) + repr(town.events(number))
