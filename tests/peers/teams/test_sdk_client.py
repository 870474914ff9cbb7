"""Microsoft's own client against a connector service on loopback: what it really sends, and how its failures arrive."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot.teams.cards import Stand, piece_of
from bot.teams.limits import LIMITS, sizes
from bot.teams.messages import message
from bot.teams.outgoing import Answered, Done, NoAnswer, NoToken, Outgoing, Refused, Trouble
from bot.teams.references import Reference
from bot.teams.sdk import SdkConnector
from bot.teams.settings import TeamsSettings, teams_settings_from
from bot.views import View
from tests.bot.teams.conftest import ENVIRONMENT
from tests.bot.teams.replay import every_notice, town_of

TOKEN = ".".join(
    base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (b'{"alg":"none"}', b'{"exp":9999999999}', b"x")
)
CONVERSATION = "19:abc@thread.tacv2;messageid=1700000000000"


@dataclass
class Service:
    """Teams' connector: `answers` are used up one per request, each (status, body, headers)."""

    url: str = ""
    asked: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    answers: list[tuple[int, Any, dict[str, str]]] = field(default_factory=list)
    silent: float = 0.0


@pytest.fixture
def service() -> Iterator[Service]:
    found = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            found.asked.append((self.command, self.path, dict(self.headers), json.loads(body or b"null")))
            time.sleep(found.silent)
            status, answer, headers = found.answers.pop(0) if found.answers else (201, {"id": "1700000000001"}, {})
            data = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(data)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_PUT = do_POST

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}/jp/"
    yield found
    server.shutdown()
    server.server_close()
    thread.join(5)


async def token() -> str:
    return TOKEN


@pytest.fixture
def settings() -> TeamsSettings:
    found = teams_settings_from(ENVIRONMENT, "")
    assert found is not None
    return found


@pytest.fixture
def connector(settings: TeamsSettings) -> Iterator[SdkConnector]:
    made = SdkConnector(settings, token=token)
    yield made
    made.close()


def a_message() -> dict[str, Any]:
    card = town_of("mihon").renderer.card(View("start", {"note": ""}))
    return message(piece_of(card, Stand(":x", 1)), card.title, alert=True)


def test_a_message_arrives_as_it_was_made(connector: SdkConnector, service: Service) -> None:
    sent = a_message()
    assert connector.create(Reference(CONVERSATION, service.url, "t"), sent) == "1700000000001"
    ((method, path, headers, body),) = service.asked
    assert (method, path) == ("POST", f"/jp/v3/conversations/{CONVERSATION}/activities")
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert body["attachments"] == sent["attachments"]
    assert body["channelData"]["notification"] == {"alert": True}
    assert body["summary"] == sent["summary"]
    assert sizes(body)[0] - sizes(sent)[0] <= 1_500


def test_a_card_is_replaced_where_it_stands(connector: SdkConnector, service: Service) -> None:
    assert connector.update(Reference(CONVERSATION, service.url, "t"), "1700000000001", a_message()) == "1700000000001"
    ((method, path, _, _),) = service.asked
    assert (method, path) == ("PUT", f"/jp/v3/conversations/{CONVERSATION}/activities/1700000000001")


def test_a_personal_chat_is_opened(connector: SdkConnector, service: Service) -> None:
    service.answers = [(201, {"id": "a:chat"}, {})]
    assert connector.open(Reference("", service.url, "tenant-1"), "29:somebody") == "a:chat"
    ((_, path, _, body),) = service.asked
    assert path == "/jp/v3/conversations"
    assert body["members"][0]["id"] == "29:somebody"
    assert body["tenantId"] == "tenant-1"


