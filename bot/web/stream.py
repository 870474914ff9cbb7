"""GET /talks/{id}/events: what is new in a talk, as server-sent events, for as long as the page is open; likewise whether a
case changed (/cases/{number}/events).

Woken by this process's own work; looks at the stored version about once a second as well, so that it does not matter
which process did the work. Refuses to know what an entry says.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import anyio
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from bot.memory import from_stored
from bot.web import reads
from bot.web.replies import trouble, trouble_html
from bot.web.sessions import owner_of
from bot.web.shapes import entries
from bot.web.surface import Surface
from routing.errors import StoreError

POLL_SECONDS = 1.0
CASE_POLL_SECONDS = 2.0
_HEARTBEAT_POLLS = 15
_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class News:
    """What a look at the store gave. `gone`: the talk is another browser's now."""

    version: int
    gone: bool = False
    last: int = 0
    event: str = ""


def routes(surface: Surface) -> APIRouter:
    """The stream of events."""
    router = APIRouter()

    @router.get("/talks/{conversation}/events")
    async def events(conversation: str, request: Request) -> Response:
        owner = owner_of(request)
        if owner is None or not await run_in_threadpool(reads.may_continue, surface.app, conversation, owner):
            return trouble(surface.renderer, request, "no_page", 404)
        last = request.headers.get("last-event-id") or request.query_params.get("after", "0")
        after = int(last) if last.isdecimal() and len(last) <= _MOST_DIGITS else 0
        surface.worker.kick(conversation)  # a turn that another process left behind is worked off now
        return StreamingResponse(stream(surface, conversation, owner, after), media_type="text/event-stream")

    @router.get("/cases/{number}/events")
    async def case_events(number: str, request: Request) -> Response:
        owner, version = owner_of(request), request.query_params.get("version", "")
        known = version.isdecimal() and len(version) <= _MOST_DIGITS
        seen = await run_in_threadpool(reads.version_of, surface.app, number, owner) if owner and known else None
        if owner is None or seen is None:
            return trouble(surface.renderer, request, "no_page", 404)
        return StreamingResponse(case_stream(surface, number, owner, int(version)), media_type="text/event-stream")

    return router


async def stream(surface: Surface, conversation: str, owner: str, after: int) -> AsyncIterator[str]:
    """The lines of the stream, until the page closes, the talk goes elsewhere or the process ends."""
    yield "retry: 1500\n\n"
    version, quiet = 0, 0
    with surface.hub.listening(conversation) as listener:
        while not surface.hub.closing:
            listener.wake.clear()
            if kind := listener.take_trouble():
                yield _event("trouble", {"html": trouble_html(surface.renderer, kind)})
            try:
                news = await run_in_threadpool(_look, surface, conversation, owner, after, version)
            except StoreError as error:
                yield _event("trouble", {"html": trouble_html(surface.renderer, error.code)})
                return
            if news.gone:
                yield _event("gone", {"html": trouble_html(surface.renderer, "gone_elsewhere")})
                return
            version, quiet = news.version, quiet + 1
            if news.event:
                after, quiet = news.last, 0
                yield news.event
            elif quiet % _HEARTBEAT_POLLS == 0:
                yield ": まだつながっています\n\n"
            with anyio.move_on_after(POLL_SECONDS):
                await listener.wake.wait()


def _look(surface: Surface, conversation: str, owner: str, after: int, version: int) -> News:
    """Look at the store once; the event holds everything after the entry `after`."""
    with surface.app.store.unit(reading=True) as unit:
        stored = unit.dialogues.get(conversation)
    if stored is None:
        return News(0)
    if stored.owner != owner:
        return News(stored.version, gone=True)
    if stored.version == version:
        return News(version)
    talk = from_stored(stored)
    last = talk.document.log[-1].number if talk.document.log else 0
    if last <= after:
        return News(stored.version)
    lists = reads.side_of(surface.app, owner, surface.now().tzinfo)
    side = surface.renderer.page("web/side.html.j2", side=lists, here=conversation)
    found = [{"id": anchor, "html": html} for anchor, html in entries(surface.renderer, talk, after)]
    return News(stored.version, last=last, event=_event("entries", {"entries": found, "side": side}, last))


def _event(name: str, data: object, number: int = 0) -> str:
    numbered = f"id: {number}\n" if number else ""
    return f"{numbered}event: {name}\ndata: {json.dumps(data)}\n\n"


async def case_stream(surface: Surface, number: str, owner: str, version: int) -> AsyncIterator[str]:
    """One event once the case is no longer as the page shows it; ends with it, with the page or with the process."""
    yield "retry: 3000\n\n"
    quiet = 0
    while not surface.hub.closing:
        try:
            now = await run_in_threadpool(reads.version_of, surface.app, number, owner)
        except StoreError:
            return
        if now is None or now != version:
            yield _event("changed", {})
            return
        quiet += 1
        if quiet % _HEARTBEAT_POLLS == 0:
            yield ": まだつながっています\n\n"
        await anyio.sleep(CASE_POLL_SECONDS)
