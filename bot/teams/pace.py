"""How often one conversation, and all of them together, may be written to. Pure: the moment is an argument, in seconds.

The figures are Teams' own: 7 in a second, 8 in two, 60 in thirty, 1,800 in an hour for a conversation; 50 in a second for an
app in a tenant. Refuses to know who waits and how.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence

CONVERSATION: Sequence[tuple[int, float]] = ((7, 1.0), (8, 2.0), (60, 30.0), (1_800, 3_600.0))
EVERYTHING: Sequence[tuple[int, float]] = ((50, 1.0),)
_MOST_KNOWN = 5_000


class Window:
    """The moments of what was sent, as far back as any limit looks."""

    def __init__(self, limits: Sequence[tuple[int, float]]) -> None:
        self._limits = limits
        self._sent: deque[float] = deque(maxlen=max(count for count, _ in limits))

    def wait(self, now: float) -> float:
        """Seconds until one more may be sent."""
        sent = self._sent
        free = [sent[-count] + span for count, span in self._limits if len(sent) >= count]
        return max([0.0, *(moment - now for moment in free)])

    def take(self, at: float) -> None:
        """One is sent at that moment."""
        self._sent.append(at)


class Pace:
    """Who sends when. Not safe between threads: the caller holds a lock."""

    def __init__(self) -> None:
        self._all = Window(EVERYTHING)
        self._each: OrderedDict[str, Window] = OrderedDict()

    def reserve(self, conversation: str, now: float, longest: float) -> float:
        """Seconds to wait before sending there, with that place taken; negative: more than `longest`, nothing taken."""
        window = self._each.setdefault(conversation, Window(CONVERSATION))
        self._each.move_to_end(conversation)
        while len(self._each) > _MOST_KNOWN:
            self._each.popitem(last=False)
        wait = max(window.wait(now), self._all.wait(now))
        if wait > longest:
            return -wait
        window.take(now + wait)
        self._all.take(now + wait)
        return wait
