"""The short words of the Slack surface, from templates/slack/words.toml. An unknown word is an error, not an empty place."""

from __future__ import annotations

import tomllib
from functools import lru_cache

from bot.render import TEMPLATES
from bot.slack.blocks import Tails


@lru_cache(maxsize=1)
def _all() -> dict[str, dict[str, str]]:
    return tomllib.loads((TEMPLATES / "slack" / "words.toml").read_text("utf-8"))


def word(name: str, **filled: str) -> str:
    """The word `part.name` with its places filled. Raises KeyError."""
    part, _, key = name.partition(".")
    found = _all()[part][key]
    for place, value in filled.items():
        found = found.replace(f"{{{place}}}", value)
    return found


def message_tails() -> Tails:
    """How a message says that something was cut: the whole is behind a button."""
    return Tails(word("tail.short"), word("tail.more"))


def modal_tails() -> Tails:
    """How a modal says so: the whole is on paper or on the web."""
    return Tails(word("tail.short_modal"), word("tail.more_modal"))
