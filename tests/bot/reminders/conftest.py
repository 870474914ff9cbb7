"""The stores of the store's own tests, a clock that is moved by hand, and a surface that writes down what reaches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from bot.delivery import Delivered, Result
from routing.outgoing import OutgoingMessage
from tests.routing.conftest import empty_place, key, place, postgres_url, store
from tests.routing.store.conftest import MORNING, some

__all__ = ["empty_place", "key", "place", "postgres_url", "some", "store"]


@dataclass
class Clock:
    """A moment that only moves when told to."""

    now: datetime = MORNING

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float = 0, minutes: float = 0) -> None:
        self.now += timedelta(seconds=seconds, minutes=minutes)


Answer = Callable[[OutgoingMessage, str], Result]


@dataclass
class Surface:
    """A surface with a memory: `there` holds (address, key) of everything that arrived.

    `answers` are used up one per send; without one, the message arrives. An answer may be an exception to raise.
    """

    surface: str = "slack"
    can_find: bool = True
    there: list[tuple[str, str]] = field(default_factory=list)
    answers: list[Result | Exception] = field(default_factory=list)
    asked: int = 0
    deaf: bool = False
    during: Callable[[OutgoingMessage], None] = lambda message: None

    def send(self, message: OutgoingMessage, address: str) -> Result:
        self.during(message)
        answer = self.answers.pop(0) if self.answers else None
        if answer is None or isinstance(answer, Delivered):
            self.there.append((address, message.key))
            return answer or Delivered(f"ts-{len(self.there)}")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def find(self, message: OutgoingMessage, address: str) -> str | None:
        self.asked += 1
        if self.deaf:
            raise TimeoutError
        return "ts-found" if (address, message.key) in self.there else None


@pytest.fixture
def clock() -> Clock:
    return Clock()
