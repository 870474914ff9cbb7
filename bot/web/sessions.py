"""Who a browser is: a random cookie whose hash owns talks, and how often it may guess resume codes.

Knows cookies; refuses to know people (accounts come with a later issue) and what a talk holds.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict, deque
from datetime import datetime, timedelta

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from bot.settings import AFAR

COOKIE = "tsunagu"
_BYTES = 32
_LENGTH = 43  # characters of 32 bytes in URL-safe Base64
_PROXY = ("x-forwarded-", "x-real-ip")
_YEAR = 365 * 24 * 60 * 60


def owner_of(request: Request) -> str | None:
    """`web:<hash>` of the browser's cookie; None when it has none (or something that is not ours)."""
    value = request.cookies.get(COOKIE, "")
    if len(value) != _LENGTH or not value.isascii():
        return None
    return owner_name(value, afar=through_proxy(request.headers))


def owner_name(cookie: str, *, afar: bool = False) -> str:
    """The name under which a cookie owns things; the cookie cannot be found from it. It says who came through a proxy."""
    return "web:" + AFAR * afar + hashlib.sha256(cookie.encode()).hexdigest()[:32]


def through_proxy(headers: Headers) -> bool:
    """Whether a proxy passed the request on: then it may come from another machine, whatever its Host says."""
    return any(name == "forwarded" or name.startswith(_PROXY) for name in headers)


def new_cookie() -> str:
    """A cookie's value that nobody can guess."""
    return secrets.token_urlsafe(_BYTES)


def give_cookie(response: Response, value: str) -> None:
    """Hand the cookie out: out of scripts' reach, never sent along from other sites."""
    response.set_cookie(COOKIE, value, max_age=_YEAR, path="/", httponly=True, samesite="strict")


def came_from_elsewhere(request: Request) -> bool:
    """Whether a link on another site led here: the browser then keeps a strict cookie back, although it has one."""
    return request.headers.get("sec-fetch-site") == "cross-site"


class Guesses:
    """How many resume codes were tried lately: per browser, and over all of them (cookies cost nothing)."""

    def __init__(self, most: int = 10, most_of_all: int = 60, within: timedelta = timedelta(minutes=1)) -> None:
        self._most, self._most_of_all, self._within = most, most_of_all, within
        self._tried: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._all: deque[datetime] = deque()

    def allow(self, owner: str, at: datetime) -> bool:
        """Count one more guess; False when it is one too many."""
        mine = self._tried.setdefault(owner, deque())
        self._tried.move_to_end(owner)
        for tried in (mine, self._all):
            while tried and tried[0] <= at - self._within:
                tried.popleft()
        if len(mine) >= self._most or len(self._all) >= self._most_of_all:
            return False
        mine.append(at)
        self._all.append(at)
        while len(self._tried) > self._most_of_all:
            self._tried.popitem(last=False)
        return True
