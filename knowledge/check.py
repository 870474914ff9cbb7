"""What makes a pack right across its files: references, names, dates, reachability.

Knows which record may name which. Refuses to know files and encodings (load.py), and whether a fact is true.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from knowledge import catalogue as c
from knowledge.errors import Problem
from knowledge.reading.patterns import PatternError, compile_expression
from knowledge.reading.signals import SIGNALS


@dataclass(frozen=True, slots=True)
class Row:
    """A record and the place it was read from."""

    file: str
    row: int
    record: c.Record


Table = dict[str, list[Row]]
Keyed = Mapping[str, Mapping[str, Any]]

# table, attribute of the record, table(s) that must hold each value
REFERENCES: tuple[tuple[str, str, str], ...] = (
    ("issues", "fields", "fields"),
    ("issues", "more_fields", "fields"),
    ("expressions", "target", "issues"),
    ("duties", "issue", "issues"),
    ("duties", "receiver_kinds", "agency_kinds"),
    ("duties", "sources", "sources"),
    ("agency_kinds", "fields", "fields"),
    ("agency_kinds", "issues", "issues"),
    ("meeting_kinds", "field", "fields"),
    ("meeting_kinds", "sources", "sources"),
    ("agencies", "kind", "agency_kinds"),
    ("agencies", "parent", "agencies"),
    ("agencies", "fields", "fields"),
    ("agencies", "issues", "issues"),
    ("agencies", "areas", "areas"),
    ("agencies", "sources", "sources"),
    ("coordinators", "agency", "agencies"),
    ("coordinators", "sources", "sources"),
    ("areas", "sources", "sources"),
    ("neighborhoods", "area", "areas"),
    ("neighborhoods", "sources", "sources"),
    ("resources", "fields", "fields"),
    ("resources", "issues", "issues"),
    ("resources", "areas", "areas"),
    ("resources", "sources", "sources"),
    ("meetings", "kind", "meeting_kinds"),
    ("meetings", "serves_as", "meeting_kinds"),
    ("meetings", "fields", "fields"),
    ("meetings", "convenor", "agencies"),
    ("meetings", "secretariat", "agencies"),
    ("meetings", "members", "agencies"),
    ("meetings", "sources", "sources"),
)


def cross_check(
    pack: c.PackInfo, table: Table, tables: Keyed, forms: list[c.IntakeForm], incomplete: Container[str] = ()
) -> list[Problem]:
    """Every problem that shows only when the files are seen together.

    `incomplete`: tables some of whose rows could not be read; that something is missing there says nothing.
    """
    problems = [
        *_references(table, tables, incomplete),
        *_dates(table),
        *_sources(table),
        *_pack(pack, tables, incomplete),
        *_patterns(table),
    ]
    if not forms:
        problems.append(Problem("intake_form.toml", 0, "質問票がありません"))
    else:
        problems += _form(forms[-1])
    return problems


def _values(record: c.Record, attribute: str) -> tuple[str, ...]:
    value = getattr(record, attribute)
    return (value,) if isinstance(value, str) else tuple(value)


def _references(table: Table, tables: Keyed, incomplete: Container[str]) -> Iterator[Problem]:
    for name, attribute, target in REFERENCES:
        if target in incomplete:
            continue
        known = tables.get(target, {})
        for row in table.get(name, []):
            for value in _values(row.record, attribute):
                if value and value not in known:
                    yield Problem(row.file, row.row, f"{attribute}: 「{value}」は {target} にありません", _some(known))


def _some(known: Iterable[str], most: int = 60) -> str:
    names = list(known)
    return "; ".join(names[:most]) + (f"; … 全{len(names)}件" if len(names) > most else "")


def _dates(table: Table) -> Iterator[Problem]:
    for rows in table.values():
        for row in rows:
            record = row.record
            if not isinstance(record, c.Dated) or record.effective_from is None or record.effective_to is None:
                continue
            if record.effective_to < record.effective_from:
                yield Problem(row.file, row.row, "終了日が開始日より前です")


def _sources(table: Table) -> Iterator[Problem]:
    for name in ("agencies", "areas", "neighborhoods", "resources", "meetings", "duties", "coordinators"):
        for row in table.get(name, []):
            if isinstance(row.record, c.Sourced) and not row.record.sources:
                yield Problem(row.file, row.row, "出典がありません")


def _patterns(table: Table) -> Iterator[Problem]:
    for row in table.get("signals", []):
        if isinstance(row.record, c.Expression) and row.record.target not in SIGNALS:
            yield Problem(
                row.file, row.row, f"target: 「{row.record.target}」は知らない手がかりです", "; ".join(SIGNALS)
            )
    for row in (*table.get("expressions", []), *table.get("signals", [])):
        if isinstance(row.record, c.Expression):
            try:
                compile_expression(row.record)
            except PatternError as error:
                yield Problem(row.file, row.row, str(error))
    for row in table.get("scope_cues", []):
        if isinstance(row.record, c.ScopeCue):
            try:
                re.compile(row.record.pattern)
            except re.error as error:
                yield Problem(row.file, row.row, f"pattern: 正規表現として読めません（{error.msg}）")


def _pack(pack: c.PackInfo, tables: Keyed, incomplete: Container[str]) -> Iterator[Problem]:
    if pack.office.opens >= pack.office.closes:
        yield Problem(f"{pack.id}/pack.toml", 0, "office: 閉まる時刻（closes）が開く時刻（opens）より後ではありません")
    if "agencies" in incomplete:
        return
    file = f"{pack.id}/pack.toml"
    agencies = tables.get("agencies", {})
    for name in ("fallback", "project_team"):
        value = getattr(pack, name)
        if pack.kind == "municipality" and not value:
            yield Problem(file, 0, f"{name}: 値がありません", _some(agencies))
        elif value and value not in agencies:
            yield Problem(file, 0, f"{name}: 「{value}」は agencies にありません", _some(agencies))
    for programme in pack.programmes:
        if programme.agency and programme.agency not in agencies:
            yield Problem(file, 0, f"programmes.{programme.id}: 「{programme.agency}」は agencies にありません")


def _form(form: c.IntakeForm) -> Iterator[Problem]:
    seen: set[str] = set()
    for section in form.sections:
        for item in section.items:
            if item.id in seen:
                yield Problem("intake_form.toml", 0, f"項目「{item.id}」が二度あります")
            seen.add(item.id)
            if item.type in ("choice", "multi") and not item.choices:
                yield Problem("intake_form.toml", 0, f"項目「{item.id}」に選択肢がありません")
