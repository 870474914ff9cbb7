"""Names and what people typed are unreadable without the key, and keys can be changed."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from routing.errors import KeyMissing
from routing.store import load_or_create_key, new_key, open_store
from routing.store.rotation import BATCH

NAME = "三保トメ"


def fill(store: Any, some: Any) -> None:
    """One of everything, holding the name wherever a name may be."""
    with store.unit() as unit:
        unit.turns.add(some.turn(raw=f"{NAME}さんが心配"))
        unit.dialogues.put(some.dialogue(secret=f"{NAME}さんが心配"))
        unit.cases.add(some.case(), [some.event()])
        unit.identities.put("c-1", some.identity(items={"name@1": NAME}, raw_text=f"{NAME}さんが心配"))
        unit.outbox.put(some.message())
        unit.commit()


def read_all(store: Any) -> list[str]:
    with store.unit(reading=True) as unit:
        turn, dialogue = unit.turns.of("web:1")[0], unit.dialogues.get("web:1")
        return [turn.raw, dialogue.secret, unit.identities.get("c-1").raw_text]


def test_no_name_is_readable_in_the_files_of_the_database(store: Any, place: Any, some: Any) -> None:
    fill(store, some)
    if place.kind == "postgresql":
        tables = [name for (name,) in place.sql("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")]
        rows = "".join(text for table in tables for (text,) in place.sql(f"SELECT t::text FROM {table} t"))
        assert "web:1" in rows
        assert NAME not in rows
        return
    files = {path.suffix: path.read_bytes() for path in place.path.parent.iterdir()}
    assert b"web:1" in files[".db-wal"]
    for content in files.values():
        assert not any(NAME.encode(code) in content for code in ("utf-8", "utf-16-le", "utf-16-be", "shift-jis"))
        assert NAME.encode("unicode_escape") not in content


@pytest.mark.parametrize("empty_place", ["sqlite"], indirect=True)
def test_the_sqlite_files_are_readable_by_their_owner_only(store: Any, place: Any) -> None:
    assert {stat.S_IMODE(path.stat().st_mode) for path in place.path.parent.iterdir()} == {0o600}


@pytest.mark.parametrize("bad", ["", " , ", "abc", "鍵", f"{'A' * 43}=,abc"])
def test_a_malformed_key_is_refused_before_the_database_is_touched(bad: str) -> None:
    with pytest.raises(KeyMissing, match="TSUNAGU_KEY"):
        open_store("sqlite:////nowhere/at/all.db", bad)


def test_a_wrong_key_is_refused_when_the_store_is_opened(store: Any, place: Any) -> None:
    with pytest.raises(KeyMissing, match="TSUNAGU_KEY"):
        open_store(place.url, new_key())


def test_what_was_sealed_with_another_key_is_refused_when_it_is_read(store: Any, place: Any, some: Any) -> None:
    fill(store, some)
    place.sql("UPDATE identity SET sealed = 'gAAAAAB'")
    with store.unit() as unit, pytest.raises(KeyMissing) as caught:
        unit.identities.get("c-1")
    assert NAME not in str(caught.value)


def test_a_new_key_in_front_opens_what_the_old_one_sealed(store: Any, place: Any, key: str, some: Any) -> None:
    fill(store, some)
    new = new_key()
    both = open_store(place.url, f"{new}, {key}")
    assert read_all(both) == [f"{NAME}さんが心配"] * 3
    both.close()
    with pytest.raises(KeyMissing):
        open_store(place.url, new)


def test_after_rotation_the_old_key_can_be_thrown_away(store: Any, place: Any, key: str, some: Any) -> None:
    fill(store, some)
    with store.unit() as unit:
        for n in range(BATCH + 1):
            unit.turns.add(some.turn(message=f"more-{n}"))
        unit.commit()
    new = new_key()
    both = open_store(place.url, f"{new},{key}")
    assert both.rotate_keys() == 1 + BATCH + 1 + 1 + 1 + 1
    both.close()
    only_new = open_store(place.url, new)
    assert read_all(only_new) == [f"{NAME}さんが心配"] * 3
    with only_new.unit() as unit:
        assert len(unit.turns.of("web:1")) == BATCH + 2
    only_new.close()
    with pytest.raises(KeyMissing):
        open_store(place.url, key)


def test_the_key_file_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "var" / "key"
    key, created = load_or_create_key(path)
    assert created
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create_key(path) == (key, False)
    assert [each.name for each in path.parent.iterdir()] == ["key"]


def test_processes_that_start_together_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: load_or_create_key(tmp_path / "key"), range(8)))
    assert len({key for key, _ in made}) == 1
    assert [created for _, created in made].count(True) == 1


@pytest.mark.parametrize("content", [b"", b"abc\n", "鍵".encode()])
def test_a_broken_key_file_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(KeyMissing):
        load_or_create_key(path)
    assert path.read_bytes() == content


def test_a_key_file_out_of_reach_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for path in (tmp_path, tmp_path / "file" / "key"):
        with pytest.raises(KeyMissing, match="ファイル"):
            load_or_create_key(path)
