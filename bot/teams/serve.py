"""Teams beside the web chat in one process, on the same address. Refuses to know the web chat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.types import ASGIApp

from bot.app import App
from bot.teams.channel import TeamsChannel
from bot.teams.door import TeamsDoor
from bot.teams.http import Beside
from bot.teams.sdk import SdkConnector
from bot.teams.settings import TeamsSettings
from bot.teams.surface import Surface


@dataclass(frozen=True, slots=True)
class Teams:
    """`wrap` goes in front of the web chat (as `run_server` takes it), `channel` takes what is delivered."""

    surface: Surface
    channel: TeamsChannel
    wrap: Callable[[ASGIApp], ASGIApp]


def teams_of(app: App, settings: TeamsSettings, now: Callable[[], datetime]) -> Teams:
    """The Teams surface of an assembled process, not running yet. Raises `SettingsError`."""
    surface = Surface(app, settings, now, SdkConnector(settings), TeamsDoor(settings))
    return Teams(surface, surface.channel, lambda web: Beside(web, surface))
