"""Connections to SQLite and PostgreSQL. Knows settings, pools and how a transaction begins; refuses to know tables.

SQLite has one writer. The writing engine therefore holds one connection: writers of this process wait for it (they are
woken when it is free, where SQLite itself would sleep and retry) and take the write lock when they begin, so reading
first and writing later cannot deadlock. Readers have connections of their own and never wait. PostgreSQL needs neither.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError, TimeoutError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, QueuePool

from routing.errors import RoutingError, StoreLocked, StoreUnreachable
from routing.store.troubles import LOCKED, typed

MISPLACED = (
    "データベースの置き場所の設定を読めません。`sqlite:///ファイル名` か "
    "`postgresql+psycopg://利用者@ホスト/データベース名` の形で書いてください。"
)
IDLE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for others, and how many connections PostgreSQL gets (kept open, and more at a rush)."""

    busy_seconds: float = 5.0
    pool_size: int = 10
    pool_overflow: int = 40


@dataclass(frozen=True, slots=True)
class Engines:
    """`write` for units that write, `read` for those that cannot, `once` for one statement in its own transaction."""

    write: Engine
    read: Engine
    once: Engine

    def dispose(self) -> None:
        self.write.dispose()
        self.read.dispose()


class Line(QueuePool):
    """A pool whose waiters are told in our words that others were too slow."""

    def connect(self) -> PoolProxiedConnection:
        try:
            return super().connect()
        except TimeoutError:
            raise StoreLocked(LOCKED) from None


def parse(url: str) -> URL:
    """The URL with the driver we use. Raises `StoreUnreachable` for other databases and for SQLite in memory."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreUnreachable(MISPLACED) from None
    if parsed.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername in {"sqlite", "sqlite+pysqlite"} and parsed.database and ":memory:" not in parsed.database:
        return parsed
    raise StoreUnreachable(MISPLACED)


def sqlite_path(url: URL) -> Path | None:
    """The file of a SQLite database; None for PostgreSQL."""
    if url.get_backend_name() != "sqlite" or url.database is None:
        return None
    return Path(url.database.removeprefix("file:"))


def connect(url: URL, patience: Patience, *, foreign_keys: bool = True) -> Engines:
    """Engines that have not connected yet. `foreign_keys` False is for migrations that rebuild tables on SQLite."""
    if url.get_backend_name() == "sqlite":
        write = _sqlite(url, patience, "BEGIN IMMEDIATE", {"foreign_keys": "ON" if foreign_keys else "OFF"}, size=1)
        return Engines(write, _sqlite(url, patience, "BEGIN", {"query_only": "ON"}, size=4), write)
    engine = _postgres(url, patience)
    reading = engine.execution_options(postgresql_readonly=True)
    return Engines(engine, reading, engine.execution_options(isolation_level="AUTOCOMMIT"))


def _sqlite(url: URL, patience: Patience, begin: str, pragmas: dict[str, str], size: int) -> Engine:
    busy = patience.busy_seconds
    # isolation_level None: the sqlite3 module begins nothing by itself, the event below does.
    arguments = {"timeout": busy, "isolation_level": None, "check_same_thread": False}
    engine = create_engine(
        url,
        connect_args=arguments,
        hide_parameters=True,
        poolclass=Line,
        pool_size=size,
        max_overflow=0,
        pool_timeout=busy,
    )
    settings = {"journal_mode": "WAL", "synchronous": "FULL", **pragmas}

    def prepare(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        for name, value in settings.items():
            connection.execute(f"PRAGMA {name} = {value}").close()

    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", start)
    event.listen(engine, "handle_error", _translate)
    return engine


def _postgres(url: URL, patience: Patience) -> Engine:
    own = f"-c timezone=UTC -c lock_timeout={round(patience.busy_seconds * 1000)}"
    given = url.query.get("options", "")
    arguments: dict[str, Any] = {
        "application_name": "tsunagu",
        "client_encoding": "utf8",
        "connect_timeout": max(2, round(patience.busy_seconds)),
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "options": f"{given if isinstance(given, str) else ' '.join(given)} {own}",
        "prepare_threshold": None,  # a statement is always one round trip, also behind PgBouncer
    }
    engine = create_engine(
        url,
        connect_args=arguments,
        hide_parameters=True,
        poolclass=Line,
        pool_size=patience.pool_size,
        max_overflow=patience.pool_overflow,
        pool_timeout=patience.busy_seconds,
    )

    def left(_: Any, entry: ConnectionPoolEntry | None) -> None:
        if entry is not None:
            entry.info["left"] = monotonic()

    def taken(connection: Any, entry: ConnectionPoolEntry, _: PoolProxiedConnection) -> None:
        """Ask a connection that lay idle whether it lives; a busy one is not asked, which saves a round trip."""
        if monotonic() - entry.info.get("left", monotonic()) < IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error

    event.listen(engine, "checkin", left)
    event.listen(engine, "checkout", taken)
    event.listen(engine, "handle_error", _translate)
    return engine


def _translate(context: ExceptionContext) -> RoutingError | None:
    return typed(context.original_exception)
