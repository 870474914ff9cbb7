"""A backup of everything, read at one moment while others go on writing.

On PostgreSQL one REPEATABLE READ transaction, on SQLite (in WAL) one read transaction: both see the database as it was when
they began, and hold up no writer. Every table of ours is read as it is there, whatever it is for. Refuses to know the
format of the file (see `archive`) and the environment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, Table, select

from routing.errors import StoreTooNew, StoreTooOld
from routing.store.archive import Manifest, Writer
from routing.store.engine import Engines, Patience, connect, parse, sqlite_path
from routing.store.migrations import REVISIONS, revision_of
from routing.store.secrets import Sealer
from routing.store.tables import KeyRow
from routing.store.tables import Row as AnyRow
from routing.store.troubles import NEW, OLD

_AT_ONCE = 1000


def write_backup(
    url: str, key: str, path: Path, pack: str, at: datetime, *, with_key: bool = False, patience: Patience | None = None
) -> Manifest:
    """Write the backup of the database at `url` to a file that is not there yet, readable by its owner only.

    Raises `BackupRefused`, and what opening a store raises. A database of an older schema is backed up as it is.
    """
    sealer, parsed = Sealer(key), parse(url)
    file = sqlite_path(parsed)
    if file is not None and not file.exists():
        raise StoreTooOld(OLD)
    engines = connect(parsed, patience or Patience())
    try:
        with Writer(path) as out, _moment(engines).connect() as connection:
            schema = revision_of(connection)
            if schema is None:
                raise StoreTooOld(OLD)
            if schema not in REVISIONS:
                raise StoreTooNew(NEW)
            tables = tables_of(connection)
            _check_key(connection, tables, sealer)
            manifest = Manifest(
                schema, pack, connection.dialect.name, at.astimezone(UTC).isoformat(), sealer.fingerprints()
            )
            members = [
                out.table(table.name, (column.name for column in table.columns), _rows(connection, table))
                for table in tables
            ]
            return out.finish(replace(manifest, tables=tuple(members)), sealer, key if with_key else "")
    finally:
        engines.dispose()


def _check_key(connection: Connection, tables: Sequence[Table], sealer: Sealer) -> None:
    """Whoever has lost the key must hear of it now and not when the backup is needed. Raises `KeyMissing`."""
    for table in tables:
        if table.name == KeyRow.__tablename__:
            for token in connection.scalars(select(table.columns["token"])):
                sealer.open(token)


def tables_of(connection: Connection) -> list[Table]:
    """Our tables as they are in this database, those that others point to first."""
    found, ours = MetaData(), AnyRow.metadata.tables
    found.reflect(connection, only=lambda name, _: name in ours)
    return list(found.sorted_tables)


def _moment(engines: Engines) -> Engine:
    if engines.read.dialect.name == "sqlite":
        return engines.read
    return engines.read.execution_options(isolation_level="REPEATABLE READ")


def _rows(connection: Connection, table: Table) -> Iterator[list[object]]:
    """The rows in the order of their key; moments in UTC."""
    found = select(table).order_by(*table.primary_key.columns)
    with connection.execution_options(yield_per=_AT_ONCE).execute(found) as rows:
        for row in rows:
            yield [_utc(value) if isinstance(value, datetime) else value for value in row]


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
