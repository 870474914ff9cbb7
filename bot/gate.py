"""Who works on the processor: one at a time and after whoever must be answered now, so that acknowledgements are not kept waiting.

One who is inside for long waits for the store, not for the processor: then the next goes in beside. Knows nothing of the work.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from types import TracebackType

_PATIENCE_SECONDS = 0.5
_POLITE_SECONDS = 0.1


class Wait(Exception):
    """The work cannot go on for so many `seconds`. `careful`: what was sent last may have arrived."""

    def __init__(self, seconds: float, *, careful: bool = False) -> None:
        self.seconds, self.careful = seconds, careful
        super().__init__(seconds)


class Gate:
    """A context manager that lets one in, and one more beside whoever has been inside for `patience` seconds.

    A thread that is inside may enter again. `polite`: for how many seconds at most it gives way to those to be answered now.
    """

    def __init__(self, patience: float = _PATIENCE_SECONDS, polite: float = _POLITE_SECONDS) -> None:
        self._lock, self._patience, self._polite = threading.Lock(), patience, polite
        self._since = monotonic()
        self._mine = threading.local()
        self._count, self._answering = threading.Lock(), 0
        self._calm = threading.Event()
        self._calm.set()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Somebody waits for an answer while this lasts; it never waits itself."""
        with self._count:
            self._answering += 1
            self._calm.clear()
        try:
            yield
        finally:
            with self._count:
                self._answering -= 1
                if not self._answering:
                    self._calm.set()

    def give_way(self) -> None:
        """Let those go first who are to be answered now."""
        self._calm.wait(self._polite)

    def __enter__(self) -> None:
        depth = getattr(self._mine, "depth", 0)
        self._mine.depth = depth + 1
        if depth:
            return
        self.give_way()
        self._mine.held = self._acquire()
        if self._mine.held:
            self._since = monotonic()

    def _acquire(self) -> bool:
        """False when whoever is inside takes so long that it must be waiting for something else."""
        while True:
            left = self._since + self._patience - monotonic()
            if self._lock.acquire(timeout=max(left, 0.001)):
                return True
            if self._since + self._patience <= monotonic():
                return False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._mine.depth -= 1
        if not self._mine.depth and self._mine.held:
            self._lock.release()
