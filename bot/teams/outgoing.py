"""Calls to Teams with typed outcomes: done, later, refused for a known reason, or nobody knows.

Paced per conversation; 412, 429, 502, 503 and 504 are tried again after what `Retry-After` says, or ever longer pauses. Knows
Teams' statuses and codes; refuses to know what is sent and what should happen instead. Nothing of what is sent is logged.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from bot.teams.pace import Pace
from bot.teams.references import Reference

_LOG = logging.getLogger("tsunagu.teams")
_AGAIN = frozenset({412, 429, 502, 503, 504})
_NOT_DONE = frozenset({412, 429, 503})  # after these nothing was sent for certain
_TRIES = 4
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 8.0  # what takes longer is left to whoever asked
_LONGEST_WAIT = 600.0
_AUTH_SECONDS = 60.0


class Trouble(StrEnum):
    """Why Teams refused."""

    BLOCKED = "blocked"  # the person blocked us, or nobody may write there
    DISABLED = "disabled"  # an administrator switched the app off
    NOT_THERE = "not_there"  # the app is not (or no longer) installed there
    NO_CONVERSATION = "no_conversation"
    FORBIDDEN = "forbidden"
    GONE = "gone"  # the message is not there any more
    AUTH = "auth"  # Teams does not know us: settings
    TOO_BIG = "too_big"
    UNFIT = "unfit"  # a payload it does not take: our mistake


UNREACHABLE = frozenset({Trouble.BLOCKED, Trouble.NOT_THERE, Trouble.NO_CONVERSATION})
_CODES: Mapping[str, Trouble] = {
    "messagewritesblocked": Trouble.BLOCKED,
    "conversationblockedbyuser": Trouble.BLOCKED,
    "botdisabledbyadmin": Trouble.DISABLED,
    "botnotinconversationroster": Trouble.NOT_THERE,
    "notenoughpermissions": Trouble.FORBIDDEN,
    "conversationnotfound": Trouble.NO_CONVERSATION,
    "activitynotfoundinconversation": Trouble.GONE,
    "messagesizetoobig": Trouble.TOO_BIG,
    "botnotregistered": Trouble.AUTH,
    "invalidbotapihost": Trouble.AUTH,
}
_STATUSES: Mapping[int, Trouble] = {
    401: Trouble.AUTH,
    403: Trouble.FORBIDDEN,
    404: Trouble.NO_CONVERSATION,
    413: Trouble.TOO_BIG,
}


@dataclass(frozen=True, slots=True)
class Done:
    """Teams did it; `id` of the message or conversation."""

    id: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing happened; try again after so many seconds. `why` is a code."""

    seconds: float
    why: str = "rate"


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer came, or one that leaves it open: it may have happened or not."""

    seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class Refused:
    """Teams will not do it. `code`: its status and its own code."""

    trouble: Trouble
    code: str


Outcome = Done | Later | Unknown | Refused


class Answered(Exception):
    """Teams answered with a status that is no success. `codes`: what it calls the reason; `after`: `Retry-After` in seconds."""

    def __init__(self, status: int, codes: tuple[str, ...] = (), after: float | None = None) -> None:
        self.status, self.codes, self.after = status, codes, after
        super().__init__(status)


class NoAnswer(Exception):
    """The connection failed. `sent`: something may have arrived."""

    def __init__(self, *, sent: bool) -> None:
        self.sent = sent
        super().__init__(sent)


class NoToken(Exception):
    """No token to speak with: the settings are wrong, or the login service cannot be reached."""


class Connector(Protocol):
    """The wire. Every call raises `Answered`, `NoAnswer` or `NoToken`."""

    def create(self, where: Reference, activity: Mapping[str, Any]) -> str:
        """Write a message; its id."""

    def update(self, where: Reference, message: str, activity: Mapping[str, Any]) -> str:
        """Put another message in the place of one."""

    def open(self, where: Reference, user: str) -> str:
        """The personal chat with a person of that tenant; its id."""


class Outgoing:
    """`clock` gives seconds that never go back, `sleep` waits."""

    def __init__(self, connector: Connector, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._connector, self._clock, self._sleep = connector, clock, sleep
        self._pace, self._lock = Pace(), threading.Lock()
        self._closed_until: dict[str, float] = {}

    def post(self, where: Reference, activity: Mapping[str, Any]) -> Outcome:
        """Write a message."""
        return self._call(where.conversation, lambda: self._connector.create(where, activity), Trouble.NO_CONVERSATION)

    def update(self, where: Reference, message: str, activity: Mapping[str, Any]) -> Outcome:
        """Put another in the place of a message; doing it twice is doing it once."""
        return self._call(where.conversation, lambda: self._connector.update(where, message, activity), Trouble.GONE)

    def open(self, where: Reference, user: str) -> Outcome:
        """Find or begin the personal chat with a person."""
        return self._call(f"open:{user}", lambda: self._connector.open(where, user), Trouble.NOT_THERE)

    def _call(self, lane: str, do: Callable[[], str], missing: Trouble) -> Outcome:
        outcome: Outcome = Later(_FIRST_PAUSE)
        for tried in range(1, _TRIES + 1):
            wait = self._wait(lane)
            if wait < 0:
                return Later(-wait)
            self._sleep(wait)
            try:
                return Done(do())
            except NoToken:
                return Later(_AUTH_SECONDS, "auth")
            except NoAnswer as error:
                return Unknown() if error.sent else Later(_FIRST_PAUSE * 4, "unreachable")
            except Answered as error:
                if error.status not in _AGAIN:
                    return self._refused(error, missing) if error.status < 500 else Unknown()
                pause = self._pause(error, tried)
                outcome = Later(pause, f"status_{error.status}") if error.status in _NOT_DONE else Unknown(pause)
                if error.after is not None:
                    self._close(lane, error.after)
                if pause > _LONGEST_PAUSE or tried == _TRIES:
                    return outcome
                self._sleep(pause)
        return outcome

    def _wait(self, lane: str) -> float:
        """Seconds to wait before writing there; negative when it is too long to wait for."""
        with self._lock:
            now = self._clock()
            closed = self._closed_until.get(lane, 0.0) - now
            if closed <= 0:
                self._closed_until.pop(lane, None)
            if closed > _LONGEST_PAUSE:
                return -closed
            wait = self._pace.reserve(lane, now, _LONGEST_PAUSE)
            return wait if wait < 0 else max(wait, closed)

    def _close(self, lane: str, seconds: float) -> None:
        with self._lock:
            self._closed_until[lane] = self._clock() + min(seconds, _LONGEST_WAIT)

    @staticmethod
    def _pause(error: Answered, tried: int) -> float:
        if error.after is not None:
            return min(error.after, _LONGEST_WAIT)
        longest: float = _FIRST_PAUSE * 2**tried
        return random.uniform(longest / 2, longest)

    @staticmethod
    def _refused(error: Answered, missing: Trouble) -> Refused:
        found = next((_CODES[code.lower()] for code in error.codes if code.lower() in _CODES), None)
        if found is None:
            found = missing if error.status == 404 else _STATUSES.get(error.status, Trouble.UNFIT)
        code = f"{error.status}:{'/'.join(c for c in error.codes if c.isalnum())[:60]}"
        _LOG.warning("teams refused: %s %s", found.value, code)
        return Refused(found, code)
