"""What every part of the web surface is given: the assembled process, the clock, and what this process remembers.

Knows no route and no wording.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.app import App
from bot.render import Renderer
from bot.web.sessions import Guesses
from bot.web.work import Hub, Worker


@dataclass(frozen=True, slots=True)
class Surface:
    """The web surface of one process. `now` is the only clock."""

    app: App
    now: Callable[[], datetime]
    hub: Hub
    worker: Worker
    guesses: Guesses

    @property
    def renderer(self) -> Renderer:
        """The town's renderer."""
        return self.app.town.renderer


def open_surface(app: App, now: Callable[[], datetime]) -> Surface:
    """A surface with nothing remembered yet."""
    hub = Hub()
    return Surface(app, now, hub, Worker(app.conversation, hub), Guesses())
