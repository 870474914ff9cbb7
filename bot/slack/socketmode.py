"""Socket Mode under supervision: who has gone deaf is rebuilt as a whole, and who cannot be rebuilt ends the process.

Liveness is told by the last answered ping. The client's own reconnecting is off (two watchdogs race); only the rotation
that Slack asks for is left to it. Refuses to know what is delivered.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import time
from typing import Any, Protocol

from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_sdk import WebClient

from bot.mishaps import log_mishap
from bot.slack.application import bolt_app
from bot.slack.surface import Surface

_LOG = logging.getLogger("tsunagu.slack")
_SILENT = logging.getLogger("tsunagu.slack.bolt")
_CONCURRENCY = 40
_PING_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Patience:
    """In seconds: between looks, without a connection, without an answered ping, and without success before giving up."""

    look: float = 0.5
    gone: float = 3.0
    deaf: float = 30.0
    pause: float = 1.0
    give_up: float = 600.0


class Connection(Protocol):
    """One connected app."""

    def alive(self) -> float | None:
        """When it was last heard of (seconds since 1970); None when it is not connected."""

    def close(self) -> None: ...


class _Handler(SocketModeHandler):
    """Bolt's, whose answers go before other work."""

    def __init__(self, surface: Surface, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._gate = surface.gate

    def handle(self, client: Any, req: Any) -> None:
        """One delivery."""
        with self._gate.answering():
            super().handle(client, req)


class SlackConnection:
    """A Bolt app of its own on a socket of its own. Raises when Slack gives no address."""

    def __init__(self, surface: Surface) -> None:
        settings = surface.settings
        client = WebClient(settings.app_token, base_url=settings.api, timeout=settings.timeout_seconds, logger=_SILENT)
        self._handler = _Handler(
            surface,
            bolt_app(surface),
            settings.app_token,
            logger=_SILENT,
            web_client=client,
            ping_interval=_PING_SECONDS,
            concurrency=_CONCURRENCY,
        )
        inner = self._handler.client
        inner.default_auto_reconnect_enabled = inner.auto_reconnect_enabled = False
        self._opened = time()
        try:
            inner.connect()
        except BaseException:
            self.close()
            raise

    def alive(self) -> float | None:
        session = self._handler.client.current_session
        if session is None or session.sock is None:
            return None
        return max(self._opened, float(session.last_pong_tm or 0))

    def close(self) -> None:
        """Close it beside: a client that hangs must not keep the next one from opening."""
        threading.Thread(target=self._handler.client.close, daemon=True).start()


class Supervisor:
    """Keeps one connection. `connect` makes a new one; `clock` gives seconds since 1970."""

    def __init__(
        self,
        connect: Callable[[], Connection],
        clock: Callable[[], float] = time,
        patience: Patience | None = None,
    ) -> None:
        self._connect, self._clock, self._patience = connect, clock, patience or Patience()
        self._stop = threading.Event()
        self.rebuilt = 0

    def stop(self) -> None:
        """End `run` soon."""
        self._stop.set()

    def run(self) -> int:
        """Supervise until stopped (0) or until nothing helps any more (1)."""
        connection: Connection | None = None
        seen = good = self._clock()  # when it was connected, and when it was last heard of
        while not self._stop.is_set():
            now = self._clock()
            heard = connection.alive() if connection else None
            if heard is not None:
                seen, good = now, max(good, heard)
            lost = now - seen > self._patience.gone if heard is None else now - good > self._patience.deaf
            if connection is None or lost:
                if now - good > self._patience.give_up:
                    _LOG.critical("socket mode cannot be restored")
                    return self._end(connection, 1)
                connection = self._rebuild(connection)
                seen = now if connection else seen
                self._stop.wait(self._patience.pause)
            self._stop.wait(self._patience.look)
        return self._end(connection, 0)

    def _rebuild(self, old: Connection | None) -> Connection | None:
        if old is not None:
            _LOG.warning("socket mode is rebuilt")
            self.rebuilt += 1
            old.close()
        try:
            return self._connect()
        except Exception as error:
            log_mishap("socket mode cannot connect", error)
            return None

    @staticmethod
    def _end(connection: Connection | None, code: int) -> int:
        if connection is not None:
            connection.close()
        return code
