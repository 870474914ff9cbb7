"""What Slack does and the peer does not, injected between them: nothing is lost, nothing is doubled."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

import pytest

from tests.peers.slack.between import BROKEN, Answer, refused, too_many
from tests.peers.slack.room import BOT_PORT, CHANNEL, SECRET, Clerk, Room, find, marks, wait_for, words

HOUSEHOLD = (
    "80代の母と50代の息子の二人暮らし。息子は10年以上ひきこもっている。母は最近もの忘れがひどい。母の受診先を知りたい。"
)
WITH_NAME = f"山田花子さん、090-1234-5678。{HOUSEHOLD}"


def cards(clerk: Clerk) -> list[str]:
    return [m["text"] for m in clerk.messages()]


def deliver(body: Mapping[str, Any]) -> int:
    """A delivery of Slack that the peer cannot make, signed as Slack signs."""
    data, stamp = json.dumps(body).encode(), str(int(time.time()))
    signed = hmac.new(SECRET.encode(), b"v0:" + stamp.encode() + b":" + data, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={signed}",
    }
    request = urllib.request.Request(f"http://127.0.0.1:{BOT_PORT}/slack/events", data, headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return int(answer.status)


def on(method: str, answer: Answer, times: int = 1, channel: str = "") -> Any:
    """The first calls of a method are answered like that."""
    left = [answer] * times

    def fault(called: str, given: Mapping[str, Any]) -> Answer | None:
        return left.pop() if called == method and (not channel or given.get("channel") == channel) and left else None

    return fault


def test_every_event_three_times_and_out_of_order(clerk: Clerk) -> None:
    clerk.room.between.times, clerk.room.between.late = 3, 0.2
    clerk.say(HOUSEHOLD)
    clerk.press("この読み取りで進む")
    clerk.press("ここまでで提案を見る")
    clerk.press("この提案で決める")
    clerk.last("を登録しました")
    time.sleep(1.0)
    assert len(clerk.messages()) == 4
    assert "今の段階" not in json.dumps(clerk.messages(), ensure_ascii=False)


def test_two_cases_are_never_made_of_one_decision(clerk: Clerk) -> None:
    clerk.room.between.times = 3
    clerk.say(HOUSEHOLD)
    clerk.press("この読み取りで進む")
    clerk.press("ここまでで提案を見る")
    message = clerk.last("この提案で決める")
    for _ in range(3):
        clerk.click(message, find(message["blocks"], "この提案で決める"))
    clerk.last("を登録しました")
    home = json.dumps(clerk.home(), ensure_ascii=False)
    assert home.count("案件 MIHON") == 1


def test_too_many_requests_in_one_dm_hold_up_nobody_else(clerk: Clerk) -> None:
    other = clerk.room.person()
    clerk.room.between.fault = on("chat.postMessage", too_many(2), 1, clerk.dm)
    begun = time.monotonic()
    clerk.say(HOUSEHOLD)
    other.say(HOUSEHOLD)
    other.last("ひきこもり", seconds=1.5)
    clerk.last("ひきこもり")
    calls = [
        at
        for method, given, at in clerk.room.between.calls
        if method == "chat.postMessage" and given["channel"] == clerk.dm
    ]
    assert calls[1] - calls[0] >= 2.0
    assert calls[0] - begun < 2.0
    assert len(clerk.messages()) == 1


def test_an_error_of_slack_is_tried_again_and_what_arrived_is_not_sent_twice(clerk: Clerk) -> None:
    clerk.room.between.fault = on("chat.postMessage", BROKEN, 1, clerk.dm)
    clerk.say(HOUSEHOLD)
    clerk.last("ひきこもり")
    assert len(clerk.messages()) == 1
    lost = [True]
    clerk.room.between.lost = lambda method: method == "chat.postMessage" and bool(lost) and lost.pop()
    clerk.press("この読み取りで進む")
    clerk.last("確認")
    time.sleep(3.0)
    assert len(clerk.messages()) == 2
    clerk.press("ここまでで提案を見る")
    clerk.last("提案:")


def test_a_dead_trigger_is_answered_in_the_dm(clerk: Clerk) -> None:
    clerk.say(HOUSEHOLD)
    clerk.room.between.fault = on("views.open", refused("expired_trigger_id"))
    clerk.press("読み取りを直す", "ひきこもり")
    clerk.press("もう一度開く", "時間が過ぎたため")
    clerk.modal("足す課題")
    clerk.close()


def test_a_channel_that_is_shut_goes_on_in_the_dm(clerk: Clerk) -> None:
    for number, code in enumerate(("channel_not_found", "is_archived", "not_in_channel")):
        clerk.room.between.fault = on("chat.postMessage", refused(code), 1, CHANNEL)
        deliver({"type": "event_callback", "team_id": "T0", "event_id": f"Ev{code}", "event": {
            "type": "app_mention", "channel": CHANNEL, "user": clerk.id, "text": f"<@U0BOT> {HOUSEHOLD}", "ts": f"17.{number}",
        }})  # fmt: skip
        wait_for(lambda number=number: len(clerk.messages()) == number + 1)
    assert "お見せできなかった知らせが 3 件" in json.dumps(clerk.home(), ensure_ascii=False)


def test_a_deactivated_person_and_a_missing_permission_block_nobody(clerk: Clerk) -> None:
    for code in ("account_inactive", "missing_scope"):
        other = clerk.room.person()
        clerk.room.between.fault = on("chat.postMessage", refused(code), 1, other.dm)
        other.say(HOUSEHOLD)
        wait_for(lambda: not clerk.room.between.fault("never", {}) and clerk.room.between.calls[-1][0] != "")
        other.say("母は最近やせてきた。")
        other.last("やせて")


def test_a_revoked_token_lets_everything_wait(clerk: Clerk) -> None:
    def fault(method: str, _: Mapping[str, Any]) -> Answer | None:
        return refused("token_revoked") if method.startswith("chat.") else None

    clerk.room.between.fault = fault
    clerk.say(HOUSEHOLD)
    time.sleep(0.5)
    assert clerk.messages() == []
    clerk.room.between.calm()
    clerk.room.bot.kill()
    clerk.room.bot.start()  # with a new token
    clerk.last("ひきこもり", seconds=15)
    assert len(clerk.messages()) == 1


def test_a_restart_in_the_middle_of_a_talk(clerk: Clerk) -> None:
    clerk.say(HOUSEHOLD)
    clerk.press("この読み取りで進む")
    clerk.last("確認")
    clerk.room.bot.kill()
    clerk.room.bot.start()
    clerk.press("ここまでで提案を見る")
    clerk.last("提案:")


def test_killed_between_the_turn_and_its_card(clerk: Clerk) -> None:
    for wait in (0.0, 0.02, 0.05, 0.1):
        other = clerk.room.person()
        other.say(HOUSEHOLD)
        time.sleep(wait)
        clerk.room.bot.kill()
        clerk.room.bot.start()
        other.last("ひきこもり", seconds=15)
        time.sleep(0.3)
        assert len(other.messages()) == 1, wait


def test_a_message_shortcut_takes_the_message_along(clerk: Clerk) -> None:
    status = deliver_form({
        "type": "message_action", "callback_id": "tsunagu_from_message", "trigger_id": "t.1", "team": {"id": "T0"},
        "user": {"id": clerk.id}, "channel": {"id": CHANNEL}, "message": {"ts": "5.1", "user": "U040", "text": WITH_NAME},
        "api_app_id": "A0", "response_url": "",
    })  # fmt: skip
    assert status == 200
    clerk.last("ひきこもり")
    assert "花子" not in json.dumps(clerk.room.peer.snapshot()["messages"], ensure_ascii=False)
    wait_for(lambda: any("削除" in words(m["blocks"]) for m in clerk.whispers(CHANNEL)))


def deliver_form(payload: Mapping[str, Any]) -> int:
    from urllib.parse import urlencode

    data, stamp = urlencode({"payload": json.dumps(payload)}).encode(), str(int(time.time()))
    signed = hmac.new(SECRET.encode(), b"v0:" + stamp.encode() + b":" + data, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded", "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signed}",
    }  # fmt: skip
    request = urllib.request.Request(f"http://127.0.0.1:{BOT_PORT}/slack/events", data, headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return int(answer.status)


def test_an_unsigned_delivery_gets_nowhere(room: Room) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{BOT_PORT}/slack/events", b"{}", {"Content-Type": "application/json"}
    )
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(request, timeout=10)


def test_nothing_in_the_log_tells_who_somebody_is(room: Room) -> None:
    assert "花子" not in room.bot.log()
    assert "xoxb" not in room.bot.log()
    assert "Traceback" not in room.bot.log(), room.bot.log()


def test_an_old_card_still_knows_its_talk(clerk: Clerk) -> None:
    clerk.say(HOUSEHOLD)
    card = clerk.last("ひきこもり")
    mark = next(marks(card["blocks"]))
    assert mark.talk.startswith(f"slack:T0:{clerk.id}:")
