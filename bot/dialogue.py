"""The talk as a small versioned value: (Dialogue, Turn) → (Dialogue, Effects). No I/O, no clock, no sentences.

A dialogue keeps the reading and the list of moves the clerk made on it; everything else (facts, questions, proposal) is
computed from them, so that going back is taking the last move away. Refuses to know surfaces, storage and wording.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from knowledge.catalogue import Catalogue
from knowledge.reading.model import Reading
from routing.policy import Policy
from routing.proposal import Proposal
from routing.questions import Ask

SCHEMA = 1


class Phase(StrEnum):
    """Where a talk stands."""

    START = "start"
    READING = "reading"
    ASKING = "asking"
    PROPOSED = "proposed"
    OVERRIDING = "overriding"
    SHEET = "sheet"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Move:
    """One thing the clerk did to the reading or one question answered.

    kinds: `drop`, `deny`, `hold` (value = finding id), `give` (finding id → member key), `add` (issue code → member key),
    `accept` (the reading is right), `answer` (question id → value).
    """

    kind: str
    target: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A talk. `reading.text` is the masked text; the raw text lives apart. `case_number` is set once confirmed.

    `items`: answers given on the intake sheet so far (identity items are never here). `skipped`: sections passed over.
    """

    pack: str
    phase: Phase = Phase.START
    schema: int = SCHEMA
    started_on: date | None = None
    received_on: date | None = None
    reading: Reading | None = None
    moves: tuple[Move, ...] = ()
    question: str = ""
    case_id: str = ""
    case_number: str = ""
    section: int = 0
    items: Mapping[str, str] = field(default_factory=dict)
    paused: bool = False
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class World:
    """What a step may look at: one town's knowledge and policy, and the moment the turn came.

    `again`: weighs a corrected reading anew (first reading, corrected one). `known`: questions worked out in this turn
    already, with the reading and moves they follow from; a step and its view ask the same.
    """

    catalogue: Catalogue
    policy: Policy
    at: datetime
    again: Callable[[Reading, Reading], Reading] = field(compare=False, repr=False)
    known: list[tuple[Reading | None, tuple[Move, ...], Ask | None]] = field(
        default_factory=list, compare=False, repr=False
    )

    @property
    def on(self) -> date:
        """The day whose rules hold."""
        return self.at.date()


@dataclass(frozen=True, slots=True)
class OpenCase:
    """Save a confirmed case."""

    proposal: Proposal
    overridden: bool
    route: str
    reason: str


@dataclass(frozen=True, slots=True)
class SaveItems:
    """Save answers of the intake sheet; `identity` goes to the encrypted table only."""

    answers: Mapping[str, str]
    identity: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Pause:
    """Give the talk a resume code."""


@dataclass(frozen=True, slots=True)
class Show:
    """Show a view; `note` names one of the notices (what was dropped, what was not understood)."""

    view: str
    note: str = ""
    data: Mapping[str, str] = field(default_factory=dict)


Effect = OpenCase | SaveItems | Pause | Show


def with_move(dialogue: Dialogue, move: Move) -> Dialogue:
    """The dialogue after one more move; a later answer to the same question replaces the earlier one."""
    kept = dialogue.moves
    if move.kind == "answer":
        kept = tuple(m for m in kept if not (m.kind == "answer" and m.target == move.target))
    return replace(dialogue, moves=(*kept, move))
