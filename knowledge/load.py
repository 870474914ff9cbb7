"""Pack folder → `Catalogue`, or one `PackError` that holds every problem by file and row.

Knows the file layout of a pack, its encodings, and how a town's pack is laid over the national one.
Refuses to know what makes a record right across files (check.py) and what the records are used for.
"""

from __future__ import annotations

import csv
import hashlib
import io
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from knowledge import catalogue as c
from knowledge.check import Row, Table, cross_check
from knowledge.errors import PackError, Problem
from knowledge.reading.patterns import PatternError, with_groups

PACKS = Path(__file__).parent / "packs"

CSV_TABLES: dict[str, type[c.Record]] = {
    "sources": c.Source,
    "fields": c.Field,
    "issues": c.Issue,
    "expressions": c.Expression,
    "signals": c.Expression,
    "word_groups": c.WordGroup,
    "relations": c.Relation,
    "scope_cues": c.ScopeCue,
    "agency_kinds": c.AgencyKind,
    "agencies": c.Agency,
    "coordinators": c.Coordinator,
    "areas": c.Area,
    "neighborhoods": c.Neighborhood,
    "resources": c.Resource,
}
TOML_TABLES: dict[str, tuple[str, type[c.Record]]] = {
    "duties": ("duty", c.Duty),
    "meeting_kinds": ("kind", c.MeetingKind),
    "meetings": ("meeting", c.MeetingBody),
}
KEYS = {
    c.WordGroup: "name",
    c.Relation: "relation",
    c.Field: "code",
    c.Issue: "code",
    c.AgencyKind: "code",
    c.MeetingKind: "code",
}


@dataclass(slots=True)
class _Reader:
    """Collects rows and problems over all files of all folders of one pack."""

    problems: list[Problem] = field(default_factory=list)
    digest: Any = field(default_factory=hashlib.sha256)

    def text(self, path: Path, shown: str) -> str | None:
        try:
            data = path.read_bytes()
        except OSError as error:
            self.problems.append(Problem(shown, 0, f"読めません（{error.strerror or type(error).__name__}）"))
            return None
        self.digest.update(shown.encode() + b"\0" + data + b"\0")
        try:
            return data.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            self.problems.append(
                Problem(shown, line, "UTF-8 で保存されていません", "「CSV UTF-8」で保存し直してください")
            )
            return None

    def record(self, model: type[c.Record], values: Mapping[str, Any], shown: str, row: int) -> c.Record | None:
        try:
            return model.model_validate(values)
        except ValidationError as error:
            for item in error.errors():
                where = ".".join(str(part) for part in item["loc"])
                context = item.get("ctx") or {}
                allowed = str(context.get("expected") or context.get("pattern") or "")
                self.problems.append(Problem(shown, row, f"{where}: {_message(item['type'], item['msg'])}", allowed))
            return None

    def csv_rows(self, path: Path, shown: str, model: type[c.Record]) -> Iterator[Row]:
        text = self.text(path, shown)
        if text is None:
            return
        names = {info.title: name for name, info in model.model_fields.items() if info.title}
        reader = csv.reader(io.StringIO(text), strict=True)
        try:
            header = [names.get(cell.strip(), cell.strip()) for cell in next(reader, [])]
        except csv.Error as error:
            self.problems.append(Problem(shown, 1, f"CSV として読めません（{error}）"))
            return
        if not self._header_is_good(header, shown, model):
            return
        try:
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                row = reader.line_num
                if len(cells) != len(header):
                    self.problems.append(Problem(shown, row, f"列の数が {len(cells)} です", f"{len(header)} 列"))
                    continue
                values = {name: cell for name, cell in zip(header, cells, strict=True) if cell.strip()}
                record = self.record(model, values, shown, row)
                if record is not None:
                    yield Row(shown, row, record)
        except csv.Error as error:
            self.problems.append(Problem(shown, reader.line_num, f"CSV として読めません（{error}）"))

    def _header_is_good(self, header: list[str], shown: str, model: type[c.Record]) -> bool:
        required = [name for name, info in model.model_fields.items() if info.is_required()]
        missing = [name for name in required if name not in header]
        unknown = [name for name in header if name not in model.model_fields]
        allowed = "; ".join(model.model_fields)
        self.problems += [Problem(shown, 1, f"列「{name}」がありません", allowed) for name in missing]
        self.problems += [Problem(shown, 1, f"知らない列「{name}」があります", allowed) for name in unknown]
        doubled = sorted({name for name in header if header.count(name) > 1})
        self.problems += [Problem(shown, 1, f"列「{name}」が二つあります") for name in doubled]
        return not (missing or unknown or doubled)

    def toml(self, path: Path, shown: str) -> dict[str, Any]:
        text = self.text(path, shown)
        if text is None:
            return {}
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            self.problems.append(Problem(shown, 0, f"TOML として読めません（{error}）"))
            return {}


def _message(kind: str, message: str) -> str:
    known = {
        "missing": "値がありません",
        "extra_forbidden": "知らない項目です",
        "string_too_short": "空です",
        "string_pattern_mismatch": "書き方が違います",
        "too_short": "一つ以上必要です",
        "date_from_datetime_parsing": "日付として読めません（例: 2026-04-01）",
        "date_parsing": "日付として読めません（例: 2026-04-01）",
        "int_parsing": "整数ではありません",
        "bool_parsing": "true か false を入れてください",
        "enum": "使えない値です",
    }
    return known.get(kind, message)


