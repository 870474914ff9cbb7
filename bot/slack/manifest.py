"""The app manifest that an administrator pastes into Slack, with the reason for every permission.

Knows what this program needs of Slack; refuses to know tokens.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

from bot.render import TEMPLATES, Renderer
from bot.slack.application import COMMAND, MESSAGE_SHORTCUT, SHORTCUT
from bot.slack.http import EVENTS


def scopes() -> Mapping[str, str]:
    """Every permission of the bot with its reason."""
    data = tomllib.loads((TEMPLATES / "slack" / "words.toml").read_text("utf-8"))
    found: Mapping[str, str] = data["scope"]
    return found


def manifest(renderer: Renderer, url: str) -> str:
    """The manifest in YAML: for HTTP at `url` (https://…), for Socket Mode without."""
    text = renderer.text(
        "slack/manifest.yaml.j2", url=url.rstrip("/"), path=EVENTS, scopes=scopes(),
        command=COMMAND, shortcut=SHORTCUT, message_shortcut=MESSAGE_SHORTCUT,
    )  # fmt: skip
    return text.strip() + "\n"
