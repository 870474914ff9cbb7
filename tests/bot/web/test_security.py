"""Who may ask, from where, and what every answer carries."""

from __future__ import annotations

import pytest

from bot.web.security import POLICY, is_own_host
from tests.bot.web.conftest import HOUSEHOLD, Browser, House


def test_a_browser_gets_a_random_cookie_that_scripts_and_other_sites_cannot_use(house: House) -> None:
    first, second = house.client.get("/").headers["set-cookie"], None
    house.client.cookies.clear()
    second = house.client.get("/").headers["set-cookie"]
    assert first.partition(";")[0] != second.partition(";")[0]
    flags = {part.strip().lower() for part in first.split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/"} <= flags


def test_the_cookie_itself_is_not_in_the_store(browser: Browser, house: House) -> None:
    browser.open()
    browser.say(HOUSEHOLD)
    value = browser.cookie.partition("=")[2]
    with house.app.store.unit() as unit:
        stored = unit.dialogues.get(browser.talk)
    assert stored is not None
    assert stored.owner.startswith("web:")
    assert value not in stored.owner


@pytest.mark.parametrize("path", ["/", "/talks/new", "/nothing", "/static/style.css", "/healthz"])
def test_every_answer_carries_the_strict_headers(browser: Browser, path: str) -> None:
    headers = browser.get(path).headers
    assert headers["content-security-policy"] == POLICY
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")


def test_pages_hold_no_inline_script_or_style(browser: Browser) -> None:
    number = browser.confirm()
    for path in ("/", f"/cases/{number}", f"/cases/{number}/sheet"):
        html = browser.get(path).text
        assert "<style" not in html
        assert " style=" not in html
        assert " onclick" not in html
        assert "<script>" not in html


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.168.0.2:8080", "", "[", "@127.0.0.1."])
def test_a_host_name_that_is_not_this_machine_is_refused(browser: Browser, host: str) -> None:
    assert browser.get("/", Host=host).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8080", "localhost:8080", "[::1]:8080"])
def test_this_machine_has_several_names(host: str) -> None:
    assert is_own_host(host)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"X-Tsunagu": ""}, 403),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": "text/plain"}, 415),
    ],
)
def test_a_post_from_another_page_is_refused(browser: Browser, headers: dict[str, str], status: int) -> None:
    answer = browser.post(f"/talks/{browser.talk}/turns", {"message": "12345678", "text": HOUSEHOLD}, **headers)
    assert answer.status_code == status
    assert "受け付けませんでした" in answer.json()["html"] or "読めませんでした" in answer.json()["html"]


def test_two_browsers_do_not_see_each_other(house: House) -> None:
    mine, other = house.browser(), house.browser()
    number = mine.confirm()
    for path in (f"/talks/{mine.talk}", f"/talks/{mine.talk}/events", f"/cases/{number}", f"/cases/{number}/sheet"):
        assert other.get(path).status_code == 404, path
    assert other.post(f"/cases/{number}/identity", {}).status_code == 404
    assert other.turn(talk=mine.talk, text="割り込み").status_code == 404
    home = other.open().text
    assert number not in home
    assert "ひきこもって" not in home
    assert "割り込み" not in mine.page()


def test_nobody_else_can_join_a_talk_whose_first_turn_is_still_waiting(house: House) -> None:
    mine, other = house.browser(), house.browser()
    mine.open()
    house.surface.worker.kick = lambda conversation: None  # type: ignore[method-assign]
    assert mine.post(f"/talks/{mine.talk}/turns", {"message": "m-1234567", "text": HOUSEHOLD}).status_code == 202
    assert other.post(f"/talks/{mine.talk}/turns", {"message": "m-7654321", "text": "割り込み"}).status_code == 404
    assert "読み取っています" in mine.page()


def test_a_link_from_another_site_does_not_replace_the_cookie(browser: Browser) -> None:
    bare = Browser(browser.client)
    for path in ("/", "/talks/new", f"/talks/{browser.talk}", "/cases/MIHON-2026-0001"):
        answer = bare.get(path, **{"Sec-Fetch-Site": "cross-site"})
        assert "set-cookie" not in answer.headers
        assert 'http-equiv="refresh"' in answer.text


def test_a_browser_without_cookie_cannot_post(browser: Browser) -> None:
    bare = Browser(browser.client, talk=browser.talk)
    answer = bare.say(HOUSEHOLD)
    assert answer.status_code == 403
    assert "読み直して" in answer.json()["html"]


def test_there_is_no_description_of_the_interface_for_strangers(browser: Browser) -> None:
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert browser.get(path).status_code == 404
