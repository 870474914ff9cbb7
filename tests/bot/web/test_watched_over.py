"""The whole way of an alert and of a reminder: said on a page, put by the rounds, read in an inbox, answered there."""

from __future__ import annotations

import re

import pytest

from bot.reminding import replica_of
from tests.bot.web.conftest import Browser, Clock, House


@pytest.fixture
def clerk(house: House) -> Browser:
    return house.browser().stand("fukushi-madoguchi")


def tick(house: House, clock: Clock) -> None:
    """What the ticker would do at this moment, every round of it."""
    replica_of(house.app, clock).rounds.tick()


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_an_alert_rises_from_the_team_to_its_deputy_when_nobody_answers(
    house: House, clerk: Browser, clock: Clock
) -> None:
    number = clerk.confirm()
    clerk.do("escalate", number, text="三つの課で断られています")
    team = house.browser().stand("project-team")
    deputy, boss = (house.browser().stand("project-team", role) for role in ("coordinator", "supervisor"))
    assert number not in words(team.get("/inbox").text), "nothing is there before the rounds"
    tick(house, clock)
    assert f"案件 {number} が多機関協働へ上がりました" in words(team.get("/inbox").text)
    assert "三つの課で" not in words(team.get("/inbox").text), "free text stays with the case"
    risen = "返事がまだありません"
    clock.later(hours=6)
    tick(house, clock)
    assert risen in words(deputy.get("/inbox").text)
    assert risen not in words(boss.get("/inbox").text)
    clock.later(days=1)
    tick(house, clock)
    assert risen in words(boss.get("/inbox").text)
    tick(house, clock)
    assert words(team.get("/inbox").text).count("が多機関協働へ上がりました") == 1, "told once, however often one looks"


def test_what_was_settled_before_it_was_told_is_not_told(house: House, clerk: Browser, clock: Clock) -> None:
    number = clerk.confirm()
    clerk.do("escalate", number, text="上げます")
    clerk.do("call_off", number, text="ふだんの連絡で足りました")
    tick(house, clock)
    page = words(house.browser().stand("project-team").get("/inbox").text)
    assert "が多機関協働へ上がりました" not in page


def test_a_case_without_a_word_comes_back_in_the_digest_until_somebody_says_how_it_goes(
    house: House, clerk: Browser, clock: Clock
) -> None:
    number = clerk.confirm()
    clock.later(days=14)  # ten working days, at half past nine
    tick(house, clock)
    page = words(clerk.get("/inbox").text)
    assert "のお知らせ（1件）" in page
    assert number in page
    assert "動きが記録されていない" in page
    clerk.do("progress", number)
    assert "進んでいることを記録しました" in words(clerk.get(f"/cases/{number}?done=progress").text)


def test_later_means_that_this_reminder_rests(house: House, clerk: Browser, clock: Clock) -> None:
    number = clerk.confirm()
    clerk.do("later", f"{number}/no_progress", days="12")
    clock.later(days=14)
    tick(house, clock)
    assert number not in words(clerk.get("/inbox").text)
    clock.later(days=15)  # ten working days on, over a holiday
    tick(house, clock)
    assert number in words(clerk.get("/inbox").text)


def test_the_case_shows_whom_it_was_told_to_when_by_which_rule_and_that_it_arrived(
    house: House, clerk: Browser, clock: Clock
) -> None:
    number = clerk.confirm()
    clerk.do("escalate", number, text="三つの課で断られています")
    assert f"/cases/{number}/reminders" in clerk.get(f"/cases/{number}").text
    address = f"/cases/{number}/reminders"
    assert "これから送ります" in words(clerk.get(address).text)
    tick(house, clock)
    page = words(clerk.get(address).text)
    assert "多機関協働への引き上げの知らせ 送りました" in page
    assert "届かないときは" in page, "who is told instead is part of the record"
    assert "三つの課で" not in page
    assert "まだありません" in words(clerk.get(f"{address}?person=agency:hokatsu-kikan").text)
    asked = house.browser().stand("kodomo-katei")
    assert asked.get(address).status_code == 404, "a desk that has nothing to do with it"
