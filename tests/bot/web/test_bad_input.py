"""What people and programs can send that was never meant: one clear message or a normal reading, everything escaped."""

from __future__ import annotations

import json

import pytest

from tests.bot.web.conftest import HOUSEHOLD, Browser

SCRIPT = '<script>alert("x")</script><img src=x onerror=alert(1)>'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "何も書かれていません"),
        ("　\n  ", "何も書かれていません"),
        ("😀🏠👵", "何も書かれていません"),
        ("\x00\x07\x1b", "何も書かれていません"),
        ("Hello, my mother is old and alone", "日本語の文として読めませんでした"),
        (SCRIPT, "日本語の文として読めませんでした"),
        ("'; DROP TABLE turn; --", "日本語の文として読めませんでした"),
        ("<!channel> <@U123456> *bold*", "日本語の文として読めませんでした"),
        ("母が😀ひきこもりの息子と暮らす", "このように読み取りました"),
        (f"息子がひきこもり{SCRIPT}", "このように読み取りました"),
        ("息子がひきこもり'; DROP TABLE turn; --", "このように読み取りました"),
        ("<!channel> 息子がひきこもり <@U123>", "このように読み取りました"),
        ("息子が\x00ひき\x07こもり\u202e", "このように読み取りました"),
        ("# 見出し\n- 息子がひきこもり\n+ 畳む\n! 警告", "このように読み取りました"),
        ("{{ 7*7 }} {% raw %} 息子がひきこもり", "このように読み取りました"),
    ],
)
def test_odd_texts_get_one_clear_answer(browser: Browser, text: str, words: str) -> None:
    assert browser.say(text).status_code == 202
    page = browser.page()
    assert words in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "\x07" not in page
    assert "49" not in page or "7*7" not in text


@pytest.mark.parametrize("half", ["\\ud800", "\\udc00 \\ud83d", "\\ud83d"])
def test_half_a_surrogate_is_read_like_an_unreadable_letter(browser: Browser, half: str) -> None:
    body = f'{{"message": "half-1234", "text": "息子がひきこもり{half}です"}}'.encode()
    assert browser.post(f"/talks/{browser.talk}/turns", body).status_code == 202
    browser.settle()
    assert "このように読み取りました" in browser.page()


def test_a_text_that_is_too_long_is_given_back_and_not_stored(browser: Browser) -> None:
    answer = browser.say("あ" * 20_000)
    assert answer.status_code == 422
    assert "20000文字" in answer.json()["html"]
    assert browser.get(f"/talks/{browser.talk}").status_code == 404, "nothing was stored"


def test_the_longest_text_that_is_allowed_is_read(browser: Browser) -> None:
    assert browser.say((HOUSEHOLD * 200)[:5_000]).status_code == 202
    assert "このように読み取りました" in browser.page()


def test_a_body_without_end_is_cut_off(browser: Browser) -> None:
    answer = browser.post(f"/talks/{browser.talk}/turns", b'{"text": "' + b"a" * 600_000 + b'"}')
    assert answer.status_code == 413
    assert "大きすぎます" in answer.json()["html"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"message": "12345678"}',
        b'{"message": "12345678", "text": 5}',
        b'{"message": "12345678", "text": "a", "choice": {"action": "accept"}}',
        b'{"message": "../../etc", "text": "a"}',
        b'{"text": "a"}',
        b'{"message": "12345678", "choice": "accept"}',
        b'{"message": "12345678", "choice": {"action": "drop table"}}',
        b'{"message": "12345678", "choice": {"action": "add", "values": {"code": 1}}}',
        b'{"message": "12345678", "choice": {"action": "add", "values": []}}',
        b'{"message": "12345678", "choice": {"action": "add", "value": {}}}',
    ],
)
def test_a_body_that_is_not_ours_is_refused_in_words(browser: Browser, body: bytes) -> None:
    answer = browser.post(f"/talks/{browser.talk}/turns", body)
    assert answer.status_code == 400
    assert "読めませんでした" in answer.json()["html"]


def test_a_field_that_is_too_long_is_refused(browser: Browser) -> None:
    answer = browser.choose("overridden", "", reason="あ" * 4_001)
    assert answer.status_code == 422
    assert "4000文字" in answer.json()["html"]


@pytest.mark.parametrize("action", ["accept", "confirm", "answer", "save", "section", "nothing_we_know"])
def test_a_choice_that_has_no_meaning_now_changes_nothing(browser: Browser, action: str) -> None:
    browser.say(HOUSEHOLD)
    browser.choose("accept")
    browser.choose(action, "q.none=yes")
    assert "その操作は今の段階では使えない" in browser.page()


def test_forged_findings_and_holders_change_nothing(browser: Browser) -> None:
    browser.say(HOUSEHOLD)
    browser.choose("give", "hikikomori@0>知らない人")
    browser.choose("add", "", code="no_such_issue", holder=SCRIPT)
    page = browser.page()
    assert "<script>alert" not in page
    assert "知らない人" not in page


@pytest.mark.parametrize(
    "path", ["/talks/x", "/talks/../../etc/passwd", "/cases/'--", "/cases/%00", "/cases/x/sheet", "/a/b"]
)
def test_addresses_that_lead_nowhere_are_a_page_in_words(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 404
    assert "この画面は開けません" in answer.text or "案件が見つかりません" in answer.text


def test_the_words_of_a_person_are_escaped_in_every_place(browser: Browser) -> None:
    evil = '"><svg onload=alert(1)>'
    browser.open()
    browser.say(f"息子がひきこもり{evil}")
    browser.choose("accept")
    browser.choose("enough")
    browser.choose("override")
    browser.choose("overridden", "", route="multi_agency", reason=f"理由{evil}")
    browser.choose("save", "0", received_by=f"福祉課{evil}", visitor_name=f"三保{evil}")
    number = browser.page().partition("/cases/")[2].partition('"')[0].partition("/")[0]
    pages = [browser.page(), browser.get(f"/cases/{number}").text, browser.get(f"/cases/{number}/sheet").text]
    pages.append(browser.post(f"/cases/{number}/identity", {}).json()["html"])
    for page in pages:
        assert "<svg onload" not in page
    assert "&lt;svg" in pages[2]
    assert "&lt;svg" in pages[3]
    assert json.dumps(evil) not in pages[0]
