"""A surface in a process of its own: writes down what reaches it, can be asked, and now and then does not answer.

Of every thousand messages some are taken without an answer, some are lost without one: time-outs that mean both things.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from bot.delivery import Delivered, Result, Unknown
from routing.outgoing import OutgoingMessage

MUTE, LOSE = 0.003, 0.003


@dataclass(frozen=True)
class SimulatedClock:
    """One clock for all processes: the machine's monotonic clock, made faster."""

    origin: float
    speed: float
    start: Any

    def seconds(self) -> float:
        """Simulated seconds since the start."""
        import time

        return (time.monotonic() - self.origin) * self.speed

    def __call__(self) -> Any:
        from datetime import timedelta

        return self.start + timedelta(seconds=self.seconds())


def serve(path: str, clock: SimulatedClock, faults: bool) -> None:
    """Run the surface until killed."""
    asyncio.run(_serve(path, clock, faults))


async def _serve(path: str, clock: SimulatedClock, faults: bool) -> None:
    arrived: list[tuple[str, str, float]] = []
    there: set[tuple[str, str]] = set()
    dice = Random(8)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                asked = json.loads(line)
                answer: Any = None
                if asked["do"] == "dump":
                    answer = arrived
                elif asked["do"] == "find":
                    answer = (asked["address"], asked["key"]) in there
                else:
                    chance = dice.random() if faults else 1.0
                    if chance >= LOSE:
                        arrived.append((asked["key"], asked["address"], clock.seconds()))
                        there.add((asked["address"], asked["key"]))
                    if chance < LOSE + MUTE:
                        continue
                    answer = len(arrived)
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_unix_server(talk, path, limit=1 << 24)
    async with server:
        await server.serve_forever()


class Line:
    """A connection to the surface per thread."""

    def __init__(self, path: str, timeout: float) -> None:
        self._path, self._timeout, self._mine = path, timeout, threading.local()

    def ask(self, **what: Any) -> Any:
        """Raises `OSError` (a time-out too); then the connection is given up."""
        try:
            if not hasattr(self._mine, "file"):
                connection = socket.socket(socket.AF_UNIX)
                connection.settimeout(self._timeout)
                connection.connect(self._path)
                self._mine.file = connection.makefile("rwb")
            self._mine.file.write(json.dumps(what).encode() + b"\n")
            self._mine.file.flush()
            line = self._mine.file.readline()
        except OSError:
            self.__dict__["_mine"] = threading.local()
            raise
        if not line:
            raise ConnectionResetError
        return json.loads(line)


@dataclass
class Recorder:
    """`bot.delivery.Channel` to the surface."""

    line: Line
    can_find: bool = True
    surface: str = "recorder"
    held: list[Any] = field(default_factory=list)

    def send(self, message: OutgoingMessage, address: str) -> Result:
        """The key travels with the message."""
        try:
            return Delivered(str(self.line.ask(do="send", key=message.key, address=address)))
        except OSError:
            return Unknown("time-out")

    def find(self, message: OutgoingMessage, address: str) -> str | None:
        """Whether the key is at the address."""
        return "found" if self.line.ask(do="find", key=message.key, address=address) else None


def start(folder: Path, clock: SimulatedClock, faults: bool = True) -> tuple[int, str]:
    """Fork the surface; its process id and where it listens."""
    path = str(folder / "surface")
    pid = os.fork()
    if pid == 0:
        try:
            serve(path, clock, faults)
        finally:
            os._exit(0)
    import time

    while not Path(path).exists():
        time.sleep(0.02)
    return pid, path
