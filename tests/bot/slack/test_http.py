"""Slack's door by HTTP: who may come in, and what is next to it."""

from __future__ import annotations

import json
import re
import threading
import warnings
from collections.abc import Iterator
from time import time
from typing import Any

import pytest
from slack_sdk.signature import SignatureVerifier

from bot.slack.http import Refusal, in_front, verify
from bot.web.application import create
from tests.bot.slack.conftest import HOUSEHOLD, House
from tests.bot.slack.slack import TEAM
from tests.bot.web.conftest import Clock

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # starlette would rather have httpx2; httpx does
    from starlette.testclient import TestClient

EVENT = {"type": "event_callback", "team_id": TEAM, "event_id": "Ev1", "event": {
    "type": "message", "channel": "D0CLERK", "channel_type": "im", "user": "U0CLERK", "text": HOUSEHOLD, "ts": "1.1",
}}  # fmt: skip
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def client(house: House) -> Iterator[TestClient]:
    with TestClient(
        in_front(create(house.app, house.surface.now), house.surface), base_url="http://127.0.0.1:8080"
    ) as made:
        yield made


def post(client: TestClient, body: str | bytes, *, secret: str = "secret", away: int = 0, **headers: str) -> Any:
    stamp = str(int(time()) + away)
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body) or ""
    sent = {
        "content-type": "application/json", "x-slack-request-timestamp": stamp, "x-slack-signature": signature, **headers,
    }  # fmt: skip
    return client.post("/slack/events", content=body, headers=sent)


def test_what_slack_signed_is_stored_and_acknowledged(client: TestClient, house: House) -> None:
    assert post(client, json.dumps(EVENT)).status_code == 200
    house.person().settle()
    assert "ひきこもり" in house.slack.in_place("D0CLERK")[-1].words()


@pytest.mark.parametrize(
    "spoiled",
    [
        {"secret": "another"},
        {"away": -400},
        {"away": 400},
        {"x-slack-signature": "v0=00"},
        {"x-slack-signature": ""},
        {"x-slack-request-timestamp": ""},
        {"x-slack-request-timestamp": "yesterday"},
        {"x-slack-request-timestamp": "9" * 30},
    ],
    ids=str,
)
def test_what_slack_did_not_sign_now_is_refused(client: TestClient, house: House, spoiled: dict[str, Any]) -> None:
    assert post(client, json.dumps(EVENT), **spoiled).status_code == 401
    assert house.slack.messages == []


def test_a_signature_of_other_letters_is_no_error_of_ours() -> None:
    with pytest.raises(Refusal):
        verify(SignatureVerifier("secret"), b"{}", str(int(time())), "v0=あ", time())
    with pytest.raises(Refusal):
        verify(SignatureVerifier("secret"), b"\xff", str(int(time())), "v0=00", time())


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("{", "application/json"),
        ("[1]", "application/json"),
        ("", "application/json"),
        ("[" * 100_000, "application/json"),
        ("payload=%7B", FORM),
        ("payload=3", FORM),
        ("nothing=1", FORM),
        (json.dumps(EVENT), "text/plain"),
        (json.dumps(EVENT), ""),
    ],
    ids=["half", "list", "empty", "deep", "half payload", "number", "unknown form", "plain", "untyped"],
)  # fmt: skip
def test_what_is_not_slacks_form_is_malformed(client: TestClient, body: str, kind: str) -> None:
    assert post(client, body, **{"content-type": kind}).status_code == 400


def test_a_signed_body_that_is_no_text_is_refused(client: TestClient) -> None:
    assert post(client, "x", **{"content-length": "1"}).status_code == 400
    assert client.post("/slack/events", content=b"\xff", headers={"content-type": FORM}).status_code == 401


def test_too_much_is_refused(client: TestClient) -> None:
    assert post(client, "{" + " " * 600_000 + "}").status_code == 413


def test_slack_may_ask_whether_the_address_is_ours(client: TestClient) -> None:
    answer = post(client, json.dumps({"type": "url_verification", "challenge": "abc"}))
    assert answer.json() == {"challenge": "abc"}


def test_only_posts_come_in(client: TestClient) -> None:
    assert client.get("/slack/events").status_code == 405
    assert client.get("/slack/anything").status_code == 404


def test_the_web_chat_is_beside_it(client: TestClient) -> None:
    assert "相談の内容を、そのまま書いてください" in client.get("/").text


def test_a_sheet_is_shown_to_who_has_the_link_until_it_is_old(client: TestClient, house: House, clock: Clock) -> None:
    clerk = house.person()
    clerk.say(HOUSEHOLD)
    for label in ("この読み取りで進む", "ここまでで提案を見る", "この提案で決める"):
        clerk.press(label)
    link = house.surface.links.sheet("MIHON-2026-0001", f"slack:{TEAM}:{clerk.id}", clock())
    page = client.get(link)
    assert page.status_code == 200
    assert "MIHON-2026-0001" in page.text
    assert "<script" not in page.text
    assert page.headers["cache-control"] == "no-store"
    stranger = house.surface.links.sheet("MIHON-2026-0001", f"slack:{TEAM}:U0OTHER", clock())
    assert client.get(stranger).status_code == 404
    clock.later(minutes=31)
    assert client.get(link).status_code == 404


def test_a_sheet_opened_from_outside_has_its_looks(client: TestClient, house: House) -> None:
    """The links of Slack lead to the address that is open to the outside, where the web chat answers nothing."""
    outside = {"host": "tsunagu.example.lg.jp"}
    page = client.get("/slack/sheets/x.y", headers=outside)
    found = re.findall(r'href="(/[^"]+\.(?:css|svg))"', page.text)
    assert len(found) == 2
    assert [client.get(path, headers=outside).status_code for path in found] == [200, 200]
    assert client.get("/", headers=outside).status_code == 421
    assert client.get("/slack/static/../server.py", headers=outside).status_code in (404, 421)
    assert client.get("/slack/static/%2e%2e/server.py", headers=outside).status_code == 404


@pytest.mark.parametrize("token", ["", "x", "x.y", "WyJhIl0.0000", "あ.い"])
def test_a_made_up_link_shows_nothing(client: TestClient, token: str) -> None:
    assert client.get(f"/slack/sheets/{token}").status_code == 404


def test_fifty_at_once_are_acknowledged_though_slack_is_slow(client: TestClient, house: House) -> None:
    gate = threading.Event()
    house.slack.plan = lambda method, _: (gate.wait(20), None)[1] if method == "chat.postMessage" else None
    answers: list[int] = []

    def one(number: int) -> None:
        event = {**EVENT, "event": {**EVENT["event"], "user": f"U{number}", "channel": f"D{number}"}}  # type: ignore[dict-item]
        answers.append(post(client, json.dumps(event)).status_code)

    people = [threading.Thread(target=one, args=(n,)) for n in range(50)]
    for person in people:
        person.start()
    for person in people:
        person.join(20)
    assert answers == [200] * 50
    gate.set()
    house.person().settle()
    assert len({m.channel for m in house.slack.messages}) == 50
