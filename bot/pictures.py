"""The figures of a weekly nudge → a small picture: four rows of bars, the last week marked. Same figures, same bytes.

Drawing is heavy, so it is loaded with the first picture, and the last pictures are kept. Knows sizes, colours and the font;
refuses to know where the figures come from. Its words stand in templates/weekly_picture.toml.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from bot.cards import Picture
from bot.views import View

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SERIES = ("opened", "accepted", "declined", "stuck")
WIDE, HIGH, DPI = 960, 640, 100  # pixels; shown at half that width it can still be read
INK, BAR, LAST, LINE, PAPER = "#1f2b2b", "#0e5a5c", "#8a4b00", "#8a9490", "#ffffff"
COLOURS = 8
_WORDS = Path(__file__).parent / "templates" / "weekly_picture.toml"
_DRAWING = Lock()  # matplotlib is not made for several threads

_Figures = tuple[tuple[date, ...], tuple[tuple[int, ...], ...]]


def picture_of(view: View) -> Picture | None:
    """The picture of a weekly nudge; None for any other view, and where there are no weeks to show."""
    figures = _figures(view)
    if figures is None:
        return None
    with _DRAWING:
        return _picture(figures)


def alt_of(view: View) -> str:
    """The words of the picture, without drawing it; empty where there is none."""
    figures = _figures(view)
    return _alt(figures) if figures else ""


def _figures(view: View) -> _Figures | None:
    trend = view.data.get("trend") if view.name == "weekly" else None
    if not isinstance(trend, Mapping) or not trend.get("weeks"):
        return None
    weeks = tuple(date.fromisoformat(str(day)) for day in trend["weeks"])
    return weeks, tuple(tuple(int(n) for n in trend[name]) for name in SERIES)


@lru_cache(maxsize=64)
def _picture(figures: _Figures) -> Picture:
    return Picture(_drawn(figures), _alt(figures))


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads(_WORDS.read_text("utf-8"))


def _alt(figures: _Figures) -> str:
    """Every figure of the picture in words."""
    words, (weeks, rows) = _words(), figures
    series = [
        words["alt_series"].format(name=words["series"][name], numbers=words["between"].join(map(str, row)))
        for name, row in zip(SERIES, rows, strict=True)
    ]
    first, last = (_day(day, "day_words") for day in (weeks[0], weeks[-1]))
    return str(words["alt"].format(first=first, last=last, weeks=len(weeks), series=str(words["apart"]).join(series)))


def _day(day: date, how: str) -> str:
    return str(_words()[how].format(month=day.month, day=day.day))


def _drawn(figures: _Figures) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    weeks, rows = figures
    figure = Figure(figsize=(WIDE / DPI, HIGH / DPI), dpi=DPI, facecolor=PAPER)
    canvas = FigureCanvasAgg(figure)
    figure.subplots_adjust(left=0.03, right=0.97, top=0.9, bottom=0.09, hspace=0.55, wspace=0.12)
    most = max(1, *(n for row in rows for n in row))
    for place, (name, row) in enumerate(zip(SERIES, rows, strict=True), start=1):
        _panel(figure.add_subplot(2, 2, place), str(_words()["series"][name]), weeks, row, most)
    canvas.draw()  # type: ignore[no-untyped-call]
    return _png(bytes(canvas.buffer_rgba()), canvas.get_width_height())  # type: ignore[no-untyped-call]


def _panel(axes: Axes, name: str, weeks: Sequence[date], row: Sequence[int], most: int) -> None:
    """Bars of one figure. All panels share their height, so that they can be compared."""
    places = range(len(row))
    last, size = len(row) - 1, _size(row)
    axes.bar(places, row, width=0.72, color=[LAST if place == last else BAR for place in places])
    for place, count in enumerate(row):
        weight = LAST if place == last else INK
        axes.text(place, count + most * 0.04, str(count), ha="center", va="bottom", color=weight, font=_font(size))
    axes.set_title(name, loc="left", color=INK, font=_font(21), pad=10)
    axes.set_ylim(0, most * 1.22)
    axes.set_xlim(-0.6, last + 0.6)
    axes.set_yticks([])
    axes.set_xticks([])
    for place, side in ((0, "left"), (last, "right")):
        edge = place + (-0.36 if side == "left" else 0.36)
        words = {"ha": side, "va": "top", "color": INK, "font": _font(16)}
        axes.text(edge, -most * 0.06, _day(weeks[place], "day"), **words)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(LINE)


def _size(row: Sequence[int]) -> int:
    """The largest letters whose longest number fits over its bar, in points."""
    place = WIDE * 0.44 / len(row)
    return min(17, int(place / (0.74 * len(str(max(row)))) * 72 / DPI))


@cache
def _font(size: int) -> Any:
    """The Japanese font by its file: nothing that matplotlib keeps for everybody is changed."""
    from matplotlib.font_manager import FontProperties

    package = find_spec("matplotlib_fontja")
    assert package is not None
    assert package.origin is not None
    return FontProperties(fname=str(Path(package.origin).parent / "fonts" / "ipaexg.ttf"), size=size)


def _png(pixels: bytes, size: tuple[int, int]) -> bytes:
    """A few colours are enough; no date and no name of a program goes in."""
    from PIL import Image

    whole = Image.frombytes("RGBA", size, pixels).convert("RGB")
    few = whole.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    out = BytesIO()
    few.save(out, "PNG", optimize=True, bits=4)
    return out.getvalue()
