"""The picture of a week: small, the same for the same figures, readable, and its words say every figure."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.pictures import BAR, INK, LAST, PAPER, SERIES, alt_of, picture_of
from bot.views import View

MONDAY = date(2026, 11, 16)
NUMBERS = {"opened": [5, 4, 6, 3, 7, 5, 4, 6], "accepted": [3] * 8, "declined": [0] * 7 + [12], "stuck": [0] * 8}


def week(numbers: dict[str, list[int]] = NUMBERS, **data: Any) -> View:
    length = len(numbers["opened"])
    weeks = [(MONDAY - timedelta(weeks=n)).isoformat() for n in range(length - 1, -1, -1)]
    return View("weekly", {"trend": {"weeks": weeks, **numbers}, **data})


def chunks(png: bytes) -> dict[bytes, bytes]:
    """The chunks of a PNG by name, each checked."""
    found, place = {}, 8
    while place < len(png):
        (length,), name = struct.unpack(">I", png[place : place + 4]), png[place + 4 : place + 8]
        body = png[place + 8 : place + 8 + length]
        assert struct.unpack(">I", png[place + 8 + length : place + 12 + length])[0] == zlib.crc32(name + body)
        found[name] = found.get(name, b"") + body
        place += 12 + length
    return found


def test_other_views_have_no_picture_and_neither_has_a_town_without_weeks() -> None:
    assert picture_of(View("digest", {"trend": {}})) is None
    assert picture_of(View("weekly", {"week": "2026-11-24"})) is None
    assert alt_of(View("digest")) == ""


BUSY = {name: [152 - n * 7 for n in range(10)] for name in SERIES}


@pytest.mark.parametrize("numbers", [NUMBERS, BUSY, {name: [0, 0] for name in SERIES}], ids=["a town", "busy", "quiet"])
def test_it_is_a_small_png_twice_as_wide_as_it_is_shown(numbers: dict[str, list[int]]) -> None:
    picture = picture_of(week(numbers))
    assert picture is not None
    parts = chunks(picture.png)
    assert struct.unpack(">II", parts[b"IHDR"][:8]) == (960, 640)
    assert len(picture.png) <= 15 * 1024
    assert set(parts) == {b"IHDR", b"PLTE", b"IDAT", b"IEND"}, "no date, no program's name, no words"


def test_its_words_say_every_figure() -> None:
    alt = alt_of(week())
    assert "9月28日の週から11月16日の週まで、8週の動きの棒グラフ" in alt
    assert "新しい案件は5、4、6、3、7、5、4、6" in alt
    assert "戻ったお願いは0、0、0、0、0、0、0、12" in alt
    assert picture_of(week()).alt == alt  # type: ignore[union-attr]


def test_nothing_but_the_figures_goes_in() -> None:
    names = {"silent": [{"desk": "hokatsu-izumi"}], "for": "三保トメ"}
    assert picture_of(week(**names)) == picture_of(week())


@settings(max_examples=5, deadline=None)
@given(st.lists(st.integers(0, 999), min_size=8, max_size=8))
def test_same_figures_same_bytes(opened: list[int]) -> None:
    from bot import pictures

    numbers = {**NUMBERS, "opened": opened}
    first = picture_of(week(numbers))
    pictures._picture.cache_clear()
    assert picture_of(week(numbers)) == first


def light(colour: str) -> float:
    """Relative luminance, WCAG 2."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", [INK, BAR, LAST])
def test_words_and_bars_stand_out_from_the_paper(colour: str) -> None:
    assert (light(PAPER) + 0.05) / (light(colour) + 0.05) >= 4.5


def test_the_colours_that_are_left_in_the_file_stand_out_too() -> None:
    """Few colours are kept: those of which much is drawn must still be dark enough."""
    picture = picture_of(week())
    assert picture is not None
    palette = chunks(picture.png)[b"PLTE"]
    colours = ["#" + palette[n : n + 3].hex() for n in range(0, len(palette), 3)]
    dark = [c for c in colours if (light(PAPER) + 0.05) / (light(c) + 0.05) >= 4.5]
    assert len(dark) >= 3, "ink, bars, and the last week's"


def test_drawing_is_loaded_with_the_first_picture_only() -> None:
    program = "import sys, bot.nudges, bot.pictures, bot.reminding; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
