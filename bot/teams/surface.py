"""The Teams surface of one process, put together. The only place that makes threads here.

Knows how the parts fit; each part knows its own work.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from time import monotonic, sleep
from typing import Any

from bot.app import App
from bot.gate import Gate
from bot.mishaps import log_mishap
from bot.teams.cards import notice_piece
from bot.teams.casetalk import CaseTalk
from bot.teams.channel import TeamsChannel
from bot.teams.desk import from_stored
from bot.teams.door import Door
from bot.teams.happening import desk_of, whole
from bot.teams.marks import Mark
from bot.teams.messages import content_of, message
from bot.teams.notes import ALERT, Notes
from bot.teams.outgoing import Connector, Outgoing
from bot.teams.people import people_of
from bot.teams.settings import TeamsSettings
from bot.teams.sheets import Sheets
from bot.teams.show import Give, Showing
from bot.teams.talks import Talks
from bot.teams.work import Worker

_WORKERS = 12  # they mostly wait for Teams; reading and rendering goes one by one
_MOST_WAITING = 500
Answer = Mapping[str, Any] | str


class Answers:
    """Clients that wait a moment for their card, by happening."""

    def __init__(self) -> None:
        self._waiting: dict[str, Future[Answer]] = {}
        self._lock = threading.Lock()

    def expect(self, key: str) -> Future[Answer]:
        """Somebody waits; at most a few hundred at once."""
        future: Future[Answer] = Future()
        with self._lock:
            while len(self._waiting) >= _MOST_WAITING:
                self._waiting.pop(next(iter(self._waiting)))
            self._waiting[key] = future
        return future

    def give(self, key: str) -> Give:
        """Where the card for a happening goes; nowhere when nobody waits (any more)."""

        def gave(answer: Answer) -> bool:
            with self._lock:
                future = self._waiting.pop(key, None)
            if future is None or not future.set_running_or_notify_cancel():
                return False
            future.set_result(answer)
            return True

        return gave

    def close(self, key: str) -> None:
        """Nobody waits for it any more."""
        with self._lock:
            future = self._waiting.pop(key, None)
        if future is not None:
            future.cancel()


class Surface:
    """`connector` is the wire to Teams, `door` checks who comes in; both are the SDK's, except in tests."""

    def __init__(
        self, app: App, settings: TeamsSettings, now: Callable[[], datetime], connector: Connector, door: Door
    ) -> None:
        self.app, self.settings, self.now, self.door = app, settings, now, door
        self.answers = Answers()
        self.outgoing = Outgoing(connector, monotonic, sleep)
        self._cpu = Gate()
        self.taking_in = self._cpu.answering
        self.showing = Showing(self.outgoing, app.town.renderer, self._cpu)
        self.people = people_of(settings.map, app.town.catalogue)
        self.sheets = Sheets(app.store, app.town, settings.url, settings.secret)
        notes = Notes(app.town, self.showing, settings.url, now)
        self.channel = TeamsChannel(app.store, notes, self.outgoing)
        self.cases = CaseTalk(app.conversation, app.store, app.town, notes, self._cpu)
        talks = Talks(
            app.conversation, app.town, self.showing, self.cases, self.sheets, self._cpu, self.answers.give
        )  # fmt: skip
        self._pool = ThreadPoolExecutor(_WORKERS, "teams-work")
        self.worker = Worker(
            app.store,
            self.people,
            talks.step,
            lambda talk: app.conversation.give_up(talk, "internal"),
            self._pool,
            self.later,
            self.answers.close,
            self._cpu.give_way,
        )
        self._alarms: set[threading.Timer] = set()

    def now_of(self, person: str, mark: Mark) -> Mapping[str, Any]:
        """The card that a client asks for, as things stand. Reads only."""
        desk_name = desk_of(person)
        found = None
        if mark.talk.startswith(ALERT):
            with self.app.store.unit(reading=True) as unit:
                actor = unit.people.get(desk_name)
            found = self.cases.alert(mark, actor)
            return content_of(found) if found else self._gone()
        talk = self.app.conversation.talk(whole(desk_name, mark.talk))
        if talk is None:
            return self._gone()
        with self.app.store.unit(reading=True) as unit:
            desk = from_stored(unit.dialogues.get(desk_name), desk_name)
        return self.showing.now(desk, talk, mark.number)

    def _gone(self) -> Mapping[str, Any]:
        return content_of(message(notice_piece(self.showing.notice("gone_talk")), "－"))

    def later(self, seconds: float, do: Callable[[], None]) -> None:
        """Do something after a while, unless the process ends before."""

        def ring() -> None:
            self._alarms.discard(alarm)
            do()

        alarm = threading.Timer(seconds, ring)
        alarm.daemon = True
        self._alarms.add(alarm)
        alarm.start()

    def begin(self) -> None:
        """Say who acts for whom, and go on with what a crash left behind."""
        self._pool.submit(self._begin)

    def _begin(self) -> None:
        try:
            with self.app.store.unit() as unit:
                self.people.write(unit, self.now())
                unit.commit()
            self.worker.take_up()
        except Exception as error:
            log_mishap("beginning failed", error)
            self.later(_BEGIN_AGAIN_SECONDS, self.begin)

    def end(self) -> None:
        """Finish what is being worked on; the rest waits in the store."""
        self.worker.closing = True
        for alarm in list(self._alarms):
            alarm.cancel()
        self.worker.finish()
        self._pool.shutdown(wait=True)


_BEGIN_AGAIN_SECONDS = 30.0
