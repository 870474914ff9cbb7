"""Happenings of a chat are stored, then worked off beside the request that brought them: in order per person, side by side
otherwise.

Knows that one desk is worked on by one thread of this process, that waiting holds up nobody else, and that a happening
which cannot be done must not block its desk for ever. Refuses to know which chat it is and what a happening means.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Generic, TypeVar

from bot.gate import Wait
from bot.memory import DeskFromNewerVersion, TalkFromNewerVersion
from bot.mishaps import log_mishap
from routing.errors import RoutingError, StaleWrite, StoreError, StoreLocked
from routing.ports import StoredTurn
from routing.store import SqlStore

TRIES = 5
PAUSE_SECONDS = 1.0
LONG_PAUSE_SECONDS = 30.0
AGAIN_SECONDS = 20.0  # after a redelivery: whoever took it first may have died
MOST_LEFT = 1000

D = TypeVar("D")
H = TypeVar("H")
Later = Callable[[float, Callable[[], None]], None]


class DeskWorker(ABC, Generic[D, H]):
    """The work of one chat in this process. `later(seconds, do)` is the alarm clock."""

    def __init__(self, store: SqlStore, pool: Executor, later: Later) -> None:
        self._store, self._pool, self._later = store, pool, later
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._running: set[str] = set()
        self._again: set[str] = set()
        self._looking: set[str] = set()
        self._careful: set[str] = set()
        self._failed: dict[str, int] = {}
        self.closing = False

    @abstractmethod
    def stored(self, what: H) -> StoredTurn:
        """A happening as a turn of its desk's own stream."""

    @abstractmethod
    def desk_from(self, stream: str) -> str:
        """The desk whose stream it is; empty when it is no desk of this chat."""

    @abstractmethod
    def read(self, name: str, turn: StoredTurn) -> tuple[D, H]:
        """A desk as it is stored, and what is to be done there."""

    @abstractmethod
    def step(self, desk: D, what: H, careful: bool) -> D:
        """Do it; the desk afterwards. Raises `Wait`."""

    @abstractmethod
    def save(self, before: D, after: D, what: H, turn: StoredTurn) -> None:
        """Keep the desk and that the turn is done, in one transaction."""

    @abstractmethod
    def give_up(self, desk: D) -> None:
        """The talks of a desk say that something could not be done."""

    def accept(self, what: H) -> bool:
        """Store it, in one statement; it may be acknowledged then. False when it was there already."""
        turn = self.stored(what)
        desk = self.desk_from(turn.conversation)
        fresh = self._store.store_turn(turn)
        if fresh:
            self.kick(desk)
        else:
            self._kick_later(desk)
        return fresh

    def take_up(self) -> int:
        """Go on with what a crash left behind; how many desks that are. What was sent last may have arrived."""
        with self._store.unit(reading=True) as unit:
            left = {self.desk_from(name) for name in unit.turns.unfinished(MOST_LEFT)}
        desks = sorted(name for name in left if name)
        for name in desks:
            self._careful.add(name)
            self.kick(name)
        return len(desks)

    def kick(self, desk: str) -> None:
        """See to it that everything waiting at a desk gets done."""
        with self._lock:
            if self.closing:
                return
            if desk in self._running:
                self._again.add(desk)
                return
            self._running.add(desk)
        self._pool.submit(self._run, desk)

    def finish(self, seconds: float = 10.0) -> bool:
        """Wait until nothing is being worked on (what waits for the chat is not counted)."""
        with self._idle:
            return self._idle.wait_for(lambda: not self._running, seconds)

    def _kick_later(self, desk: str) -> None:
        """Look again after a while, once however often it was delivered meanwhile."""
        with self._lock:
            if desk in self._looking:
                return
            self._looking.add(desk)

        def look() -> None:
            with self._lock:
                self._looking.discard(desk)
            self.kick(desk)

        self._later(AGAIN_SECONDS, look)

    def _run(self, desk: str) -> None:
        pause: float | None = None
        try:
            while pause is None:
                with self._lock:
                    self._again.discard(desk)
                pause = self._work(desk)
                with self._lock:
                    if pause is None and desk not in self._again:
                        self._running.discard(desk)
                        self._idle.notify_all()
                        return
        except BaseException as error:
            log_mishap("desk failed", error, desk)
            pause = LONG_PAUSE_SECONDS
        with self._lock:
            self._running.discard(desk)
            self._idle.notify_all()
        self._later(pause or 0.0, lambda: self.kick(desk))

    def _work(self, desk: str) -> float | None:
        """Do everything that waits; None when all is done, else after how many seconds to go on."""
        try:
            while (turn := self._next(desk)) is not None:
                self._one(desk, turn)
                self._failed.pop(desk, None)
                self._careful.discard(desk)
        except Wait as wait:
            if wait.careful:
                self._careful.add(desk)
            return max(wait.seconds, 0.01)
        except (StaleWrite, StoreLocked):
            return PAUSE_SECONDS
        except StoreError as error:
            log_mishap("store in trouble", error, desk)
            return LONG_PAUSE_SECONDS
        except (DeskFromNewerVersion, TalkFromNewerVersion) as error:
            log_mishap("written by a newer version", error, desk)
            return LONG_PAUSE_SECONDS * 10
        return None

    def _next(self, desk: str) -> StoredTurn | None:
        with self._store.unit(reading=True) as unit:
            waiting = unit.turns.waiting(desk)
        return waiting[0] if waiting else None

    def _one(self, name: str, turn: StoredTurn) -> None:
        desk, what = self.read(name, turn)
        try:
            after = self.step(desk, what, name in self._careful)
        except (Wait, RoutingError, TalkFromNewerVersion):
            raise
        except Exception as error:
            log_mishap("happening failed", error, name)
            self._failed[name] = self._failed.get(name, 0) + 1
            if self._failed[name] <= TRIES:
                if self._failed[name] == TRIES:
                    self.give_up(desk)
                raise Wait(PAUSE_SECONDS) from None
            after = desk
        self.save(desk, after, what, turn)
