"""The moment, the day a person names, and the environment: read at the outermost edge only."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.settings import Settings, SettingsError, settings_from

TOKYO = ZoneInfo("Asia/Tokyo")


def now() -> datetime:
    """The moment, in Japan's time zone."""
    return datetime.now(TOKYO)


def day_of(text: str) -> date:
    """The day of `--on`, today when it is empty. Raises `SettingsError`."""
    try:
        return date.fromisoformat(text) if text else now().date()
    except ValueError as error:
        raise SettingsError(f"--on {text} は日付として読めません（例: --on 2026-04-01）。") from error


def settings_of(given: argparse.Namespace | None = None) -> Settings:
    """The settings of the environment; `--pack` wins over it."""
    settings = settings_from(os.environ)
    pack = getattr(given, "pack", "")
    return replace(settings, pack=pack) if pack else settings