def pack_names(root: Path = PACKS) -> tuple[str, ...]:
    """The ids of all packs that lie under `root`."""
    return tuple(sorted(path.parent.name for path in root.glob("*/pack.toml")))


def _folders(pack: str, root: Path, reader: _Reader) -> tuple[list[Path], list[c.PackInfo]]:
    """The pack's folder and all it stands on, every base before what is laid over it."""
    order: list[tuple[Path, c.PackInfo]] = []
    seen: set[str] = set()

    def visit(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        path = root / name / "pack.toml"
        if not path.is_file():
            reader.problems.append(Problem(f"{name}/pack.toml", 0, "パックがありません", "; ".join(pack_names(root))))
            return
        info = reader.record(c.PackInfo, reader.toml(path, f"{name}/pack.toml"), f"{name}/pack.toml", 0)
        if isinstance(info, c.PackInfo):
            for part in (info.base, *info.also):
                if part:
                    visit(part)
            order.append((path.parent, info))

    visit(pack)
    return [folder for folder, _ in order], [info for _, info in order]


def _read_folder(folder: Path, reader: _Reader, table: Table) -> None:
    for name, model in CSV_TABLES.items():
        for path in sorted(folder.glob(f"{name}.csv")) + sorted(folder.glob(f"{name}/*.csv")):
            shown = f"{folder.name}/{path.relative_to(folder)}"
            table.setdefault(name, []).extend(reader.csv_rows(path, shown, model))
    for name, (key, toml_model) in TOML_TABLES.items():
        path = folder / f"{name}.toml"
        if not path.is_file():
            continue
        shown = f"{folder.name}/{path.name}"
        content = reader.toml(path, shown)
        for number, values in enumerate(content.get(key, ()), start=1):
            record = reader.record(toml_model, values, shown, number)
            if record is not None:
                table.setdefault(name, []).append(Row(shown, number, record))
    path = folder / "intake_form.toml"
    if path.is_file():
        shown = f"{folder.name}/{path.name}"
        record = reader.record(c.IntakeForm, reader.toml(path, shown), shown, 0)
        if record is not None:
            table["form"] = [Row(shown, 0, record)]


def _keyed(rows: list[Row], problems: list[Problem]) -> dict[str, Any]:
    """Rows by id; the same id twice within one pack is a problem, in a later pack it overrides the base."""
    found: dict[str, tuple[str, Any]] = {}
    for row in rows:
        key = str(getattr(row.record, KEYS.get(type(row.record), "id")))
        folder = row.file.split("/")[0]
        if key in found and found[key][0] == folder:
            problems.append(Problem(row.file, row.row, f"ID「{key}」が二度使われています"))
        found[key] = (folder, row.record)
    return {key: record for key, (_, record) in found.items()}


def load(pack: str, root: Path = PACKS) -> c.Catalogue:
    """Read and validate a pack with everything it stands on.

    Raises `PackError` with every problem of every file when anything is wrong; nothing is half-loaded.
    """
    reader = _Reader()
    table: Table = {}
    folders, infos = _folders(pack, root, reader)
    for folder in folders:
        _read_folder(folder, reader, table)
    tables = {
        name: _keyed(table.get(name, []), reader.problems)
        for name in (*CSV_TABLES, *TOML_TABLES)
        if name not in ("expressions", "signals", "scope_cues")
    }
    for name in ("expressions", "signals"):
        table[name] = list(_spelled_out(table.get(name, []), tables["word_groups"], reader.problems))
    forms = [row.record for row in table.get("form", []) if isinstance(row.record, c.IntakeForm)]
    if infos:
        incomplete = {
            problem.file.split("/")[1].removesuffix(".csv").removesuffix(".toml") for problem in reader.problems
        }
        reader.problems += cross_check(infos[-1], table, tables, forms, incomplete)
    if reader.problems:
        raise PackError(pack, reader.problems)
    return c.Catalogue(
        pack=_with_office(infos),
        digest=reader.digest.hexdigest(),
        expressions=_expressions(table.get("expressions", [])),
        signals=_expressions(table.get("signals", [])),
        scope_cues=tuple(row.record for row in table.get("scope_cues", []) if isinstance(row.record, c.ScopeCue)),
        form=forms[-1],
        folders=tuple(str(folder) for folder in folders),
        **tables,
    )


def _with_office(infos: list[c.PackInfo]) -> c.PackInfo:
    """The town's head; opening hours it does not give are those of the pack it stands on."""
    given = [info.office for info in infos if "office" in info.model_fields_set]
    return infos[-1].model_copy(update={"office": given[-1]}) if given else infos[-1]


def _spelled_out(rows: list[Row], groups: Mapping[str, c.WordGroup], problems: list[Problem]) -> Iterator[Row]:
    """The rows with every 〈名前〉 as the words it stands for; a name that no table has is a problem."""
    for row in rows:
        if not isinstance(row.record, c.Expression) or "〈" not in row.record.pattern:
            yield row
            continue
        try:
            yield replace(row, record=with_groups(row.record, groups))
        except PatternError as error:
            problems.append(Problem(row.file, row.row, str(error), "; ".join(sorted(groups))))


def _expressions(rows: list[Row]) -> tuple[c.Expression, ...]:
    """Sorted, so that the order of rows in a spreadsheet changes nothing."""
    found = {row.record for row in rows if isinstance(row.record, c.Expression)}
    return tuple(sorted(found, key=lambda e: (e.target, e.kind, e.pattern, e.strength, e.polarity, e.example, e.note)))
