"""What every repository of a unit of work shares: its session, its sealer, and INSERT … ON CONFLICT for both databases.

Refuses to know any table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import UpdateBase
from sqlmodel import Session, SQLModel
from sqlmodel.sql.expression import SelectOfScalar

from routing.store.secrets import Sealer

T = TypeVar("T")

# Rows are read anew and never tracked: only the values above the store live longer than a statement.
_FRESH = {"populate_existing": True, "synchronize_session": False}


class Desk:
    """One repository at work inside one transaction."""

    def __init__(self, session: Session, sealer: Sealer) -> None:
        self._session, self._sealer = session, sealer

    def _insert(self, table: type[SQLModel] | Table) -> sqlite.Insert | postgresql.Insert:
        if self._session.get_bind().dialect.name == "sqlite":
            return sqlite.insert(table)
        return postgresql.insert(table)

    def _add(self, table: type[SQLModel], rows: Sequence[Mapping[str, object]], told: Any) -> Sequence[Any]:
        """Insert rows, leaving out those that are there already; gives the column `told` of the new ones.

        One statement for any number of rows, so that it is compiled once and for all.
        """
        if not rows:
            return []
        statement = self._insert(table.__table__).on_conflict_do_nothing().returning(told)  # type: ignore[attr-defined]
        return self._session.connection().execute(statement, rows).scalars().all()

    def _write(self, statement: UpdateBase) -> Sequence[Any]:
        """Run a statement that has a RETURNING clause and give its rows."""
        return self._session.exec(statement, execution_options=_FRESH).all()

    def _first(self, statement: SelectOfScalar[T]) -> T | None:
        return self._session.exec(statement, execution_options=_FRESH).first()

    def _all(self, statement: SelectOfScalar[T]) -> Sequence[T]:
        return self._session.exec(statement, execution_options=_FRESH).all()
