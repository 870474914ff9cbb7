"""Counts by cause, issue or place that nobody can be found by: small cells are pooled, and no subtraction brings one back. Pure.

Knows only codes and numbers. Refuses to know what is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

UNDER = -1  # "some, but fewer than the least that may be shown"


@dataclass(frozen=True, slots=True)
class Cells:
    """What may be shown of a table. `rest`: what the cells that are not shown hold together; 0 for nothing, `UNDER` for a few."""

    shown: tuple[tuple[str, int], ...] = ()
    rest: int = 0

    def __bool__(self) -> bool:
        return bool(self.shown or self.rest)


def parted(counts: Mapping[str, int], kinds: Sequence[str], least: int) -> Cells:
    """A table whose cells add up to a total that is known elsewhere. `kinds`: every cell there can be, those of 0 too.

    Cells below `least` are pooled. Where the pool's sum would tell a cell (it stands alone, or the sum leaves its cells less
    than two to spare), the smallest cells that could be shown are pooled as well. The largest come first, then by code.
    """
    every = {kind: counts.get(kind, 0) for kind in dict.fromkeys((*kinds, *counts))}
    pool = {kind for kind, count in every.items() if count < least}
    left = sorted((count, kind) for kind, count in every.items() if kind not in pool)
    hidden = sum(every[kind] for kind in pool)
    while hidden and left and (len(pool) < 2 or hidden > len(pool) * (least - 1) - 2):
        count, kind = left.pop(0)
        pool.add(kind)
        hidden += count
    shown = tuple((kind, count) for count, kind in sorted(left, key=lambda cell: (-cell[0], cell[1])))
    return Cells(shown, hidden if hidden >= least else UNDER if hidden else 0)


def placed(counts: Mapping[tuple[str, str], int], least: int) -> Cells:
    """A table over (what, where) of which no total is shown. Codes of the result are `what|where`, or `what|` for anywhere.

    Places are told only where each place of that `what` may be; else only how many there are anywhere. What is too rare even
    then is not named at all, and of how many such there are nothing is told but that there are some.
    """
    by_what: dict[str, dict[str, int]] = {}
    for (what, where), count in counts.items():
        if count > 0:
            by_what.setdefault(what, {})[where] = count
    found: dict[str, int] = {}
    rare = False
    for what, places in by_what.items():
        whole = sum(places.values())
        if all(count >= least for count in places.values()):
            found |= {f"{what}|{where}": count for where, count in places.items()}
        elif whole >= least:
            found[f"{what}|"] = whole
        else:
            rare = True
    return Cells(tuple(sorted(found.items(), key=lambda cell: (-cell[1], cell[0]))), UNDER if rare else 0)


def named(counts: Mapping[str, int], least: int) -> Cells:
    """A table whose cells add up to nothing that is shown (one case may count in several)."""
    shown = tuple(sorted(((kind, n) for kind, n in counts.items() if n >= least), key=lambda cell: (-cell[1], cell[0])))
    return Cells(shown, UNDER if any(0 < n < least for n in counts.values()) else 0)
