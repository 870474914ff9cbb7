"""One pass of SudachiPy over a tidied text → words: long units (C mode) and their short units (A mode).

Knows surfaces, dictionary forms and parts of speech; the only user of SudachiPy. Refuses to know what the words mean
for a household.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

_LONGEST = 40_000  # bytes that the analyser takes in one go


class Token(NamedTuple):
    """A word: `text[start:end]`, its dictionary form, normalised form and part of speech (six levels)."""

    start: int
    end: int
    surface: str
    lemma: str
    normal: str
    pos: tuple[str, ...]

    @property
    def is_family_name(self) -> bool:
        """姓."""
        return len(self.pos) > 3 and self.pos[2] == "人名" and self.pos[3] == "姓"

    @property
    def is_given_name(self) -> bool:
        """名."""
        return len(self.pos) > 3 and self.pos[2] == "人名" and self.pos[3] == "名"

    @property
    def is_person_name(self) -> bool:
        """Any personal name of at least two characters or a family name."""
        return len(self.pos) > 2 and self.pos[2] == "人名" and (self.is_family_name or len(self.surface) >= 2)


@dataclass(frozen=True, slots=True)
class Analysis:
    """The same text cut twice: `short` units for patterns and names, `long` units for the trained models."""

    short: tuple[Token, ...]
    long: tuple[Token, ...]


class _Analysers(threading.local):
    """One analyser per thread (SudachiPy refuses to be used by two at once) over one dictionary."""

    made: Any = None


_ANALYSERS = _Analysers()


@lru_cache(maxsize=1)
def _dictionary() -> Any:
    from sudachipy import Dictionary

    return Dictionary(dict="core")


def _analyser() -> tuple[Any, Any]:
    from sudachipy import SplitMode

    if _ANALYSERS.made is None:
        dictionary = _dictionary()
        maker: Any = getattr(dictionary, "tokenizer", None) or dictionary.create
        _ANALYSERS.made = maker(SplitMode.C)
    return _ANALYSERS.made, SplitMode.A


def analyse(text: str) -> Analysis:
    """The words of a tidied text, in order; spaces are words too."""
    analyser, shortest = _analyser()
    short: list[Token] = []
    long: list[Token] = []
    base = 0
    for part in _parts(text):
        for word in analyser.tokenize(part):
            token = _token(word, base)
            if token.start == token.end:
                continue
            long.append(token)
            if token.end - token.start == 1:
                short.append(token)
                continue
            pieces = word.split(shortest)
            short.extend([token] if len(pieces) <= 1 else _tokens(pieces, base))
        base += len(part)
    return Analysis(tuple(short), tuple(long))


def tokenize(text: str) -> tuple[Token, ...]:
    """The short units of a tidied text."""
    return analyse(text).short


def _tokens(words: Any, base: int) -> Iterator[Token]:
    return (token for token in (_token(word, base) for word in words) if token.start < token.end)


def _token(word: Any, base: int) -> Token:
    return Token(
        base + word.begin(),
        base + word.end(),
        word.surface(),
        word.dictionary_form(),
        word.normalized_form(),
        word.part_of_speech(),
    )


def _parts(text: str) -> list[str]:
    """Pieces the analyser can take, cut at line ends where possible."""
    if len(text.encode("utf-8", "replace")) <= _LONGEST:
        return [text] if text else []
    middle = len(text) // 2
    cut = text.rfind("\n", 0, middle) + 1 or middle
    return _parts(text[:cut]) + _parts(text[cut:])
