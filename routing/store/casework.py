"""Cases, their events, their numbers and their identities in SQL.

Knows that a number is given out once and that a case is written only over what was read. Refuses to know which moves
are legal, and keeps identities in a table of their own, sealed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import func, update
from sqlmodel import col, select

from routing.cases import Case, Event, EventKind
from routing.errors import StaleWrite
from routing.ports import Identity
from routing.store.columns import storable
from routing.store.convert import (
    case_columns,
    case_value,
    event_columns,
    event_value,
    identity_token,
    identity_value,
)
from routing.store.desk import Desk
from routing.store.tables import CaseRow, CounterRow, EventRow, IdentityRow

CHANGED = "読み込んだあとに、この案件はほかの人が書き換えています。画面を読み直してから、もう一度操作してください。"
TAKEN = "この案件はもう登録されています。画面を読み直して、一覧から開いてください。"


class SqlCases(Desk):
    """`ports.Cases`."""

    def next_number(self, prefix: str, year: int) -> str:
        """`PREFIX-YEAR-0001`, never twice; a number whose unit of work is rolled back is given out again."""
        first = self._insert(CounterRow).values(prefix=prefix, year=year, last=1)
        following = {"last": col(CounterRow.last) + 1}
        counted = first.on_conflict_do_update(index_elements=["prefix", "year"], set_=following)
        (row,) = self._write(counted.returning(col(CounterRow.last)))
        return f"{prefix}-{year}-{row.last:04d}"

    def get(self, case_id: str) -> Case | None:
        row = self._first(select(CaseRow).where(col(CaseRow.id) == case_id))
        return case_value(row) if row else None

    def by_number(self, number: str) -> Case | None:
        row = self._first(select(CaseRow).where(col(CaseRow.number) == number))
        return case_value(row) if row else None

    def add(self, case: Case, events: Sequence[Event]) -> Case:
        """Store a new case as version 1 and return it. Raises `StaleWrite` when its id or number is taken."""
        after = replace(storable(case), version=1)
        statement = self._insert(CaseRow).values(case_columns(after))
        if not self._write(statement.on_conflict_do_nothing().returning(col(CaseRow.id))):
            raise StaleWrite(TAKEN)
        self._append(after.id, events)
        return after

    def save(self, case: Case, events: Sequence[Event]) -> Case:
        """Write a changed case and its new events; returns it with the next version. Raises `StaleWrite`."""
        after = replace(storable(case), version=case.version + 1)
        same = (col(CaseRow.id) == after.id, col(CaseRow.version) == case.version)
        if not self._write(update(CaseRow).where(*same).values(case_columns(after)).returning(col(CaseRow.id))):
            raise StaleWrite(CHANGED)
        self._append(after.id, events)
        return after

    def events(self, case_id: str) -> Sequence[Event]:
        """The case's events in the order they were written."""
        found = select(EventRow).where(col(EventRow.case_id) == case_id).order_by(col(EventRow.seq))
        return [event_value(row) for row in self._all(found)]

    def latest(self, opened_by: str | None, limit: int = 20) -> Sequence[Case]:
        """Cases latest first; of everybody when `opened_by` is None."""
        found = select(CaseRow) if opened_by is None else select(CaseRow).where(col(CaseRow.opened_by) == opened_by)
        latest = found.order_by(col(CaseRow.opened_at).desc(), col(CaseRow.number).desc()).limit(limit)
        return [case_value(row) for row in self._all(latest)]

    def with_event(self, pack: str, kind: EventKind, limit: int = 10_000) -> Sequence[Case]:
        """Cases of a town to which something happened (overridden, sent back …), in the order of their numbers."""
        touched = select(EventRow.case_id).where(col(EventRow.kind) == kind.value)
        mine = select(CaseRow).where(col(CaseRow.pack) == pack, col(CaseRow.id).in_(touched))
        return [case_value(row) for row in self._all(mine.order_by(col(CaseRow.number)).limit(limit))]

    def _append(self, case_id: str, events: Sequence[Event]) -> None:
        """Number the events after those already there. The case's row is locked by now, so nobody counts beside us."""
        if not events:
            return
        last = (
            select(func.coalesce(func.max(EventRow.seq), 0)).where(col(EventRow.case_id) == case_id).scalar_subquery()
        )
        rows = [
            {**event_columns(case_id, 0, storable(event)), "seq": last + place} for place, event in enumerate(events, 1)
        ]
        values = (
            rows[0] if len(rows) == 1 else rows
        )  # one row's statement is compiled once for ever, a list's each time
        self._write(self._insert(EventRow).values(values).returning(col(EventRow.seq)))


class SqlIdentities(Desk):
    """`ports.Identities`."""

    def get(self, case_id: str) -> Identity:
        """Who the household is; empty when nothing is stored. Raises `KeyMissing`."""
        row = self._first(select(IdentityRow).where(col(IdentityRow.case_id) == case_id))
        return identity_value(row.sealed, self._sealer) if row else Identity()

    def put(self, case_id: str, identity: Identity) -> None:
        """Store or replace it. A case that does not exist by then makes the commit raise `UnknownCase`."""
        sealed = identity_token(storable(identity), self._sealer)
        statement = self._insert(IdentityRow).values(case_id=case_id, sealed=sealed)
        replaced = statement.on_conflict_do_update(index_elements=["case_id"], set_={"sealed": sealed})
        self._write(replaced.returning(col(IdentityRow.case_id)))
