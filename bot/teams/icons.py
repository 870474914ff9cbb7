"""The two icons of the app package, drawn here: two rings that hold each other. Pure; no picture of anybody else's."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from math import hypot

COLOR, OUTLINE = 192, 32
_BACK = (0x1F, 0x5F, 0x8B)
_FINE = 4  # parts of a pixel, each way, for smooth edges


def color_icon() -> bytes:
    """192×192, white rings on the app's colour."""
    return _png(COLOR, lambda x, y: (*_mix(_BACK, _ring(x, y)), 255))


def outline_icon() -> bytes:
    """32×32, white rings on nothing."""
    return _png(OUTLINE, lambda x, y: (255, 255, 255, round(255 * _ring(x, y))))


def _mix(back: tuple[int, int, int], part: float) -> tuple[int, int, int]:
    red, green, blue = (round(base + (255 - base) * part) for base in back)
    return red, green, blue


def _inside(x: float, y: float) -> bool:
    """Whether a point (0 to 1 each way) is on one of the rings."""
    return any(0.17 <= hypot(x - middle, y - 0.5) <= 0.25 for middle in (0.36, 0.64))


def _ring(x: float, y: float) -> float:
    return 1.0 if _inside(x, y) else 0.0


def _png(side: int, at: Callable[[float, float], tuple[int, int, int, int]]) -> bytes:
    """A picture whose colour (red, green, blue, opacity) at a point `at` gives, smoothed."""
    rows = bytearray()
    for row in range(side):
        rows.append(0)
        for column in range(side):
            parts = [
                at((column + (i + 0.5) / _FINE) / side, (row + (j + 0.5) / _FINE) / side)
                for i in range(_FINE)
                for j in range(_FINE)
            ]
            rows += bytes(round(sum(part[n] for part in parts) / len(parts)) for n in range(4))
    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
