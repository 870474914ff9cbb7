"""New rows of the expression tables as people type them: `CODE,KIND,PATTERN[,POLARITY,STRENGTH]`.

Knows the columns and what is allowed in them; refuses to know what a row does (rows.py).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from knowledge.catalogue import Expression, ExpressionKind, WordGroup
from knowledge.errors import KnowledgeError
from knowledge.reading.patterns import compile_expression, with_groups

_COLUMNS = ("target", "kind", "pattern", "polarity", "strength")
_ALLOWED = {
    "kind": [kind.value for kind in ExpressionKind],
    "polarity": ["present", "suspected"],
    "strength": ["firm", "weak", "sure"],
}


class RowError(KnowledgeError):
    """A row cannot be tried; the message says which cell and what is allowed."""


def parse_rows(
    lines: Iterable[str], codes: Iterable[str], groups: Mapping[str, WordGroup] = MappingProxyType({})
) -> list[Expression]:
    """`CODE,KIND,PATTERN[,POLARITY,STRENGTH]`, one per line; a header is skipped. Raises `RowError`."""
    known = sorted(codes)
    found = []
    for number, cells in enumerate(csv.reader(lines), start=1):
        given = [cell.strip() for cell in cells]
        if not any(given) or given[0] in ("target", "コード"):
            continue
        if len(given) < 3:
            raise RowError(f"{number} 行目: 「コード,型,表現」の三つが要ります（例: debt,phrase,闇金）。")
        values = {name: value for name, value in zip(_COLUMNS, given, strict=False) if value}
        for name, allowed in {"target": known, **_ALLOWED}.items():
            if values.get(name, allowed[0]) not in allowed:
                raise RowError(
                    f"{number} 行目 {name}: 「{values[name]}」は使えません（使える値: {'; '.join(allowed)}）。"
                )
        if "pattern" not in values:
            raise RowError(f"{number} 行目 pattern: 表現がありません。")
        row = with_groups(Expression.model_validate(values), groups)
        compile_expression(row)
        found.append(row)
    return found
