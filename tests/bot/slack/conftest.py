"""A process with its own database and a workspace of its own; called twice, it is a restart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app import App, assemble
from bot.settings import settings_from
from bot.slack.application import bolt_app
from bot.slack.settings import SlackSettings
from bot.slack.surface import Surface
from tests.bot.slack.slack import FakeSlack, Person
from tests.bot.web.conftest import Clock

HOUSEHOLD = (
    "80代の母と50代の息子の二人暮らし。息子は10年以上ひきこもっている。母は最近もの忘れがひどい。母の受診先を知りたい。"
)


@dataclass
class House:
    app: App
    surface: Surface
    slack: FakeSlack

    def person(self, name: str = "U0CLERK") -> Person:
        return Person(name, self.slack, self.surface, bolt_app(self.surface))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    made = FakeSlack()
    yield made
    assert not made.broken, made.broken


@pytest.fixture
def open_house(tmp_path: Path, clock: Clock, slack: FakeSlack) -> Iterator[Callable[..., House]]:
    with ExitStack() as houses:

        def opened(**more: str) -> House:
            app = assemble(settings_from({"TSUNAGU_VAR": str(tmp_path), **more}), migrate=True)
            settings = SlackSettings("xoxb-1", "secret", "", url="http://127.0.0.1:8080")
            surface = Surface(app, settings, clock, slack)
            surface.me()
            houses.callback(app.store.close)
            houses.callback(surface.end)
            return House(app, surface, slack)

        yield opened


@pytest.fixture
def house(open_house: Callable[..., House]) -> House:
    return open_house()


@pytest.fixture
def clerk(house: House) -> Person:
    return house.person()
