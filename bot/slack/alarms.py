"""What is to be done after a while, in one thread however many they are. Knows waiting; refuses to know what is done."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from time import monotonic

from bot.mishaps import log_mishap


class Alarms:
    """Rings until it is stopped; what has not rung by then never does."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._stopped = False
        self._thread: threading.Thread | None = None

    def later(self, seconds: float, do: Callable[[], None]) -> None:
        """Do something after so many seconds. It must not take long."""
        with self._changed:
            if self._stopped:
                return
            heapq.heappush(self._due, (monotonic() + seconds, next(self._order), do))
            self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="slack-alarms", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Ring no more."""
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def _run(self) -> None:
        while (do := self._next()) is not None:
            try:
                do()
            except Exception as error:
                log_mishap("alarm failed", error)

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._stopped:
                wait = self._due[0][0] - monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
        return None
