"""One pass of SudachiPy (A mode) over a tidied text → tokens. The only user of SudachiPy.

Knows surfaces, dictionary forms and parts of speech. Refuses to know what the words mean for a household.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_LONGEST = 40_000  # bytes that the analyser takes in one go


@dataclass(frozen=True, slots=True)
class Token:
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


@lru_cache(maxsize=1)
def _analyser() -> Any:
    from sudachipy import Dictionary, SplitMode

    dictionary = Dictionary(dict="core")
    maker: Any = getattr(dictionary, "tokenizer", None) or dictionary.create
    return maker(SplitMode.A)


def tokenize(text: str) -> tuple[Token, ...]:
    """The tokens of a tidied text, in order; spaces are tokens too."""
    tokens: list[Token] = []
    base = 0
    for part in _parts(text):
        for word in _analyser().tokenize(part):
            start, end = base + word.begin(), base + word.end()
            if start < end:
                tokens.append(
                    Token(
                        start,
                        end,
                        word.surface(),
                        word.dictionary_form(),
                        word.normalized_form(),
                        tuple(word.part_of_speech()),
                    )
                )
        base += len(part)
    return tuple(tokens)


def _parts(text: str) -> list[str]:
    """Pieces the analyser can take, cut at line ends where possible."""
    if len(text.encode("utf-8", "replace")) <= _LONGEST:
        return [text] if text else []
    middle = len(text) // 2
    cut = text.rfind("\n", 0, middle) + 1 or middle
    return _parts(text[:cut]) + _parts(text[cut:])
