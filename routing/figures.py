"""What the weekly nudge is worked out from: rows that lists and timelines give for some desks, and the port they come through.

Knows shapes only. Refuses to know SQL, who may see what, and the present moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Held:
    """An open case as it lies on a desk's shelf. `parts` as `watching.parts_of` wrote them; `escalation`: its latest state."""

    number: str
    owner: str
    last_at: datetime
    urgent: bool
    escalation: str
    parts: str


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of a case; `data` holds codes and ids."""

    case_id: str
    kind: str
    at: datetime
    data: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Unfitted:
    """A case for which nothing fitted when it was opened: its issues (none where none was read) and the area, "" if unknown."""

    desk: str
    at: datetime
    issues: tuple[str, ...]
    area: str


class Figures(Protocol):
    """Rows of a town for the figures of some desks; of every desk when `desks` is None."""

    def held(self, pack: str, desks: Sequence[str] | None) -> Iterable[Held]:
        """Open cases that the desks hold, held or were asked to take, to be looked at once while the unit is open."""

    def happened(
        self, pack: str, desks: Sequence[str] | None, kinds: Sequence[str], since: datetime
    ) -> Sequence[Happened]:
        """Events of those kinds, the oldest first within a case, of cases that anything happened to since."""

    def opened(self, pack: str, desks: Sequence[str] | None, since: datetime) -> Sequence[tuple[str, datetime]]:
        """(desk that first held the case, when it was opened), oldest first."""

    def unfitted(self, pack: str, desks: Sequence[str] | None, since: datetime) -> Sequence[Unfitted]:
        """Cases opened since then whose stored proposal says that no desk fitted (`Proposal.fallback`): 資源不足台帳."""
