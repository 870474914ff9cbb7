"""What reminders watch in one town, read from the lists that the store keeps. Refuses to know the kinds of reminders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from knowledge.catalogue import Catalogue
from routing.ports import UnitOfWork
from routing.progress import Watched
from routing.watching import Filled, watched


def watch_of(catalogue: Catalogue) -> Callable[[UnitOfWork, Sequence[str] | None], Iterable[Watched]]:
    """Reads everything open (None), or some cases as they stand now."""

    def watch(unit: UnitOfWork, cases: Sequence[str] | None) -> Iterable[Watched]:
        filled: Filled = {}
        for row in unit.board.watched(catalogue.pack.id, cases):
            yield from watched(row.case_id, row.number, row.opened_by, row.parts, catalogue, filled)

    return watch
