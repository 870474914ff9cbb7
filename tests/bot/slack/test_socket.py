"""Socket Mode's watchman: who is deaf or gone is rebuilt as a whole, and who cannot be rebuilt ends the process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from bot.clock import TOKYO
from bot.slack.serve import slack_of
from bot.slack.settings import SlackSettings
from bot.slack.socketmode import Patience, Supervisor
from tests.bot.slack.conftest import House

PATIENCE = Patience(look=0.0, gone=3.0, deaf=30.0, pause=0.0, give_up=600.0)


class World:
    """Time that passes a second per look, connections that hear for a while, and a Slack that may be away."""

    def __init__(
        self, hears: Callable[[float, float], float | None], reachable: Callable[[float], bool], until: float
    ) -> None:
        self.at, self.until = 0.0, until
        self._hears, self._reachable = hears, reachable
        self.built: list[float] = []
        self.closed = 0
        self.supervisor = Supervisor(self.connect, self.clock, PATIENCE)

    def clock(self) -> float:
        self.at += 1.0
        if self.at >= self.until:
            self.supervisor.stop()
        return self.at

    def connect(self) -> Line:
        if not self._reachable(self.at):
            raise OSError
        self.built.append(self.at)
        return Line(self, self.at)

    def run(self) -> int:
        return self.supervisor.run()


class Line:
    def __init__(self, world: World, opened: float) -> None:
        self._world, self._opened = world, opened

    def alive(self) -> float | None:
        return self._world._hears(self._world.at, self._opened)

    def close(self) -> None:
        self._world.closed += 1


def test_a_line_that_hears_is_left_alone() -> None:
    world = World(lambda now, _: now, lambda _: True, 500)
    assert world.run() == 0
    assert len(world.built) == 1
    assert world.closed == 1, "at the end"


def test_a_line_that_is_open_but_deaf_is_rebuilt() -> None:
    world = World(lambda now, opened: min(now, opened + 20), lambda _: True, 200)
    world.run()
    gaps = [later - before for before, later in zip(world.built, world.built[1:], strict=False)]
    assert gaps
    assert all(48 <= gap < 60 for gap in gaps), gaps


def test_a_line_that_is_gone_is_rebuilt_within_seconds() -> None:
    world = World(lambda now, opened: now if now < opened + 50 else None, lambda _: True, 120)
    world.run()
    assert 50 < world.built[1] - world.built[0] < 60


def test_a_short_rotation_is_not_taken_for_an_end() -> None:
    world = World(lambda now, _: None if 50 <= now < 52 else now, lambda _: True, 300)
    world.run()
    assert len(world.built) == 1


def test_when_slack_comes_back_the_line_is_up_again_at_once() -> None:
    world = World(lambda now, _: None if 50 <= now < 90 else now, lambda now: not 50 <= now < 90, 200)
    assert world.run() == 0
    assert world.built[-1] - 90 < 5


def test_when_nothing_helps_the_process_ends_and_says_so() -> None:
    world = World(lambda now, _: None, lambda now: now < 1, 10_000)
    assert world.run() == 1
    assert 600 < world.at < 700


def test_a_server_whose_slack_is_deaf_for_good_stops_and_says_so(house: House) -> None:
    """Whoever looks after the process starts it again."""
    settings = SlackSettings("xoxb-1", "", "xapp-1", api="http://127.0.0.1:9/", timeout_seconds=1)
    hasty = Patience(look=0.0, gone=0.0, deaf=0.0, pause=0.0, give_up=0.0)
    slack = slack_of(house.app, settings, lambda: datetime.now(TOKYO), hasty)
    stopped = threading.Event()
    assert slack.beside is not None
    end = slack.beside(stopped.set)
    assert stopped.wait(20)
    assert end() == 1
    slack.surface.end()
