"""Which letters a regular expression cannot do without, so that most expressions need not be tried on most texts.

Reads the parsed form of an expression; where it cannot tell, the expression is always tried. Refuses to know what the
expressions mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib import import_module
from itertools import product
from typing import Any

import ahocorasick

Literals = frozenset[str]
Pieces = tuple[Literals, ...]
_MOST = 160  # literals of one piece
_RARE = 4  # as rare as needed: two kanji, four kana
_PIECES = 2
_NOTHING: Literals = frozenset({""})
_ZERO_WIDTH = frozenset({"ASSERT", "ASSERT_NOT", "AT"})


@lru_cache(maxsize=4096)
def parse(pattern: str) -> Any:
    """The parsed form of an expression. Raises `re.error`. Compiling it can wait until a text could match."""
    return import_module("re._parser").parse(pattern)


@lru_cache(maxsize=4096)
def needed(pattern: str) -> Pieces:
    """At most two sets of literals; at least one literal of each stands in every match. Empty: nothing is sure."""
    parsed = parse(pattern)
    if parsed.state.flags & re.IGNORECASE:
        return ()
    pieces = sorted(_Walk().over(parsed).pieces(), key=lambda piece: (-_rarity(piece), len(piece), sorted(piece)))
    return tuple(piece for number, piece in enumerate(pieces[:_PIECES]) if not number or _rarity(piece) > 1)


def _rarity(piece: Literals) -> int:
    return min(min(_RARE, sum(1 + (char >= "一") for char in literal)) for literal in piece)


class Gate:
    """Numbered expressions by the literals they need: one pass over a text tells which could match at all."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._automaton: Any = ahocorasick.Automaton()
        self.always: tuple[int, ...] = ()
        self._whole: list[int] = []
        self._needs: list[tuple[tuple[int, int], ...]] = []
        self._sizes: list[int] = []
        by_literal: dict[str, list[tuple[int, int]]] = {}
        for number, pattern in enumerate(patterns):
            pieces = needed(pattern)
            self._whole.append((1 << len(pieces)) - 1)
            if not pieces:
                self.always += (number,)
            for bit, piece in enumerate(pieces):
                for literal in piece:
                    by_literal.setdefault(literal, []).append((number, 1 << bit))
        for literal, needs in sorted(by_literal.items()):
            self._automaton.add_word(literal, len(self._needs))
            self._sizes.append(len(literal))
            self._needs.append(tuple(needs))
        self._empty = not by_literal
        if by_literal:
            self._automaton.make_automaton()

    def open_for(self, text: str) -> list[int]:
        """The numbers of the expressions that could match somewhere, ascending."""
        if self._empty:
            return list(self.always)
        seen: dict[int, int] = {}
        needs, whole, get = self._needs, self._whole, seen.get
        for literal in {literal for _, literal in self._automaton.iter(text)}:
            for number, bit in needs[literal]:
                seen[number] = get(number, 0) | bit
        return sorted([*self.always, *[number for number, bits in seen.items() if bits == whole[number]]])

    def places(self, text: str) -> dict[int, list[int]]:
        """Number → where the literals of its first piece begin, ascending; those of `always` are not in it."""
        found: dict[int, list[int]] = {}
        if self._empty:
            return found
        for last, literal in self._automaton.iter(text):
            for number, bit in self._needs[literal]:
                if bit == 1:
                    found.setdefault(number, []).append(last + 1 - self._sizes[literal])
        for starts in found.values():
            starts.sort()
        return found


class _Walk:
    """Collects the literals of one sequence: `run` is what stands in one piece, `seen` the pieces before it."""

    def __init__(self) -> None:
        self.run: Literals = _NOTHING
        self.seen: list[Literals] = []
        self.exact = True

    def over(self, items: Iterable[tuple[Any, Any]]) -> _Walk:
        """Walk a parsed sequence."""
        word = ""
        for operator, argument in items:
            name = operator.name
            if name == "LITERAL":
                word += chr(argument)
            elif name not in _ZERO_WIDTH:
                if word:
                    self._append(frozenset({word}))
                    word = ""
                self._step(name, argument)
        if word:
            self._append(frozenset({word}))
        return self

    def pieces(self) -> list[Literals]:
        """Every piece that is sure not to be empty."""
        return [piece for piece in (*self.seen, self.run) if "" not in piece]

    def best(self) -> Literals | None:
        """The rarest piece."""
        return max(self.pieces(), key=lambda piece: (_rarity(piece), -len(piece), sorted(piece)), default=None)

    def _step(self, name: str, argument: Any) -> None:
        match name:
            case "IN" if all(kind.name == "LITERAL" for kind, _ in argument):
                self._append(frozenset(chr(code) for _, code in argument))
            case "SUBPATTERN" if not argument[1] and not argument[2]:
                self._part(_Walk().over(argument[3]))
            case "ATOMIC_GROUP":
                self._part(_Walk().over(argument))
            case "BRANCH":
                self._choice([_Walk().over(items) for items in argument[1]])
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                self._repeat(int(argument[0]), int(argument[1]), _Walk().over(argument[2]))
            case _:
                self._cut()

    def _part(self, walk: _Walk) -> None:
        if walk.exact:
            self._append(walk.run)
            return
        self._cut()
        self.seen += walk.pieces()

    def _choice(self, walks: Sequence[_Walk]) -> None:
        if all(walk.exact for walk in walks):
            self._append(frozenset().union(*(walk.run for walk in walks)))
            return
        self._cut()
        parts = [walk.best() for walk in walks]
        known = [part for part in parts if part is not None]
        if len(known) == len(parts):
            self.seen.append(frozenset().union(*known))

    def _repeat(self, least: int, most: int, walk: _Walk) -> None:
        if least == 0 and most == 1 and walk.exact:
            self._append(walk.run | {""})
            return
        self._cut()
        if least:
            self.seen += walk.pieces()

    def _append(self, pieces: Literals) -> None:
        if len(self.run) * len(pieces) > _MOST:
            self._cut()
        if len(pieces) > _MOST:
            self.seen.append(pieces)
            self.exact = False
            return
        self.run = pieces if self.run == _NOTHING else frozenset(a + b for a, b in product(self.run, pieces))

    def _cut(self) -> None:
        self.seen.append(self.run)
        self.run, self.exact = _NOTHING, False
