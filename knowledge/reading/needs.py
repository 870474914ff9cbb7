"""Which letters a regular expression cannot do without, so that most expressions need not be tried on most texts.

Reads the parsed form of an expression; where it cannot tell, the expression is always tried. Refuses to know what the
expressions mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from itertools import product
from typing import Any

import ahocorasick

Literals = frozenset[str]
_MOST = 160  # literals of one expression
_LONG = 3  # longer literals are rarer, but not by much
_ZERO_WIDTH = frozenset({"ASSERT", "ASSERT_NOT", "AT"})


def needed(pattern: str) -> Literals | None:
    """Literals of which at least one stands in every match of `pattern`; None when there is nothing such."""
    parsed = import_module("re._parser").parse(pattern)
    if parsed.state.flags & 2:  # ignoring case
        return None
    return _Walk().over(parsed).best()


class Gate:
    """Numbered expressions by the literals they need: one pass over a text tells which could match at all."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._automaton: Any = ahocorasick.Automaton()
        self.always: tuple[int, ...] = ()
        by_literal: dict[str, list[int]] = {}
        for number, pattern in enumerate(patterns):
            literals = needed(pattern)
            if literals is None:
                self.always += (number,)
            for literal in literals or ():
                by_literal.setdefault(literal, []).append(number)
        for literal, numbers in sorted(by_literal.items()):
            self._automaton.add_word(literal, (len(literal), tuple(numbers)))
        self._empty = not by_literal
        if by_literal:
            self._automaton.make_automaton()

    def open_for(self, text: str) -> list[int]:
        """The numbers of the expressions that could match somewhere, ascending."""
        found = set(self.always)
        if not self._empty:
            for _, (_, numbers) in self._automaton.iter(text):
                found.update(numbers)
        return sorted(found)

    def places(self, text: str) -> dict[int, list[int]]:
        """Number → where its literals begin, ascending; those of `always` are not in it."""
        found: dict[int, list[int]] = {}
        if self._empty:
            return found
        for last, (size, numbers) in self._automaton.iter(text):
            for number in numbers:
                found.setdefault(number, []).append(last + 1 - size)
        for starts in found.values():
            starts.sort()
        return found


class _Walk:
    """Collects the literals of one sequence: `run` is what stands in one piece, `seen` the pieces before it."""

    def __init__(self) -> None:
        self.run: Literals = frozenset({""})
        self.seen: list[Literals] = []
        self.exact = True

    def over(self, items: Iterable[tuple[Any, Any]]) -> _Walk:
        """Walk a parsed sequence."""
        for operator, argument in items:
            name = str(operator)
            if name not in _ZERO_WIDTH:
                self._step(name, argument)
        return self

    def best(self) -> Literals | None:
        """Of all pieces the one whose literals are longest, then fewest."""
        pieces = [piece for piece in (*self.seen, self.run) if "" not in piece]
        return max(pieces, key=lambda piece: (min(_LONG, *map(len, piece), _LONG), -len(piece)), default=None)

    def _step(self, name: str, argument: Any) -> None:
        match name:
            case "LITERAL":
                self._append(frozenset({chr(argument)}))
            case "IN" if all(str(kind) == "LITERAL" for kind, _ in argument):
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
        best = walk.best()
        if best is not None:
            self.seen.append(best)

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
        best = walk.best() if least else None
        if best is not None:
            self.seen.append(best)

    def _append(self, pieces: Literals) -> None:
        if len(self.run) * len(pieces) > _MOST:
            self._cut()
        if len(pieces) > _MOST:
            self.seen.append(pieces)
            self.exact = False
            return
        self.run = frozenset(a + b for a, b in product(self.run, pieces))

    def _cut(self) -> None:
        self.seen.append(self.run)
        self.run, self.exact = frozenset({""}), False
