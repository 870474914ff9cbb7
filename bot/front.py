"""One ASGI application in front of another: what is below a prefix is a chat's, the rest is the web's.

The chat's life is that of the process: it begins before the web answers and ends after. The web's own files answer this
machine only, so a chat serves them below its prefix too, for pages that are opened by a link from outside. Refuses to know
what either does.
"""

from __future__ import annotations

from typing import Protocol

import anyio
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.render import TEMPLATES

GUARDED = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
}


def files(path: str) -> Mount:
    """The looks of the web's pages, at another path."""
    return Mount(path, StaticFiles(directory=TEMPLATES.parent / "web" / "static"))


class Living(Protocol):
    """Something that begins and ends; `end` may wait."""

    def begin(self) -> None: ...

    def end(self) -> None: ...


class InFront:
    """`routes` answers what lies below `prefix`."""

    def __init__(self, web: ASGIApp, prefix: str, routes: ASGIApp, life: Living) -> None:
        self._web, self._prefix, self._routes, self._life = web, prefix, routes, life

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(self._prefix):
            await self._routes(scope, receive, send)
        else:
            await self._web(scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._life.begin()
        try:
            await self._web(scope, receive, send)
        finally:
            await anyio.to_thread.run_sync(self._life.end)
