"""Turns are worked off beside the request that brought them, and open pages are woken when something is new.

Knows that one conversation is worked on by one task of this process at a time, and that a turn which cannot be done must
not block the talk for ever. Refuses to know what a turn means; logs carry ids and kinds only.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from bot.conversation import Conversation
from bot.memory import TalkFromNewerVersion
from bot.mishaps import log_mishap
from routing.errors import RoutingError, StaleWrite, StoreError, StoreLocked

_LOG = logging.getLogger("tsunagu.web")
_TRIES = 4
_PAUSE_SECONDS = 0.5


@dataclass(eq=False, slots=True)
class Listener:
    """One open page. `trouble`: the kind of trouble it has not shown yet."""

    wake: asyncio.Event = field(default_factory=asyncio.Event)
    trouble: str = ""

    def take_trouble(self) -> str:
        """The trouble to show, once."""
        kind, self.trouble = self.trouble, ""
        return kind


class Hub:
    """Open pages waiting for news of a conversation. Lives in the event loop; `closing` ends every stream."""

    def __init__(self) -> None:
        self.closing = False
        self._listeners: dict[str, list[Listener]] = {}

    @contextmanager
    def listening(self, conversation: str) -> Iterator[Listener]:
        """Somebody who is woken whenever there is news."""
        listener = Listener()
        self._listeners.setdefault(conversation, []).append(listener)
        try:
            yield listener
        finally:
            self._listeners[conversation].remove(listener)
            if not self._listeners[conversation]:
                del self._listeners[conversation]

    def tell(self, conversation: str, trouble: str = "") -> None:
        """There is news, or (with `trouble`, its kind) the work could not be done now."""
        for listener in self._listeners.get(conversation, ()):
            listener.trouble = trouble or listener.trouble
            listener.wake.set()

    def close(self) -> None:
        """End every stream."""
        self.closing = True
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.wake.set()


class Worker:
    """Runs `Conversation.work` in the thread pool."""

    def __init__(self, conversation: Conversation, hub: Hub) -> None:
        self._conversation, self._hub = conversation, hub
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()

    def kick(self, conversation: str) -> None:
        """See to it that everything waiting in a conversation gets done."""
        if conversation in self._running:
            self._again.add(conversation)
            return
        self._running[conversation] = asyncio.create_task(self._run(conversation))

    async def finish(self) -> None:
        """Wait for what is being worked on."""
        while self._running:
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _run(self, conversation: str) -> None:
        try:
            while True:
                self._again.discard(conversation)
                self._hub.tell(conversation, await self._work(conversation))
                if conversation not in self._again:
                    return
        finally:
            del self._running[conversation]

    async def _work(self, conversation: str) -> str:
        """Do it; the kind of trouble when it must wait for somebody (a locked or read-only database)."""
        for left in reversed(range(_TRIES)):
            try:
                await run_in_threadpool(self._conversation.work, conversation)
                return ""
            except (StaleWrite, StoreLocked) as error:
                if not left:
                    return error.code
                await asyncio.sleep(_PAUSE_SECONDS)
            except StoreError as error:
                return error.code
            except TalkFromNewerVersion:
                return "newer_talk"
            except Exception as error:
                log_mishap("turn failed", error, conversation)
                return await self._give_up(conversation)
        return ""

    async def _give_up(self, conversation: str) -> str:
        """Close the turn that fails, then go on with those behind it."""
        try:
            await run_in_threadpool(self._conversation.give_up, conversation, "internal")
            self._again.add(conversation)
        except RoutingError as error:
            return error.code
        except Exception as error:
            log_mishap("turn could not be closed", error, conversation)
            return "internal"
        return ""
