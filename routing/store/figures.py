"""`figures.Figures` in SQL. Knows which index each read goes by; refuses to know what the figures mean.

The shelves lead to the cases of some desks, so that a supervisor's week costs what their own cases cost, however many the
town has.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from routing.cases import CaseStatus
from routing.figures import Happened, Held, Unfitted
from routing.store.desk import Desk
from routing.store.handover_tables import CardRow, ShelfRow
from routing.store.tables import CaseRow, EventRow

_STATUSES = tuple(status.value for status in CaseStatus)
_AT_ONCE = 2_000
_FALLBACK = '"fallback":true'  # as `documents.PROPOSAL` writes it


class SqlFigures(Desk):
    """`figures.Figures`."""

    def held(self, pack: str, desks: Sequence[str] | None) -> Iterable[Held]:
        """Open cases that the desks hold, held or were asked to take, read as they are looked at."""
        columns = (CardRow.number, CardRow.owner, CardRow.last_at, CardRow.urgent, CardRow.escalation, CardRow.parts)
        found = select(*columns)  # type: ignore[call-overload]
        if desks is None:
            mine = found.where(col(CardRow.pack) == pack, col(CardRow.status) == CaseStatus.OPEN.value)
        else:
            lying = (*_on(pack, desks), col(ShelfRow.status) == CaseStatus.OPEN.value)
            mine = found.where(col(CardRow.case_id).in_(select(ShelfRow.case_id).where(*lying)))
        return (Held(*row) for row in self._session.exec(mine, execution_options={"yield_per": _AT_ONCE}))

    def happened(
        self, pack: str, desks: Sequence[str] | None, kinds: Sequence[str], since: datetime
    ) -> Sequence[Happened]:
        """Events of those kinds, in the order of their cases, of cases that anything happened to since."""
        touched: SelectOfScalar[str]
        if desks is None:
            touched = select(CardRow.case_id).where(col(CardRow.pack) == pack, col(CardRow.last_at) >= since)
        else:
            lately = (*_on(pack, desks), col(ShelfRow.status).in_(_STATUSES), col(ShelfRow.last_at) >= since)
            touched = select(ShelfRow.case_id).where(*lately)
        found = select(EventRow.case_id, EventRow.kind, EventRow.at, EventRow.data)
        mine = found.where(col(EventRow.case_id).in_(touched), col(EventRow.kind).in_(kinds))
        ordered = mine.order_by(col(EventRow.case_id), col(EventRow.seq))
        rows = self._rows(ordered)
        every = json.loads(f"[{','.join(row[3] for row in rows)}]")  # at once: ten times as quick as one by one
        return [Happened(case_id, kind, at, data) for (case_id, kind, at, _), data in zip(rows, every, strict=True)]

    def opened(self, pack: str, desks: Sequence[str] | None, since: datetime) -> Sequence[tuple[str, datetime]]:
        """(desk that first held the case, when it was opened), oldest first; cases that no desk held are left out."""
        found = select(CardRow.first_desk, CardRow.opened_at).where(
            col(CardRow.pack) == pack, col(CardRow.opened_at) >= since, *_first(desks)
        )
        return [(desk, at) for desk, at in self._rows(found.order_by(col(CardRow.opened_at)))]

    def unfitted(self, pack: str, desks: Sequence[str] | None, since: datetime) -> Sequence[Unfitted]:
        """Cases opened since then whose stored proposal says that no desk fitted."""
        found = select(CardRow.first_desk, CaseRow.opened_at, CaseRow.proposal, CaseRow.facts).where(
            col(CardRow.case_id) == col(CaseRow.id),
            col(CaseRow.pack) == pack,
            col(CaseRow.opened_at) >= since,
            col(CaseRow.proposal).contains(_FALLBACK, autoescape=True),
            *_first(desks),
        )
        rows = self._rows(found.order_by(col(CaseRow.opened_at), col(CaseRow.id)))
        return [_unfitted(*row) for row in rows]

    def _rows(self, statement: Any) -> Sequence[Any]:
        """The rows of a statement over several columns."""
        found: Sequence[Any] = self._session.exec(statement).all()
        return found


def _on(pack: str, desks: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    return col(ShelfRow.pack) == pack, col(ShelfRow.shelf).in_([f"agency:{desk}" for desk in desks])


def _first(desks: Sequence[str] | None) -> tuple[ColumnElement[bool], ...]:
    return (col(CardRow.first_desk) != "",) if desks is None else (col(CardRow.first_desk).in_(desks),)


def _unfitted(desk: str, at: datetime, proposal: str, facts: str) -> Unfitted:
    known = json.loads(facts).get("known", {})

    def values(name: str) -> list[str]:
        return sorted(known.get(name, {}).get("values", ()))

    area = values("area")
    issues = json.loads(proposal).get("unmet") or values("issues")
    return Unfitted(desk, at, tuple(issues), area[0] if len(area) == 1 else "")
