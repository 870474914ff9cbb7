"""Who works on the processor: one at a time, so that acknowledgements are not kept waiting, unless waiting takes too long.

Whoever has waited for a while goes in beside the first: it then waits for the store, not for the processor.
"""

from __future__ import annotations

import threading
from types import TracebackType

_PATIENCE_SECONDS = 1.0


class Gate:
    """A context manager that lets one in, and after `patience` seconds of waiting one more."""

    def __init__(self, patience: float = _PATIENCE_SECONDS) -> None:
        self._lock, self._patience = threading.Lock(), patience
        self._mine = threading.local()

    def __enter__(self) -> None:
        self._mine.held = self._lock.acquire(timeout=self._patience)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._mine.held:
            self._lock.release()
