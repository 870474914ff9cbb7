"""A directory as one file: a header in JSON, then the arrays, mapped into memory when opened.

Knows the layout, its version and how to tell a damaged or older file. Refuses to know what the arrays mean.
"""

from __future__ import annotations

import json
import mmap
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge.directory.model import DirectoryError

FILE = "directory.bin"
VERSION = 1
_MAGIC = b"TSUNAGU-DIRECTORY\n"
_ALIGN = 64
_SIZES = len(_MAGIC) + 8 + 4  # magic, length of the header, checksum of the header

Arrays = Mapping[str, npt.NDArray[Any]]


def save(folder: Path, arrays: Arrays, meta: Mapping[str, Any]) -> None:
    """Write the file beside its old version, then replace it in one step."""
    placed: dict[str, dict[str, Any]] = {}
    at = 0
    for name, array in arrays.items():
        size = int(array.nbytes)
        check = zlib.crc32(np.ascontiguousarray(array).data.cast("B")) if size else 0
        placed[name] = {"type": array.dtype.str, "shape": list(array.shape), "at": at, "crc": check}
        at += -(-size // _ALIGN) * _ALIGN
    header = json.dumps({"version": VERSION, "size": at, "arrays": placed, "meta": meta}, ensure_ascii=False).encode()
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{FILE}.new"
    with fresh.open("wb") as file:
        file.write(_MAGIC + len(header).to_bytes(8, "little") + zlib.crc32(header).to_bytes(4, "little") + header)
        file.write(b"\0" * (-file.tell() % _ALIGN))
        for array in arrays.values():
            file.write(np.ascontiguousarray(array).data.cast("B") if array.nbytes else b"")
            file.write(b"\0" * (-file.tell() % _ALIGN))
    fresh.replace(folder / FILE)


def load(folder: Path, *, verify: bool = False) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Map the file. `verify` also reads every byte and compares the checksums. Raises `DirectoryError`."""
    path = folder / FILE
    try:
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise DirectoryError(
            f"{path.name}: 名簿の索引が読めません（{type(error).__name__}）。作り直してください。"
        ) from error
    header, start = _header(mapped, path.name)
    if len(mapped) != start + header["size"]:
        raise DirectoryError(f"{path.name}: 名簿の索引が途中で切れています。作り直してください。")
    arrays: dict[str, npt.NDArray[Any]] = {}
    for name, place in header["arrays"].items():
        count = int(np.prod(place["shape"]))
        array = np.frombuffer(mapped, np.dtype(place["type"]), count, start + place["at"]).reshape(place["shape"])
        if verify and count and zlib.crc32(array.data.cast("B")) != place["crc"]:
            raise DirectoryError(f"{path.name}: 名簿の索引が壊れています（{name}）。作り直してください。")
        arrays[name] = array
    return arrays, header["meta"]


def _header(mapped: mmap.mmap, shown: str) -> tuple[dict[str, Any], int]:
    if mapped[: len(_MAGIC)] != _MAGIC:
        raise DirectoryError(f"{shown}: 名簿の索引ではありません。作り直してください。")
    length = int.from_bytes(mapped[len(_MAGIC) : len(_MAGIC) + 8], "little")
    check = int.from_bytes(mapped[len(_MAGIC) + 8 : _SIZES], "little")
    raw = mapped[_SIZES : _SIZES + length]
    if len(raw) != length or zlib.crc32(raw) != check:
        raise DirectoryError(f"{shown}: 名簿の索引の見出しが壊れています。作り直してください。")
    header: dict[str, Any] = json.loads(raw)
    if header["version"] != VERSION:
        raise DirectoryError(
            f"{shown}: 名簿の索引の版が {header['version']} です（使える版: {VERSION}）。作り直してください。"
        )
    return header, -(-(_SIZES + length) // _ALIGN) * _ALIGN
