"""Marks of households in SQL, as hashes that only this town's key can make.

Knows that a mark is hashed with the first key and looked for with all. Refuses to know what a mark is made of, and keeps no mark.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete
from sqlmodel import col, select

from routing.store.columns import storable
from routing.store.desk import Desk
from routing.store.handover_tables import MarkRow
from routing.store.tables import CaseRow


class SqlHouseholds(Desk):
    """`ports.Households`."""

    def put(self, case_id: str, marks: Sequence[str]) -> None:
        """Keep the marks of a case in place of those it had. Raises `UnknownCase` for a case that does not exist."""
        hashes = {self._sealer.digest(storable(mark)) for mark in marks}
        gone = delete(MarkRow).where(col(MarkRow.case_id) == case_id, col(MarkRow.hash).not_in(hashes))
        self._write(gone.returning(col(MarkRow.hash)))
        if hashes:
            rows = self._insert(MarkRow).values([{"hash": each, "case_id": case_id} for each in sorted(hashes)])
            self._write(rows.on_conflict_do_nothing().returning(col(MarkRow.hash)))

    def find(self, marks: Sequence[str]) -> Sequence[str]:
        """Ids of cases that share a mark, latest first."""
        hashes = {each for mark in marks for each in self._sealer.digests(storable(mark))}
        if not hashes:
            return []
        same = select(MarkRow.case_id).where(col(MarkRow.hash).in_(hashes))
        found = select(CaseRow.id).where(col(CaseRow.id).in_(same))
        return self._all(found.order_by(col(CaseRow.opened_at).desc(), col(CaseRow.number).desc()))
