"""One ASGI application in front of another: what is below a prefix is a chat's, the rest is the web's.

The chat's life is that of the process: it begins before the web answers and ends after. Refuses to know what either does.
"""

from __future__ import annotations

from typing import Protocol

import anyio
from starlette.types import ASGIApp, Receive, Scope, Send


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
