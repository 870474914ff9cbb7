"""Slack beside the web chat in one process: by HTTP on the same address, or by Socket Mode.

Knows which transport the settings ask for; refuses to know the web chat.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.types import ASGIApp

from bot.app import App
from bot.slack.http import in_front
from bot.slack.settings import SlackSettings
from bot.slack.socketmode import Patience, SlackConnection, Supervisor
from bot.slack.surface import Surface

_SWITCH_SECONDS = 0.001  # whoever acknowledges gets the interpreter from whoever reads five times sooner than usual


@dataclass(frozen=True, slots=True)
class Slack:
    """`wrap` goes in front of the web chat, `beside` runs next to it (both as `run_server` takes them)."""

    surface: Surface
    wrap: Callable[[ASGIApp], ASGIApp]
    beside: Callable[[Callable[[], None]], Callable[[], int]] | None


def slack_of(app: App, settings: SlackSettings, now: Callable[[], datetime], patience: Patience | None = None) -> Slack:
    """The Slack surface of an assembled process, not running yet. Raises `SettingsError`."""
    surface = Surface(app, settings, now)
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.collect()
    gc.freeze()  # the town lives as long as the process: looking through it again would stop everybody for a while

    def beside(stop: Callable[[], None]) -> Callable[[], int]:
        supervisor = Supervisor(lambda: SlackConnection(surface), patience=patience)
        codes: list[int] = []

        def run() -> None:
            codes.append(supervisor.run())
            stop()

        thread = threading.Thread(target=run, name="slack-socket", daemon=True)
        thread.start()

        def end() -> int:
            supervisor.stop()
            thread.join(5)
            return codes[0] if codes else 0

        return end

    return Slack(surface, lambda web: in_front(web, surface), beside if settings.socket else None)
