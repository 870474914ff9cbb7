"""uvicorn on the settings' address: says where the page is once it is ready, and ends streams before it stops.

Knows the process's life; refuses to know routes.
"""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable
from datetime import datetime
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from bot.app import App
from bot.health import Health
from bot.web.application import create
from bot.web.surface import Surface

_GRACE_SECONDS = 5
Wrap = Callable[[ASGIApp], ASGIApp]


def alone(web: ASGIApp) -> ASGIApp:
    """The web chat with nothing in front of it."""
    return web


def in_front(outer: Wrap, inner: Wrap) -> Wrap:
    """One surface's routes in front of another's."""
    return lambda web: outer(inner(web))


class Server(uvicorn.Server):
    """A server that tells `ready` its address once, and open streams that it is about to stop."""

    def __init__(self, config: uvicorn.Config, surface: Surface, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._surface, self._ready = surface, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop. A SIGTERM that was obeyed is not raised anew afterwards: to stop was all that it asked for."""
        self.stop()
        if sig != signal.SIGTERM:
            super().handle_exit(sig, frame)

    def stop(self) -> None:
        """Stop soon; also from another thread (each stream looks about once a second)."""
        self._surface.hub.closing = True
        self.should_exit = True


def server(
    app: App,
    now: Callable[[], datetime],
    ready: Callable[[], None],
    wrap: Wrap = lambda inner: inner,
    health: Health | None = None,
) -> Server:
    """A server that is not running yet. `wrap` puts another surface's routes in front of the web chat's."""
    web = create(app, now, health)
    config = uvicorn.Config(
        wrap(web),
        host=app.settings.host,
        port=app.settings.port,
        log_config=None,  # records go where the process sends all of them
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    return Server(config, web.state.surface, ready)


def run_server(
    app: App,
    now: Callable[[], datetime],
    wrap: Wrap = lambda inner: inner,
    beside: Callable[[Callable[[], None]], Callable[[], int]] | None = None,
    health: Health | None = None,
) -> int:
    """Serve until told to stop. Returns 0, also after SIGTERM, which is how a container is stopped.

    `beside` is given what stops the server and starts something beside it; what it returns ends that and gives its code.
    """
    host = f"[{app.settings.host}]" if ":" in app.settings.host else app.settings.host

    def ready() -> None:
        opened = app.town.renderer.text("web/opened.j2", address=f"http://{host}:{app.settings.port}/")
        sys.stdout.write(opened.strip() + "\n")
        sys.stdout.flush()

    made = server(app, now, ready, wrap, health)
    end = beside(made.stop) if beside else lambda: 0
    code = 1
    try:
        made.run()
    finally:
        code = end()
        app.store.close()
    return code
