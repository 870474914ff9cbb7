"""The ticker goes on: over slow ticks, ticks that fail, and clocks that jump."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Lock
from zoneinfo import ZoneInfo

import pytest

from bot.scheduler import Every, Ticker

TOKYO = ZoneInfo("Asia/Tokyo")
NOON = datetime(2026, 11, 20, 12, tzinfo=TOKYO)


class Counting:
    """Counts its calls, and how many of them ran at the same time; `reached(n)` waits for the n-th."""

    def __init__(self, each: Callable[[int], None] = lambda n: None) -> None:
        self._each, self._lock = each, Lock()
        self.calls = self.running = self.most = 0
        self._reached: dict[int, Event] = {}

    def __call__(self) -> None:
        with self._lock:
            self.calls += 1
            self.running += 1
            self.most = max(self.most, self.running)
            mine = self.calls
            self._reached.setdefault(mine, Event()).set()
        try:
            self._each(mine)
        finally:
            with self._lock:
                self.running -= 1

    def reached(self, n: int) -> bool:
        with self._lock:
            event = self._reached.setdefault(n, Event())
        return event.wait(20)


@contextmanager
def ticking(tick: Callable[[], None], interval: timedelta, clock: Callable[[], datetime]) -> Iterator[Ticker]:
    ticker = Ticker(tick, interval, clock)
    ticker.start()
    try:
        yield ticker
    finally:
        ticker.stop()


def now() -> datetime:
    return datetime.now(TOKYO)


def test_the_first_tick_comes_at_once_and_others_follow() -> None:
    tick = Counting()
    with ticking(tick, timedelta(seconds=0.02), now):
        assert tick.reached(4)


def test_a_tick_that_takes_longer_than_its_interval_never_runs_twice_at_once() -> None:
    release = Event()
    tick = Counting(lambda n: None if n > 1 else bool(release.wait(0.3)) and None)
    with ticking(tick, timedelta(seconds=0.01), now):
        assert tick.reached(3)
    assert tick.most == 1


def test_a_tick_that_fails_is_named_without_its_words_and_the_next_one_comes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails(n: int) -> None:
        if n == 1:
            raise RuntimeError("三保トメさん")

    tick = Counting(fails)
    with caplog.at_level(logging.INFO), ticking(tick, timedelta(seconds=0.02), now):
        assert tick.reached(3)
    assert "RuntimeError" in caplog.text
    assert "三保" not in caplog.text


def test_when_the_clock_is_put_back_the_next_tick_does_not_wait_for_it() -> None:
    times = iter([NOON, NOON, NOON - timedelta(hours=1)])
    last = NOON - timedelta(hours=1)
    tick = Counting()
    with ticking(tick, timedelta(hours=1), lambda: next(times, last)):
        assert tick.reached(2)


def test_a_week_asleep_is_one_tick() -> None:
    every = Every(timedelta(seconds=1))
    assert every.get_next_fire_time(NOON - timedelta(days=7), NOON) == NOON + timedelta(seconds=1)


def test_the_age_tells_how_long_ago_a_tick_ended() -> None:
    seconds = [100.0]
    tick = Counting(lambda n: seconds.__setitem__(0, 160.0))
    ticker = Ticker(tick, timedelta(hours=1), now, lambda: seconds[0])
    seconds[0] = 130.0
    assert ticker.age == 30.0
    ticker.start()
    assert tick.reached(1)
    ticker.stop()
    assert ticker.age == 0.0
    seconds[0] = 1000.0
    assert ticker.age == 840.0


def test_a_clock_that_was_set_ahead_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    times = iter([NOON, NOON])
    last = NOON + timedelta(days=7)
    tick, told = Counting(), Event()

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "went ahead" in record.getMessage():
                told.set()

    listening = Listening()
    logger = logging.getLogger("tsunagu.ticker")
    logger.addHandler(listening)
    try:
        with caplog.at_level(logging.INFO), ticking(tick, timedelta(seconds=0.05), lambda: next(times, last)):
            assert told.wait(20)
            before = tick.calls
            assert tick.reached(before + 3)
    finally:
        logger.removeHandler(listening)
    (said,) = [record.getMessage() for record in caplog.records if "clock" in record.getMessage()]
    assert said.startswith("the clock went ahead by 604")
