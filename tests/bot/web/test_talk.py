"""A talk in the browser: turns, transcript, restart, resume by code, and what goes wrong."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from bot.app import App
from bot.turns import Turn
from bot.web.work import Worker
from routing.errors import StoreReadOnly
from tests.bot.web.conftest import HOUSEHOLD, Browser, Clock, House


def test_a_typed_situation_becomes_a_card_with_marked_words(browser: Browser) -> None:
    assert browser.say(HOUSEHOLD).status_code == 202
    page = browser.page()
    assert "このように読み取りました" in page
    assert re.search(r'<mark class="pol-present">[^<]*ひきこも[^<]*<small>', page)
    assert 'data-action="accept"' in page


def test_only_the_last_card_offers_choices(browser: Browser) -> None:
    browser.say(HOUSEHOLD)
    browser.choose("accept")
    page = browser.page()
    assert 'data-action="accept"' not in page
    assert page.count(' live"') == 1
    assert "この読み取りで進む" in page, "what was chosen is shown in words"


def test_a_finding_can_be_corrected_and_an_issue_added(browser: Browser) -> None:
    browser.say(HOUSEHOLD)
    drops = re.findall(r'data-action="deny" data-value="([^"]+)"', browser.page())
    browser.choose("deny", drops[0])
    browser.choose("add", "", code="garbage_house", holder="母")
    page = browser.page()
    assert f'data-action="hold" data-value="{drops[0]}"' in page
    assert "garbage_house@0" in page or "ごみ" in page


def test_the_same_message_twice_is_one_turn(browser: Browser) -> None:
    first = browser.turn(message="same-message-1", text=HOUSEHOLD)
    page = browser.page()
    again = browser.turn(message="same-message-1", text=HOUSEHOLD)
    assert (first.status_code, again.status_code) == (202, 202)
    assert (first.json()["duplicate"], again.json()["duplicate"]) == (False, True)
    assert browser.page() == page


def test_the_whole_walk_ends_with_a_case_in_the_list(browser: Browser) -> None:
    number = browser.confirm()
    page = browser.page()
    assert f"案件 {number} を登録しました" in page
    assert f'href="/cases/{number}/sheet"' in page
    assert "<progress" in page
    assert browser.get(f"/cases/{number}").status_code == 200


def test_the_transcript_survives_a_reload_and_a_restart(open_house: Callable[[], House]) -> None:
    first = open_house().browser()
    first.say(HOUSEHOLD)
    first.choose("accept")
    before = first.page()
    second = Browser(open_house().client, first.cookie, first.talk)
    assert second.page() == before
    assert second.open("/").text.count(HOUSEHOLD) >= 1
    assert second.choose("enough").status_code == 202
    assert "提案:" in second.page()


def test_a_turn_left_by_a_crash_is_worked_off_at_the_next_start(
    open_app: Callable[..., App], open_house: Callable[[], House], clock: Clock
) -> None:
    first = open_house().browser()
    first.say(HOUSEHOLD)
    page = first.page()
    app = open_app()  # a process that stores the turn and is killed before the work
    owner = app.conversation.talk(first.talk)
    assert owner is not None
    assert app.conversation.accept(Turn(first.talk, "crashed-1", "web", owner.owner, clock(), "母の通帳を息子が使う。"))
    assert first.page().count("母の通帳") == 0
    second = Browser(open_house().client, first.cookie, first.talk)
    second.settle()
    after = second.page()
    assert "母の通帳を息子が使う。" in after
    assert after != page


def test_pausing_shows_a_code_that_another_browser_can_resume_with_once(house: House) -> None:
    mine, other, third = house.browser(), house.browser(), house.browser()
    mine.say(HOUSEHOLD)
    mine.choose("accept")
    mine.choose("pause")
    page = mine.page()
    assert 'data-action="resume"' in page
    code = re.search(r"<strong>([0-9A-Z]{8})</strong>", page)
    assert code
    answer = other.say(f"再開　{code[1].lower()}")
    assert answer.status_code == 200
    other.talk = answer.json()["go"].removeprefix("/talks/")
    assert other.talk == mine.talk
    resumed = other.page()
    assert HOUSEHOLD in resumed
    assert "中断したところから続けます" in resumed
    assert 'data-action="answer"' in resumed or 'data-action="confirm"' in resumed
    assert mine.get(f"/talks/{mine.talk}").status_code == 404, "it is the other browser's now"
    assert third.post("/resume", {"code": code[1]}).status_code == 404, "a code is good once"


def test_a_resumed_talk_brings_its_case_along(house: House) -> None:
    mine, other = house.browser(), house.browser()
    number = mine.confirm()
    mine.choose("pause")
    code = re.search(r"<strong>([0-9A-Z]{8})</strong>", mine.page())
    assert code
    assert other.post("/resume", {"code": code[1]}).status_code == 200
    other.settle()
    assert other.get(f"/cases/{number}/sheet").status_code == 200


def test_guessing_resume_codes_is_limited(house: House, clock: Clock) -> None:
    mine, other = house.browser(), house.browser()
    for _ in range(10):
        assert mine.post("/resume", {"code": "AAAAAAAA"}).status_code == 404
    refused = mine.say("再開 BBBBBBBB")
    assert refused.status_code == 429
    assert "少しお待ちください" in refused.json()["html"]
    assert other.post("/resume", {"code": "AAAAAAAA"}).status_code == 404, "others may still try"
    clock.later(seconds=61)
    assert mine.post("/resume", {"code": "AAAAAAAA"}).status_code == 404


def test_many_cookies_do_not_make_many_guesses(house: House) -> None:
    statuses = [house.browser().post("/resume", {"code": "AAAAAAAA"}).status_code for _ in range(65)]
    assert statuses.count(404) == 60
    assert statuses[-1] == 429


def test_a_failing_turn_does_not_block_the_talk(
    browser: Browser, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("三保トメ")

    with monkeypatch.context() as patch:
        patch.setattr("bot.conversation.with_reading", broken)
        assert browser.say(HOUSEHOLD).status_code == 202
    page = browser.page()
    assert "うまくいきませんでした" in page
    assert "RuntimeError" not in page
    browser.say(HOUSEHOLD)
    assert "このように読み取りました" in browser.page()


def test_a_database_that_cannot_be_written_is_one_clear_message(
    browser: Browser, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> bool:
        raise StoreReadOnly("read only")

    monkeypatch.setattr(house.app.conversation, "accept", refuse, raising=False)
    answer = browser.say(HOUSEHOLD)
    assert answer.status_code == 503
    assert "書き込めません" in answer.json()["html"]


def test_an_unforeseen_error_is_words_and_no_trace(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("三保トメ")

    monkeypatch.setattr("bot.web.pages.reads.side_of", broken)
    answer = browser.get("/")
    assert answer.status_code == 500
    assert "うまくいきませんでした" in answer.text
    assert "三保トメ" not in answer.text
    assert "Traceback" not in answer.text


def test_names_and_phones_are_not_on_the_page(browser: Browser) -> None:
    browser.say("山田花子さん、電話 090-1234-5678。息子がひきこもっている。")
    page = browser.page()
    assert "090-1234-5678" not in page
    assert "伏せました" in page


def test_health_is_told(browser: Browser) -> None:
    assert browser.get("/healthz").json()["status"] == "ok"


def test_one_task_works_on_a_conversation_at_a_time(house: House) -> None:
    assert isinstance(house.surface.worker, Worker)
    browser = house.browser()
    for number in range(5):
        browser.post(f"/talks/{browser.talk}/turns", {"message": f"quick-{number:04d}", "text": f"{HOUSEHOLD}{number}"})
    browser.settle()
    page = browser.page()
    assert all(f"{HOUSEHOLD}{number}" in page for number in range(5))
