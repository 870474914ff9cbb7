"""Teams by HTTP, and the sheets behind links: an ASGI application mounted beside the web chat, no listener of its own.

What is no activity is 400, too much is 413, who is not Teams 401, another tenant 403; a store in trouble is 503. A happening is
stored before it is answered; a client that executes a button waits a moment for its card. Refuses to know what follows.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.front import GUARDED, InFront, files
from bot.mishaps import log_mishap
from bot.teams import incoming
from bot.teams.door import Refusal
from bot.teams.happening import Happening
from bot.teams.incoming import Activity, BadActivity
from bot.teams.limits import CARD
from bot.teams.marks import REFRESH
from bot.teams.sheets import PATH, STATIC
from bot.teams.surface import Answer, Surface
from bot.teams.words import word
from routing.errors import StoreError

MESSAGES = "/teams/messages"
PREFIX = "/teams/"
_MOST_BYTES = 512 * 1024
_THREADS = 60  # fifty people at once, and a few more
_PATIENCE_SECONDS = 0.1  # how long a client that executes waits for its card before it is told that we have it
_TELLS = "application/vnd.microsoft.activity.message"


def teams_routes(surface: Surface) -> Starlette:
    """The routes below /teams/."""
    limiter = anyio.CapacityLimiter(_THREADS)

    async def messages(request: Request) -> Response:
        try:
            authorization = request.headers.get("authorization", "")
            if not authorization:
                raise Refusal(401)
            activity = incoming.checked(_parsed(await _body(request)))
            if not surface.door.knows(authorization, activity):
                await anyio.to_thread.run_sync(surface.door.check, authorization, activity, limiter=limiter)
            return await _take(surface, activity, limiter)
        except BadActivity:
            return _refused(400)
        except Refusal as refusal:
            return _refused(refusal.status)
        except StoreError as error:
            log_mishap("not stored", error)
            return _refused(503)
        except ClientDisconnect:
            return _refused(400)

    async def sheet(request: Request) -> Response:
        page, renderer = surface.sheets.page, surface.app.town.renderer
        status, html = await anyio.to_thread.run_sync(page, renderer, request.path_params["token"], surface.now())
        return HTMLResponse(html, status, GUARDED)

    return Starlette(
        routes=[Route(MESSAGES, messages, methods=["POST"]), Route(f"{PATH}{{token}}", sheet), files(STATIC)]
    )


def _refused(status: int) -> Response:
    return JSONResponse({"error": "refused"}, status)


async def _body(request: Request) -> bytes:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > _MOST_BYTES:
            raise Refusal(413)
    return bytes(data)


def _parsed(body: bytes) -> object:
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadActivity("json") from error
    return found


async def _take(surface: Surface, activity: Activity, limiter: anyio.CapacityLimiter) -> Response:
    """Store what happened and answer."""
    found = incoming.press(activity) if activity.get("name") == incoming.ACTION else None
    what = incoming.happening(activity, surface.now())
    if found is not None and found.verb == REFRESH:
        person = incoming.person_of(activity)
        card = await anyio.to_thread.run_sync(surface.now_of, person, found.mark, limiter=limiter)
        return _card_answer(card)
    if what is None:
        return _nothing(activity)
    if not (what.executed or activity["type"] == "invoke"):
        await _stored(surface, what, limiter)
        return Response(status_code=200)
    return await _executed(surface, what, activity, limiter)


async def _stored(surface: Surface, what: Happening, limiter: anyio.CapacityLimiter) -> None:
    """Store it before anything else is worked on."""
    with surface.taking_in():
        await anyio.to_thread.run_sync(surface.worker.accept, what, limiter=limiter)


async def _executed(surface: Surface, what: Happening, activity: Activity, limiter: anyio.CapacityLimiter) -> Response:
    waiting = surface.answers.expect(what.key)
    try:
        await _stored(surface, what, limiter)
        if not what.executed:
            return _extension_answer(activity)
        await asyncio.wait({asyncio.wrap_future(waiting)}, timeout=_PATIENCE_SECONDS)
        given = waiting.done() and not waiting.cancelled()
        answer: Answer = waiting.result() if given else word("label.taken")
    finally:
        surface.answers.close(what.key)
    return _told(answer) if isinstance(answer, str) else _card_answer(answer)


def _card_answer(card: Mapping[str, Any]) -> Response:
    return JSONResponse({"statusCode": 200, "type": CARD, "value": card})


def _told(words: str) -> Response:
    return JSONResponse({"statusCode": 200, "type": _TELLS, "value": words})


def _extension_answer(activity: Activity) -> Response:
    """Close the dialog of the message extension with a word."""
    words = word("label.begun")
    if activity.get("name") == "composeExtension/fetchTask":
        return JSONResponse({"task": {"type": "message", "value": words}})
    return JSONResponse({"composeExtension": {"type": "message", "text": words}})


def _nothing(activity: Activity) -> Response:
    """Something with nothing for us in it."""
    name = activity.get("name")
    if activity["type"] != "invoke":
        return Response(status_code=200)
    if name == incoming.ACTION:
        return _told(word("label.taken"))
    if name in incoming.EXTENSION:
        return JSONResponse({"task": {"type": "message", "value": word("label.no_message")}})
    return _refused(501)


def in_front(web: ASGIApp, surface: Surface) -> ASGIApp:
    """What is below /teams/ is ours, the rest the web's. Its life is the surface's life."""
    return InFront(web, PREFIX, teams_routes(surface), surface)
