"""Peers doing the same: APScheduler's shared job store, and procrastinate where it is installed.

Both keep real time and no pace per address, so only what is lost and what is doubled can be compared. They are started again
when killed, and are given time afterwards to make up for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import psycopg

from tests.bench.reminders import recorder
from tests.bench.reminders.crowd import CHANNELS, REPLICAS, Run
from tests.bench.reminders.recorder import Line, SimulatedClock

KILLING_SECONDS, QUIET_SECONDS, MOST_SECONDS = 100.0, 40.0, 300.0
_PATH = "RECORDER"


@cache
def line() -> Line:
    """This process's connections to the surface."""
    return Line(os.environ[_PATH], 5.0)


def send(key: str, address: str) -> None:
    """What a job does."""
    with contextlib.suppress(OSError):
        line().ask(do="send", key=key, address=address)


def apscheduler(how: Run) -> dict[str, Any]:
    """BackgroundScheduler in every process, one SQLAlchemyJobStore for all."""
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
    from apscheduler.schedulers.background import BackgroundScheduler

    url = how.url.replace("postgresql://", "postgresql+psycopg://")
    defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}

    def scheduler() -> Any:
        return BackgroundScheduler(
            jobstores={"default": SQLAlchemyJobStore(url=url)}, job_defaults=defaults, timezone=UTC
        )

    def plant() -> None:
        made = scheduler()
        made.start(paused=True)
        due = datetime.now(UTC)
        for n in range(how.occurrences):
            job = ["date", [f"nudge:{n}", f"C{n % CHANNELS}"]]
            made.add_job(send, job[0], args=job[1], run_date=due, id=f"nudge:{n}")
        made.shutdown(wait=False)

    def work() -> None:
        scheduler().start()
        while True:
            time.sleep(60)

    return _run(how, plant, work, "SELECT count(*) FROM apscheduler_jobs")


def procrastinate(how: Run) -> dict[str, Any] | str:
    """Workers with its documented way of retrying stalled jobs; `not run` when it is not installed."""
    if find_spec("procrastinate") is None:
        return "not run"
    from procrastinate import App, PsycopgConnector

    app = App(connector=PsycopgConnector(conninfo=how.url))

    @app.task(name="send", pass_context=False)
    async def task(key: str, address: str) -> None:
        await asyncio.to_thread(send, key, address)

    async def planting() -> None:
        async with app.open_async():
            await app.schema_manager.apply_schema_async()
            every = [{"key": f"nudge:{n}", "address": f"C{n % CHANNELS}"} for n in range(how.occurrences)]
            for start in range(0, len(every), 1000):
                await task.batch_defer_async(*every[start : start + 1000])

    async def working() -> None:
        async with app.open_async():
            worker = app.run_worker_async(concurrency=10, update_heartbeat_interval=2, stalled_worker_timeout=10)
            await asyncio.gather(worker, retrying())

    async def retrying() -> None:
        while True:
            await asyncio.sleep(1)
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=10):
                await app.job_manager.retry_job(job)

    open_ = "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
    return _run(how, lambda: asyncio.run(planting()), lambda: asyncio.run(working()), open_)


def _run(how: Run, plant: Callable[[], None], work: Callable[[], None], open_: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        surface, path = recorder.start(Path(folder), SimulatedClock(time.monotonic(), 1.0, None), faults=False)
        os.environ[_PATH] = path
        line.cache_clear()
        planter = _fork(plant)
        os.waitpid(planter, 0)
        pids = [_fork(work) for _ in range(REPLICAS)]
        try:
            kills = _killing(how, pids, work, open_)
            arrived = Line(path, 60).ask(do="dump")
        finally:
            for pid in (*pids, surface):
                _end(pid)
    times = Counter(key for key, _, _ in arrived)
    lost, doubled = how.occurrences - len(times), sum(times.values()) - len(times)
    return {"occurrences": how.occurrences, "kills": kills, "lost": lost, "doubled": doubled}


def _fork(work: Callable[[], None]) -> int:
    """Forked before any connection or thread of a peer exists here."""
    pid = os.fork()
    if pid == 0:
        try:
            _silence()
            work()
        finally:
            os._exit(0)
    return pid


def _silence() -> None:
    import logging

    logging.disable(logging.CRITICAL)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)


def _killing(how: Run, pids: list[int], work: Callable[[], None], open_: str) -> int:
    dice = Random(how.seed)
    moments = sorted(dice.uniform(0.5, KILLING_SECONDS) for _ in range(how.kills))
    began, killed, quiet_since, last = time.monotonic(), 0, None, None
    with psycopg.connect(how.url, autocommit=True) as beside:
        while (now := time.monotonic() - began) < MOST_SECONDS:
            if killed < len(moments):
                time.sleep(max(0.0, moments[killed] - now))
                which = dice.randrange(REPLICAS)
                _end(pids[which])
                pids[which] = _fork(work)
                killed += 1
                continue
            time.sleep(0.5)
            row = beside.execute(open_).fetchone()
            if row != last or quiet_since is None:
                last, quiet_since = row, now
            if (row == (0,) and now - quiet_since > 3) or now - quiet_since > QUIET_SECONDS:
                break
    return killed


def _end(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
