"""The guard around every request: only this machine, only our own pages, and strict headers on whatever leaves.

Knows Host, Origin, the custom header, the Content-Security-Policy, and the token with which figures may be read from
elsewhere. Refuses to know sessions, talks and wording.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.mishaps import log_mishap
from bot.settings import is_loopback
from bot.web.sessions import through_proxy

HEADER = "x-tsunagu"
FORMS = ("/cases", "/desk", "/inbox", "/l/")  # pages that also work without our script: plain forms
FORM = "application/x-www-form-urlencoded"
MOST_BYTES = 512 * 1024  # 20,000 characters of any kind, escaped, and a form's fields beside
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
VITALS = frozenset({"/healthz", "/readyz", "/metrics"})  # for machines: this one's, or those that know the token
_SAFE = frozenset({"GET", "HEAD"})

Answer = Callable[[Request, str, int], Response]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request goes no further: kind of trouble and HTTP status."""

    kind: str
    status: int


class Guard:
    """ASGI middleware. `answer` makes the courteous answer for a kind of trouble; `token` opens `VITALS`, unless empty."""

    def __init__(self, app: ASGIApp, answer: Answer, token: str = "") -> None:
        self._app, self._answer, self._token = app, answer, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on and dress the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        started = False

        async def dressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _dress(MutableHeaders(scope=message), scope["path"])
            await send(message)

        refusal = refusal_of(scope["method"], request.headers, scope["path"], self._token)
        if refusal is not None:
            await self._answer(request, refusal.kind, refusal.status)(scope, receive, dressed)
            return
        await self._pass_on(request, dressed, lambda: started)

    async def _pass_on(
        self, request: Request, send: Callable[[Message], Awaitable[None]], started: Callable[[], bool]
    ) -> None:
        try:
            await self._app(request.scope, request.receive, send)
        except Exception as error:
            log_mishap("request failed", error, request.method)
            if started():
                raise ConnectionResetError from None
            await self._answer(request, "internal", 500)(request.scope, request.receive, send)


def refusal_of(method: str, headers: Headers, path: str = "", token: str = "") -> Refusal | None:
    """Why a request is refused before anybody looks at it; None when it may pass."""
    host = headers.get("host", "")
    if path in VITALS and method in _SAFE and token and _bears(headers, token):
        return None
    if not is_own_host(host):
        return Refusal("wrong_host", 421)
    if path in VITALS and through_proxy(headers):  # asked from another machine, without the token
        return Refusal("no_page", 404)
    if method in _SAFE:
        return None
    if method != "POST":
        return Refusal("no_page", 405)
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == FORM and path.startswith(FORMS):
        if not _is_own_form(headers, host):
            return Refusal("wrong_origin", 403)
    elif not _is_own_page(headers.get("origin", ""), host) or headers.get(HEADER) != "1":
        return Refusal("wrong_origin", 403)
    elif kind != "application/json":
        return Refusal("not_json", 415)
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MOST_BYTES:
        return Refusal("too_large", 413)
    return None


def _bears(headers: Headers, token: str) -> bool:
    given = headers.get("authorization", "").encode("utf-8", "replace")
    return hmac.compare_digest(given, f"Bearer {token}".encode())


def _is_own_form(headers: Headers, host: str) -> bool:
    """A plain form cannot set a header of its own. Pages without referrer send `Origin: null`; then the browser's own word
    for where the request comes from counts, which no page can forge."""
    origin, site = headers.get("origin", ""), headers.get("sec-fetch-site", "")
    if site and site != "same-origin":
        return False
    return _is_own_page(origin, host) or (origin == "null" and site == "same-origin")


def is_own_host(host: str) -> bool:
    """Whether a Host header names this machine itself (an outside name that resolves here is DNS rebinding)."""
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    return bool(name) and is_loopback(str(name))


def _is_own_page(origin: str, host: str) -> bool:
    return origin in (f"http://{host}", f"https://{host}")


def _dress(headers: MutableHeaders, path: str) -> None:
    for name, value in _HEADERS.items():
        headers[name] = value
    if path.startswith("/l/"):
        headers["X-Robots-Tag"] = "noindex, nofollow"
    headers["Cache-Control"] = "no-cache" if path.startswith("/static/") else "no-store"
    if "server" in headers:
        del headers["server"]
