"""The Slack surface of one process, put together: what every transport is given. The only place that makes threads here.

Knows how the parts fit; each part knows its own work.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from time import monotonic

from slack_sdk import WebClient

from bot.app import App
from bot.gate import Gate
from bot.mishaps import log_mishap
from bot.settings import SettingsError
from bot.slack import modals
from bot.slack.alarms import Alarms
from bot.slack.alerts import CaseCards
from bot.slack.api import Api, Done
from bot.slack.channel import SlackChannel
from bot.slack.happening import Happening, Kind, desk_of
from bot.slack.home import HOME
from bot.slack.keeper import Keeper
from bot.slack.links import Links
from bot.slack.marks import carried_of, mark_of
from bot.slack.members import DEACTIVATED, Members, returned
from bot.slack.openers import Drafts, Opener
from bot.slack.people import Post, people_of
from bot.slack.settings import SlackSettings
from bot.slack.show import Showing
from bot.slack.talks import Talks
from bot.slack.uploads import Uploads
from bot.slack.work import Worker

_WORKERS = 24  # they mostly wait for Slack and for the store
_OPENERS = 8
REFRESH_SECONDS = 3.0  # how long a card may be behind its case
REGISTER_SECONDS = 600.0  # how long a change of the map or of a user group may go unnoticed
NUDGE = "/inbox"  # where the same nudge lies on the web


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
    """`me` is asked once; `people` is the map as it was written; `openers` are threads kept free for what a person is waiting to see open."""

    def __init__(self, app: App, settings: SlackSettings, now: Callable[[], datetime], api: Api | None = None) -> None:
        self.app, self.settings, self.now = app, settings, now
        self.api = api or api_of(settings)
        self.gate = gate = Gate()
        self.showing = Showing(self.api, app.town.renderer, gate)
        self.people = people_of(settings.map, app.town.catalogue)
        self._everybody, self._groups = self.people, dict[str, list[str]]()
        self._map_read = settings.map.stat().st_mtime if settings.map else 0.0
        self.links = Links(settings.url, settings.signing_secret or settings.app_token)
        self.drafts = Drafts()
        self.keeper = Keeper(app.store, app.town, self.showing, self.api, now, gate)
        cases = CaseCards(app.conversation, app.store, self.showing, gate, self.keeper)
        talks = Talks(app.conversation, app.town, self.showing, gate, cases, app.store)
        self.opener = Opener(
            app, self.api, self.showing, self.posts, self.links, now, cases, lambda user: user in self.people.left, gate
        )
        self.channel = SlackChannel(app.store, self.api, self.keeper, Uploads(self.api, f"{settings.url}{NUDGE}"))
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
        """Say for whom the people of the map act and where they are reached; who is in it no more acts for nobody."""
        team = self.me().team
        self._read_map()
        for group in self.people.groups:
            members = self._members(group)
            if members is not None:
                self._groups[group] = members
        here = {group: self._groups[group] for group in self.people.groups if group in self._groups}
        self._everybody = self.people.with_members(here)
        if not team:
            return
        with self.app.store.unit() as unit:
            whole = len(here) == len(self.people.groups)
            changed = Members(self._everybody, self.app.town.catalogue, team, whole).write(unit, self.now())
            unit.commit()
        for user in sorted(changed - self._fresh(team, changed)):
            self.open(partial(self.opener.home, user, team))

    def _read_map(self) -> None:
        """The map as it is now; one that cannot be read leaves the last one in force."""
        path = self.settings.map
        stamp = path.stat().st_mtime if path is not None and path.exists() else 0.0
        if path is not None and stamp != self._map_read:
            try:
                self.people, self._map_read = people_of(path, self.app.town.catalogue), stamp
            except SettingsError as error:
                log_mishap("the map of people cannot be read", error)

    def _fresh(self, team: str, users: Iterable[str]) -> set[str]:
        """Those who never opened anything here: nothing needs to be shown anew."""
        with self.app.store.unit(reading=True) as unit:
            return {user for user in users if unit.dialogues.get(desk_of(team, user)) is None}

    def changed(self, user: str, *, deleted: bool) -> None:
        """Slack says that somebody was deactivated, or is active again."""
        team = self.me().team
        if not team:
            return
        with self.app.store.unit() as unit:
            members = Members(self._everybody, self.app.town.catalogue, team)
            touched = (
                bool(members.leave(unit, user, DEACTIVATED, self.now()))
                if deleted
                else returned(unit, user, self.now())
            )
            unit.commit()
        if touched and not deleted:
            self.register()

    def posts(self, user: str) -> tuple[Post, ...]:
        """What a person is, as the map says now."""
        return self._everybody.posts(user)

    def _members(self, group: str) -> list[str] | None:
        """The users of a group; None when Slack does not say (the doctor tells why)."""
        outcome = self.api.call("usergroups.users.list", usergroup=group)
        return [str(user) for user in outcome.data.get("users", ())] if isinstance(outcome, Done) else None

    @property
    def known(self) -> Whoami:
        """Who we are as far as it is known: never waits for Slack."""
        return self._me

    def after(self, what: Happening) -> None:
        """A section of the intake sheet is saved: its modal goes on to the next one. What was done at home is shown there."""
        if what.kind is Kind.SUBMIT and what.form == modals.FORM:
            self.open(lambda: self.opener.after_saving(what.view, what.carried, what.desk))
        mark = mark_of(what.mark)
        if HOME in (mark.talk if mark else "", carried_of(what.carried).talk):
            self.open(lambda: self.opener.home(what.user, what.team))

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
        self.open(self.worker.take_up)
        self._again(REGISTER_SECONDS, self.register)
        self._again(REFRESH_SECONDS, self.keeper.refresh)

    def _again(self, seconds: float, do: Callable[[], object]) -> None:
        """Do it now and then, beside everything else, until the surface ends."""

        def done(_: Future[None]) -> None:
            self._alarms.later(seconds, lambda: self._again(seconds, do))

        try:
            self._openers.submit(_quietly, do).add_done_callback(done)
        except RuntimeError:  # it has ended
            return

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
