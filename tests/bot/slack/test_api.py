"""Outcomes: what Slack says, or does not say, becomes one of four things, against a server that says it."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.slack.api import Api, Done, Later, Refused, Trouble, Unknown


class Script:
    """What the server says next, by method; else that all is well."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[str] = []
        self.silent = threading.Event()
        self.url = ""


@pytest.fixture
def script() -> Iterator[Script]:
    made = Script()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            method = self.path.rsplit("/", 1)[1]
            made.asked.append(method)
            if method == "silent":
                made.silent.wait(10)
                return
            status, headers, body = made.answers.get(method, (200, {}, b'{"ok":true,"ts":"1"}'))
            self.send_response(status)
            for name, value in {"content-type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_address[1]}/api/"
    yield made
    made.silent.set()
    server.shutdown()
    server.server_close()
    thread.join(5)


class Seconds:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def api_of(script: Script, clock: Seconds, timeout: int = 2) -> Api:
    client = WebClient("xoxb-1", base_url=script.url, timeout=timeout)
    client.retry_handlers = []
    return Api(client, clock)


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


def test_what_is_done_is_done(script: Script, clock: Seconds) -> None:
    outcome = api_of(script, clock).call("chat.postMessage", channel="C1", text="a")
    assert isinstance(outcome, Done)
    assert outcome.data["ts"] == "1"


def test_too_many_requests_close_one_method_in_one_channel_for_as_long_as_slack_says(
    script: Script, clock: Seconds
) -> None:
    api = api_of(script, clock)
    script.answers["chat.postMessage"] = (429, {"Retry-After": "30"}, b'{"ok":false,"error":"ratelimited"}')
    assert api.call("chat.postMessage", channel="C1") == Later(30.0)
    script.answers.clear()
    clock.at += 10
    assert api.call("chat.postMessage", channel="C1") == Later(20.0)
    assert isinstance(api.call("chat.postMessage", channel="C2"), Done)
    assert isinstance(api.call("chat.update", channel="C1"), Done)
    asked = len(script.asked)
    clock.at += 20
    assert isinstance(api.call("chat.postMessage", channel="C1"), Done)
    assert len(script.asked) == asked + 1


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        ("is_archived", Trouble.ARCHIVED), ("channel_not_found", Trouble.NO_CHANNEL), ("not_in_channel", Trouble.NOT_IN_CHANNEL),
        ("missing_scope", Trouble.SCOPE), ("token_revoked", Trouble.REVOKED), ("invalid_auth", Trouble.REVOKED),
        ("user_disabled", Trouble.NO_USER), ("expired_trigger_id", Trouble.DEAD_TRIGGER), ("hash_conflict", Trouble.HASH),
        ("not_found", Trouble.GONE), ("msg_blocks_too_long", Trouble.UNFIT), ("a_new_code", Trouble.OTHER),
    ],
)  # fmt: skip
def test_what_slack_refuses_has_a_reason(script: Script, clock: Seconds, code: str, trouble: Trouble) -> None:
    script.answers["chat.postMessage"] = (200, {}, json.dumps({"ok": False, "error": code}).encode())
    assert api_of(script, clock).call("chat.postMessage", channel="C1") == Refused(trouble, code)


def test_an_inactive_account_is_the_persons_unless_our_own_token_is_dead(script: Script, clock: Seconds) -> None:
    inactive = (200, {}, b'{"ok":false,"error":"account_inactive"}')
    script.answers["chat.postMessage"] = inactive
    assert api_of(script, clock).call("chat.postMessage", channel="U1") == Refused(Trouble.NO_USER, "account_inactive")
    script.answers["auth.test"] = inactive
    assert api_of(script, clock).call("chat.postMessage", channel="U1") == Refused(Trouble.REVOKED, "account_inactive")


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_broken_slack_leaves_it_open_whether_it_happened(script: Script, clock: Seconds, status: int) -> None:
    script.answers["chat.postMessage"] = (status, {"content-type": "text/html"}, b"<html>oops</html>")
    assert isinstance(api_of(script, clock).call("chat.postMessage", channel="C1"), Unknown)


def test_no_answer_in_time_leaves_it_open_too(script: Script, clock: Seconds) -> None:
    assert isinstance(api_of(script, clock, timeout=1).call("silent"), Unknown)


def test_a_slack_that_is_not_there_took_nothing(script: Script, clock: Seconds) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        script.url = f"http://127.0.0.1:{probe.getsockname()[1]}/api/"
    assert isinstance(api_of(script, clock).call("chat.postMessage", channel="C1"), Later)


def test_a_response_url_answers_alike(script: Script, clock: Seconds) -> None:
    api = api_of(script, clock)
    assert isinstance(api.respond(f"{script.url}hook", text="a"), Done)
    script.answers["hook"] = (404, {}, b"expired_url")
    assert isinstance(api.respond(f"{script.url}hook", text="a"), Refused)
    script.answers["hook"] = (429, {"Retry-After": "7"}, b"")
    assert api.respond(f"{script.url}hook", text="a") == Later(7.0)
    script.answers["hook"] = (500, {}, b"")
    assert isinstance(api.respond(f"{script.url}hook", text="a"), Unknown)
