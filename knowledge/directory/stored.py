"""`Tables` ↔ the named arrays and JSON that disk.py keeps. Knows both shapes; refuses to know files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any

import numpy.typing as npt

from knowledge.directory.grams import GramIndex
from knowledge.directory.model import DirectoryError, Kind, PlaceName
from knowledge.directory.tables import Class, Groups, Meta, Tables
from knowledge.directory.texts import Texts

_PARTS: dict[str, type[Texts] | type[GramIndex] | type[Groups]] = {
    "ids": Texts,
    "shown": Texts,
    "keys": Texts,
    "names": GramIndex,
    "units": Texts,
    "needs": GramIndex,
    "by_unit": Groups,
    "by_class": Groups,
}
_PLAIN = ("class_of", "first_day", "last_day")


def to_arrays(tables: Tables) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Every array under a name of its own, and what is small as JSON."""
    arrays: dict[str, npt.NDArray[Any]] = {name: getattr(tables, name) for name in _PLAIN}
    sizes: dict[str, int] = {}
    for part in _PARTS:
        value = getattr(tables, part)
        for column in fields(value):
            if column.init and is_dataclass(value):
                held = getattr(value, column.name)
                if isinstance(held, int):
                    sizes[part] = held
                else:
                    arrays[f"{part}.{column.name}"] = held
    return arrays, asdict(tables.meta) | {"sizes": sizes}


def from_arrays(arrays: Mapping[str, npt.NDArray[Any]], meta: Mapping[str, Any]) -> Tables:
    """The tables again. Raises `DirectoryError` when something is missing."""
    try:
        built: dict[str, Any] = {part: _part(part, arrays, meta["sizes"]) for part in _PARTS}
        built |= {name: arrays[name] for name in _PLAIN}
        return Tables(meta=_meta(meta), **built)
    except (KeyError, TypeError, ValueError) as error:
        raise DirectoryError("名簿の索引の中身が足りません。作り直してください。") from error


def _part(part: str, arrays: Mapping[str, npt.NDArray[Any]], sizes: Mapping[str, int]) -> Any:
    made = _PARTS[part]
    columns = [column.name for column in fields(made) if column.init]
    values: dict[str, Any] = {n: sizes[part] if n == "rows" else arrays[f"{part}.{n}"] for n in columns}
    return made(**values)


def _meta(meta: Mapping[str, Any]) -> Meta:
    return Meta(
        classes=tuple(Class(c["what"], c["kind"], tuple(c["fields"])) for c in meta["classes"]),
        area_sets=tuple(map(tuple, meta["area_sets"])),
        bounds=tuple(meta["bounds"]),
        kinds=tuple(Kind(k["what"], k["code"], tuple(k["words"]), tuple(k["needs"])) for k in meta["kinds"]),
        places=tuple(PlaceName(p["area"], tuple(p["names"])) for p in meta["places"]),
        prefixes=tuple(meta["prefixes"]),
    )
