"""What the database drivers complain about → the typed errors of `routing.errors`, with what to do next.

Knows the codes of SQLite and PostgreSQL. Refuses to repeat the driver's own words, which may hold SQL or data: the
driver's error stays reachable as `__cause__`, but what a PostgreSQL server said is cut down to its code.
"""

from __future__ import annotations

import sqlite3

import psycopg

from routing.errors import (
    RoutingError,
    StoreError,
    StoreLocked,
    StoreReadOnly,
    StoreTooOld,
    StoreUnreachable,
    UnknownCase,
)

LOCKED = (
    "データベースをほかの処理が使っています。"
    "少し待ってから、もう一度操作してください。"
    "続くときは、バックアップなどの処理が止まっていないか確かめてください。"
)
READ_ONLY = (
    "データベースに書き込めません。"
    "ファイルとその置き場所（PostgreSQL では接続する利用者）に、書き込みの権限があるか確かめてください。"
)
FULL = "データベースの置き場所がいっぱいで、書き込めません。空きを作ってから、もう一度操作してください。"
OLD = (
    "データベースがまだ用意されていないか、このプログラムより古い形です。"
    "バックアップを取り、`tsunagu db upgrade` を実行してください。"
)
NEW = (
    "データベースは、このプログラムより新しい版で書かれています。"
    "プログラムを新しい版にするか、前の版のバックアップに戻してください。"
)
UNREACHABLE = (
    "データベースにつながりません。置き場所の設定と、データベースが動いているか、利用者名と合い言葉を確かめてください。"
)
BROKEN = (
    "データベースのファイルを読めません。つなぐのデータベースでないか、壊れています。バックアップから戻してください。"
)
NO_CASE = "この案件は登録されていないため、書き込みませんでした。画面を読み直して、案件を開き直してください。"
OTHER = "データベースの処理がうまくいきませんでした。もう一度操作し、続くときはシステム担当に知らせてください。"

_SQLITE: dict[int, tuple[type[StoreError], str]] = {
    sqlite3.SQLITE_BUSY: (StoreLocked, LOCKED),
    sqlite3.SQLITE_LOCKED: (StoreLocked, LOCKED),
    sqlite3.SQLITE_READONLY: (StoreReadOnly, READ_ONLY),
    sqlite3.SQLITE_PERM: (StoreReadOnly, READ_ONLY),
    sqlite3.SQLITE_FULL: (StoreReadOnly, FULL),
    sqlite3.SQLITE_CANTOPEN: (StoreUnreachable, UNREACHABLE),
    sqlite3.SQLITE_AUTH: (StoreUnreachable, UNREACHABLE),
    sqlite3.SQLITE_IOERR: (StoreUnreachable, UNREACHABLE),
    sqlite3.SQLITE_NOTADB: (StoreUnreachable, BROKEN),
    sqlite3.SQLITE_CORRUPT: (StoreUnreachable, BROKEN),
}

# By the first letters of the SQLSTATE, the longest first.
_POSTGRES: tuple[tuple[str, type[StoreError], str], ...] = (
    ("25006", StoreReadOnly, READ_ONLY),  # read only transaction
    ("42501", StoreReadOnly, READ_ONLY),  # insufficient privilege
    ("53100", StoreReadOnly, FULL),
    ("40P01", StoreLocked, LOCKED),  # deadlock
    ("55P03", StoreLocked, LOCKED),  # lock_timeout
    ("57014", StoreLocked, LOCKED),  # statement_timeout
    ("42P01", StoreTooOld, OLD),  # undefined table
    ("42703", StoreTooOld, OLD),  # undefined column
    ("3D000", StoreUnreachable, UNREACHABLE),
    ("53300", StoreUnreachable, UNREACHABLE),  # too many connections
    ("08", StoreUnreachable, UNREACHABLE),
    ("28", StoreUnreachable, UNREACHABLE),
    ("57P", StoreUnreachable, UNREACHABLE),  # shutting down, starting up
)


def typed(error: BaseException) -> RoutingError | None:
    """The typed error for a driver's error (which is stripped of data); None for what is no driver's error at all."""
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error)
    if isinstance(error, psycopg.Error):
        if error.sqlstate is not None:
            error.args = (f"SQLSTATE {error.sqlstate}",)  # the server quotes statements, keys and whole rows
        return _of_postgres(error)
    return None


def _of_sqlite(error: sqlite3.Error) -> RoutingError:
    code = getattr(error, "sqlite_errorcode", 0)  # absent on errors the Python module makes itself
    if code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
        return UnknownCase(NO_CASE)
    if code == sqlite3.SQLITE_ERROR and "no such " in str(
        error
    ):  # table or column: SQLite has no code of its own for it
        return StoreTooOld(OLD)
    kind, message = _SQLITE.get(code & 0xFF, (StoreError, OTHER))
    return kind(message)


def _of_postgres(error: psycopg.Error) -> RoutingError:
    state = error.sqlstate
    if state == "23503":  # foreign key
        return UnknownCase(NO_CASE)
    if state is None:  # raised by the client: no server, or the connection broke
        return StoreUnreachable(UNREACHABLE) if isinstance(error, psycopg.OperationalError) else StoreError(OTHER)
    for start, kind, message in _POSTGRES:
        if state.startswith(start):
            return kind(message)
    return StoreError(OTHER)
