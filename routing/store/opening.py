"""Opening the store: schema, writability and key are checked before anybody is served.

Knows what makes a database unfit and says so as a typed error. Refuses to change the schema (see `migrations`) and to
read the environment.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, inspect, text
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from routing.errors import StoreReadOnly, StoreTooNew, StoreTooOld, StoreUnreachable
from routing.ports import StoredTurn
from routing.store.desk import Desk
from routing.store.engine import Engines, Patience, connect, parse, sqlite_path
from routing.store.migrations import REVISIONS, revision_of
from routing.store.rotation import reseal_all
from routing.store.secrets import Sealer
from routing.store.tables import KeyRow, Row
from routing.store.talk import SqlTurns
from routing.store.troubles import NEW, OLD, READ_ONLY, UNREACHABLE
from routing.store.unit import SqlUnitOfWork
from routing.store.vitals import Vitals, not_standing_by, vitals

KNOWN_WORD, FIRST = "つなぐ", "first"


class SqlStore:
    """`ports.Store`. Safe to share between threads; `close` it before the process ends."""

    def __init__(self, engines: Engines, sealer: Sealer) -> None:
        self._engines, self._sealer = engines, sealer

    def unit(self, *, reading: bool = False) -> SqlUnitOfWork:
        """A unit of work. With `reading` it never waits for writers, and writing in it raises `StoreReadOnly`."""
        return SqlUnitOfWork(self._engines.read if reading else self._engines.write, self._sealer)

    def store_turn(self, turn: StoredTurn) -> bool:
        """Store one turn in a transaction of its own, a single round trip on PostgreSQL; False if already there."""
        with Session(self._engines.once) as session:
            added = SqlTurns(session, self._sealer).add(turn)
            session.commit()
            return added

    def rotate_keys(self) -> int:
        """Seal everything again with the first key, so that the others can be thrown away. Returns how many tokens."""
        return reseal_all(self._engines.write, self._sealer)

    def check(self) -> None:
        """Whether the database can be worked with now: reachable, of this schema, not standing by, and the key fits.

        Raises what `open_store` raises.
        """
        with Session(self._engines.read) as session:
            _check_schema(session.connection())
            not_standing_by(session)
            token = session.exec(_first_token()).first()
            self._sealer.open(token or "")

    def vitals(self, now: datetime, late_after: timedelta) -> Vitals:
        """How occurrences and turns stand, as counts."""
        with Session(self._engines.read) as session:
            return vitals(session, now, late_after)

    def close(self) -> None:
        """Close every connection."""
        self._engines.dispose()


def open_store(url: str, key: str, patience: Patience | None = None) -> SqlStore:
    """The store at `url` (`sqlite:///…`, `postgresql://…`), sealed with `key` (or several).

    Raises `KeyMissing`, `StoreTooOld` (also when there is no database yet: none is made), `StoreTooNew`,
    `StoreUnreachable`, `StoreReadOnly` and `StoreLocked`.
    """
    sealer, parsed = Sealer(key), parse(url)
    path = sqlite_path(parsed)
    if path is not None and not path.exists():
        raise StoreTooOld(OLD) if path.parent.is_dir() else StoreUnreachable(UNREACHABLE)
    engines = connect(parsed, patience or Patience())
    try:
        with Session(engines.write) as session:
            connection = session.connection()
            _check_schema(connection)
            _check_writable(connection)
            _check_key(session, sealer)
            session.commit()
    except BaseException:
        engines.dispose()
        raise
    return SqlStore(engines, sealer)


def _check_schema(connection: Connection) -> None:
    revision = revision_of(connection)
    if revision is not None and revision not in REVISIONS:
        raise StoreTooNew(NEW)
    missing = Row.metadata.tables.keys() - set(inspect(connection).get_table_names())
    if revision != REVISIONS[-1] or missing:
        raise StoreTooOld(OLD)


def _check_writable(connection: Connection) -> None:
    """SQLite has said so already: BEGIN IMMEDIATE fails on what cannot be written."""
    if connection.dialect.name == "postgresql" and connection.scalar(text("SHOW transaction_read_only")) == "on":
        raise StoreReadOnly(READ_ONLY)


def _check_key(session: Session, sealer: Sealer) -> None:
    """Open the token left by whoever opened the store first; leave one if nobody did. Raises `KeyMissing`."""
    token = session.exec(_first_token()).first()
    if token is None:
        KeyToken(session, sealer).leave()
        token = session.exec(_first_token()).one()
    sealer.open(token)


def _first_token() -> SelectOfScalar[str]:
    return select(KeyRow.token).where(col(KeyRow.name) == FIRST)


class KeyToken(Desk):
    """The token of the known word."""

    def leave(self) -> None:
        """Write it unless another process did meanwhile."""
        row = self._insert(KeyRow).values(name=FIRST, token=self._sealer.seal(KNOWN_WORD))
        self._write(row.on_conflict_do_nothing().returning(col(KeyRow.name)))
