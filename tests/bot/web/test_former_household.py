"""A household that was here before is noticed where it is typed again, and only as far as the person may know."""

from __future__ import annotations

import re

import pytest

from tests.bot.web.conftest import Browser, Clock, House

THEN = "氏名: 福祉太郎 昭和18年3月3日生。息子の借金の取り立てが家に来ている。"
NOW = "福祉太郎（S18.3.3生）さんの件。息子が部屋から出てこなくなった。"


def confirmed(browser: Browser, text: str) -> str:
    """From the sentence to a case; its number."""
    browser.open()
    browser.say(text)
    for choice in ("accept", "enough", "confirm"):
        browser.choose(choice)
    found = re.search(r"/cases/([A-Z]+-\d{4}-\d{4})", browser.page())
    assert found, browser.page()
    return found[1]


@pytest.fixture
def number(house: House, clock: Clock) -> str:
    """The case of before."""
    opened = confirmed(house.browser().stand("fukushi-madoguchi"), THEN)
    clock.later(days=200)
    return opened


def test_the_household_is_noticed_as_soon_as_name_and_birth_date_are_typed(house: House, number: str) -> None:
    again = house.browser().stand("fukushi-madoguchi")
    again.open()
    again.say(NOW)
    page = again.page()
    assert "以前にも相談があります" in page
    assert number in page
    assert "福祉太郎" not in page


def test_another_desk_is_told_where_to_ask_but_not_the_number(house: House, number: str) -> None:
    other = house.browser().stand("kodomo-katei")
    other.open()
    other.say(NOW)
    page = other.page()
    assert "以前にも相談があります" in page
    assert "福祉総合相談窓口" in page
    assert number not in page


@pytest.mark.parametrize("text", [NOW.replace("S18.3.3", "S18.3.4"), NOW.replace("福祉太郎", "福祉次郎"), NOW[13:]])
def test_another_person_is_not_taken_for_them(house: House, number: str, text: str) -> None:
    other = house.browser().stand("fukushi-madoguchi")
    other.open()
    other.say(text)
    assert "以前にも相談があります" not in other.page()
