"""Free text of cases in SQL, sealed. Refuses to know what a text says and what its key stands for."""

from __future__ import annotations

from collections.abc import Mapping

from sqlmodel import col, select

from routing.store.columns import storable
from routing.store.desk import Desk
from routing.store.handover_tables import NoteRow


class SqlNotes(Desk):
    """`ports.Notes`."""

    def put(self, case_id: str, key: str, text: str) -> None:
        """Keep a text; one under the same key is replaced. Raises `UnknownCase` for a case that does not exist."""
        sealed = self._sealer.seal(storable(text))
        row = self._insert(NoteRow).values(case_id=case_id, key=key, sealed=sealed)
        replaced = row.on_conflict_do_update(index_elements=["case_id", "key"], set_={"sealed": sealed})
        self._write(replaced.returning(col(NoteRow.id)))

    def of(self, case_id: str) -> Mapping[str, str]:
        """All texts of a case by key, in the order they were first written. Raises `KeyMissing`."""
        rows = self._all(select(NoteRow).where(col(NoteRow.case_id) == case_id).order_by(col(NoteRow.id)))
        return {row.key: self._sealer.open(row.sealed) for row in rows}
