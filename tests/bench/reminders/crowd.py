"""Three replicas, ten thousand occurrences, and somebody who kills replicas: what got lost, doubled, and when the last was final."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import psycopg

from bot.delivery import Delivery
from bot.rounds import delivery_rules
from knowledge.load import load
from routing.errors import StoreError
from routing.outgoing import Contact, OutgoingMessage
from routing.reminders import load_reminders
from routing.store import Patience, new_key, open_store, upgrade
from tests.bench.reminders import recorder
from tests.bench.reminders.recorder import Line, Recorder, SimulatedClock

START = datetime(2026, 11, 16, 23, 45, tzinfo=UTC)  # Tuesday 8:45 in Tokyo
REPLICAS, CHANNELS = 3, 12
SEND_TIMEOUT = 10.0  # simulated seconds


@dataclass(frozen=True)
class Run:
    """How a run is made. `askable`: the surface can be asked whether a message is there."""

    url: str
    occurrences: int
    kills: int
    speed: float
    askable: bool = True
    seed: int = 1


def run(how: Run) -> dict[str, Any]:
    """Make the run and return its figures."""
    key = new_key()
    upgrade(how.url)
    _plant(how, key)
    with tempfile.TemporaryDirectory() as folder:
        clock = SimulatedClock(time.monotonic(), how.speed, START)
        surface, path = recorder.start(Path(folder), clock)
        pids = [_fork(how, key, path, clock, n) for n in range(REPLICAS)]
        try:
            kills = _while_running(how, key, path, clock, pids)
            arrived = Line(path, 60).ask(do="dump")
        finally:
            for pid in (*pids, surface):
                _end(pid)
    return _figures(how, arrived, kills)


def _plant(how: Run, key: str) -> None:
    store = open_store(how.url, key)
    messages = [
        OutgoingMessage(f"nudge:{n}", "nudge", "", f"person:{n}", "{}", START, START, chain=("agency:team",))
        for n in range(how.occurrences)
    ]
    with store.unit() as unit:
        assert unit.outbox.put_all(messages) == how.occurrences
        for n in range(how.occurrences):
            unit.contacts.put(Contact(f"person:{n}", "recorder", f"C{n % CHANNELS}"), START)
        unit.commit()
    store.close()


def _fork(how: Run, key: str, path: str, clock: SimulatedClock, n: int) -> int:
    """A replica in a process of its own; forked, so that it costs no imports to start one again."""
    pid = os.fork()
    if pid == 0:
        try:
            _replica(how, key, path, clock, f"replica-{n}")
        finally:
            os._exit(1)
    return pid


def _replica(how: Run, key: str, path: str, clock: SimulatedClock, name: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    store = open_store(how.url, key, Patience(pool_size=4))
    channel = Recorder(Line(path, SEND_TIMEOUT / how.speed), how.askable)
    rules = delivery_rules(load_reminders(load("mihon")))

    def wait(seconds: float) -> bool:
        time.sleep(seconds / how.speed)
        return False

    delivery = Delivery(store, [channel], clock, name, rules, wait=wait, workers=12)
    while True:
        with contextlib.suppress(StoreError):
            delivery.run(timedelta(seconds=20))
        time.sleep(0.2 / how.speed)


def _while_running(how: Run, key: str, path: str, clock: SimulatedClock, pids: list[int]) -> int:
    """Kill replicas at random moments of the run and start them again until everything is final; how many were killed."""
    dice = Random(how.seed)
    whole = how.occurrences / CHANNELS
    moments = sorted(dice.uniform(1.0, whole) for _ in range(how.kills))
    killed = 0
    with psycopg.connect(_plain(how.url), autocommit=True) as beside:
        while clock.seconds() < 2 * whole + 300:
            if killed < len(moments):
                time.sleep(max(0.0, (moments[killed] - clock.seconds()) / how.speed))
                which = dice.randrange(REPLICAS)
                _end(pids[which])
                pids[which] = _fork(how, key, path, clock, which)
                killed += 1
                continue
            time.sleep(0.2)
            open_ = "SELECT count(*) FROM outbox WHERE state IN ('waiting', 'sending', 'unknown')"
            if beside.execute(open_).fetchone() == (0,):
                break
    return killed


def _end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    except (ProcessLookupError, ChildProcessError):
        pass


def _figures(how: Run, arrived: list[Any], kills: int) -> dict[str, Any]:
    with psycopg.connect(_plain(how.url), autocommit=True) as beside:
        states = dict(beside.execute("SELECT state, count(*) FROM outbox GROUP BY state").fetchall())
        outcomes = dict(beside.execute("SELECT outcome, count(*) FROM outbox_attempt GROUP BY outcome").fetchall())
        last = beside.execute("SELECT max(final_at) FROM outbox").fetchone()
    times = Counter(key for key, _, _ in arrived)
    moments: dict[str, list[float]] = {}
    for _, address, at in arrived:
        moments.setdefault(address, []).append(at)
    gaps = [b - a for each in moments.values() for a, b in zip(sorted(each), sorted(each)[1:], strict=False)]
    paces = [(len(each) - 1) / (max(each) - min(each)) for each in moments.values() if len(each) > 1]
    return {
        "occurrences": how.occurrences,
        "kills": kills,
        "lost": how.occurrences - len(times),
        "doubled": sum(times.values()) - len(times),
        "unknown": states.get("unknown", 0) + states.get("sending", 0),
        "final_within_min": round((last[0] - START).total_seconds() / 60, 2) if last and last[0] else None,
        "most_per_second_and_channel": round(max(paces), 3),
        "shortest_gap_seconds": round(min(gaps), 3),
        "states": states,
        "outcomes": outcomes,
    }


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")
