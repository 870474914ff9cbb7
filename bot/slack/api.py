"""Calls to Slack with typed outcomes: done, later, refused for a known reason, or nobody knows.

Obeys 429 per method and channel without waiting: the caller is told how long. Knows Slack's error codes; refuses to know
what is sent and what should happen instead. Nothing of what is sent is logged.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http.client import HTTPException
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.webhook import WebhookClient

_LOG = logging.getLogger("tsunagu.slack")
_TOO_MANY = 429
_BROKEN = 500
_RETRY_SECONDS = 2.0
_LONGEST_WAIT = 300.0


class Trouble(StrEnum):
    """Why Slack refused."""

    ARCHIVED = "archived"
    NO_CHANNEL = "no_channel"
    NOT_IN_CHANNEL = "not_in_channel"
    NO_USER = "no_user"
    SCOPE = "scope"
    REVOKED = "revoked"
    DEAD_TRIGGER = "dead_trigger"
    HASH = "hash"
    GONE = "gone"  # the message or view is not there any more
    UNFIT = "unfit"  # a payload it does not take: our mistake
    OTHER = "other"


_TROUBLES: Mapping[str, Trouble] = {
    "is_archived": Trouble.ARCHIVED,
    "channel_not_found": Trouble.NO_CHANNEL,
    "not_in_channel": Trouble.NOT_IN_CHANNEL,
    "restricted_action": Trouble.NOT_IN_CHANNEL,
    "user_not_in_channel": Trouble.NOT_IN_CHANNEL,
    "token_revoked": Trouble.REVOKED,
    "token_expired": Trouble.REVOKED,
    "invalid_auth": Trouble.REVOKED,
    "not_authed": Trouble.REVOKED,
    "user_not_found": Trouble.NO_USER,
    "users_not_found": Trouble.NO_USER,
    "user_disabled": Trouble.NO_USER,
    "cannot_dm_bot": Trouble.NO_USER,
    "missing_scope": Trouble.SCOPE,
    "no_permission": Trouble.SCOPE,
    "expired_trigger_id": Trouble.DEAD_TRIGGER,
    "invalid_trigger_id": Trouble.DEAD_TRIGGER,
    "exchanged_trigger_id": Trouble.DEAD_TRIGGER,
    "trigger_expired": Trouble.DEAD_TRIGGER,
    "trigger_exchanged": Trouble.DEAD_TRIGGER,
    "hash_conflict": Trouble.HASH,
    "not_found": Trouble.GONE,
    "view_not_found": Trouble.GONE,
    "message_not_found": Trouble.GONE,
    "cant_update_message": Trouble.GONE,
    "thread_not_found": Trouble.GONE,
    "edit_window_closed": Trouble.GONE,
    "invalid_blocks": Trouble.UNFIT,
    "invalid_arguments": Trouble.UNFIT,
    "msg_blocks_too_long": Trouble.UNFIT,
    "msg_too_long": Trouble.UNFIT,
}
_NAMELESS = "account_inactive"  # of the person written to, or of our own token
_READS = frozenset(
    {
        "auth.test",
        "conversations.history",
        "conversations.replies",
        "conversations.info",
        "users.info",
        "usergroups.list",
        "usergroups.users.list",
        "files.getUploadURLExternal",
        "files.completeUploadExternal",
    }
)  # these take no JSON
_LATER = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)


@dataclass(frozen=True, slots=True)
class Done:
    """Slack did it and said this."""

    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing happened; try again after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer came: it may have happened or not. Look before doing it again."""

    seconds: float = _RETRY_SECONDS


@dataclass(frozen=True, slots=True)
class Refused:
    """Slack will not do it. `error` is Slack's own code."""

    trouble: Trouble
    error: str


Outcome = Done | Later | Unknown | Refused


