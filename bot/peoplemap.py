"""A chat's map of people and channels as an administrator writes it: tables of rows of words, checked whole.

Every problem is told at once, with the table and the row. Refuses to know what a row means; its chat checks that.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

from bot.settings import SettingsError
from knowledge.catalogue import Catalogue

Row = Mapping[str, str]


def rows_of(path: Path, variable: str, tables: Mapping[str, Callable[[Row], str]]) -> dict[str, list[Row]]:
    """The rows of each table. `variable`: the setting that names the file; `tables`: what is wrong with a row, or nothing.

    Raises `SettingsError` with every problem.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            f"{variable}={path} を読めません（{type(error).__name__}）。TOML の形で書いてください。"
        ) from error
    problems: list[str] = []
    found: dict[str, list[Row]] = {name: [] for name in tables}
    for table, rows in data.items():
        if table not in tables or not isinstance(rows, list):
            problems.append(f"［{table}］という表はありません（使えるのは [[…]] の形の {'、'.join(tables)}）")
            continue
        for number, row in enumerate(rows, start=1):
            whole = isinstance(row, dict) and all(isinstance(value, str) for value in row.values())
            problem = tables[table](row) if whole else "名前と、引用符で囲んだ値を並べてください"
            if problem:
                problems.append(f"[[{table}]] の {number} 件目: {problem}")
            else:
                found[table].append(row)
    if problems:
        raise SettingsError(f"{variable}={path} に {len(problems)} 件の問題があります。 " + " / ".join(problems))
    return found


def lacking(row: Row, *names: str) -> str:
    """What is wrong when a row does not say everything that it must; empty when it does."""
    return "" if all(row.get(name) for name in names) else f"{'、'.join(names)} が要ります"


def stranger(row: Row, catalogue: Catalogue) -> str:
    """What is wrong when a row's agency is none of the pack's; empty when it is one."""
    return "" if row["agency"] in catalogue.agencies else f"agency={row['agency']} は知識パックにありません"
