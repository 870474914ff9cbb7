"""The decision graph: where every box, line and arrow of the drawing lies. Sizes in user units; one is a pixel at 100 %.

Lays out only; the words come in, templates/policy/graph.svg.j2 draws. Text is cut to lines by its width, a full-width
character counting one and others about half. Refuses to know rules' meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.policy_pages import Item

WIDTH = 1240
MARGIN = 40
RULE_WIDTH = 720
CHIP_LEFT = MARGIN + RULE_WIDTH + 90
CHIP_WIDTH = WIDTH - MARGIN - CHIP_LEFT
LINE = 24
TEXT = 16.0
GAP = 34
PAD = 16
HEAD = 200
_NOT_FIRST = "、。，．）」』】・ーぁぃぅぇぉっゃゅょァィゥェォッャュョ"


@dataclass(frozen=True, slots=True)
class Step:
    """One route rule: its box on the left and where it leads on the right. `lines`: (indent, text)."""

    number: int
    id: str
    own: str
    top: int
    height: int
    lines: tuple[tuple[str, str], ...]
    route: str
    chip: tuple[str, ...]
    last: bool

    @property
    def middle(self) -> int:
        """The height of the arrow."""
        return self.top + self.height // 2


@dataclass(frozen=True, slots=True)
class Panel:
    """What follows a route: heading and lines, and for 多機関協働 the branches of consent."""

    route: str
    left: int
    width: int
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    """An answer about consent and where it leads."""

    left: int
    width: int
    answer: str
    lines: tuple[str, ...]
    asks: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything the template needs."""

    height: int
    steps: tuple[Step, ...]
    panels_top: int
    panels_height: int
    panels: tuple[Panel, ...]
    branches_top: int
    branches_height: int
    branches: tuple[Branch, ...]


def draw(
    rules: Sequence[Item],
    routes: Mapping[str, str],
    panels: Mapping[str, tuple[str, Sequence[str]]],
    branches: Sequence[tuple[str, str, bool]],
) -> Drawing:
    """`rules`: the route rules in force; `routes`: rule id → route; `panels`: route → title and sentences;
    `branches`: (answer, where it leads, whether it asks first)."""
    steps = _steps(rules, routes)
    top = (steps[-1].top + steps[-1].height if steps else HEAD) + 100
    third = (WIDTH - 2 * MARGIN - 2 * GAP) // 3
    laid = tuple(
        Panel(route, MARGIN + place * (third + GAP), third, title, tuple(_cut(lines, third - 2 * PAD)))
        for place, (route, (title, lines)) in enumerate(panels.items())
    )
    height = max((len(panel.lines) for panel in laid), default=0) * LINE + 76
    below = top + height + 110
    twigs = tuple(
        Branch(MARGIN + place * (third + GAP), third, answer, tuple(_cut([words], third - 2 * PAD)), asks)
        for place, (answer, words, asks) in enumerate(branches)
    )
    tall = max((len(twig.lines) for twig in twigs), default=0) * LINE + 60
    return Drawing(below + tall + 90, steps, top, height, laid, below, tall, twigs)


def _steps(rules: Sequence[Item], routes: Mapping[str, str]) -> tuple[Step, ...]:
    found: list[Step] = []
    top = HEAD
    for number, item in enumerate(rules, start=1):
        lines = [*_marked("when", item.when), *_marked("unless", item.unless)]
        chip = tuple(_cut([item.title, *filter(None, [item.weight])], CHIP_WIDTH - 2 * PAD))
        height = max(len(lines), 1) * LINE + 58
        last = number == len(rules)
        found.append(Step(number, item.id, item.own, top, height, tuple(lines), routes[item.id], chip, last))
        top += height + GAP
    return tuple(found)


def _marked(kind: str, sentences: Iterable[str]) -> list[tuple[str, str]]:
    """The lines of each sentence; the first carries the kind, those that go on carry nothing."""
    found = []
    for sentence in sentences:
        cut = _cut([sentence], RULE_WIDTH - 130)
        found += [(kind if place == 0 else "", line) for place, line in enumerate(cut)]
    return found


def _cut(sentences: Iterable[str], width: float) -> list[str]:
    """Lines no wider than `width`, none of which begins with a closing mark."""
    lines = []
    for sentence in sentences:
        line = ""
        for char in sentence:
            if _wide(line + char) > width and char not in _NOT_FIRST:
                lines.append(line)
                line = ""
            line += char
        lines.append(line)
    return lines


def _wide(text: str) -> float:
    return sum(TEXT if ord(char) > 0x2E7F else TEXT * 0.56 for char in text)
