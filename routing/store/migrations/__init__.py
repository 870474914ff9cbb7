"""The schema's history. Knows every revision in order and brings a database to the last one.

Alembic is imported only when something is to be changed: opening a store needs the names alone (a test compares them
with the scripts).
"""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from routing.errors import StoreError, StoreTooNew, StoreUnreachable
from routing.store.engine import Patience, connect, parse, sqlite_path
from routing.store.troubles import NEW, OTHER, UNREACHABLE

REVISIONS = ("0001", "0002", "0003", "0004", "0005")
HERE = Path(__file__).parent
_UPGRADE_LOCK = 7_266_420_001  # any number nobody else uses: two replicas upgrade one after the other


def current(url: str, patience: Patience | None = None) -> str | None:
    """The revision of the database; None when it has none or does not exist. Raises the `StoreError`s of connecting."""
    parsed = parse(url)
    path = sqlite_path(parsed)
    if path is not None and not path.exists():
        return None
    engines = connect(parsed, patience or Patience())
    try:
        with engines.read.connect() as connection:
            return revision_of(connection)
    finally:
        engines.dispose()


def upgrade(url: str, patience: Patience | None = None) -> str:
    """Bring the database to the last revision, all or nothing, and return that revision; makes a SQLite file if needed.

    Raises `StoreTooNew`, `StoreUnreachable` (also when the folder does not exist), `StoreReadOnly`, `StoreLocked`.
    """
    parsed = parse(url)
    make_private(sqlite_path(parsed))
    engines = connect(parsed, patience or Patience(), foreign_keys=False)
    try:
        with engines.write.begin() as connection:
            alone(connection)
            migrate(connection)
    finally:
        engines.dispose()
    return REVISIONS[-1]


def revision_of(connection: Connection) -> str | None:
    """What Alembic wrote down; None when it never did, several names joined when the history has split."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return "+".join(connection.scalars(text("SELECT version_num FROM alembic_version"))) or None


def alone(connection: Connection) -> None:
    """Nobody else changes the schema before this transaction ends. (SQLite has one writer in any case.)"""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})


def migrate(connection: Connection, to: str = "head") -> None:
    """Bring the database to a revision within the connection's transaction. Raises `StoreTooNew`."""
    from alembic import command
    from alembic.config import Config

    if revision_of(connection) not in (None, *REVISIONS):
        raise StoreTooNew(NEW)
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    command.upgrade(config, to)
    if connection.dialect.name == "sqlite" and connection.execute(text("PRAGMA foreign_key_check")).first():
        raise StoreError(OTHER)


def make_private(path: Path | None) -> None:
    """A SQLite file only its owner can read; SQLite gives its companions (-wal, -shm) the same mode."""
    if path is None or path.exists():
        return
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError:
        raise StoreUnreachable(UNREACHABLE) from None
