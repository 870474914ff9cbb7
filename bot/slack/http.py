"""Slack by HTTP, and the sheets behind links: an ASGI application mounted beside the web chat.

Verifies before anything is parsed: a bad signature or an old one is 401, what is not Slack's form is 400, too much is 413.
Refuses to know what a request means.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from time import time
from urllib.parse import parse_qs

import anyio
from slack_bolt import App
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.front import GUARDED, InFront, files
from bot.sheet import sheet_of
from bot.slack import home
from bot.slack.application import bolt_app, dispatch
from bot.slack.surface import Surface

EVENTS = "/slack/events"
SHEETS = "/slack/sheets/{token}"
PREFIX = "/slack/"
STATIC = "/slack/static"
_MOST_BYTES = 512 * 1024
_WINDOW_SECONDS = 300
_MOST_ANSWERS = 5_000  # a few minutes of the busiest hour; a redelivery that came later is known by its key
_THREADS = 60  # fifty people at once, and a few more
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"


class Refusal(Exception):
    """Why a request goes no further: the HTTP status."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(status)


def verify(verifier: SignatureVerifier, body: bytes, timestamp: str, signature: str, now: float) -> None:
    """Raises `Refusal` 401 for what Slack did not sign within the last five minutes."""
    if not timestamp.isdecimal() or len(timestamp) > 12 or abs(now - int(timestamp)) > _WINDOW_SECONDS:
        raise Refusal(401)
    try:
        good = verifier.is_valid(body, timestamp, signature)
    except (UnicodeDecodeError, TypeError, ValueError):
        good = False
    if not good:
        raise Refusal(401)


def check_form(body: str, content_type: str) -> None:
    """Raises `Refusal` 400 for what is not one of Slack's two forms."""
    kind = content_type.partition(";")[0].strip().lower()
    try:
        if kind == _JSON:
            good = isinstance(json.loads(body), dict)
        elif kind == _FORM:
            fields = parse_qs(body, keep_blank_values=True)
            payload = fields.get("payload")
            good = (
                isinstance(json.loads(payload[0]), dict)
                if payload
                else bool("command" in fields or "ssl_check" in fields)
            )
        else:
            good = False
    except (ValueError, RecursionError):
        good = False
    if not good:
        raise Refusal(400)


class Answers:
    """What was answered to deliveries of the last minutes: the same delivery again needs no work, what it says is stored."""

    def __init__(self, most: int = _MOST_ANSWERS) -> None:
        self._kept: OrderedDict[bytes, Response] = OrderedDict()
        self._most = most

    def to(self, body: bytes) -> Response | None:
        """The answer that this very body got."""
        return self._kept.get(sha256(body).digest())

    def keep(self, body: bytes, answer: Response) -> None:
        """Remember an answer that said that all is well; the oldest are forgotten."""
        if answer.status_code == 200:
            self._kept[sha256(body).digest()] = answer
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def slack_routes(surface: Surface, app: App) -> Starlette:
    """The routes below /slack/."""
    verifier = SignatureVerifier(surface.settings.signing_secret or "-")
    limiter = anyio.CapacityLimiter(_THREADS)

    again = Answers()

    async def events(request: Request) -> Response:
        if not surface.settings.signing_secret:
            return Response(status_code=404)
        try:
            body = await _body(request)
            with surface.gate.answering():
                return await answered(body, request.headers)
        except Refusal as refusal:
            return JSONResponse({"error": "refused"}, refusal.status)

    async def answered(body: bytes, headers: Headers) -> Response:
        """The answer to a request that is wholly here. Raises `Refusal`."""
        stamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
        verify(verifier, body, stamp, signature, time())
        before = again.to(body)
        if before is not None:
            return before
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            raise Refusal(400) from None
        check_form(text, headers.get("content-type", ""))
        answer = await anyio.to_thread.run_sync(dispatch, app, text, dict(headers), limiter=limiter)
        given = Response(answer.body or "", answer.status, {k: v[0] for k, v in answer.headers.items() if v})
        again.keep(body, given)
        return given

    async def sheet(request: Request) -> Response:
        html = await anyio.to_thread.run_sync(_sheet, surface, request.path_params["token"])
        return HTMLResponse(html[1], html[0], GUARDED)

    return Starlette(routes=[Route(EVENTS, events, methods=["POST"]), Route(SHEETS, sheet), files(STATIC)])


async def _body(request: Request) -> bytes:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > _MOST_BYTES:
            raise Refusal(413)
    return bytes(data)


def _sheet(surface: Surface, token: str) -> tuple[int, str]:
    """(status, page) of the sheet behind a link."""
    renderer = surface.app.town.renderer
    found = surface.links.opened(token, surface.now())
    case = home.case_of(surface.app.store, found.desk, found.number) if found else None
    if case is None:
        return 404, renderer.page("slack/no_sheet.html.j2", static=STATIC)
    sheet = sheet_of(case, surface.app.town.catalogue)
    with surface.app.store.unit(reading=True) as unit:
        events = tuple(unit.cases.events(case.id))
    return 200, renderer.page(
        "slack/sheet.html.j2",
        case=case,
        sheet=sheet,
        marked=renderer.marked(sheet.text, sheet.marks),
        timeline=events,
        me=found.desk if found else "",
        conversation="",
        printed_on=surface.now(),
        zone=surface.now().tzinfo,
        static=STATIC,
    )


def in_front(web: ASGIApp, surface: Surface) -> ASGIApp:
    """What is below /slack/ is ours, the rest the web's. Its life is the surface's life."""
    return InFront(web, PREFIX, slack_routes(surface, bolt_app(surface)), surface)


Wrap = Callable[[ASGIApp], ASGIApp]
__all__ = ["Refusal", "Wrap", "check_form", "in_front", "slack_routes", "verify"]
