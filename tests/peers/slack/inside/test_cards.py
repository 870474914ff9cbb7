"""What stands in channels and at home, with the peer: one card per case changed in place, a hand-over declined and the next one
asked, a digest with its buttons, what is due at home, a message that was written anew."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.app import App, assemble
from bot.cards import Picture
from bot.clock import now
from bot.delivery import Delivered
from bot.settings import settings_from
from bot.slack.outgoing import Posted
from bot.slack.settings import SlackSettings
from bot.slack.surface import Surface
from bot.turns import Choice, Turn
from routing.outgoing import OutgoingMessage
from tests.peers.slack.room import BETWEEN_PORT, CHANNEL, DESK, DESK_CHANNEL, TEAM, Clerk, Room, find, wait_for, words

HOUSEHOLD = (
    "80代の母と50代の息子の二人暮らし。息子は10年以上ひきこもっている。母は最近もの忘れがひどい。母の受診先を知りたい。"
)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000"
    "000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
ANEW = "82歳の母と55歳の娘の二人暮らし。家賃を滞納している。"
pytestmark = pytest.mark.parametrize("room", ["http", "socket"], indirect=True)


@pytest.fixture(scope="module")
def beside(room: Room) -> Iterator[App]:
    """Another process of the same town on the same store, whose clock can be set."""
    made = assemble(settings_from({"TSUNAGU_VAR": str(room.bot.var)}))
    yield made
    made.store.close()


def decide(clerk: Clerk) -> str:
    """A talk up to its case: the number."""
    clerk.say(HOUSEHOLD)
    clerk.press("この読み取りで進む")
    clerk.press("ここまでで提案を見る")
    clerk.press("この提案で決める")
    return number_in(clerk.last("を登録しました"))


def number_in(message: dict[str, Any]) -> str:
    found = re.search(r"MIHON-\d+-\d+", words(message["blocks"]))
    assert found
    return found[0]


def command(person: Clerk, action: str, value: str) -> None:
    """A command about a case, as a button outside a talk carries it."""
    pressed = {"type": "button", "action_id": "do:0", "block_id": "b", "value": f"0||{action}|{value}"}
    person.click({"channel": person.dm, "ts": "0"}, pressed)


def cards(person: Clerk, channel: str, number: str) -> list[dict[str, Any]]:
    return [m for m in person.messages(channel) if number in words(m["blocks"]) and not m.get("thread_ts")]


def card(person: Clerk, channel: str, number: str, holding: str, seconds: float = 15) -> dict[str, Any]:
    """The only card of a case there, once it says this."""

    def look() -> dict[str, Any] | None:
        found = cards(person, channel, number)
        assert len(found) <= 1, [m["text"] for m in found]
        return found[0] if found and holding in words(found[0]["blocks"]) else None

    made: dict[str, Any] = wait_for(look, seconds, f"no card with 「{holding}」")
    return made


def test_an_escalation_is_one_card_from_the_alert_to_its_acceptance(clerk: Clerk, beside: App) -> None:
    member = Clerk(TEAM, clerk.room)
    number = decide(clerk)
    command(clerk, "case:escalate", number)
    alert = card(member, CHANNEL, number, "多機関協働へ上がりました")
    assert "ひきこもっている" not in json.dumps(alert["blocks"], ensure_ascii=False)
    member.click(alert, find(alert["blocks"], "確認しました"))
    seen = card(member, CHANNEL, number, "チームが確認し、検討中")
    assert seen["ts"] == alert["ts"]
    elsewhere = Choice("case:take_up", next(iter(re.findall(rf"{number}/\d+", json.dumps(seen["blocks"])))))
    beside.conversation.receive(Turn("t", f"up{number}", "slack", f"slack:T0:{TEAM}", now(), choice=elsewhere))
    done = card(member, CHANNEL, number, "受理")
    assert done["ts"] == alert["ts"]
    member.click(alert, find(alert["blocks"], "確認しました"))  # an old copy: nothing happens twice
    time.sleep(0.5)
    card(member, CHANNEL, number, "受理")


def test_a_hand_over_that_is_declined_goes_to_the_next(clerk: Clerk, beside: App) -> None:
    coordinator = Clerk(DESK, clerk.room)
    number = decide(clerk)
    values = {"agency": "hokatsu-kikan", "purpose": "take", "basis": "anonymous", "reason": "お願いします"}
    asked = Turn(
        "t", f"ask{number}", "slack", f"slack:T0:{clerk.id}", now(), choice=Choice("case:refer", number, values)
    )
    assert [view.name for view in beside.conversation.receive(asked).views] == ["case"]
    order = card(coordinator, DESK_CHANNEL, number, "お願い")
    coordinator.click(order, find(order["blocks"], "お断りする"))
    view = coordinator.modal()
    options = next(
        b["element"]["options"] for b in view["blocks"] if b["type"] == "input" and "options" in b["element"]
    )
    coordinator.submit(
        view,
        {
            b["block_id"]: options[0]["value"]
            for b in view["blocks"]
            if b["type"] == "input" and "options" in b["element"]
        },
    )
    answer = card(coordinator, DESK_CHANNEL, number, "この知らせのあとに進んでいます")
    assert answer["ts"] == order["ts"]
    command(clerk, "case:show", number)
    shown = words(clerk.last("いまのようす")["blocks"])
    assert "お断り" in shown
    following = Choice("case:refer", number, {**values, "agency": "shogai-fukushi"})
    beside.conversation.receive(Turn("t", f"next{number}", "slack", f"slack:T0:{clerk.id}", now(), choice=following))
    card(coordinator, CHANNEL, number, "へのお願い")


def test_a_card_that_somebody_deleted_comes_again(clerk: Clerk) -> None:
    member = Clerk(TEAM, clerk.room)
    number = decide(clerk)
    command(clerk, "case:escalate", number)
    alert = card(member, CHANNEL, number, "多機関協働へ上がりました")
    clerk.room.peer.post("/api/chat.delete", channel=CHANNEL, ts=alert["ts"])
    wait_for(lambda: not cards(member, CHANNEL, number))
    command(member, "case:note", number)
    command(member, "case:ack", next(iter(re.findall(rf"{number}/\d+", json.dumps(alert["blocks"])))))
    again = card(member, CHANNEL, number, "チームが確認し、検討中")
    assert again["ts"] != alert["ts"]


SETTINGS = SlackSettings("xoxb-peer", "x", "", api=f"http://127.0.0.1:{BETWEEN_PORT}/api/", url="http://127.0.0.1:1")


def idle(beside: App, clerk: Clerk, at: datetime) -> str:
    """A case that the clerk opened at a moment, and on which nothing happened since."""
    name, person = f"slack:T0:{clerk.id}:000000000000", f"slack:T0:{clerk.id}"
    beside.conversation.receive(Turn(name, "1", "slack", person, at, HOUSEHOLD))
    for n, action in enumerate(("accept", "enough", "confirm"), start=2):
        outcome = beside.conversation.receive(Turn(name, str(n), "slack", person, at, choice=Choice(action)))
    return outcome.talk.dialogue.case_number


def test_what_is_due_stands_at_home_and_is_answered_there(clerk: Clerk, beside: App) -> None:
    number = idle(beside, clerk, now() - timedelta(days=40))
    with beside.store.unit() as unit:
        from routing.people import Actor

        case = unit.cases.by_number(number)
        assert case is not None
        owner = next(row.owner for row in unit.board.list(case.pack, opened_by=case.opened_by))
        unit.people.put(Actor(f"slack:T0:{clerk.id}", owner), now())
        unit.commit()
    home = clerk.home()
    assert number in words(home["blocks"])
    clerk.click({"channel": "", "ts": ""}, find(home["blocks"], "進んでいる"))
    clerk.last("いまのようす")
    wait_for(lambda: "進んでいる" not in [e.get("text", {}).get("text") for e in _elements(clerk.home())])


def _elements(home: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        e for block in home["blocks"] for e in (*block.get("elements", ()), *filter(None, [block.get("accessory")]))
    ]


def test_a_digest_is_answered_where_it_stands(clerk: Clerk, beside: App) -> None:
    number = idle(beside, clerk, now() - timedelta(days=40))
    settings = SlackSettings(
        "xoxb-peer", "x", "", api=f"http://127.0.0.1:{BETWEEN_PORT}/api/", url="http://127.0.0.1:1"
    )
    surface = Surface(beside, settings, now)
    with beside.store.unit() as unit:
        case = unit.cases.by_number(number)
        assert case is not None
        lines = [
            {"key": "x", "case": number, "case_id": case.id, "subject": "", "kind": "no_progress", "since": "2026-11-01",
             "day": "2026-11-02", "nth": n} for n in range(40)
        ]  # fmt: skip
        payload = json.dumps({"day": "2026-11-18", "lines": lines, "more": 0})
        later = now() + timedelta(days=1)  # this process sends it, not the other one
        sent = OutgoingMessage(
            f"digest:x:{clerk.id}", "digest", "", f"person:slack:T0:{clerk.id}", payload, now(), later
        )
        unit.outbox.put(sent)
        unit.commit()
    assert isinstance(surface.channel.send(sent, clerk.id), Delivered)
    surface.end()
    parts = [m for m in clerk.messages() if "通のうち" in words(m["blocks"])]
    assert len(parts) > 1
    clerk.click(parts[-1], find(parts[-1]["blocks"], "進んでいる"))
    wait_for(
        lambda: (
            "進んでいると返事がありました"
            in words(next(m for m in clerk.messages() if m["ts"] == parts[-1]["ts"])["blocks"])
        )
    )


def test_the_picture_of_a_nudge_is_uploaded_below_it(clerk: Clerk, beside: App) -> None:
    surface = Surface(beside, SETTINGS, now)
    words_of_it = {"type": "section", "text": {"type": "plain_text", "text": "新しい案件 3件"}}
    nudge = OutgoingMessage(f"weekly:{clerk.id}", "weekly", "", "post:x", "{}", now(), now())
    made = Posted(({"text": "今週", "blocks": [words_of_it]},), picture=Picture(PNG, "件数の推移: 3、4、5"))
    sent = surface.channel.post(clerk.id, nudge, made)
    surface.end()
    assert isinstance(sent, Delivered)
    found = clerk.room.peer.get(f"/_control/messages/{clerk.dm}")["messages"]
    (file,) = [file for message in found for file in message.get("files", ())]
    assert file["size"] == len(PNG)
    assert file.get("alt_txt") == "件数の推移: 3、4、5"
    (below,) = [message for message in found if message.get("files")]
    assert below["thread_ts"] == sent.receipt.split("/")[1]


def test_a_message_written_anew_is_offered_and_read_when_asked(clerk: Clerk) -> None:
    clerk.say(HOUSEHOLD)
    clerk.last("ひきこもり")
    mine = next(
        m for m in clerk.room.peer.get(f"/_control/messages/{clerk.dm}")["messages"] if m.get("user") == clerk.id
    )
    clerk.edit(mine["ts"], ANEW)
    offer = wait_for(
        lambda: next((m for m in clerk.whispers(clerk.dm) if "読み直しますか" in words(m["blocks"])), None)
    )
    assert "ひきこもり" in words(clerk.last("")["blocks"]), "nothing is read again by itself"
    clerk.click(offer, find(offer["blocks"], "書き直した文で読み直す"))
    assert "ひきこもり" not in words(clerk.last("家賃")["blocks"])
