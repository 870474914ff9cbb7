"""The peer, the bot as a process of its own, and people in the workspace, driven through the peer's control API.

The peer binds every interface, so all of this runs in a network of its own (see test_slack_peer.py).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import websocket

from bot.slack.marks import Mark, mark_of
from tests.peers.slack.between import Between

ROOT = Path(__file__).parents[3]
PEER = ROOT / ".peers" / "node_modules" / "local-slack-linux-x64" / "bin" / "local-slack"
SECRET = "peer-signing-secret"
PEER_PORT, BETWEEN_PORT, BOT_PORT = 3100, 3200, 3300
PEOPLE = [f"U{number:03}" for number in range(1, 41)]
CHANNEL, DESK_CHANNEL = "C0TEAM", "C0DESK"
TEAM, DESK = "U040", "U039"
MAP = f"""
[[channel]]
id = "{CHANNEL}"
agency = "project-team"
role = "project_team"
[[channel]]
id = "{DESK_CHANNEL}"
agency = "hokatsu-kikan"
role = "coordinator"
[[channel]]
id = "{CHANNEL}"
agency = "shogai-fukushi"
role = "coordinator"
[[user]]
id = "{TEAM}"
agency = "project-team"
role = "coordinator"
[[user]]
id = "{DESK}"
agency = "hokatsu-kikan"
role = "coordinator"
"""


def wait_for(what: Callable[[], Any], seconds: float = 10.0, about: str = "it never came") -> Any:
    """What `what` gives as soon as it is something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.03)
    raise AssertionError(about)


@dataclass
class Peer:
    """local-slack in one of its two modes."""

    mode: str
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{PEER_PORT}"

    def start(self) -> None:
        app = {
            "appId": "A0", "botUserId": "U0BOT", "botName": "tsunagu", "botToken": "xoxb-peer", "appToken": "xapp-peer",
            "signingSecret": SECRET, "mode": self.mode, "requestUrl": f"http://127.0.0.1:{BETWEEN_PORT}/deliver",
        }  # fmt: skip
        users = [{"id": name, "name": name.lower(), "real_name": name} for name in PEOPLE]
        names = {CHANNEL: "team", DESK_CHANNEL: "desk"}
        channels = [{"id": id, "name": name, "members": [*PEOPLE, "U0BOT"]} for id, name in names.items()]
        config = {
            "workspace": {"name": "見本市", "domain": "mihon", "teamId": "T0"},
            "app": app,
            "users": users,
            "channels": channels,
        }
        path = self.folder / f"peer-{self.mode}.json"
        path.write_text(json.dumps(config, ensure_ascii=False), "utf-8")
        command = [str(PEER), "--config", str(path), "--port", str(PEER_PORT), "--base-host", "127.0.0.1"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.up)

    def up(self) -> bool:
        try:
            return bool(self.get("/_control/state"))
        except OSError:
            return False

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.base}{path}", timeout=10) as answer:
            return json.load(answer)

    def post(self, path: str, **body: Any) -> Any:
        data = json.dumps(body).encode()
        request = urllib.request.Request(f"{self.base}{path}", data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=40) as answer:
            return json.load(answer)

    def snapshot(self) -> dict[str, Any]:
        """What the browser page would be told: messages, modals, homes."""
        line = websocket.create_connection(f"ws://127.0.0.1:{PEER_PORT}/ui", timeout=10)
        try:
            state: dict[str, Any] = json.loads(line.recv())["state"]
            return state
        finally:
            line.close()

    def connected(self) -> bool:
        """Whether the bot is on the line."""
        return bool(self.snapshot()["apps"][0]["connected"])

    def send(self, **message: Any) -> None:
        """Do something as the browser page does it."""
        line = websocket.create_connection(f"ws://127.0.0.1:{PEER_PORT}/ui", timeout=10)
        try:
            line.recv()
            line.send(json.dumps(message))
            time.sleep(0.05)
        finally:
            line.close()


