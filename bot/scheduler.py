"""The ticker of a replica: calls a function again and again. Keeps nothing; what is due is known by the database alone.

Every replica has its own, in memory (shared job stores fire twice or not at all). Ticks that were missed while one ran long,
while the machine slept or while its clock jumped are one tick. The only module that knows APScheduler; refuses to know
what a tick does.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread
from time import monotonic
from zoneinfo import ZoneInfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

_LOG = logging.getLogger("tsunagu.ticker")
_JOB = "tick"
_JUMP_SECONDS = 60
_TOKYO = ZoneInfo("Asia/Tokyo")


class Every(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """Fires `interval` after it last came to it. APScheduler's own interval would first list every tick that was missed."""

    def __init__(self, interval: timedelta) -> None:
        self._interval = interval

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:  # noqa: ARG002
        """One interval from now."""
        return now + self._interval


class Ticker:
    """Calls `tick` every `interval`, never twice at once, until `stop`. What `tick` raises is logged by its type only."""

    def __init__(
        self,
        tick: Callable[[], object],
        interval: timedelta,
        clock: Callable[[], datetime],
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        self._tick, self._interval, self._clock, self._seconds = tick, interval, clock, seconds
        self._stopped = Event()
        self._last = seconds()
        self._scheduler = BackgroundScheduler(
            timezone=_TOKYO,
            logger=_quiet("tsunagu.ticker.scheduler"),
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        _quiet("apscheduler.executors.default")

    def start(self) -> None:
        """The first tick comes at once."""
        self._scheduler.add_job(self._run, Every(self._interval), id=_JOB, next_run_time=datetime.now(_TOKYO))
        self._scheduler.start()
        Thread(target=self._guard, name="ticker-guard", daemon=True).start()

    def stop(self) -> None:
        """Wait for a running tick, then end."""
        self._stopped.set()
        self._scheduler.shutdown(wait=True)

    @property
    def age(self) -> float:
        """Seconds since a tick last ended: far more than the interval means that the ticker is dead or stuck."""
        return self._seconds() - self._last

    def _run(self) -> None:
        try:
            self._tick()
        except Exception as error:
            _LOG.error("a tick ended early: %s", type(error).__name__)
        finally:
            self._last = self._seconds()

    def _guard(self) -> None:
        """When the clock is put back, the next tick would wait until it is as late as it was before: call it now.

        A clock that ran ahead (or a machine that slept) needs nothing but to be told of: what is due is due by the clock.
        """
        before, since = self._clock(), self._seconds()
        while not self._stopped.wait(min(self._interval.total_seconds(), 1.0)):
            now, seconds = self._clock(), self._seconds()
            ahead = (now - before).total_seconds() - (seconds - since)
            if now < before:
                _LOG.warning("the clock was put back by %d seconds", (before - now).total_seconds())
                self._scheduler.modify_job(_JOB, next_run_time=datetime.now(_TOKYO))
            elif ahead > _JUMP_SECONDS:
                _LOG.warning("the clock went ahead by %d seconds: it was set, or this machine slept", ahead)
            before, since = now, seconds


def _quiet(name: str) -> logging.Logger:
    """APScheduler tells of every run and of every tick that was skipped; only its errors are wanted."""
    logger = logging.getLogger(name)
    logger.setLevel(logging.ERROR)
    return logger
