"""The short words of the Teams surface, from templates/teams/words.toml. An unknown word is an error, not an empty place."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from bot.render import TEMPLATES


@lru_cache(maxsize=1)
def _all() -> Mapping[str, Any]:
    return tomllib.loads((TEMPLATES / "teams" / "words.toml").read_text("utf-8"))


def word(name: str, **filled: str) -> str:
    """The word `part.name` with its places filled. Raises KeyError."""
    part, _, key = name.partition(".")
    found = str(_all()[part][key])
    for place, value in filled.items():
        found = found.replace(f"{{{place}}}", value)
    return found


def commands() -> Sequence[tuple[str, str]]:
    """(what is typed, what it does) of the commands that the app offers."""
    return [(str(each["title"]), str(each["help"])) for each in _all()["command"]]
