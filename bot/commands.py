"""Words that are commands or answers rather than a situation: 戻る, 中断, 再開 AB12CD, はい, わからない.

The words are data (templates/commands.toml). Refuses to know what the commands do.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache

from bot.render import TEMPLATES
from bot.turns import Choice
from knowledge.text import fold


@dataclass(frozen=True, slots=True)
class Command:
    """A recognised command with what followed it."""

    name: str
    rest: str = ""


@lru_cache(maxsize=1)
def _words() -> dict[str, str]:
    data = tomllib.loads((TEMPLATES / "commands.toml").read_text("utf-8"))
    return {fold(word).text: name for name, words in data["commands"].items() for word in words}


@lru_cache(maxsize=1)
def _answers() -> dict[str, str]:
    data = tomllib.loads((TEMPLATES / "commands.toml").read_text("utf-8"))
    return {fold(word).text: value for value, words in data["answers"].items() for word in words}


def command_of(text: str) -> Command | None:
    """The command that the whole text is, if any."""
    words = fold(text).text.strip(" 。、!「」").split()
    if not words or len(words) > 2:
        return None
    name = _words().get(words[0])
    return Command(name, words[1] if len(words) > 1 else "") if name and (len(words) == 1 or name == "resume") else None


def answer_of(text: str, question: str, values: tuple[str, ...], labels: tuple[str, ...]) -> Choice | None:
    """The answer that a short text is to the open question: a number, yes/no/don't know, or a choice's own words."""
    plain = fold(text).text.strip(" 。、!「」")
    if plain.isdigit() and 1 <= int(plain) <= len(values):
        return Choice("answer", f"{question}={values[int(plain) - 1]}")
    value = _answers().get(plain)
    if value in values:
        return Choice("answer", f"{question}={value}")
    for candidate, label in zip(values, labels, strict=True):
        if plain and plain == fold(label).text:
            return Choice("answer", f"{question}={candidate}")
    return None
