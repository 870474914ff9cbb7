"""Who may come in: tokens checked by the SDK against our own key set; what is malformed is refused, never an error of ours."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.teams import sdk
from bot.teams.door import Refusal, TeamsDoor
from bot.teams.http import MESSAGES
from bot.teams.settings import TeamsSettings
from tests.bot.teams.conftest import Room
from tests.bot.teams.teams import APP, SERVICE, Person, Wire

ISSUER = "https://api.botframework.com"


@dataclass
class KeySet:
    """A login service on loopback with our own keys; it can fall silent."""

    url: str
    keys: dict[str, rsa.RSAPrivateKey]
    server: ThreadingHTTPServer

    def token(self, kid: str = "ours", key: rsa.RSAPrivateKey | None = None, **claims: Any) -> str:
        now = int(time.time())
        said = {"iss": ISSUER, "aud": APP, "serviceurl": SERVICE, "nbf": now - 60, "iat": now - 60, "exp": now + 3600}
        given = {name: value for name, value in {**said, **claims}.items() if value is not None}
        return jwt.encode(given, key or self.keys[kid], algorithm="RS256", headers={"kid": kid})


def a_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@contextmanager
def served_keys() -> Iterator[KeySet]:
    """The login service, running."""
    keys = {"ours": a_key()}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = [
                {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(k.public_key())), "kid": kid, "use": "sig"}
                for kid, k in keys.items()
            ]
            body = json.dumps({"keys": found}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield KeySet(f"http://127.0.0.1:{server.server_port}/v1/.well-known/openidconfiguration", keys, server)
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture(scope="module")
def key_set() -> Iterator[KeySet]:
    with served_keys() as found:
        yield found


def door_of(settings: TeamsSettings, url: str) -> TeamsDoor:
    clouds = sdk.load().clouds
    return TeamsDoor(settings, clouds.with_overrides(clouds.PUBLIC, openid_metadata_url=url))


@pytest.fixture
def guarded(open_room: Callable[..., Room], settings: TeamsSettings, key_set: KeySet) -> Room:
    return open_room(door_of(settings, key_set.url))


def say(room: Room, authorization: str, **changed: Any) -> int:
    activity = {**room.person().activity(text="80代の母がもの忘れ"), **changed}
    answer = room.post(activity, Authorization=authorization)
    assert isinstance(answer.status_code, int)
    return answer.status_code


def test_a_good_token_comes_in(guarded: Room, key_set: KeySet) -> None:
    assert say(guarded, f"Bearer {key_set.token()}") == 200
    assert guarded.wire.there


NOW = int(time.time())
BAD: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "33333333-3333-3333-3333-333333333333"},
    "no audience": {"aud": None},
    "another issuer": {"iss": "https://sts.windows.net/11111111-1111-1111-1111-111111111111/"},
    "entra's issuer": {
        "iss": "https://login.microsoftonline.com/11111111-1111-1111-1111-111111111111/v2.0",
        "tid": "1",
    },
    "no issuer": {"iss": None},
    "expired": {"exp": NOW - 3600, "nbf": NOW - 7200, "iat": NOW - 7200},
    "no expiry": {"exp": None},
    "not yet valid": {"nbf": NOW + 3600},
    "another service": {"serviceurl": "https://evil.example/"},
    "no service": {"serviceurl": None},
}


@pytest.mark.parametrize("claims", BAD.values(), ids=BAD.keys())
def test_a_token_that_is_not_for_us_is_refused(guarded: Room, key_set: KeySet, claims: dict[str, Any]) -> None:
    assert say(guarded, f"Bearer {key_set.token(**claims)}") == 401
    assert not guarded.wire.there
    with guarded.app.store.unit() as unit:
        assert not unit.turns.unfinished()


def test_a_token_signed_by_somebody_else_is_refused(guarded: Room, key_set: KeySet) -> None:
    assert say(guarded, f"Bearer {key_set.token(key=a_key())}") == 401
    assert say(guarded, f"Bearer {key_set.token(kid='unknown', key=a_key())}") == 401


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Bearer a.b.c", "Basic eDp5", "bearer x"])
def test_what_is_no_token_is_refused(guarded: Room, authorization: str) -> None:
    assert say(guarded, authorization) == 401


def test_an_unsigned_token_is_refused(guarded: Room) -> None:
    claims = {"iss": ISSUER, "aud": APP, "serviceurl": SERVICE, "exp": NOW + 3600}
    assert say(guarded, f"Bearer {jwt.encode(claims, None, algorithm='none')}") == 401


@pytest.mark.parametrize(
    "changed",
    [
        {
            "conversation": {
                "id": "a:x",
                "conversationType": "personal",
                "tenantId": "99999999-9999-9999-9999-999999999999",
            }
        },
        {"conversation": {"id": "a:x", "conversationType": "personal"}, "channelData": {}},
        {"channelId": "webchat"},
    ],
    ids=["another tenant", "no tenant", "another channel"],
)
def test_another_tenant_is_refused(guarded: Room, key_set: KeySet, changed: dict[str, Any]) -> None:
    assert say(guarded, f"Bearer {key_set.token()}", **changed) == 403


def known(settings: TeamsSettings, key_set: KeySet, moment: list[float]) -> TeamsDoor:
    clouds = sdk.load().clouds
    return TeamsDoor(settings, clouds.with_overrides(clouds.PUBLIC, openid_metadata_url=key_set.url), lambda: moment[0])


def test_a_token_found_good_is_known_for_some_minutes_for_its_service_and_tenant_only(
    settings: TeamsSettings, key_set: KeySet
) -> None:
    moment = [time.time()]
    door, token = known(settings, key_set, moment), f"Bearer {key_set.token()}"
    activity = Person(None, Wire()).activity(text="x")
    elsewhere = {**activity, "serviceUrl": "https://evil.example/"}
    other = {**activity, "conversation": {**activity["conversation"], "tenantId": "9" * 8}}
    assert not door.knows(token, activity)
    door.check(token, activity)
    assert door.knows(token, activity)
    assert not door.knows(token, elsewhere)
    assert not door.knows(token, other)
    assert not door.knows(token, {**activity, "channelId": "webchat"})
    assert not door.knows(f"Bearer {key_set.token(nonce='1')}", activity)
    moment[0] += 301
    assert not door.knows(token, activity)


def test_a_token_is_never_known_after_its_expiry(settings: TeamsSettings, key_set: KeySet) -> None:
    moment = [time.time()]
    door, token = known(settings, key_set, moment), f"Bearer {key_set.token(exp=int(moment[0]) + 60)}"
    activity = Person(None, Wire()).activity(text="x")
    door.check(token, activity)
    assert door.knows(token, activity)
    moment[0] += 61
    assert not door.knows(token, activity)


def test_a_refused_token_is_not_known(settings: TeamsSettings, key_set: KeySet) -> None:
    door, token = known(settings, key_set, [time.time()]), f"Bearer {key_set.token(aud='x')}"
    activity = Person(None, Wire()).activity(text="x")
    with pytest.raises(Refusal):
        door.check(token, activity)
    assert not door.knows(token, activity)


def test_with_a_token_that_is_known_nothing_else_is_let_in(guarded: Room, key_set: KeySet) -> None:
    token = f"Bearer {key_set.token()}"
    assert say(guarded, token) == 200
    assert say(guarded, token) == 200
    assert say(guarded, token, serviceUrl="https://evil.example/") == 401
    assert say(guarded, token, channelId="webchat") == 403
    assert say(guarded, token[:-3] + "abc") == 401


def test_without_the_keys_teams_is_asked_to_come_again(
    open_room: Callable[..., Room], settings: TeamsSettings, key_set: KeySet
) -> None:
    room = open_room(door_of(settings, "http://127.0.0.1:9/v1/.well-known/openidconfiguration"))
    assert say(room, f"Bearer {key_set.token()}") == 503


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)
PARTS = (
    "type", "id", "channelId", "serviceUrl", "from", "recipient", "conversation", "channelData", "text", "value", "name",
    "entities", "membersAdded", "membersRemoved", "replyToId", "action", "timestamp",
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(PARTS),
    JSON,
    st.sampled_from(["message", "invoke", "conversationUpdate", "installationUpdate", "messageUpdate"]),
)
def test_whatever_stands_in_an_activity_is_taken_or_refused_but_never_an_error(
    person: Person, room: Room, part: str, junk: Any, kind: str
) -> None:
    named = {"name": "adaptiveCard/action", "value": {"action": {"data": {"k": "1.0|:x|accept|", "x": "do"}}}}
    activity = {**person.activity(text="x", type=kind, **(named if kind == "invoke" else {})), part: junk}
    assert room.post(activity, settle=False).status_code in (200, 400, 501)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b"[" * 10_000, b'{"type": "message"}', b"NaN"],
)
def test_what_is_no_activity_is_400(room: Room, body: bytes) -> None:
    assert room.client.post(MESSAGES, content=body, headers={"Authorization": "Bearer x"}).status_code == 400


def test_too_much_is_413_and_another_method_405(room: Room) -> None:
    big = b'{"text": "' + b"x" * 600_000 + b'"}'
    assert room.client.post(MESSAGES, content=big, headers={"Authorization": "Bearer x"}).status_code == 413
    assert room.client.get(MESSAGES).status_code == 405


@pytest.mark.parametrize("conversation", ["../v3/other", "a/b", "a?b", "a#b", "a b", "a%2fb", ""])
def test_a_conversation_that_would_change_an_address_is_refused(person: Person, room: Room, conversation: str) -> None:
    where = {
        "id": conversation,
        "conversationType": "personal",
        "tenantId": person.activity()["conversation"]["tenantId"],
    }
    assert room.post({**person.activity(text="x"), "conversation": where}).status_code == 400


def test_nothing_but_the_web_is_reached_beside_teams(room: Room) -> None:
    assert room.client.get("/").status_code == 200
    assert room.client.get("/teams/anything").status_code == 404


def test_a_person_of_teams_cannot_choose_for_whom_to_act(person: Person, room: Room) -> None:
    person.say("x")
    data = {"k": "0.0||case:act_for|" + room.app.town.catalogue.pack.project_team, "x": "do"}
    room.post(person.activity(value=data))
    with room.app.store.unit() as unit:
        assert unit.people.get(f"teams:{person.oid}").agency == ""


def test_secrets_are_not_shown(settings: TeamsSettings) -> None:
    assert "s3cret" not in repr(settings)
