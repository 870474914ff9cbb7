"""Socket Mode: when the peer dies and comes back, the bot answers again within ten seconds; without it, it ends."""

from __future__ import annotations

import time

import pytest

from tests.peers.slack.room import Clerk, wait_for

HOUSEHOLD = "80代の母と50代の息子の二人暮らし。息子は10年以上ひきこもっている。"
pytestmark = pytest.mark.parametrize("room", ["socket"], indirect=True)


def test_after_the_peer_died_the_bot_hears_again(clerk: Clerk) -> None:
    clerk.say(HOUSEHOLD)
    clerk.last("ひきこもり")
    peer = clerk.room.peer
    peer.stop()
    time.sleep(3)
    peer.start()
    begun = time.monotonic()
    wait_for(peer.connected, 20)
    other = clerk.room.person()
    other.say(HOUSEHOLD)
    other.last("ひきこもり")
    assert time.monotonic() - begun < 10


def test_one_event_is_one_card_although_two_lines_hear_it(clerk: Clerk) -> None:
    clerk.say(HOUSEHOLD)
    clerk.last("ひきこもり")
    time.sleep(0.5)
    assert len(clerk.messages()) == 1
