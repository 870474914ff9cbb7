"""Teams beside the web chat in one process, on the same address. Refuses to know the web chat."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.types import ASGIApp

from bot.app import App
from bot.teams.channel import TeamsChannel
from bot.teams.door import TeamsDoor
from bot.teams.http import in_front
from bot.teams.sdk import SdkConnector
from bot.teams.settings import TeamsSettings
from bot.teams.surface import Surface

_SWITCH_SECONDS = 0.001  # whoever answers Teams gets the interpreter sooner from whoever reads


@dataclass(frozen=True, slots=True)
class Teams:
    """`wrap` goes in front of the web chat (as `run_server` takes it), `channel` takes what is delivered."""

    surface: Surface
    channel: TeamsChannel
    wrap: Callable[[ASGIApp], ASGIApp]


def teams_of(app: App, settings: TeamsSettings, now: Callable[[], datetime]) -> Teams:
    """The Teams surface of an assembled process, not running yet. Raises `SettingsError`."""
    surface = Surface(app, settings, now, SdkConnector(settings), TeamsDoor(settings))
    steady()
    return Teams(surface, surface.channel, lambda web: in_front(web, surface))


def steady() -> None:
    """Nobody who waits for an answer is held up by the collector looking through the town, nor long by other threads."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
