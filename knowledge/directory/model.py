"""What goes into a directory and what comes out of it: `Entry` in, `Answer` with its `Match`es out.

Knows shapes only. Refuses to know files, scores and where an entry came from (a town's pack or a national list).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from knowledge.errors import KnowledgeError

What = Literal["agency", "meeting"]


class By(StrEnum):
    """Which kind of words of the entry answered the query."""

    NAME = "name"
    ALIAS = "alias"
    KANA = "kana"
    KIND = "kind"
    NEED = "need"
    PLACE = "place"


class DirectoryError(KnowledgeError):
    """A directory folder cannot be used: damaged, incomplete or written by another version."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One agency or meeting body as the directory sees it. `areas`: ids of 圏域, or the municipality in a national list."""

    id: str
    name: str
    kana: str = ""
    what: What = "agency"
    kind: str = ""
    aliases: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    effective_from: date | None = None
    effective_to: date | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of agency or meeting body: the words for it, and the needs it takes, whatever the town calls it."""

    what: What
    code: str
    words: tuple[str, ...]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceName:
    """A name of a place (圏域, 自治会, 字, municipality) and the area it belongs to."""

    area: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """One found entry. `score` is 0..1 in steps of 1/1000; `matched` is the folded key or need that answered."""

    id: str
    kind: What
    name: str
    score: float
    matched: str
    by: By
    area_match: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """Matches, best first. `tie`: the first ones are so close that a person should choose. Empty: nothing like it."""

    matches: tuple[Match, ...] = ()
    tie: bool = False
