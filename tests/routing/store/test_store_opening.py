"""A database that is not fit is named by a typed error that says what to do; the schema and its history agree."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from routing.errors import StoreError, StoreLocked, StoreReadOnly, StoreTooNew, StoreTooOld, StoreUnreachable
from routing.store import Patience, current, engine, migrations, new_key, open_store, upgrade
from routing.store.tables import Row


def opens(url: str, patience: Patience | None = None) -> None:
    open_store(url, new_key(), patience).close()


def fault(kind: type[StoreError], url: str, patience: Patience | None = None) -> str:
    """The message of the error that opening raises."""
    with pytest.raises(kind) as caught:
        opens(url, patience)
    assert caught.type is kind
    return str(caught.value)


def differences(url: str) -> list[Any]:
    plain = create_engine(engine.parse(url))
    try:
        with plain.connect() as connection:
            return list(compare_metadata(MigrationContext.configure(connection), Row.metadata))
    finally:
        plain.dispose()


def test_the_tables_and_the_migrations_agree(place: Any) -> None:
    assert differences(place.url) == []


def test_a_table_or_a_column_that_only_one_of_them_knows_would_be_noticed(place: Any) -> None:
    place.sql("ALTER TABLE turn ADD COLUMN forgotten TEXT")
    place.sql("DROP INDEX ix_dialogue_resume_hash")
    assert {difference[0] for difference in differences(place.url)} == {"remove_column", "add_index"}


def test_the_known_revisions_are_those_of_the_scripts() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations.HERE))
    history = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert history[::-1] == list(migrations.REVISIONS)


def test_an_upgrade_can_be_repeated_and_loses_nothing(empty_place: Any, key: str, some: Any) -> None:
    assert current(empty_place.url) is None
    assert upgrade(empty_place.url) == current(empty_place.url) == migrations.REVISIONS[-1]
    store = open_store(empty_place.url, key)
    store.store_turn(some.turn())
    assert upgrade(empty_place.url) == migrations.REVISIONS[-1]
    with store.unit(reading=True) as unit:
        assert unit.turns.of("web:1") == [some.turn()]
    store.close()


def test_a_database_that_does_not_exist_yet_waits_for_the_upgrade_and_is_not_made(empty_place: Any) -> None:
    assert "tsunagu db upgrade" in fault(StoreTooOld, empty_place.url)
    assert not empty_place.path.exists()


def test_a_database_of_an_older_version_waits_for_the_upgrade(place: Any) -> None:
    place.sql("DELETE FROM alembic_version")
    assert "tsunagu db upgrade" in fault(StoreTooOld, place.url)


def test_a_database_without_all_its_tables_is_refused(place: Any) -> None:
    place.sql("DROP TABLE identity")
    assert "tsunagu db upgrade" in fault(StoreTooOld, place.url)


def test_a_database_of_a_newer_version_is_neither_opened_nor_upgraded(place: Any) -> None:
    place.sql("UPDATE alembic_version SET version_num = '9999'")
    assert "新しい版" in fault(StoreTooNew, place.url)
    with pytest.raises(StoreTooNew):
        upgrade(place.url)
    assert current(place.url) == "9999"


@pytest.mark.parametrize(
    "url", ["", "nonsense", "mysql://u:secret@h/d", "sqlite://", "sqlite:///:memory:", "sqlite:///"]
)
def test_an_address_that_is_no_database_of_ours_is_refused_without_repeating_it(url: str) -> None:
    message = fault(StoreUnreachable, url)
    assert "sqlite:///" in message
    assert "secret" not in message


def test_a_folder_that_is_missing_or_in_the_place_of_the_file_is_said_so(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}", f"sqlite:///{tmp_path}/no/such.db"):
        assert str(tmp_path) not in fault(StoreUnreachable, url)
        with pytest.raises(StoreUnreachable):
            upgrade(url)


def test_a_file_that_is_no_database_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"this is a spreadsheet, not a database" * 100)
    assert "バックアップ" in fault(StoreUnreachable, f"sqlite:///{path}")


def test_a_server_that_does_not_answer_is_said_so_without_its_password() -> None:
    message = fault(StoreUnreachable, "postgresql+psycopg://tsunagu:secret@127.0.0.1:1/tsunagu")
    assert "つながりません" in message
    assert "secret" not in message


def test_a_database_that_cannot_be_written_is_refused(place: Any) -> None:
    if place.kind == "sqlite":
        url = f"sqlite:///file:{place.path}?mode=ro&uri=true"
    else:
        url = place.url + "%20-cdefault_transaction_read_only%3Don"
    assert "書き込めません" in fault(StoreReadOnly, url)


def test_a_plain_sqlite_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE other (a)")
    assert "書き込めません" in fault(StoreReadOnly, f"sqlite:///file:{path}?mode=ro&uri=true")


def test_a_database_that_another_process_holds_is_said_so(place: Any, store: Any, key: str, some: Any) -> None:
    impatient = open_store(place.url, key, some.short)
    with closing(place.connect()) as other:
        other.execute("BEGIN EXCLUSIVE" if place.kind == "sqlite" else "BEGIN")
        if place.kind == "postgresql":
            other.execute("LOCK TABLE turn, store_key IN ACCESS EXCLUSIVE MODE")
        assert "少し待って" in fault(StoreLocked, place.url, some.short)
        with pytest.raises(StoreLocked), impatient.unit() as unit:
            unit.turns.add(some.turn())
        other.execute("ROLLBACK")
    assert impatient.store_turn(some.turn())
    impatient.close()


def test_a_writer_who_waits_too_long_for_another_writer_of_the_process_is_told(place: Any, key: str, some: Any) -> None:
    impatient = open_store(place.url, key, some.short)
    with impatient.unit() as first:
        first.turns.add(some.turn())
        with pytest.raises(StoreLocked), impatient.unit() as second:
            second.turns.add(some.turn())
        first.commit()
    impatient.close()


@pytest.mark.parametrize("empty_place", ["postgresql"], indirect=True)
def test_after_the_server_cut_the_connections_only_one_unit_fails(place: Any, store: Any, some: Any) -> None:
    cut(place, store)
    with pytest.raises(StoreUnreachable), store.unit() as unit:
        unit.turns.add(some.turn())
    assert store.store_turn(some.turn())


@pytest.mark.parametrize("empty_place", ["postgresql"], indirect=True)
def test_a_connection_that_lay_idle_is_tried_before_it_is_used(
    place: Any, store: Any, some: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "IDLE_SECONDS", -1.0)
    cut(place, store)
    assert store.store_turn(some.turn())


def cut(place: Any, store: Any) -> None:
    with store.unit() as unit:
        unit.turns.of("web:1")
    mine = "application_name = 'tsunagu' AND pid <> pg_backend_pid()"
    place.sql(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {mine}")


def test_no_error_of_the_database_repeats_sql_or_what_was_written(place: Any, store: Any, some: Any) -> None:
    place.sql("DROP TABLE turn")
    with store.unit() as unit, pytest.raises(StoreTooOld) as caught:
        unit.turns.add(some.turn(raw="三保トメ", masked="母（80代）"))
    shown = f"{caught.value!r} {caught.value.__cause__!r}"
    assert "INSERT" not in shown.upper()
    assert "三保" not in shown
    assert "80代" not in shown


def test_a_log_of_all_statements_does_not_show_what_was_written(
    place: Any, key: str, some: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "sqlalchemy")
    store = open_store(place.url, key)
    store.store_turn(some.turn(masked="母（80代）"))
    store.close()
    assert "INSERT INTO turn" in caplog.text
    assert "80代" not in caplog.text
