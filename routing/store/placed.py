"""Where cards of cases stand on chats, in SQL. Knows what is behind its case; refuses to know what a card shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ColumnElement, delete, update
from sqlmodel import col, select

from routing.placed import PlacedCard
from routing.store.columns import storable
from routing.store.desk import Desk
from routing.store.outgoing_tables import PlacedCardRow
from routing.store.tables import CaseRow

_KEY = ("surface", "address", "case_id", "kind", "subject")


class SqlPlacedCards(Desk):
    """`placed.PlacedCards`."""

    def get(self, surface: str, address: str, case_id: str, kind: str, subject: str) -> PlacedCard | None:
        """The card of an escalation or a request at an address."""
        wanted = dict(zip(_KEY, (surface, address, case_id, kind, subject), strict=True))
        row = self._first(
            select(PlacedCardRow).where(*(col(getattr(PlacedCardRow, n)) == v for n, v in wanted.items()))
        )
        return _value(row) if row else None

    def put(self, card: PlacedCard, at: datetime) -> None:
        """Write where it stands, or where it stands now."""
        columns = {**asdict(storable(card)), "placed_at": at}
        changed = {name: value for name, value in columns.items() if name not in _KEY}
        written = self._insert(PlacedCardRow).values(columns)
        replaced = written.on_conflict_do_update(index_elements=list(_KEY), set_=changed)
        self._write(replaced.returning(col(PlacedCardRow.place)))

    def shows(self, card: PlacedCard, version: int) -> bool:
        """It shows that version of its case now; False when it showed it already, or stands elsewhere."""
        older = (*_same(card), col(PlacedCardRow.shown) < version)
        moved = update(PlacedCardRow).where(*older).values(shown=version)
        return bool(self._write(moved.returning(col(PlacedCardRow.place))))

    def forget(self, card: PlacedCard) -> bool:
        """It is not there any more; False when somebody noticed first."""
        return bool(self._write(delete(PlacedCardRow).where(*_same(card)).returning(col(PlacedCardRow.place))))

    def behind(self, surface: str, limit: int = 50) -> Sequence[PlacedCard]:
        """Cards whose case has moved on since they were shown, the oldest first."""
        moved = (col(PlacedCardRow.surface) == surface, col(CaseRow.version) > col(PlacedCardRow.shown))
        found = select(PlacedCardRow).join(CaseRow, col(CaseRow.id) == col(PlacedCardRow.case_id)).where(*moved)
        ordered = found.order_by(col(PlacedCardRow.placed_at), col(PlacedCardRow.case_id), col(PlacedCardRow.subject))
        return [_value(row) for row in self._all(ordered.limit(limit))]


def _same(card: PlacedCard) -> tuple[ColumnElement[bool], ...]:
    return tuple(col(getattr(PlacedCardRow, name)) == getattr(card, name) for name in (*_KEY, "place"))


def _value(row: PlacedCardRow) -> PlacedCard:
    return PlacedCard(
        surface=row.surface,
        address=row.address,
        case_id=row.case_id,
        kind=row.kind,
        subject=row.subject,
        place=row.place,
        key=row.key,
        shown=row.shown,
    )
