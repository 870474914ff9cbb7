"""The file of a backup: a zip with one member per table, a row per line, and a manifest that tells what must be in it.

The same file for SQLite and PostgreSQL. The manifest carries counts and hashes and is sealed with the key, so that neither
damage nor a changed hand-over gets past it. Knows files; refuses to know databases.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from routing.errors import BackupRefused
from routing.store.secrets import Sealer

FORMAT = 1
MANIFEST, KEY = "manifest.json", "key"
_PROGRAM = "tsunagu"
_LONGEST_LINE = 64 * 1024 * 1024
DAMAGED = (
    "控え {path} は壊れているか、つなぐの控えではありません（{where}）。何も変えていません。"
    "別の日の控えで試すか、控えを取った場所からもう一度写してください。"
)
NEWER = (
    "控え {path} は、このプログラムより新しい版のつなぐで取られています（{what}）。何も変えていません。"
    "プログラムを新しい版にしてから、もう一度実行してください。"
)
WRONG_KEY = (
    "この鍵では、控え {path} の氏名などを開けません。何も変えていません。"
    "控えを取ったときの鍵（目印 {names}）を設定 TSUNAGU_KEY に入れてください。今の鍵の目印は {mine} です。"
)
EXISTS = "{path} はもうあります。上書きはしません。別の名前にするか、古い控えを移してから実行してください。"
UNWRITABLE = "控えを {path} に書けません（{kind}）。置き場所の空きと、書き込みの権限を確かめてください。途中の控えは残していません。"
Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class Member:
    """A table: its columns in order, how many rows, and the SHA-256 of its lines."""

    name: str
    columns: tuple[str, ...]
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is. `keys` are the fingerprints of the keys it was read with; `seal` is empty until it is sealed."""

    schema: str
    pack: str
    database: str
    created_at: str
    keys: tuple[str, ...]
    tables: tuple[Member, ...] = ()
    format: int = FORMAT
    program: str = _PROGRAM
    seal: str = ""

    @property
    def text(self) -> str:
        """What the seal covers."""
        return json.dumps(asdict(replace(self, seal="")), ensure_ascii=False, sort_keys=True)

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(member.rows for member in self.tables)


class Writer:
    """Writes a backup beside its place and puts it there when it is whole. Raises `BackupRefused`."""

    def __init__(self, path: Path) -> None:
        self._path, self._part = path, path.with_name(f".{path.name}.part")
        if path.exists():
            raise BackupRefused("exists", EXISTS.format(path=path))

    def __enter__(self) -> Self:
        try:
            handle = os.open(self._part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        except OSError as error:
            raise self._unwritable(error) from None
        self._file = os.fdopen(handle, "wb")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            for half_written in (self._zip, self._file):
                with suppress(OSError, ValueError):
                    half_written.close()
            self._part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise self._unwritable(error) from None

    def _unwritable(self, error: OSError) -> BackupRefused:
        return BackupRefused("unwritable", UNWRITABLE.format(path=self._path, kind=type(error).__name__))

    def table(self, name: str, columns: Iterable[str], rows: Iterable[Row]) -> Member:
        """Write a table as it comes."""
        digest, count = hashlib.sha256(), 0
        with self._zip.open(_place(name), "w", force_zip64=True) as out:
            for row in rows:
                line = json.dumps([plain(value) for value in row], ensure_ascii=False, separators=(",", ":"))
                content = line.encode() + b"\n"
                digest.update(content)
                out.write(content)
                count += 1
        return Member(name, tuple(columns), count, digest.hexdigest())

    def finish(self, manifest: Manifest, sealer: Sealer, key: str = "") -> Manifest:
        """Seal the manifest and put the file in its place. `key`: written into the file as well, because it was asked for."""
        sealed = replace(manifest, seal=sealer.digest(manifest.text))
        self._zip.writestr(MANIFEST, json.dumps(asdict(sealed), ensure_ascii=False, indent=1))
        if key:
            self._zip.writestr(KEY, key)
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        os.replace(self._part, self._path)
        return sealed


def plain(value: object) -> object:
    """A value of a row as JSON can hold it. Raises `TypeError` for a kind of value that no table has had so far."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise TypeError(f"a backup cannot hold a {type(value).__name__}")


class Archive:
    """A backup that is read. Raises `BackupRefused` (damaged, newer, key) wherever something is not as it must be."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._zip = zipfile.ZipFile(path)
            content = json.loads(self._zip.read(MANIFEST))
        except (OSError, KeyError, ValueError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
            raise self._damaged(type(error).__name__) from None
        if not isinstance(content, dict) or content.get("program") != _PROGRAM:
            raise self._damaged(MANIFEST)
        if content.get("format") != FORMAT:
            raise self.newer(f"形式 {content.get('format')}")
        try:
            tables = tuple(Member(**{**each, "columns": tuple(each["columns"])}) for each in content.pop("tables"))
            self.manifest = Manifest(**{**content, "keys": tuple(content["keys"])}, tables=tables)
        except (TypeError, KeyError):
            raise self._damaged(MANIFEST) from None

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def newer(self, what: str) -> BackupRefused:
        """That a newer program is needed."""
        return BackupRefused("newer", NEWER.format(path=self._path, what=what))

    def _damaged(self, where: str) -> BackupRefused:
        return BackupRefused("damaged", DAMAGED.format(path=self._path, where=where))

    def key(self) -> str:
        """The key in the file, empty when there is none."""
        return self._zip.read(KEY).decode("ascii", "replace").strip() if KEY in self._zip.namelist() else ""

    def verify(self, sealer: Sealer, sealed: Iterable[tuple[str, str]]) -> None:
        """Every member is whole, the manifest is the one that was written, and the keys open every token.

        `sealed`: (table, column) pairs that hold tokens.
        """
        if self.manifest.seal not in sealer.digests(self.manifest.text):
            if set(self.manifest.keys[:1]) & set(sealer.fingerprints()):  # the key that it was sealed with is there
                raise self._damaged(MANIFEST)
            raise self._wrong_key(sealer)
        tokens = set(sealed)
        for member in self.manifest.tables:
            at = [n for n, column in enumerate(member.columns) if (member.name, column) in tokens]
            for row in self.rows(member):
                for n in at:
                    if not sealer.opens(str(row[n])):
                        raise self._wrong_key(sealer)

    def _wrong_key(self, sealer: Sealer) -> BackupRefused:
        names, mine = "、".join(self.manifest.keys), "、".join(sealer.fingerprints())
        return BackupRefused("key", WRONG_KEY.format(path=self._path, names=names, mine=mine))

    def rows(self, member: Member) -> Iterator[list[object]]:
        """The rows of a table; at the end it is known whether all of them were as written."""
        digest, count = hashlib.sha256(), 0
        try:
            with self._zip.open(_place(member.name)) as lines:
                for line in _lines(lines):
                    digest.update(line)
                    count += 1
                    row = json.loads(line)
                    if not isinstance(row, list) or len(row) != len(member.columns):
                        raise self._damaged(_place(member.name))
                    yield row
        except (OSError, KeyError, ValueError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
            raise self._damaged(_place(member.name)) from None
        if (count, digest.hexdigest()) != (member.rows, member.sha256):
            raise self._damaged(_place(member.name))


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    while line := file.readline(_LONGEST_LINE):
        yield line


def _place(table: str) -> str:
    return f"tables/{table}.jsonl"
