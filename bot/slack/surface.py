"""The Slack surface of one process, put together: what every transport is given. The only place that makes threads here.

Knows how the parts fit; each part knows its own work.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from slack_sdk import WebClient

from bot.app import App
from bot.mishaps import log_mishap
from bot.slack import modals
from bot.slack.alarms import Alarms
from bot.slack.alerts import CaseCards
from bot.slack.api import Api, Done
from bot.slack.channel import SlackChannel
from bot.slack.gate import Gate
from bot.slack.happening import Happening, Kind
from bot.slack.links import Links
from bot.slack.openers import Drafts, Opener
from bot.slack.people import Post, people_of
from bot.slack.settings import SlackSettings
from bot.slack.show import Showing
from bot.slack.talks import Talks
from bot.slack.work import Worker

_WORKERS = 24  # they mostly wait for Slack and for the store
_OPENERS = 8


@dataclass(frozen=True, slots=True)
class Whoami:
    """Who we are in the workspace; empty until Slack has said so."""

    user: str = ""
    bot: str = ""
    team: str = ""


def api_of(settings: SlackSettings) -> Api:
    """The Web API of the settings' workspace."""
    client = WebClient(settings.bot_token, base_url=settings.api, timeout=settings.timeout_seconds)
    client.retry_handlers = []  # what may have arrived is looked for, not sent again
    return Api(client, monotonic)


class Surface:
    """`me` is asked once; `openers` are threads kept free for what a person is waiting to see open."""

    def __init__(self, app: App, settings: SlackSettings, now: Callable[[], datetime], api: Api | None = None) -> None:
        self.app, self.settings, self.now = app, settings, now
        self.api = api or api_of(settings)
        self.showing = Showing(self.api, app.town.renderer)
        self.people = people_of(settings.map, app.town.catalogue)
        self.links = Links(settings.url, settings.signing_secret or settings.app_token)
        self.drafts = Drafts()
        gate = Gate()
        cases = CaseCards(app.conversation, app.store, app.town, self.showing, gate)
        talks = Talks(app.conversation, app.town, self.showing, gate, cases)
        self.opener = Opener(app, self.api, self.showing, self.posts, self.links, now, cases)
        self.channel = SlackChannel(app.store, app.town, self.showing, self.api)
        self._alarms = Alarms()
        self._pool = ThreadPoolExecutor(_WORKERS, "slack-work")
        self._openers = ThreadPoolExecutor(_OPENERS, "slack-open")
        self.worker = Worker(
            app.store,
            lambda desk, what, careful: talks.step(desk, what, careful=careful),
            lambda talk: app.conversation.give_up(talk, "internal"),
            self._pool,
            self._alarms.later,
            self.after,
        )
        self._me = Whoami()
        self._opening: set[Future[None]] = set()
        self._lock = threading.Lock()

    def me(self) -> Whoami:
        """Who we are. Asked again until Slack answers: without it our own messages are told by their bot id only."""
        if not self._me.user:
            outcome = self.api.call("auth.test")
            if isinstance(outcome, Done):
                found = [str(outcome.data.get(name) or "") for name in ("user_id", "bot_id", "team_id")]
                self._me = Whoami(*found)
        return self._me

    def register(self) -> None:
        """Say for whom the people of the map act and where agencies are reached."""
        team = self.me().team
        self.people = self.people.with_members({group: self._members(group) for group in self.people.groups})
        if team:
            with self.app.store.unit() as unit:
                self.people.write(unit, team, self.now())
                unit.commit()

    def posts(self, user: str) -> tuple[Post, ...]:
        """What a person is, as the map says now."""
        return self.people.posts(user)

    def _members(self, group: str) -> list[str]:
        """The users of a group; none when Slack does not say (the doctor tells why)."""
        outcome = self.api.call("usergroups.users.list", usergroup=group)
        return [str(user) for user in outcome.data.get("users", ())] if isinstance(outcome, Done) else []

    @property
    def known(self) -> Whoami:
        """Who we are as far as it is known: never waits for Slack."""
        return self._me

    def after(self, what: Happening) -> None:
        """A section of the intake sheet is saved: its modal goes on to the next one."""
        if what.kind is Kind.SUBMIT and what.form == modals.FORM:
            self.open(lambda: self.opener.after_saving(what.view, what.carried, what.desk))

    def open(self, do: Callable[[], object]) -> None:
        """Do what a person is waiting to see, beside everything else."""
        opening = self._openers.submit(_quietly, do)
        with self._lock:
            self._opening.add(opening)
        opening.add_done_callback(self._opened)

    def _opened(self, opening: Future[None]) -> None:
        with self._lock:
            self._opening.discard(opening)

    def begin(self) -> None:
        """Learn who we are, write down who acts for whom, and go on with what a crash left behind."""
        self.open(self.me)
        self.open(self.register)
        self.open(self.worker.take_up)

    def quiet(self) -> None:
        """Wait until everything a person was waiting to see is open (for tests)."""
        with self._lock:
            waiting = list(self._opening)
        wait(waiting, 10)

    def end(self) -> None:
        """Finish what is being worked on; the rest waits in the store."""
        self.worker.closing = True
        self._alarms.stop()
        self.worker.finish()
        self._openers.shutdown(wait=True)
        self._pool.shutdown(wait=True)


def _quietly(do: Callable[[], object]) -> None:
    try:
        do()
    except Exception as error:
        log_mishap("opening failed", error)