@pytest.mark.parametrize(
    ("status", "body", "headers", "codes", "after"),
    [
        (429, {}, {"Retry-After": "7"}, (), 7.0),
        (429, {}, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, (), 0.0),
        (429, {}, {"Retry-After": "soon"}, (), None),
        (403, {"error": {"code": "MessageWritesBlocked", "message": "x"}}, {}, ("MessageWritesBlocked",), None),
        (
            403,
            {"error": {"code": "Forbidden", "subCode": "BotDisabledByAdmin"}},
            {},
            ("BotDisabledByAdmin", "Forbidden"),
            None,
        ),
        (403, {"errorCode": 209, "message": '{"subCode":"x"}'}, {}, (), None),
        (404, {"error": {"code": "ConversationNotFound"}}, {}, ("ConversationNotFound",), None),
        (502, "<html>", {}, (), None),
    ],
)
def test_an_answer_that_is_no_success_keeps_status_code_and_rest(
    connector: SdkConnector,
    service: Service,
    status: int,
    body: Any,
    headers: dict[str, str],
    codes: tuple[str, ...],
    after: float | None,
) -> None:
    service.answers = [(status, body, headers)]
    with pytest.raises(Answered) as found:
        connector.create(Reference(CONVERSATION, service.url, "t"), a_message())
    assert (found.value.status, found.value.codes, found.value.after) == (status, codes, after)


def test_a_connection_that_cannot_be_made_and_one_that_falls_silent_are_told_apart(
    settings: TeamsSettings, service: Service
) -> None:
    from dataclasses import replace

    made = SdkConnector(replace(settings, timeout_seconds=0.5), token=token)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{probe.getsockname()[1]}/"
        with pytest.raises(NoAnswer) as found:
            made.create(Reference(CONVERSATION, nobody, "t"), a_message())
    assert not found.value.sent
    service.silent = 1.5
    with pytest.raises(NoAnswer) as found:
        made.create(Reference(CONVERSATION, service.url, "t"), a_message())
    assert found.value.sent
    made.close()


def test_without_a_token_nothing_is_sent(settings: TeamsSettings, service: Service) -> None:
    async def none() -> str:
        raise ValueError("AADSTS7000215: s3cret")

    made = SdkConnector(settings, token=none)
    with pytest.raises(NoToken) as found:
        made.create(Reference(CONVERSATION, service.url, "t"), a_message())
    assert "s3cret" not in str(found.value)
    assert not service.asked
    made.close()


def test_retries_and_refusals_over_the_real_client(connector: SdkConnector, service: Service) -> None:
    outgoing = Outgoing(connector, time.monotonic, lambda _: None)
    service.answers = [(412, {}, {}), (503, {}, {"Retry-After": "1"}), (201, {"id": "9"}, {})]
    assert outgoing.post(Reference(CONVERSATION, service.url, "t"), a_message()) == Done("9")
    service.answers = [(403, {"error": {"code": "BotNotInConversationRoster"}}, {})]
    outcome = outgoing.post(Reference("a:other", service.url, "t"), a_message())
    assert isinstance(outcome, Refused)
    assert outcome.trouble is Trouble.NOT_THERE


def test_what_nobody_asked_for_goes_out_whole_over_the_real_client(connector: SdkConnector, service: Service) -> None:
    outgoing = Outgoing(connector, time.monotonic, lambda _: None)
    given = list(every_notice())
    for each in given:
        assert isinstance(outgoing.post(Reference(CONVERSATION, service.url, "t"), each), Done)
    came = [body for _, _, _, body in service.asked]
    assert [body["attachments"] for body in came] == [each["attachments"] for each in given]
    for body in came:
        utf8, utf16 = sizes(body)
        assert utf8 <= LIMITS["message.utf8"]
        assert utf16 <= LIMITS["message.utf16"]


def test_a_card_that_is_gone_is_told_apart_from_a_conversation_that_is(
    connector: SdkConnector, service: Service
) -> None:
    outgoing, where = Outgoing(connector, time.monotonic, lambda _: None), Reference(CONVERSATION, service.url, "t")
    service.answers = [(404, {"error": {"code": "ActivityNotFoundInConversation"}}, {}), (404, {}, {}), (404, {}, {})]
    found = [outgoing.update(where, "1", a_message()), outgoing.update(where, "1", a_message())]
    assert [outcome.trouble for outcome in found if isinstance(outcome, Refused)] == [Trouble.GONE, Trouble.GONE]
    outcome = outgoing.post(where, a_message())
    assert isinstance(outcome, Refused)
    assert outcome.trouble is Trouble.NO_CONVERSATION
