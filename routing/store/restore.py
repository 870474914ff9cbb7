"""Putting a backup back, all or nothing, on either database, and seeing to it that nothing is sent twice because of it.

What was being sent, or was due, when the backup was taken may have got out since: it becomes doubtful, so that the surface is
asked first. The moment of the restore is kept among the signs of life: what is due by then is asked about as well, also when
it only comes to be known again (see `OutboxMarks.route`). Messages that tell of a day that is over are dropped, and what they
told is due anew. Refuses to know which messages those are: the caller says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Column, Connection, Table, delete, func, insert, inspect, or_, select, text, update
from sqlmodel import col

from routing.errors import BackupRefused
from routing.outgoing import FINAL, RESTORED, Outcome, State
from routing.store.archive import Archive, Manifest, Member
from routing.store.backup import tables_of
from routing.store.engine import Patience, connect, parse, sqlite_path
from routing.store.migrations import REVISIONS, alone, make_private, migrate
from routing.store.outgoing_tables import AttemptRow, BeatRow, OutboxRow
from routing.store.rotation import SEALED
from routing.store.secrets import Sealer
from routing.store.tables import KeyRow

OCCUPIED = (
    "戻し先のデータベースには、もう記録が {rows} 件あります。何も変えていません。"
    "空のデータベースに戻すか、今の控えを取ってから --replace を付けて実行してください。"
)
RUNNING = (
    "戻し先のデータベースを使っているつなぐが動いています（{seconds} 秒前に合図がありました）。何も変えていません。"
    "すべて止めて {wait} 秒待ってから、もう一度実行してください。"
)
_AT_ONCE = 500
_ALIVE = timedelta(minutes=2)
_OPEN = [state.value for state in State if state not in FINAL]
WHY = "restored"
_TECHNICAL = "alembic_version"


def check_backup(path: Path, key: str) -> Manifest:
    """Read a backup from beginning to end and open every token. Raises `BackupRefused` and `KeyMissing`."""
    archive, sealer = Archive(path), Sealer(key)
    try:
        if archive.manifest.schema not in REVISIONS:
            raise archive.newer(f"データベースの版 {archive.manifest.schema}")
        archive.verify(sealer, [(table.class_.__tablename__, token.key) for table, token in SEALED])
        return archive.manifest
    finally:
        archive.close()


def key_of(path: Path) -> str:
    """The key that lies in a backup because it was asked for; empty when there is none. Raises `BackupRefused`."""
    archive = Archive(path)
    try:
        return archive.key()
    finally:
        archive.close()


def restore(
    url: str,
    key: str,
    path: Path,
    at: datetime,
    stale: Mapping[str, datetime],
    *,
    replace: bool = False,
    patience: Patience | None = None,
) -> Manifest:
    """Put the backup into the database at `url`, which is empty (or `replace`), and bring it to the present schema.

    `stale`: for kinds of messages, from when on they must have been due to be worth sending still. Raises `BackupRefused`
    and the `StoreError`s; then the database is as it was.
    """
    manifest = check_backup(path, key)
    parsed = parse(url)
    file = sqlite_path(parsed)
    new = file is not None and not file.exists()
    make_private(file)
    engines = connect(parsed, patience or Patience(), foreign_keys=False)
    archive = Archive(path)
    try:
        with engines.write.begin() as connection:
            alone(connection)
            _make_room(connection, at, replace)
            migrate(connection, manifest.schema)
            _load(connection, archive)
            migrate(connection)
            _settle(connection, at, stale)
    except BaseException:
        if new and file is not None:
            engines.dispose()
            file.unlink(missing_ok=True)
        raise
    finally:
        archive.close()
        engines.dispose()
    return manifest


def _make_room(connection: Connection, at: datetime, replace: bool) -> None:
    """Drop our tables when nothing is in them, or when that was asked for and nobody is at work on them."""
    tables = tables_of(connection)
    known = [table for table in tables if table.name != KeyRow.__tablename__]
    rows = sum(connection.scalar(select(func.count()).select_from(table)) or 0 for table in known)
    if rows and not replace:
        raise BackupRefused("occupied", OCCUPIED.format(rows=rows))
    if BeatRow.__tablename__ in {table.name for table in tables}:
        last = connection.scalar(select(func.max(col(BeatRow.at))).where(col(BeatRow.name) != RESTORED))
        if last is not None and abs(at - last) < _ALIVE:
            seconds, wait = round(abs(at - last).total_seconds()), round(_ALIVE.total_seconds())
            raise BackupRefused("running", RUNNING.format(seconds=seconds, wait=wait))
    for table in reversed(tables):
        table.drop(connection)
    if inspect(connection).has_table(_TECHNICAL):
        connection.execute(text(f"DROP TABLE {_TECHNICAL}"))


def _load(connection: Connection, archive: Archive) -> None:
    """Empty tables of the backup's own schema → its rows. What a migration put there is what the backup holds, too."""
    members = {member.name: member for member in archive.manifest.tables}
    tables = [table for table in tables_of(connection) if table.name in members]
    for table in reversed(tables):
        connection.execute(delete(table))
    for table in tables:
        member = members[table.name]
        for rows in _batches(archive, member, table):
            connection.execute(insert(table), rows)
        _count_on(connection, table)


