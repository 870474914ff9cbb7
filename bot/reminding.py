"""Reminders beside a server: this replica's rounds and its ticker, put together. Knows nothing else."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from bot.app import App
from bot.delivery import Channel, Delivery
from bot.nudges import silence, supervisors_of
from bot.rounds import Round, Rounds, Town, Watch, delivery_rules, replica_rounds, still_due
from bot.scheduler import Ticker
from bot.watch import watch_cases
from bot.watched import watch_of
from routing.alerts import over
from routing.outgoing import OutgoingMessage
from routing.ports import UnitOfWork
from routing.worktime import hours_of

TICK = timedelta(seconds=1)
CASES_EVERY = timedelta(seconds=20)  # requests run out and escalations rise by the minute
PATIENCE = timedelta(seconds=5)  # how long one tick goes on serving addresses before the other rounds have their turn
Beside = Callable[[Callable[[], None]], Callable[[], int]]


@dataclass(frozen=True, slots=True)
class Replica:
    """What ticks in this process, for those who look after it."""

    rounds: Rounds
    ticker: Ticker
    stopping: Event


def replica_of(
    app: App,
    clock: Callable[[], datetime],
    channels: Iterable[Channel] = (),
    watch: Watch | None = None,
    supervisors: Callable[[UnitOfWork], Iterable[str]] | None = None,
) -> Replica:
    """The replica of an assembled process, not ticking yet. Raises `PolicyError` for a reminders.toml that cannot work."""
    catalogue = app.town.catalogue
    reminders = app.town.reminders
    team = f"agency:{catalogue.pack.project_team or catalogue.pack.fallback}"
    town = Town(
        reminders,
        hours_of(catalogue.pack),
        team,
        watch or watch_of(catalogue),
        supervisors or supervisors_of(catalogue),
    )
    by = f"{platform.node()}:{app.settings.port}"
    stopping = Event()
    rules = delivery_rules(reminders)
    reminder_is_over, nudge_is_empty = still_due(town, clock), silence(app.town, clock)

    def why_not(message: OutgoingMessage, unit: UnitOfWork) -> str:
        return reminder_is_over(message, unit) or over(message, unit) or nudge_is_empty(message, unit)

    delivery = Delivery(app.store, channels, clock, by, rules, why_not, wait=stopping.wait)
    cases = Round("cases", CASES_EVERY, lambda now: watch_cases(app.store, app.town.rules, now))
    rounds = replica_rounds(app.store, town, lambda: delivery.run(PATIENCE), clock, by, first=(cases,))
    return Replica(rounds, Ticker(rounds.tick, TICK, clock), stopping)


def beside(replica: Replica, also: Beside | None = None) -> Beside:
    """For `run_server`: tick while the server runs, and end before the store is closed; `also` something else beside it."""

    def start(stop: Callable[[], None]) -> Callable[[], int]:
        end_other = also(stop) if also else lambda: 0
        replica.ticker.start()

        def end() -> int:
            replica.stopping.set()
            replica.ticker.stop()
            return end_other()

        return end

    return start