@dataclass
class Bot:
    """`tsunagu serve` as a process of its own; killed and started again it is a restart."""

    var: Path
    mode: str
    more: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {
            **os.environ, "TSUNAGU_VAR": str(self.var), "PORT": str(BOT_PORT), "PYTHONPATH": str(ROOT),
            "TSUNAGU_SLACK_BOT_TOKEN": "xoxb-peer", "TSUNAGU_SLACK_API_URL": f"http://127.0.0.1:{BETWEEN_PORT}/api/",
            "TSUNAGU_SLACK_SIGNING_SECRET": SECRET, **self.more,
        }  # fmt: skip
        if self.mode == "socket":
            environment["TSUNAGU_SLACK_APP_TOKEN"] = "xapp-peer"
        command = [sys.executable, "-m", "bot", "serve"]
        with (self.var / "bot.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        wait_for(self.up, 30)

    def up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.var / "bot.log").read_text("utf-8")[-2000:]
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{BOT_PORT}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def kill(self) -> None:
        """As a power cut would."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)

    def log(self) -> str:
        return (self.var / "bot.log").read_text("utf-8")


@dataclass
class Room:
    """Everything together."""

    peer: Peer
    between: Between
    bot: Bot
    free: Iterator[str]

    def person(self) -> Clerk:
        """Somebody nobody was before."""
        return Clerk(next(self.free), self)


@contextmanager
def room_of(mode: str, folder: Path, **more: str) -> Iterator[Room]:
    """A running room; everything it started is stopped by its pid. `more`: settings of the bot."""
    peer = Peer("events" if mode == "http" else "socket", folder)
    between = Between(BETWEEN_PORT, peer.base, f"http://127.0.0.1:{BOT_PORT}")
    (folder / "map.toml").write_text(MAP, "utf-8")
    bot = Bot(folder, mode, {"TSUNAGU_SLACK_MAP": str(folder / "map.toml"), **more})
    try:
        peer.start()
        between.start()
        bot.start()
        if mode == "socket":
            wait_for(peer.connected, 15)
        yield Room(peer, between, bot, iter(PEOPLE))
    finally:
        bot.kill()
        between.stop()
        peer.stop()


@dataclass
class Clerk:
    """A person in the workspace."""

    id: str
    room: Room
    _dm: str = ""

    @property
    def dm(self) -> str:
        if not self._dm:
            state = self.room.peer.post("/api/conversations.open", users=self.id)
            self._dm = state["channel"]["id"]
        return self._dm

    def say(self, text: str, channel: str = "") -> None:
        self.room.peer.post("/_control/message", channel=channel or self.dm, user=self.id, text=text)

    def edit(self, ts: str, text: str, channel: str = "") -> None:
        """Write a message of their own anew."""
        self.room.peer.send(t="edit_message", user=self.id, channel=channel or self.dm, ts=ts, text=text)

    def command(self, text: str, channel: str = CHANNEL) -> None:
        self.room.peer.post("/_control/command", channel=channel, user=self.id, command="/tsunagu", text=text)

    def home(self) -> dict[str, Any]:
        def now() -> dict[str, Any]:
            views: dict[str, Any] = self.room.peer.snapshot()["homeViews"].get(self.id, {})
            return views.get("A0", {})

        before = now().get("hash")
        self.room.peer.post("/_control/open-home", user=self.id)
        home: dict[str, Any] = wait_for(lambda: now() if now().get("hash") != before else None)
        return home

    def messages(self, channel: str = "") -> list[dict[str, Any]]:
        """The bot's messages that everybody there sees."""
        found = self.room.peer.get(f"/_control/messages/{channel or self.dm}")["messages"]
        return [m for m in found if m.get("user") == "U0BOT" and not m.get("ephemeral_to")]

    def whispers(self, channel: str) -> list[dict[str, Any]]:
        found = self.room.peer.get(f"/_control/messages/{channel}")["messages"]
        return [m for m in found if m.get("ephemeral_to") == self.id]

    def last(self, holding: str, channel: str = "", seconds: float = 10.0) -> dict[str, Any]:
        """The last message there, as soon as it holds these words."""

        def look() -> dict[str, Any] | None:
            found = self.messages(channel)
            return found[-1] if found and holding in words(found[-1]["blocks"]) else None

        try:
            message: dict[str, Any] = wait_for(look, seconds)
        except AssertionError:
            found = self.messages(channel)
            there = words(found[-1]["blocks"]) if found else "nothing"
            raise AssertionError(f"no 「{holding}」; there is: {there}") from None
        return message

    def standing(self) -> int:
        """The number of the card that can be acted on now."""
        return max((mark.number for m in self.messages() for mark in marks(m["blocks"])), default=0)

    def press(self, label: str, holding: str = "", channel: str = "") -> dict[str, Any]:
        """Press a button of the last message; returns the message."""
        message = self.last(holding or label, channel)
        self.click(message, find(message["blocks"], label))
        return message

    def click(self, message: Mapping[str, Any], action: Mapping[str, Any]) -> None:
        where = message.get("channel") or self.dm
        self.room.peer.post(
            "/_control/interact", channel=where, messageTs=message.get("ts") or "0", user=self.id, action=action
        )

    def choose(self, message: Mapping[str, Any], action: str, value: str) -> None:
        """Make any choice on a card, whether it has a button of its own or lies in a modal."""
        here = next(mark for mark in marks(message["blocks"]) if mark.number)
        mark = Mark(here.talk, here.number, action, value)
        self.click(message, {"type": "button", "action_id": "do:x", "block_id": "x", "value": str(mark)})

    def modal(self, holding: str = "") -> dict[str, Any]:
        """The modal that is open, once it is filled."""

        def look() -> dict[str, Any] | None:
            stack = self.room.peer.snapshot()["modalStack"]
            return (
                stack[-1] if stack and stack[-1].get("callback_id") != "slip" and holding in words(stack[-1]) else None
            )

        view: dict[str, Any] = wait_for(look)
        return view

    def submit(self, view: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Send a modal; `values` by block id. The peer forgets what was prefilled, so it is put back."""
        state: dict[str, Any] = {}
        for block in view["blocks"]:
            if block["type"] == "input":
                state[block["block_id"]] = {
                    block["element"]["action_id"]: entered(block["element"], values.get(block["block_id"]))
                }
        self.room.peer.send(t="view_submit", user=self.id, values=state)

    def close(self) -> None:
        self.room.peer.send(t="view_close", user=self.id)


def entered(element: Mapping[str, Any], value: Any) -> dict[str, Any]:
    """What Slack would send for a field."""
    options = element.get("options", ())
    if element["type"] == "static_select":
        found = next((o for o in options if o["value"] == value), element.get("initial_option"))
        return {"type": "static_select", "selected_option": found}
    if element["type"] in ("checkboxes", "multi_static_select", "multi_external_select"):
        picked = [o for o in options if value and o["value"] in value] or [
            {"value": v} for v in value or () if not options
        ]
        return {"type": element["type"], "selected_options": picked or element.get("initial_options", [])}
    if element["type"] == "datepicker":
        return {"type": "datepicker", "selected_date": value or element.get("initial_date")}
    return {"type": "plain_text_input", "value": value if value is not None else element.get("initial_value")}


def words(thing: object) -> str:
    """All words of blocks."""
    if isinstance(thing, Mapping):
        own = str(thing["text"]) if thing.get("type") in ("plain_text", "mrkdwn") else ""
        return "\n".join(filter(None, [own, *(words(value) for value in thing.values())]))
    if isinstance(thing, list):
        return "\n".join(filter(None, map(words, thing)))
    return ""


def elements(blocks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for block in blocks:
        for element in block.get("elements", ()) if block["type"] == "actions" else ():
            yield {**element, "block_id": block.get("block_id", "b")}
        if "accessory" in block:
            yield {**block["accessory"], "block_id": block.get("block_id", "b")}


def marks(blocks: list[dict[str, Any]]) -> Iterator[Mark]:
    for element in elements(blocks):
        mark = mark_of(element.get("value"))
        if mark:
            yield mark


def find(blocks: list[dict[str, Any]], label: str) -> dict[str, Any]:
    """The button with that label."""
    for element in elements(blocks):
        if element["type"] == "button" and element["text"]["text"] == label:
            return element
    raise AssertionError(f"no 「{label}」 among {[e.get('text', {}).get('text') for e in elements(blocks)]}")


def one_of(blocks: list[dict[str, Any]], *labels: str) -> dict[str, Any]:
    """The button with the first of these labels that is there."""
    there = {e["text"]["text"]: e for e in elements(blocks) if e["type"] == "button"}
    return next(there[label] for label in labels if label in there)
