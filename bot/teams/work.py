"""Happenings are stored, then worked off beside the request that brought them: in order per person, side by side otherwise.

Knows that one desk is worked on by one thread of this process, that waiting holds up nobody else, and that a happening
which cannot be done must not block its desk for ever. Refuses to know what a happening means.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace

from bot.memory import TalkFromNewerVersion
from bot.mishaps import log_mishap
from bot.teams.contacts import note
from bot.teams.desk import Desk, DeskFromNewerVersion, from_stored, to_stored
from bot.teams.happening import Happening, desk_from, happening_of, stored
from bot.teams.people import People
from bot.teams.show import Wait
from bot.teams.talks import Step
from routing.errors import RoutingError, StaleWrite, StoreError, StoreLocked
from routing.ports import StoredTurn
from routing.store import SqlStore

_LOG = logging.getLogger("tsunagu.teams")
_TRIES = 5
_PAUSE_SECONDS = 1.0
_LONG_PAUSE_SECONDS = 30.0
AGAIN_SECONDS = 20.0  # after a redelivery: whoever took it first may have died
_MOST_LEFT = 1000

Stepper = Callable[[Desk, Happening], Step]


class Worker:
    """`step` does one happening; `give_up(talk)` closes a turn that cannot be done. `later(seconds, do)` is the alarm clock,
    `after(key)` is told when one is done and saved; `give_way` waits while others are being taken in."""

    def __init__(
        self,
        store: SqlStore,
        people: People,
        step: Stepper,
        give_up: Callable[[str], None],
        pool: Executor,
        later: Callable[[float, Callable[[], None]], None],
        after: Callable[[str], None] = lambda _: None,
        give_way: Callable[[], None] = lambda: None,
    ) -> None:
        self._store, self._people, self._step, self._give_up = store, people, step, give_up
        self._pool, self._later, self._after, self._give_way = pool, later, after, give_way
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._running: set[str] = set()
        self._again: set[str] = set()
        self._failed: dict[str, int] = {}
        self.closing = False

    def accept(self, what: Happening) -> bool:
        """Store it, in one statement; it may be acknowledged then. False when it was there already."""
        fresh = self._store.store_turn(stored(what))
        if fresh:
            self.kick(what.desk)
        else:
            self._later(AGAIN_SECONDS, lambda: self.kick(what.desk))
        return fresh

    def take_up(self) -> int:
        """Go on with what a crash left behind; how many desks that are."""
        with self._store.unit(reading=True) as unit:
            left = {desk_from(name) for name in unit.turns.unfinished(_MOST_LEFT)}
        desks = sorted(name for name in left if name)
        for name in desks:
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
        """Wait until nothing is being worked on (what waits for Teams is not counted)."""
        with self._idle:
            return self._idle.wait_for(lambda: not self._running, seconds)

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
            pause = _LONG_PAUSE_SECONDS
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
        except Wait as wait:
            return max(wait.seconds, 0.01)
        except (StaleWrite, StoreLocked):
            return _PAUSE_SECONDS
        except StoreError as error:
            log_mishap("store in trouble", error, desk)
            return _LONG_PAUSE_SECONDS
        except (DeskFromNewerVersion, TalkFromNewerVersion) as error:
            log_mishap("written by a newer version", error, desk)
            return _LONG_PAUSE_SECONDS * 10
        return None

    def _next(self, desk: str) -> StoredTurn | None:
        with self._store.unit(reading=True) as unit:
            waiting = unit.turns.waiting(desk)
        return waiting[0] if waiting else None

    def _one(self, name: str, turn: StoredTurn) -> None:
        with self._store.unit(reading=True) as unit:
            desk = from_stored(unit.dialogues.get(name), name)
        what = happening_of(turn)
        try:
            after = self._step(desk, what).desk
        except (Wait, RoutingError, TalkFromNewerVersion):
            raise
        except Exception as error:
            log_mishap("happening failed", error, name)
            self._failed[name] = self._failed.get(name, 0) + 1
            if self._failed[name] <= _TRIES:
                if self._failed[name] == _TRIES:
                    self._close(name, desk)
                raise Wait(_PAUSE_SECONDS) from None
            after = desk
        self._save(replace(after, version=desk.version), turn, what)
        self._after(what.key)

    def _close(self, name: str, desk: Desk) -> None:
        """Give up: the talk's waiting turns say so in their transcript, the desk goes on."""
        _LOG.error("happening given up (%s)", name)
        for talk in (*desk.places, f"desk:{name}"):
            self._give_up(talk)

    def _save(self, desk: Desk, turn: StoredTurn, what: Happening) -> None:
        self._give_way()
        with self._store.unit() as unit:
            unit.dialogues.put(to_stored(desk, turn.received_at))
            note(unit, self._people, what, desk)
            unit.turns.done(turn.conversation, turn.message, turn.received_at)
            unit.commit()
