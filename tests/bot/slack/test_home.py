"""The App Home: what waits for a person now, with its buttons; everything done there shows there."""

from __future__ import annotations

import pytest

from bot.slack.people import People, Post
from tests.bot.slack.conftest import HOUSEHOLD, House
from tests.bot.slack.slack import Message, Person
from tests.bot.slack.test_alerts import NUMBER
from tests.bot.slack.test_blocks import taken_by_slack
from tests.bot.web.conftest import Clock


@pytest.fixture
def coordinator(house: House, clerk: Person) -> Person:
    """Somebody of the desk that holds a case which a clerk opened, with that clerk's talk behind it."""
    clerk.say(HOUSEHOLD)
    for label in ("この読み取りで進む", "ここまでで提案を見る", "この提案で決める"):
        clerk.press(label)
    with house.app.store.unit(reading=True) as unit:
        case = unit.cases.by_number(NUMBER)
        assert case is not None
        owner = next(row.owner for row in unit.board.list(case.pack, opened_by=case.opened_by))
    posts = {"U0CLERK": (Post(owner, "clerk"),), "U0COORD": (Post(owner, "coordinator"),)} if owner else {}
    house.surface.people = People(posts)
    house.surface.register()
    return house.person("U0COORD")


def test_a_case_on_which_nothing_happens_is_due_and_is_answered_at_home(
    coordinator: Person, house: House, clock: Clock
) -> None:
    assert "いま待たれていること" in coordinator.home().words()
    assert "進んでいる" not in coordinator.home().labels()
    clock.later(days=30)
    home = coordinator.home()
    assert NUMBER in home.words()
    taken_by_slack(house.slack.homes[coordinator.id])
    coordinator.press("進んでいる", home, times=3)
    with house.app.store.unit(reading=True) as unit:
        case = unit.cases.by_number(NUMBER)
        assert case is not None
        assert [e.kind.value for e in unit.cases.events(case.id)].count("progressed") == 1
    shown = Message("", "", "", house.slack.homes[coordinator.id]["blocks"], "")
    assert "進んでいる" not in shown.labels(), "the home was shown anew"


def test_a_reminder_is_put_off_from_home_with_a_form(coordinator: Person, house: House, clock: Clock) -> None:
    clock.later(days=30)
    view = coordinator.opens("あとで知らせてもらう", coordinator.home())
    field = next(block["label"]["text"] for block in view["blocks"] if block["type"] == "input")
    coordinator.submit(view, {field: "3"})
    shown = Message("", "", "", house.slack.homes[coordinator.id]["blocks"], "")
    assert "進んでいる" not in shown.labels()


def test_the_list_of_cases_is_shown_in_the_dm(coordinator: Person) -> None:
    coordinator.press("案件の一覧", coordinator.home())
    assert NUMBER in coordinator.last().words()
    coordinator.press("開く")
    assert "いまのようす" in coordinator.last().words()
    coordinator.press("案件の一覧", coordinator.home())
    assert NUMBER in coordinator.last().words(), "as often as it is asked for"