class Api:
    """One workspace's Web API. `clock` gives seconds that never go back."""

    def __init__(self, client: WebClient, clock: Callable[[], float]) -> None:
        self.client, self._clock = client, clock
        self._closed_until: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def call(self, method: str, **given: Any) -> Outcome:
        """Call a method. Never raises for what Slack or the network does."""
        gate = (method, str(given.get("channel") or given.get("user_id") or ""))
        wait = self._wait(gate)
        if wait > 0:
            return Later(wait)
        try:
            read = method in _READS
            answer = self.client.api_call(method, data=given if read else None, json=None if read else given)
        except SlackApiError as error:
            return self._refused(error, gate)
        except (SlackClientError, URLError, HTTPException, OSError, ValueError) as error:
            return self._lost(error, method)
        data = answer.data
        return Done(data if isinstance(data, Mapping) else {})

    def respond(self, url: str, **given: Any) -> Outcome:
        """Answer through a `response_url`."""
        try:
            answer = WebhookClient(url, timeout=self.client.timeout, retry_handlers=[]).send_dict(dict(given))
        except (SlackClientError, URLError, HTTPException, OSError, ValueError) as error:
            return self._lost(error, "response_url")
        if answer.status_code == _TOO_MANY:
            return Later(_seconds(answer.headers))
        if answer.status_code >= _BROKEN:
            return Unknown()
        return Done() if answer.status_code < 400 else Refused(Trouble.GONE, str(answer.status_code))

    def upload(self, url: str, data: bytes) -> bool:
        """Send a file's bytes to the address that Slack gave for them; whether it took them."""
        if not url.startswith(("https://", "http://")):
            return False
        request = Request(url, data, {"Content-Type": "application/octet-stream"})  # noqa: S310 - the scheme was checked
        try:
            with urlopen(request, timeout=self.client.timeout) as answer:  # noqa: S310
                return bool(answer.status < 300)
        except (URLError, HTTPException, OSError, ValueError) as error:
            _LOG.warning("a file was not taken: %s", type(error).__name__)
            return False

    def _wait(self, gate: tuple[str, str]) -> float:
        with self._lock:
            until = self._closed_until.get(gate, 0.0)
            left = until - self._clock()
            if until and left <= 0:
                del self._closed_until[gate]
            return left

    def _refused(self, error: SlackApiError, gate: tuple[str, str]) -> Outcome:
        response = error.response
        status = getattr(response, "status_code", 200)
        code = str(response.get("error", "")) if hasattr(response, "get") and not _is_text(response) else ""
        if status == _TOO_MANY or code in ("ratelimited", "rate_limited"):
            seconds = _seconds(getattr(response, "headers", {}))
            with self._lock:
                self._closed_until[gate] = self._clock() + seconds
            _LOG.warning("slack asks to wait %.0f s with %s", seconds, gate[0])
            return Later(seconds)
        if status >= _BROKEN or not code:
            return Unknown()
        if code in _LATER:
            return Unknown()
        _LOG.warning("slack refused %s: %s", gate[0], code)
        if code == _NAMELESS:
            ours = gate[0] == "auth.test" or not isinstance(self.call("auth.test"), Done)
            return Refused(Trouble.REVOKED if ours else Trouble.NO_USER, code)
        return Refused(_TROUBLES.get(code, Trouble.OTHER), code)

    def _lost(self, error: Exception, method: str) -> Outcome:
        """The connection failed: before anything was sent, or nobody knows."""
        _LOG.warning("no answer from slack for %s: %s", method, type(error).__name__)
        reason = error.reason if isinstance(error, URLError) else error
        if isinstance(reason, (ConnectionRefusedError, socket.gaierror)):
            return Later(_RETRY_SECONDS)
        return Unknown()


def _is_text(response: object) -> bool:
    return isinstance(getattr(response, "data", response), (str, bytes))


def _seconds(headers: Mapping[str, Any]) -> float:
    found = {str(name).lower(): value for name, value in dict(headers or {}).items()}.get("retry-after", "1")
    text = str(found[0] if isinstance(found, list) else found)
    return min(float(text) if text.replace(".", "", 1).isdecimal() else 1.0, _LONGEST_WAIT)
