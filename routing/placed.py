"""Where cards of cases stand on chats, so that what happens later changes them. Knows the shapes and the port; refuses to know
SQL, surfaces and what a card shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PlacedCard:
    """The one card at an address about a case's escalation or request (`kind`, `subject`: its number), changed as it moves on.

    `place` finds it on the surface; `key` is the occurrence it shows, `shown` the version of the case it shows.
    """

    surface: str
    address: str
    case_id: str
    kind: str
    subject: str
    place: str
    key: str
    shown: int = 0


class PlacedCards(Protocol):
    """Where cards of cases stand on chats."""

    def get(self, surface: str, address: str, case_id: str, kind: str, subject: str) -> PlacedCard | None: ...

    def put(self, card: PlacedCard, at: datetime) -> None:
        """Write where it stands, or where it stands now."""

    def shows(self, card: PlacedCard, version: int) -> bool:
        """It shows that version of its case now; False when it showed that or a later one, or stands elsewhere."""

    def forget(self, card: PlacedCard) -> bool:
        """It is not there any more; False when somebody noticed first."""

    def behind(self, surface: str, limit: int = 50) -> Sequence[PlacedCard]:
        """Cards whose case has moved on since they were shown, the longest standing first."""
