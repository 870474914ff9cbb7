"""One room per module and mode."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.slack.room import Clerk, Room, room_of


@pytest.fixture(scope="module", params=["http"])
def room(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder: Path = tmp_path_factory.mktemp(str(request.param))
    with room_of(str(request.param), folder) as made:
        yield made


@pytest.fixture
def clerk(room: Room) -> Iterator[Clerk]:
    room.between.calm()
    made = room.person()
    yield made
    room.between.calm()
    made.close()  # the peer has one stack of modals for everybody
