"""A process with Teams beside the web chat, on this test's database; people who talk to it; a wire that remembers."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.app import App, new_code, new_id
from bot.casework import CaseDesk
from bot.conversation import Conversation
from bot.settings import settings_from
from bot.teams.door import Door
from bot.teams.http import MESSAGES, in_front
from bot.teams.settings import TeamsSettings, teams_settings_from
from bot.teams.surface import Surface
from bot.web.application import create
from bot.world import Town
from routing.store import new_key, open_store, upgrade
from tests.bot.teams.replay import town_of
from tests.bot.teams.teams import APP, TENANT, OpenDoor, Person, Wire

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # starlette would rather have httpx2; httpx does
    from starlette.testclient import TestClient

ENVIRONMENT = {
    "TSUNAGU_TEAMS_APP_ID": APP,
    "TSUNAGU_TEAMS_APP_SECRET": "s3cret-of-the-app",
    "TSUNAGU_TEAMS_TENANT_ID": TENANT,
    "TSUNAGU_URL": "https://tsunagu.example",
}


@dataclass
class Clock:
    """A clock that goes on a second at every look."""

    at: datetime = datetime(2026, 11, 20, 9, 30, tzinfo=ZoneInfo("Asia/Tokyo"))

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


@pytest.fixture(scope="session")
def town() -> Town:
    return town_of("mihon")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wire() -> Wire:
    return Wire()


@dataclass(repr=False)  # hypothesis writes its fixtures out; a whole house is too long
class Room:
    """A running process. `person(name)` is somebody in Teams who talks to it."""

    app: App
    surface: Surface
    client: TestClient
    wire: Wire

    def post(self, activity: Any, *, settle: bool = True, **headers: str) -> Any:
        sent = {"Authorization": "Bearer x", "Content-Type": "application/json", **headers}
        body = json.dumps(activity)  # with escapes, which can say what UTF-8 cannot
        answer = self.client.post(MESSAGES, content=body, headers={k: v for k, v in sent.items() if v})
        if settle:
            self.settle()
        return answer

    def settle(self) -> None:
        assert self.surface.worker.finish(20)

    def person(self, name: str = "a") -> Person:
        return Person(self.post, self.wire, name)


@pytest.fixture
def settings() -> TeamsSettings:
    found = teams_settings_from(ENVIRONMENT, "")
    assert found is not None
    return found


@pytest.fixture
def open_room(
    tmp_path: Path, town: Town, clock: Clock, wire: Wire, settings: TeamsSettings
) -> Iterator[Callable[..., Room]]:
    """Starts a process on this test's database; called twice, it is a restart (the first goes on running)."""
    key = new_key()
    with ExitStack() as running:

        def opened(door: Door | None = None, **changed: Any) -> Room:
            made = settings_from({"TSUNAGU_VAR": str(tmp_path)})
            upgrade(made.database_url)
            store = open_store(made.database_url, key)
            running.callback(store.close)
            desk = CaseDesk(town, lambda: "t" * 43, lambda: "123456", demo=True)
            app = App(made, town, store, Conversation(store, town, desk, new_id, new_code), desk)
            surface = Surface(app, replace(settings, **changed), clock, wire, door or OpenDoor())
            web = in_front(create(app, clock), surface)
            client = running.enter_context(
                TestClient(web, base_url="http://127.0.0.1:8080", raise_server_exceptions=False)
            )
            return Room(app, surface, client, wire)

        yield opened


@pytest.fixture
def room(open_room: Callable[..., Room]) -> Room:
    return open_room()


@pytest.fixture
def person(room: Room) -> Person:
    return room.person()
