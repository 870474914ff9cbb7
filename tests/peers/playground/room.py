"""Microsoft 365 Agents Playground on loopback with our server behind it, and a person in front of it in headless Chromium.

The playground knows no keys: whoever comes from it is let in here (the door has tests of its own). It never listens outside.
"""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.app import App, new_code, new_id
from bot.casework import CaseDesk
from bot.conversation import Conversation
from bot.settings import settings_from
from bot.teams.http import MESSAGES, in_front
from bot.teams.references import Reference
from bot.teams.sdk import SdkConnector
from bot.teams.settings import teams_settings_from
from bot.teams.surface import Surface
from bot.web.application import create
from routing.store import new_key, open_store, upgrade
from tests.bot.teams.conftest import ENVIRONMENT
from tests.bot.teams.replay import AT, town_of
from tests.bot.teams.teams import OpenDoor

ROOT = Path(__file__).parents[3]
CLI = ROOT / ".peers" / "playground" / "node_modules" / "@microsoft" / "m365agentsplayground" / "cli.js"
CHROMIUM = Path("/usr/bin/chromium")
SHOTS = Path(os.environ.get("TSUNAGU_VAR", "var")) / "playground"
_TOKEN = ".".join(
    base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (b'{"alg":"none"}', b'{"exp":9999999999}', b"x")
)


def missing() -> str:
    """Why it cannot run here; empty when it can."""
    if not CLI.exists():
        return "npm could not bring @microsoft/m365agentsplayground (make test-playground asks for it)"
    absent = [name for name in ("node", "chromium") if shutil.which(name) is None]
    return f"{'、'.join(absent)} is not installed (make peers)" if absent else ""


async def _token() -> str:
    return _TOKEN


class OldClients(SdkConnector):
    """What clients that know no `Action.Execute` make of a card: every such button is what it falls back to."""

    old = False

    def create(self, where: Reference, activity: Mapping[str, Any]) -> str:
        return super().create(where, fallen_back(activity) if self.old else activity)

    def update(self, where: Reference, message: str, activity: Mapping[str, Any]) -> str:
        return super().update(where, message, fallen_back(activity) if self.old else activity)


def fallen_back(thing: Any) -> Any:
    """The same with every action replaced by its fallback, without refresh."""
    if isinstance(thing, Mapping):
        if thing.get("type") == "Action.Execute":
            return thing["fallback"]
        return {name: fallen_back(value) for name, value in thing.items() if name != "refresh"}
    return [fallen_back(each) for each in thing] if isinstance(thing, list) else thing


@dataclass
class House:
    """Our server. `clock` stands on the day of the written talks and goes on."""

    surface: Surface
    connector: OldClients
    url: str


@contextmanager
def house(folder: Path) -> Iterator[House]:
    """A running server of ours with a database of its own."""
    settings = teams_settings_from(ENVIRONMENT, "")
    assert settings is not None
    made = settings_from({"TSUNAGU_VAR": str(folder)})
    upgrade(made.database_url)
    town, store = town_of("mihon"), open_store(made.database_url, new_key())
    desk = CaseDesk(town, lambda: "t" * 43, lambda: "123456", demo=True)
    app = App(made, town, store, Conversation(store, town, desk, new_id, new_code), desk)
    began = time.monotonic()

    def clock() -> datetime:
        return AT + timedelta(seconds=time.monotonic() - began)

    connector = OldClients(settings, token=_token)
    surface = Surface(app, settings, clock, connector, OpenDoor())
    port = free_port()
    config = uvicorn.Config(
        _let_in(in_front(create(app, clock), surface)), host="127.0.0.1", port=port, log_level="error"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    _wait_for(lambda: server.started)
    try:
        yield House(surface, connector, f"http://127.0.0.1:{port}{MESSAGES}")
    finally:
        server.should_exit = True
        thread.join(30)
        connector.close()
        store.close()


def _let_in(inner: ASGIApp) -> ASGIApp:
    """Give those who come without a token something to show."""

    async def passed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "headers": [*scope["headers"], (b"authorization", b"Bearer playground")]}
        await inner(scope, receive, send)

    return passed


@contextmanager
def playground(endpoint: str, folder: Path) -> Iterator[str]:
    """The playground in front of an endpoint; its address. It is stopped by its own process id."""
    port = free_port()
    command = ["node", str(CLI), "start", "-e", endpoint, "-c", "msteams", "-p", str(port), "--disable-telemetry"]
    environment = {**os.environ, "HOME": str(folder), "BROWSER": "none"}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(lambda: _answers(url))
        yield url
    finally:
        process.terminate()
        process.wait(10)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.HTTPError:
        return False


def _wait_for(there: Any, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < until, "it did not start"
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Visitor:
    """Somebody in front of the playground. `shot` keeps what is seen."""

    def __init__(self, page: Any, name: str) -> None:
        self.page, self.name, self.shots = page, name, 0

    def say(self, text: str) -> None:
        self.page.locator("[role=textbox]").first.click()
        self.page.keyboard.insert_text(text)
        self.page.get_by_label("Send Message").click()

    def mentions(self, text: str, send: str) -> None:
        """Say it to us where others read along. `send`: the words of the button there."""
        self.page.locator("[role=textbox]").first.click()
        self.page.keyboard.type("@")
        self.page.get_by_role("menuitem", name="Test Bot").click(timeout=10_000)
        self.page.keyboard.insert_text(f" {text}")
        (self.page.get_by_label(send) if send.startswith("Send") else self.page.get_by_text(send, exact=True)).click()

    def sees(self, text: str) -> None:
        self.page.get_by_text(text, exact=False).last.wait_for(timeout=20_000)

    def press(self, title: str) -> None:
        self.page.get_by_role("button", name=title, exact=True).last.click(timeout=20_000)

    def goes_to(self, place: str) -> None:
        self.page.get_by_role("treeitem", name=place, exact=True).click()
        self.page.wait_for_timeout(500)

    def cards(self) -> int:
        return int(self.page.locator(".ac-adaptiveCard").count())

    def shot(self) -> Path:
        self.shots += 1
        SHOTS.mkdir(parents=True, exist_ok=True)
        path = SHOTS / f"{self.name}-{self.shots}.png"
        self.page.wait_for_timeout(400)
        self.page.screenshot(path=path)
        return path


@contextmanager
def visit(url: str, name: str) -> Iterator[Visitor]:
    """A window on the playground."""
    from playwright.sync_api import sync_playwright

    with ExitStack() as stack:
        started = stack.enter_context(sync_playwright())
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        stack.callback(browser.close)
        page = browser.new_page(viewport={"width": 1280, "height": 1600}, locale="ja-JP")
        page.goto(url)
        page.get_by_label("Send Message").wait_for(timeout=30_000)
        visitor = Visitor(page, name)
        visitor.sees("相談の内容を、そのまま書いてください")  # greeted when the app was installed
        yield visitor