def _batches(archive: Archive, member: Member, table: Table) -> Iterator[list[dict[str, object]]]:
    columns = [table.columns[name] for name in member.columns]
    batch: list[dict[str, object]] = []
    for row in archive.rows(member):
        batch.append({column.name: _value(column, value) for column, value in zip(columns, row, strict=True)})
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _value(column: Column[object], value: object) -> object:
    """A value of the file as the column takes it."""
    kind = column.type.python_type
    if isinstance(value, str) and kind is datetime:
        return datetime.fromisoformat(value)
    if isinstance(value, str) and kind is date:
        return date.fromisoformat(value)
    return bool(value) if kind is bool and value is not None else value


def _count_on(connection: Connection, table: Table) -> None:
    """PostgreSQL counts ids by a sequence, which has to go on after the greatest one that was loaded."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.primary_key.columns:
        sequence = connection.scalar(
            text("SELECT pg_get_serial_sequence(quote_ident(:name), :part)"), {"name": table.name, "part": column.name}
        )
        last = connection.scalar(select(func.max(column))) if sequence else None
        if last is not None:
            connection.execute(text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last})


def _settle(connection: Connection, at: datetime, stale: Mapping[str, datetime]) -> None:
    """Nothing is being sent any more, by nobody; what may have got out is to be asked about; what tells of the past is over."""
    for kind, since in stale.items():
        _drop(connection, at, kind, since)
    placed, state = col(OutboxRow.address) != "", col(OutboxRow.state)
    tried = or_(state == State.SENDING.value, (state == State.WAITING.value) & placed)
    mine = (state.in_(_OPEN), or_(state == State.SENDING.value, col(OutboxRow.not_before) <= at), tried)
    doubtful = {"state": State.UNKNOWN.value, "leased_until": None, "not_before": at}
    connection.execute(update(OutboxRow).where(*mine).values(doubtful))
    connection.execute(delete(BeatRow))
    connection.execute(insert(BeatRow).values(name=RESTORED, at=at))


def _drop(connection: Connection, at: datetime, kind: str, since: datetime) -> None:
    old = (col(OutboxRow.state).in_(_OPEN), col(OutboxRow.kind) == kind, col(OutboxRow.not_before) < since)
    found = select(col(OutboxRow.key), col(OutboxRow.attempts), col(OutboxRow.recipient)).where(*old)
    rows = connection.execute(found).all()
    over = {"state": State.OBSOLETE.value, "leased_until": None, "final_at": at}
    connection.execute(update(OutboxRow).where(*old).values(over))
    told = {"at": at, "outcome": Outcome.OBSOLETE.value, "why": WHY, "by": ""}
    record = [{**told, "key": key, "number": number, "target": target} for key, number, target in rows]
    if record:
        connection.execute(insert(AttemptRow), record)
