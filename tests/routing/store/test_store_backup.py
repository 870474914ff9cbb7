"""A backup holds everything of one moment, goes back into either database, and never halfway."""

from __future__ import annotations

import json
import os
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from routing.errors import BackupRefused, KeyMissing, StoreTooNew, StoreTooOld
from routing.outgoing import Contact
from routing.store import SqlStore, check_backup, current, key_of, new_key, open_store, restore, upgrade, write_backup
from routing.store.engine import Patience, connect, parse
from routing.store.migrations import REVISIONS, migrate
from routing.store.rotation import SEALED
from routing.store.tables import Row
from tests.routing.conftest import Place

AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
LATER = AT + timedelta(days=1)
Opened = Callable[[str], SqlStore]


@pytest.fixture
def opened(key: str) -> Iterator[Opened]:
    """Opens stores with this test's key."""
    with ExitStack() as stores:

        def one(url: str) -> SqlStore:
            store = open_store(url, key)
            stores.callback(store.close)
            return store

        yield one


@pytest.fixture(params=["sqlite", "postgresql"])
def other_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A second place where nothing is yet."""
    import uuid
    from urllib.parse import quote

    import psycopg

    path = tmp_path / "other.db"
    if request.param == "sqlite":
        yield Place("sqlite", f"sqlite:///{path}", path)
        return
    server: str = request.getfixturevalue("postgres_url")
    schema = f"o_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE SCHEMA {schema}")
        mark = "&" if "?" in server else "?"
        yield Place("postgresql", f"{server}{mark}options={quote(f'-csearch_path={schema}')}", path)
        admin.execute(f"DROP SCHEMA {schema} CASCADE")


def fill(store: SqlStore, some: Any, cases: int = 3) -> None:
    """A little of everything."""
    with store.unit() as unit:
        for n in range(cases):
            case = some.case(id=f"c-{n}", number=unit.cases.next_number("MH", 2026))
            unit.cases.add(case, [some.event()])
            unit.identities.put(case.id, some.identity())
            unit.notes.put(case.id, "n1", "三保トメさんは夜に不安が強い")
        unit.turns.add(some.turn())
        unit.dialogues.put(some.dialogue())
        unit.versions.keep("pack", "p1", '{"name": "見本市"}', some.morning)
        unit.outbox.put(some.message())
        unit.contacts.put(Contact("post:a", "slack", "U1"), some.morning)
        unit.commit()


def save(place: Place, key: str, tmp_path: Path, name: str = "b.zip", **more: Any) -> Path:
    path = tmp_path / name
    write_backup(place.url, key, path, "mihon", AT, **more)
    return path


def test_everything_comes_back_in_either_database_and_work_goes_on(
    place: Place, other_place: Place, key: str, some: Any, tmp_path: Path, opened: Opened
) -> None:
    store = opened(place.url)
    fill(store, some)
    before = check_backup(save(place, key, tmp_path), key)
    done = restore(other_place.url, key, tmp_path / "b.zip", LATER, {})
    assert done == before
    assert (done.pack, done.schema) == ("mihon", REVISIONS[-1])
    counts = {each.name: each.rows for each in done.tables}
    assert counts.keys() == Row.metadata.tables.keys()
    assert (counts["identity"], counts["note"], counts["outbox"], counts["contact"], counts["turn"]) == (3, 3, 1, 1, 1)
    again = check_backup(save(other_place, key, tmp_path, "again.zip"), key)
    untouched = {each.name: each for each in before.tables if each.name not in ("outbox", "beat")}
    assert {each.name: each for each in again.tables if each.name in untouched} == untouched
    back = opened(other_place.url)
    with back.unit() as unit:
        assert unit.identities.get("c-0") == some.identity()
        assert unit.notes.of("c-1") == {"n1": "三保トメさんは夜に不安が強い"}
        (turn,) = unit.turns.of("web:1")
        assert turn == some.turn()
        assert unit.cases.get("c-2").opened_at == some.morning
        assert unit.cases.next_number("MH", 2026) == "MH-2026-0004"
        assert unit.turns.add(some.turn(message="m2"))  # ids go on counting after those that came back
        unit.notes.put("c-0", "n2", "新しい")
        unit.commit()


def test_a_backup_is_of_one_moment_while_others_write(
    place: Place, key: str, some: Any, tmp_path: Path, opened: Opened
) -> None:
    store, stop = opened(place.url), threading.Event()

    def work() -> None:
        n = 0
        while not stop.is_set():
            with store.unit() as unit:
                unit.cases.add(some.case(id=f"c-{n}", number=f"MH-{n}"), [some.event()])
                unit.identities.put(f"c-{n}", some.identity())
                unit.commit()
            n += 1

    writer = threading.Thread(target=work)
    writer.start()
    try:
        taken = [check_backup(save(place, key, tmp_path, f"{n}.zip"), key) for n in range(6)]
    finally:
        stop.set()
        writer.join()
    counts = [{each.name: each.rows for each in made.tables} for made in taken]
    assert all(each["case_file"] == each["case_event"] == each["identity"] for each in counts)
    assert counts[-1]["case_file"] > counts[0]["case_file"]


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_a_backup_of_an_older_schema_is_brought_up_to_date(
    empty_place: Place, other_place: Place, key: str, tmp_path: Path, opened: Opened, revision: str
) -> None:
    if empty_place.kind == "sqlite":
        upgrade(empty_place.url)
        empty_place.path.unlink()
        empty_place.path.touch()
    engines = connect(parse(empty_place.url), Patience(), foreign_keys=False)
    with engines.write.begin() as connection:
        migrate(connection, revision)
    engines.dispose()
    empty_place.sql(
        "INSERT INTO kept_version VALUES ('pack', 'p1', '{}', '2026-04-01 00:00:00+00')"
        if revision > "0001"
        else "INSERT INTO case_counter VALUES ('MH', 2026, 7)"
    )
    restore(other_place.url, key, save(empty_place, key, tmp_path), LATER, {})
    assert current(other_place.url) == REVISIONS[-1]
    with opened(other_place.url).unit() as unit:
        if revision > "0001":
            assert unit.versions.get("pack", "p1") == "{}"
        else:
            assert unit.cases.next_number("MH", 2026) == "MH-2026-0008"


def test_a_place_with_records_is_left_alone_unless_that_is_asked_for(
    place: Place, other_place: Place, key: str, some: Any, tmp_path: Path, opened: Opened
) -> None:
    fill(opened(place.url), some)
    path = save(place, key, tmp_path)
    upgrade(other_place.url)
    theirs = open_store(other_place.url, new_key())  # written with another key, too
    with theirs.unit() as unit:
        unit.turns.add(some.turn(conversation="theirs"))
        unit.commit()
    theirs.close()
    with pytest.raises(BackupRefused, match="もう記録が 1 件") as refused:
        restore(other_place.url, key, path, LATER, {})
    assert refused.value.why == "occupied"
    assert other_place.sql("SELECT conversation FROM turn") == [("theirs",)]
    restore(other_place.url, key, path, LATER, {}, replace=True)
    assert other_place.sql("SELECT conversation FROM turn") == [("web:1",)]
    opened(other_place.url).check()


def test_an_empty_place_with_tables_is_empty(
    place: Place, other_place: Place, key: str, tmp_path: Path, opened: Opened
) -> None:
    upgrade(other_place.url)
    open_store(other_place.url, new_key()).close()
    opened(place.url)
    restore(other_place.url, key, save(place, key, tmp_path), LATER, {})
    opened(other_place.url).check()


@pytest.mark.parametrize(("seconds", "refused"), [(30, True), (300, False)])
def test_nothing_is_replaced_under_a_process_that_lives(
    place: Place, key: str, some: Any, tmp_path: Path, opened: Opened, seconds: int, refused: bool
) -> None:
    store = opened(place.url)
    fill(store, some)
    with store.unit() as unit:
        unit.beats.put("host:8080", LATER - timedelta(seconds=seconds))
        unit.commit()
    path = save(place, key, tmp_path)
    store.close()
    if refused:
        with pytest.raises(BackupRefused, match="30 秒前"):
            restore(place.url, key, path, LATER, {}, replace=True)
    else:
        restore(place.url, key, path, LATER, {}, replace=True)


def test_tables_of_others_in_the_same_database_are_neither_taken_nor_touched(
    place: Place, key: str, some: Any, tmp_path: Path, opened: Opened
) -> None:
    place.sql(
        "CREATE TABLE someone_elses (photo BYTEA)"
        if place.kind == "postgresql"
        else "CREATE TABLE someone_elses (photo BLOB)"
    )
    store = opened(place.url)
    fill(store, some)
    store.close()
    path = save(place, key, tmp_path)
    assert "someone_elses" not in {each.name for each in check_backup(path, key).tables}
    restore(place.url, key, path, LATER, {}, replace=True)
    assert place.sql("SELECT count(*) FROM someone_elses") == [(0,)]


@pytest.fixture
def saved(tmp_path: Path, key: str, some: Any) -> Path:
    """A backup of a small SQLite database."""
    url = f"sqlite:///{tmp_path / 'source.db'}"
    upgrade(url)
    store = open_store(url, key)
    fill(store, some)
    store.close()
    path = tmp_path / "saved.zip"
    write_backup(url, key, path, "mihon", AT)
    return path


def rewrite(path: Path, change: Callable[[str, bytes], bytes | None]) -> None:
    """The same zip with members changed, or left out."""
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, "w") as new:
        for name, content in members.items():
            changed = change(name, content)
            if changed is not None:
                new.writestr(name, changed)


def manifest(**changes: Any) -> Callable[[str, bytes], bytes]:
    return lambda name, content: (
        json.dumps({**json.loads(content), **changes}).encode() if name == "manifest.json" else content
    )


def only(member: str, change: Callable[[bytes], bytes | None]) -> Callable[[str, bytes], bytes | None]:
    return lambda name, content: change(content) if name == member else content


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (only("tables/case_file.jsonl", lambda content: content[:-40] + b"\n"), "tables/case_file.jsonl"),
        (
            only("tables/case_file.jsonl", lambda content: content.replace(b"clerk-7", b"clerk-8")),
            "tables/case_file.jsonl",
        ),
        (only("tables/identity.jsonl", lambda content: content + content), "tables/identity.jsonl"),
        (only("tables/turn.jsonl", lambda content: b""), "tables/turn.jsonl"),
        (only("tables/turn.jsonl", lambda content: b"{}\n"), "tables/turn.jsonl"),
        (only("tables/turn.jsonl", lambda content: b"\xff\xfe\n"), "tables/turn.jsonl"),
        (only("tables/turn.jsonl", lambda content: None), "tables/turn.jsonl"),
        (only("manifest.json", lambda content: None), "KeyError"),
        (only("manifest.json", lambda content: b"["), "JSONDecodeError"),
        (only("manifest.json", lambda content: b"[]"), "manifest.json"),
        (manifest(program="other"), "manifest.json"),
        (manifest(pack="okinawa"), "manifest.json"),
        (manifest(tables=[]), "manifest.json"),
        (manifest(tables=[1]), "manifest.json"),
        (manifest(extra=1), "manifest.json"),
    ],
)
def test_a_damaged_backup_is_refused_by_name_and_nothing_is_made(
    saved: Path, key: str, tmp_path: Path, change: Any, where: str
) -> None:
    rewrite(saved, change)
    target = tmp_path / "target.db"
    with pytest.raises(BackupRefused, match="何も変えていません") as refused:
        restore(f"sqlite:///{target}", key, saved, LATER, {})
    assert refused.value.why == "damaged"
    assert where in str(refused.value)
    assert not target.exists()


@pytest.mark.parametrize("cut", [0, 10, 500, -30])
def test_a_file_that_was_cut_off_or_is_something_else_is_refused(saved: Path, key: str, cut: int) -> None:
    saved.write_bytes(saved.read_bytes()[:cut])
    with pytest.raises(BackupRefused, match="壊れているか"):
        check_backup(saved, key)


def test_every_single_flipped_byte_is_noticed_or_harmless(saved: Path, key: str) -> None:
    whole = saved.read_bytes()
    sound = check_backup(saved, key)
    for at in range(0, len(whole), max(1, len(whole) // 150)):
        saved.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        assert _checked(saved, key) in (sound, None), at  # the same: a byte that says nothing, as the date of a member


def _checked(path: Path, key: str) -> Any:
    try:
        return check_backup(path, key)
    except BackupRefused:
        return None


def test_a_missing_file_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(BackupRefused, match="FileNotFoundError"):
        check_backup(tmp_path / "nowhere.zip", key)


@pytest.mark.parametrize("change", [manifest(schema="9999"), manifest(format=2)])
def test_a_backup_of_a_newer_program_is_refused(saved: Path, key: str, change: Any) -> None:
    rewrite(saved, change)
    with pytest.raises(BackupRefused, match="新しい版") as refused:
        check_backup(saved, key)
    assert refused.value.why == "newer"


def test_a_database_of_a_newer_program_or_of_none_is_not_backed_up(
    empty_place: Place, key: str, tmp_path: Path
) -> None:
    with pytest.raises(StoreTooOld):
        save(empty_place, key, tmp_path)
    upgrade(empty_place.url)
    empty_place.sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreTooNew):
        save(empty_place, key, tmp_path)
    assert not list(tmp_path.glob("*.zip"))
    assert not list(tmp_path.glob("*.part"))


def test_a_wrong_key_is_refused_and_the_right_one_is_named_not_shown(saved: Path, key: str) -> None:
    (name,) = check_backup(saved, key).keys
    other = new_key()
    with pytest.raises(BackupRefused, match=name) as refused:
        check_backup(saved, other)
    assert refused.value.why == "key"
    assert key not in str(refused.value)
    assert other not in str(refused.value)
    assert key not in saved.read_bytes().decode("latin-1")
    with pytest.raises(KeyMissing):
        check_backup(saved, "")


def test_a_backup_from_the_middle_of_a_change_of_keys_needs_both(
    place: Place, key: str, some: Any, tmp_path: Path
) -> None:
    old = open_store(place.url, key)
    fill(old, some)
    old.close()
    fresh = new_key()
    both = open_store(place.url, f"{fresh},{key}")
    with both.unit() as unit:
        unit.cases.add(some.case(id="c-9", number="MH-9"), [])
        unit.identities.put("c-9", some.identity())  # sealed with the new key, the others with the old one
        unit.commit()
    both.close()
    path = save(place, f"{fresh},{key}", tmp_path)
    assert len(check_backup(path, f"{fresh},{key}").keys) == 2
    for one in (fresh, key):
        with pytest.raises(BackupRefused, match="この鍵では"):
            check_backup(path, one)


def test_who_lost_the_key_hears_of_it_when_the_backup_is_taken(place: Place, key: str, tmp_path: Path) -> None:
    open_store(place.url, key).close()
    with pytest.raises(KeyMissing):
        save(place, new_key(), tmp_path)
    assert not list(tmp_path.glob("*.zip"))


def test_the_key_is_in_the_file_only_when_that_was_asked_for(saved: Path, tmp_path: Path, key: str) -> None:
    assert key_of(saved) == ""
    url = f"sqlite:///{tmp_path / 'source.db'}"
    write_backup(url, key, tmp_path / "with.zip", "mihon", AT, with_key=True)
    assert key_of(tmp_path / "with.zip") == key


def test_a_backup_never_overwrites_and_is_its_owners_alone(saved: Path, tmp_path: Path, key: str) -> None:
    before = saved.read_bytes()
    with pytest.raises(BackupRefused, match="もうあります"):
        write_backup(f"sqlite:///{tmp_path / 'source.db'}", key, saved, "mihon", AT)
    assert saved.read_bytes() == before
    assert saved.stat().st_mode & 0o077 == 0
    with pytest.raises(BackupRefused, match="書けません"):
        write_backup(f"sqlite:///{tmp_path / 'source.db'}", key, tmp_path / "no" / "b.zip", "mihon", AT)


def test_a_full_disk_leaves_no_half_backup(tmp_path: Path, key: str) -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    url = f"sqlite:///{tmp_path / 'source.db'}"
    upgrade(url)
    open_store(url, key).close()
    (tmp_path / ".b.zip.part").symlink_to("/dev/full")
    with pytest.raises(BackupRefused, match="書けません"):
        write_backup(url, key, tmp_path / "b.zip", "mihon", AT)
    assert not (tmp_path / "b.zip").exists()


def test_every_sealed_column_is_opened_by_the_check() -> None:
    known = {(table.class_.__tablename__, token.key) for table, token in SEALED}
    named = {
        (t.name, c.name)
        for t in Row.metadata.tables.values()
        for c in t.columns
        if c.name in ("raw", "secret", "sealed", "token")
    }
    assert known == named


def test_a_returning_household_is_still_found(
    place: Place, other_place: Place, key: str, some: Any, tmp_path: Path, opened: Opened
) -> None:
    store = opened(place.url)
    fill(store, some, cases=1)
    with store.unit() as unit:
        unit.households.put("c-0", ["三保トメ|1940-04-01"])
        unit.commit()
    restore(other_place.url, key, save(place, key, tmp_path), LATER, {})
    with opened(other_place.url).unit() as unit:
        assert unit.households.find(["三保トメ|1940-04-01"]) == ["c-0"]
