"""Whether this process is fit to serve: the database answers, is of this program's shape and opens with the key, and ticks come.

Answers in codes for machines. Refuses to know routes, the format of figures (see `metrics`) and what to do about it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.app import App
from bot.rounds import Rounds
from routing.errors import StoreError
from routing.store import SqlStore

# Longer than any tick may take: a sweep, and the patience with which addresses are served after it.
LONGEST_TICK = timedelta(seconds=120)
TICKER_SILENT = "ticker_silent"


@dataclass(frozen=True, slots=True)
class Pulse:
    """What ticks beside the server. `age` gives the seconds since the last tick ended."""

    rounds: Rounds
    age: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Health:
    """What can be asked of one process. `pulse` is None where nothing is to tick (a page without reminders)."""

    store: SqlStore
    clock: Callable[[], datetime]
    late_after: timedelta
    pulse: Pulse | None = None

    def trouble(self) -> str:
        """Why the process should get no work, as a code; empty when it is ready."""
        try:
            self.store.check()
        except StoreError as error:
            return error.code
        if self.pulse is not None and self.pulse.age() > LONGEST_TICK.total_seconds():
            return TICKER_SILENT
        return ""

    def failing(self) -> Mapping[str, bool]:
        """Every round of this process, and whether it failed the last time."""
        rounds = self.pulse.rounds if self.pulse else None
        return {each.name: each.name in rounds.failing for each in rounds.rounds} if rounds else {}

    def totals(self, words: Iterable[str]) -> Mapping[str, int]:
        """What delivery of this process did since it began, by word."""
        done = self.pulse.rounds.totals if self.pulse else {}
        return {word: done.get(word, 0) for word in words}


def health_of(app: App, clock: Callable[[], datetime], pulse: Pulse | None = None) -> Health:
    """The health of an assembled process."""
    late_after = timedelta(minutes=app.town.reminders.data.audit.late_minutes)
    return Health(app.store, clock, late_after, pulse)
