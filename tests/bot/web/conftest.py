"""A town read once, a fresh store for every test, browsers that keep their own cookie, and a real server."""

from __future__ import annotations

import json
import re
import socket
import threading
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import httpx
import pytest

from bot.app import App, new_code, new_digits, new_id, new_token
from bot.casework import CaseDesk
from bot.conversation import Conversation
from bot.settings import settings_from
from bot.web.application import create
from bot.web.server import Server, server
from bot.web.surface import Surface
from bot.world import Town, open_town
from routing.store import new_key, open_store, upgrade
from tests.bot.web.visitors import chromium, visit  # noqa: F401 - fixtures for every test of this folder

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # starlette would rather have httpx2; httpx does
    from starlette.testclient import TestClient

BASE = "http://127.0.0.1:8080"
HOUSEHOLD = (
    "80代の母と50代の息子の二人暮らし。息子は10年以上ひきこもっている。母は最近もの忘れがひどい。母の受診先を知りたい。"
)
OURS = {"Origin": BASE, "X-Tsunagu": "1", "Content-Type": "application/json"}


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    at: datetime = datetime(2026, 4, 1, 9, 30, tzinfo=ZoneInfo("Asia/Tokyo"))

    def __call__(self) -> datetime:
        return self.at

    def later(self, **span: int) -> None:
        self.at += timedelta(**span)


@pytest.fixture(scope="session")
def town() -> Town:
    return open_town("mihon")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def open_app(tmp_path: Path, town: Town) -> Iterator[Callable[..., App]]:
    """Opens a process on this test's database; called twice, it is a restart."""
    key = new_key()
    with ExitStack() as stores:

        def opened(**settings: Any) -> App:
            made = replace(settings_from({"TSUNAGU_VAR": str(tmp_path)}), **settings)
            upgrade(made.database_url)
            store = open_store(made.database_url, key)
            stores.callback(store.close)
            desk = CaseDesk(town, new_token, new_digits, demo=made.demo)
            return App(made, town, store, Conversation(store, town, desk, new_id, new_code), desk)

        yield opened


@dataclass
class Browser:
    """A browser with its cookie. Requests go to one running application."""

    client: TestClient
    cookie: str = ""
    talk: str = ""
    answers: list[httpx.Response] = field(default_factory=list)

    def get(self, path: str, **headers: str) -> Any:
        sent = {"Cookie": self.cookie, **headers} if self.cookie else headers
        answer = self.client.get(path, headers=sent)
        if "set-cookie" in answer.headers:
            self.cookie = answer.headers["set-cookie"].partition(";")[0]
        self.client.cookies.clear()
        return answer

    def open(self, path: str = "/") -> Any:
        answer = self.get(path)
        found = re.search(r'data-conversation="([^"]+)"', answer.text)
        self.talk = found[1] if found else self.talk
        return answer

    def post(self, path: str, body: object, **headers: str) -> Any:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {**OURS, "Cookie": self.cookie, **headers}
        return self.client.post(path, content=content, headers={k: v for k, v in sent.items() if v})

    def form(self, path: str, once: str = "", **fields: str | list[str]) -> Any:
        """Send a plain form, as a browser without our script does. The answer to a redirect is not followed."""
        sent = {"Origin": BASE, "Content-Type": "application/x-www-form-urlencoded"}
        sent |= {"Cookie": self.cookie} if self.cookie else {}
        body = urlencode({"once": once or uuid.uuid4().hex, **fields}, doseq=True)
        answer = self.client.post(path, content=body, headers=sent, follow_redirects=False)
        self.client.cookies.clear()
        return answer

    def do(self, action: str, value: str, once: str = "", **fields: str | list[str]) -> Any:
        """A command on a case's page."""
        number = value.partition("/")[0]
        return self.form(f"/cases/{number}/do", once, action=f"case:{action}", value=value, **fields)

    def stand(self, agency: str, role: str = "clerk") -> Browser:
        """デモ: act for an agency."""
        answer = self.form("/desk", action="case:act_for", value=agency, role=role)
        assert answer.status_code == 303, answer.text
        return self

    def turn(self, *, message: str = "", talk: str = "", **turn: Any) -> Any:
        """Send a turn and wait until it is worked off."""
        body = {"message": message or str(uuid.uuid4()), **turn}
        answer = self.post(f"/talks/{talk or self.talk}/turns", body)
        self.settle()
        return answer

    def say(self, text: str) -> Any:
        return self.turn(text=text)

    def choose(self, action: str, value: str = "", **values: str) -> Any:
        return self.turn(choice={"action": action, "value": value, "values": values})

    def settle(self) -> None:
        surface: Surface = self.client.app.state.surface  # type: ignore[attr-defined]
        assert self.client.portal is not None
        self.client.portal.call(surface.worker.finish)

    def page(self) -> str:
        """The talk as it is shown now."""
        return str(self.get(f"/talks/{self.talk}").text)

    def confirm(self) -> str:
        """From the first sentence to a case; its number."""
        self.open()
        self.say(HOUSEHOLD)
        self.choose("accept")
        self.choose("enough")
        self.choose("confirm")
        found = re.search(r"/cases/([A-Z]+-\d{4}-\d{4})", self.page())
        assert found, self.page()
        return found[1]


@dataclass
class House:
    """A running application and what it is made of."""

    client: TestClient
    app: App
    surface: Surface

    def browser(self) -> Browser:
        browser = Browser(self.client)
        browser.open()
        return browser


@pytest.fixture
def open_house(open_app: Callable[..., App], clock: Clock) -> Iterator[Callable[[], House]]:
    """Starts the application on this test's database; called twice, it is a restart (the first goes on running)."""
    with ExitStack() as running:

        def opened() -> House:
            app = open_app()
            web = create(app, clock)
            client = running.enter_context(TestClient(web, base_url=BASE, raise_server_exceptions=False))
            return House(client, app, web.state.surface)

        yield opened


@pytest.fixture
def house(open_house: Callable[[], House]) -> House:
    return open_house()


@pytest.fixture
def browser(house: House) -> Browser:
    return house.browser()


@dataclass
class Served:
    """A real server on a port of its own."""

    base: str
    app: App
    server: Server
    thread: threading.Thread

    def stop(self) -> None:
        self.server.stop()
        self.thread.join(10)


@pytest.fixture
def serve(open_app: Callable[..., App]) -> Iterator[Callable[[], Served]]:
    """Starts real servers; called twice, they are two processes on one database."""
    with ExitStack() as running:

        def served() -> Served:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
            app = open_app(port=port)
            ready = threading.Event()
            made = server(app, lambda: datetime.now(ZoneInfo("Asia/Tokyo")), ready.set)
            thread = threading.Thread(target=made.run, daemon=True)
            thread.start()
            assert ready.wait(20), "the server did not start"
            up = Served(f"http://127.0.0.1:{port}", app, made, thread)
            running.callback(up.stop)
            return up

        yield served
