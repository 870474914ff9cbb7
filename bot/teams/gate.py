"""Who works on the processor: one at a time, and none begins while somebody waits for an acknowledgement.

A piece of work holds the database's one writer and the interpreter for a while; whoever comes meanwhile waits for it. So work gives
way to those who are just being taken in, for a moment at most. Refuses to know what either does.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

_PATIENCE_SECONDS = 0.25  # work goes on however many come


class Gate:
    """A context manager for work (entered again by the same thread at once); `taking_in` is around an acknowledgement."""

    def __init__(self, patience: float = _PATIENCE_SECONDS) -> None:
        self._work, self._patience = threading.RLock(), patience
        self._quiet = threading.Condition()
        self._coming = 0
        self._mine = threading.local()

    @contextmanager
    def taking_in(self) -> Iterator[None]:
        """Somebody is being taken in."""
        with self._quiet:
            self._coming += 1
        try:
            yield
        finally:
            with self._quiet:
                self._coming -= 1
                if not self._coming:
                    self._quiet.notify_all()

    def give_way(self) -> None:
        """Wait until nobody is being taken in, for a moment at most."""
        with self._quiet:
            self._quiet.wait_for(lambda: not self._coming, self._patience)

    def __enter__(self) -> None:
        self._work.acquire()
        depth = getattr(self._mine, "depth", 0)
        self._mine.depth = depth + 1
        if not depth:
            self.give_way()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._mine.depth -= 1
        self._work.release()
