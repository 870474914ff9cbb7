"""`tsunagu backup` and `tsunagu restore`, rehearsed as an administrator does it: a real process, two machines' folders."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from routing.store import new_key, open_store, upgrade
from tests.routing.conftest import empty_place, key, place, postgres_url
from tests.routing.store.conftest import some

__all__ = ["empty_place", "key", "place", "postgres_url", "some"]
ROOT = Path(__file__).parents[2]


def tsunagu(var: Path, *arguments: str, typed: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    kept = {n: v for n, v in os.environ.items() if n != "DATABASE_URL" and not n.startswith("TSUNAGU")}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=ROOT, env={**kept, "TSUNAGU_VAR": str(var), **settings}, input=typed, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@pytest.fixture
def old(tmp_path: Path, some: object) -> tuple[Path, str]:
    """A machine with one case in SQLite; its folder and its key."""
    var, fernet = tmp_path / "old", new_key()
    var.mkdir()
    url = f"sqlite:///{var / 'tsunagu.db'}"
    upgrade(url)
    store = open_store(url, fernet)
    with store.unit() as unit:
        unit.cases.add(some.case(), [])  # type: ignore[attr-defined]
        unit.identities.put("c-1", some.identity())  # type: ignore[attr-defined]
        unit.commit()
    store.close()
    return var, fernet


def test_a_town_moves_from_sqlite_to_another_database_and_its_names_are_readable(
    old: tuple[Path, str], empty_place: object, tmp_path: Path, some: object
) -> None:
    var, fernet = old
    file, url = str(tmp_path / "town.zip"), str(empty_place.url)  # type: ignore[attr-defined]
    made = tsunagu(var, "backup", file, TSUNAGU_KEY=fernet)
    assert (made.returncode, made.stderr) == (0, "")
    assert "案件 1" in made.stdout
    assert fernet not in made.stdout
    checked = tsunagu(tmp_path / "new", "restore", file, "--check", TSUNAGU_KEY=fernet)
    assert checked.returncode == 0, checked.stderr
    assert not (tmp_path / "new").exists()
    back = tsunagu(tmp_path / "new", "restore", file, TSUNAGU_KEY=fernet, DATABASE_URL=url)
    assert back.returncode == 0, back.stderr
    assert "より後の記録は戻っていません" in back.stdout
    store = open_store(url, fernet)
    with store.unit(reading=True) as unit:
        assert unit.identities.get("c-1") == some.identity()  # type: ignore[attr-defined]
    store.close()


@pytest.mark.parametrize("typed", ["", "はい\n"])
def test_nothing_is_replaced_without_the_word(old: tuple[Path, str], tmp_path: Path, typed: str) -> None:
    var, fernet = old
    file = str(tmp_path / "town.zip")
    assert tsunagu(var, "backup", file, TSUNAGU_KEY=fernet).returncode == 0
    refused = tsunagu(var, "restore", file, TSUNAGU_KEY=fernet)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "もう記録が" in refused.stderr
    assert "--replace" in refused.stderr
    unsaid = tsunagu(var, "restore", file, "--replace", typed=typed, TSUNAGU_KEY=fernet)
    assert unsaid.returncode == 1
    assert "何も変えませんでした" in unsaid.stderr
    done = tsunagu(var, "restore", file, "--replace", typed="置き換える\n", TSUNAGU_KEY=fernet)
    assert done.returncode == 0, done.stderr


def test_without_the_key_it_is_said_which_one_is_needed_and_none_is_made_up(
    old: tuple[Path, str], tmp_path: Path
) -> None:
    var, fernet = old
    file, new = str(tmp_path / "town.zip"), tmp_path / "new"
    assert tsunagu(var, "backup", file).returncode == 1  # the key file is not there: nothing is sealed with a new one
    made = tsunagu(var, "backup", file, TSUNAGU_KEY=fernet)
    name = made.stdout.partition("目印 ")[2][:16]
    without = tsunagu(new, "restore", file)
    assert without.returncode == 1
    assert "TSUNAGU_KEY" in without.stderr
    wrong = tsunagu(new, "restore", file, TSUNAGU_KEY=new_key())
    assert wrong.returncode == 1
    assert name in wrong.stderr
    assert not (new / "key").exists()


def test_a_backup_that_was_to_hold_the_key_needs_nothing_else(old: tuple[Path, str], tmp_path: Path) -> None:
    var, fernet = old
    file, new = str(tmp_path / "town.zip"), tmp_path / "new"
    made = tsunagu(var, "backup", file, "--with-key", TSUNAGU_KEY=fernet)
    assert "鍵が入っています" in made.stderr
    back = tsunagu(new, "restore", file)
    assert back.returncode == 0, back.stderr
    assert (new / "key").read_text().strip() == fernet
    assert (new / "key").stat().st_mode & 0o077 == 0
