"""The FastAPI application: routes, guard, errors in words, and what happens when the process starts and ends.

Knows how the parts are put together; each part knows its own work.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from bot.app import App
from bot.health import Health, health_of
from bot.memory import TalkFromNewerVersion
from bot.mishaps import log_mishap
from bot.web import casework, desk, links, pages, stream, talk, vitals, weekly
from bot.web.replies import BadBody, trouble
from bot.web.security import Guard
from bot.web.surface import Surface, open_surface
from routing.errors import RoutingError, StaleWrite, StoreError, UnknownCase

_MOST_LEFT = 1000
_OTHERS = ("slack:", "teams:")  # surfaces that must show themselves what their turns led to
STATIC = Path(__file__).parent / "static"


def create(app: App, now: Callable[[], datetime], health: Health | None = None) -> FastAPI:
    """The web surface of an assembled process; `now` is the clock. `state.surface` is what it remembers.

    `health` answers for the process; without it, for the database alone.
    """
    surface = open_surface(app, now)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        await _take_up(surface)
        yield
        surface.hub.close()
        await surface.worker.finish()

    web = FastAPI(title="つなぐ", docs_url=None, redoc_url=None, openapi_url=None, lifespan=life)
    web.state.surface = surface
    for part in (pages, talk, stream, desk, weekly, casework, links):
        web.include_router(part.routes(surface))
    web.include_router(vitals.routes(health or health_of(app, now), app.town.catalogue.pack.id))
    web.mount("/static", StaticFiles(directory=STATIC))
    _answer_errors(web, surface)
    web.add_middleware(
        Guard,
        answer=lambda request, kind, status: trouble(surface.renderer, request, kind, status),
        token=app.settings.metrics_token,
    )
    return web


async def _take_up(surface: Surface) -> None:
    """Work off the turns that a crash left behind; a database in trouble must not keep the page from opening."""
    try:
        left = await run_in_threadpool(_unfinished, surface)
    except StoreError as error:
        log_mishap("unfinished turns cannot be read", error)
        return
    for conversation in left:
        surface.worker.kick(conversation)


def _unfinished(surface: Surface) -> list[str]:
    with surface.app.store.unit(reading=True) as unit:
        return [name for name in unit.turns.unfinished(_MOST_LEFT) if not name.startswith(_OTHERS)]


def _answer_errors(web: FastAPI, surface: Surface) -> None:
    def answer(request: Request, kind: str, status: int) -> Response:
        return trouble(surface.renderer, request, kind, status)

    @web.exception_handler(BadBody)
    def bad_body(request: Request, error: Exception) -> Response:
        assert isinstance(error, BadBody)
        return answer(request, error.kind, error.status)

    @web.exception_handler(HTTPException)
    def not_found(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        return answer(request, "no_page", status)

    @web.exception_handler(RoutingError)
    def routing(request: Request, error: Exception) -> Response:
        assert isinstance(error, RoutingError)
        status = 409 if isinstance(error, StaleWrite) else 503 if isinstance(error, StoreError) else 400
        status = 404 if isinstance(error, UnknownCase) else status
        words = "" if isinstance(error, (StaleWrite, StoreError)) else str(error)
        return trouble(surface.renderer, request, error.code, status, words=words)

    @web.exception_handler(TalkFromNewerVersion)
    def newer(request: Request, _: Exception) -> Response:
        return answer(request, "newer_talk", 409)
