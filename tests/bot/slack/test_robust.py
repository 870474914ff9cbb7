"""What Slack and the network do to us: nothing is lost, nothing is done twice, and people are told what can be told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Any

import pytest

from bot.slack.api import Outcome
from bot.slack.desk import Desk, from_stored
from bot.slack.happening import Happening, Kind
from bot.slack.talks import Step
from bot.slack.work import Worker
from tests.bot.slack.conftest import HOUSEHOLD, House
from tests.bot.slack.slack import TEAM, Later, Person, Refused, Trouble, Unknown

Plan = Callable[[str, Mapping[str, Any]], Outcome | None]


def once(method: str, outcome: Outcome) -> Plan:
    """The first call of a method meets this; later ones are taken."""
    left = [outcome]
    return lambda called, _: left.pop() if called == method and left else None


def always(outcome: Outcome, *methods: str, channel: str = "") -> Plan:
    def plan(called: str, given: Mapping[str, Any]) -> Outcome | None:
        return outcome if called in methods and (not channel or given.get("channel") == channel) else None

    return plan


def desk_of(house: House, person: Person) -> Desk:
    name = f"slack:{TEAM}:{person.id}"
    with house.app.store.unit(reading=True) as unit:
        return from_stored(unit.dialogues.get(name), name)


def turns(house: House, person: Person) -> int:
    """Turns of every talk of a person, without what only lies on their desk."""
    found = 0
    with house.app.store.unit(reading=True) as unit:
        for talk in desk_of(house, person).places:
            found += len(unit.turns.of(talk))
    return found


def test_an_event_delivered_three_times_is_one_turn_and_one_card(clerk: Person, house: House) -> None:
    clerk.say(HOUSEHOLD, times=3)
    clerk.command("35歳の男性、家賃を滞納している。", times=3)
    assert turns(house, clerk) == 2
    assert len(clerk.slack.in_place(clerk.dm)) == 2


def test_a_button_pressed_twice_counts_once(clerk: Person, house: House) -> None:
    clerk.say(HOUSEHOLD)
    card = clerk.last()
    twice = [clerk.pressing("この読み取りで進む", card) for _ in range(2)]
    clerk.send(twice[0], times=3)
    clerk.send(twice[1])
    assert turns(house, clerk) == 2
    assert "確認" in clerk.last().words()


def test_a_modal_sent_three_times_counts_once(clerk: Person, house: House) -> None:
    clerk.say(HOUSEHOLD)
    view = clerk.opens("読み取りを直す")
    clerk.submit(view, {"［あり］ひきこもり": "消す"}, times=3)
    assert turns(house, clerk) == 2


def test_an_old_card_says_where_the_talk_is_and_changes_nothing(clerk: Person, house: House) -> None:
    clerk.say(HOUSEHOLD)
    old = clerk.pressing("中断する", clerk.last())
    clerk.press("この読み取りで進む")
    clerk.send(old)
    whisper = clerk.slack.whispers()[-1]
    assert "質問に答える" in whisper.words()
    assert turns(house, clerk) == 2
    clerk.press("今のカードを出す", whisper)
    assert "確認" in clerk.last().words()
    assert len(clerk.last().labels()) > 3


def test_an_answered_card_keeps_its_words_and_loses_its_buttons(clerk: Person) -> None:
    clerk.say(HOUSEHOLD)
    clerk.press("この読み取りで進む")
    first = clerk.slack.in_place(clerk.dm)[0]
    assert first.labels() == []
    assert "→ この読み取りで進む" in first.words()
    assert "ひきこもり" in first.words()


def test_a_lost_answer_of_slack_is_looked_for_and_not_sent_again(clerk: Person) -> None:
    clerk.slack.plan = once("chat.postMessage", Unknown(0.01))
    clerk.say(HOUSEHOLD)
    wait_for(lambda: clerk.slack.calls[-1][0] == "conversations.history")
    clerk.settle()
    assert len(clerk.slack.in_place(clerk.dm)) == 1
    clerk.press("この読み取りで進む")
    assert "確認" in clerk.last().words()


def wait_for(what: Callable[[], object], seconds: float = 5.0) -> None:
    done = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if what():
            return
        done.wait(0.02)
    raise AssertionError("it never came")


def test_too_many_requests_are_obeyed_without_holding_up_others(clerk: Person, house: House) -> None:
    other = house.person("U0OTHER")
    clerk.slack.plan = always(Later(60.0), "chat.postMessage", channel=clerk.dm)
    clerk.say(HOUSEHOLD)
    other.say(HOUSEHOLD)
    assert len(other.slack.in_place(other.dm)) == 1
    assert clerk.slack.in_place(clerk.dm) == []
    clerk.slack.plan = lambda method, given: None
    house.surface.worker.kick(f"slack:{TEAM}:{clerk.id}")
    clerk.settle()
    assert "ひきこもり" in clerk.last().words()


def test_a_thread_that_can_no_longer_be_written_goes_on_in_the_dm(clerk: Person, house: House) -> None:
    for trouble in (Trouble.ARCHIVED, Trouble.NOT_IN_CHANNEL, Trouble.NO_CHANNEL):
        channel = f"C{trouble.value.upper()}"
        clerk.slack.plan = always(Refused(trouble, trouble.value), "chat.postMessage", channel=channel)
        clerk.mention(HOUSEHOLD, channel)
        assert "ひきこもり" in clerk.last().words()
        assert desk_of(house, clerk).mishaps[-1].trouble == trouble.value
    assert len(clerk.slack.in_place(clerk.dm)) == 3
    assert "3 件あります" in clerk.home().words()


def test_a_deactivated_person_is_recorded_and_blocks_nothing(clerk: Person, house: House) -> None:
    clerk.slack.plan = always(Refused(Trouble.NO_USER, "user_disabled"), "conversations.open")
    clerk.command(HOUSEHOLD)
    assert [m.trouble for m in desk_of(house, clerk).mishaps] == ["no_user"]
    with house.app.store.unit(reading=True) as unit:
        assert unit.turns.unfinished() == []


def test_a_missing_permission_is_recorded(clerk: Person, house: House) -> None:
    clerk.slack.plan = always(Refused(Trouble.SCOPE, "missing_scope"), "chat.postMessage", channel=clerk.dm)
    clerk.say(HOUSEHOLD)
    assert [m.trouble for m in desk_of(house, clerk).mishaps] == ["scope"]


def test_a_revoked_token_lets_everything_wait_and_nothing_is_lost(clerk: Person, house: House) -> None:
    clerk.slack.plan = always(Refused(Trouble.REVOKED, "token_revoked"), "chat.postMessage")
    clerk.say(HOUSEHOLD)
    clerk.say("母は最近やせてきた。")
    assert clerk.slack.messages == []
    clerk.slack.plan = lambda method, given: None
    house.surface.worker.kick(f"slack:{TEAM}:{clerk.id}")
    clerk.settle()
    assert "やせて" in clerk.last().words()


def test_a_dead_trigger_is_answered_in_the_dm(clerk: Person) -> None:
    clerk.say(HOUSEHOLD)
    clerk.press("読み取りを直す", trigger="dead-1")
    answer = clerk.slack.messages[-1]
    assert answer.channel == clerk.dm
    assert "もう一度" in answer.words()
    view = clerk.opens("もう一度開く", answer)
    assert "ひきこもり" in json.dumps(view, ensure_ascii=False)


def test_a_modal_opens_before_anything_slow_is_asked(clerk: Person) -> None:
    clerk.say(HOUSEHOLD)
    seen: list[str] = []

    def plan(method: str, given: Mapping[str, Any]) -> None:
        if method == "views.open":
            seen.append(json.dumps(given["view"], ensure_ascii=False))

    clerk.slack.plan = plan
    clerk.press("読み取りを直す")
    assert "読み込んでいます" in seen[0]


def test_a_conflict_of_two_updates_is_settled(clerk: Person) -> None:
    clerk.say(HOUSEHOLD)
    clerk.slack.plan = once("views.update", Refused(Trouble.HASH, "hash_conflict"))
    view = clerk.opens("読み取りを直す")
    assert "ひきこもり" in json.dumps(view, ensure_ascii=False)


def test_a_modal_closed_while_it_loads_is_nobodys_trouble(clerk: Person) -> None:
    clerk.say(HOUSEHOLD)
    clerk.slack.plan = always(Refused(Trouble.GONE, "not_found"), "views.update")
    clerk.press("読み取りを直す")
    assert len(clerk.slack.messages) == 1


def test_a_deleted_message_is_told_from_a_deleted_talk(clerk: Person, house: House) -> None:
    clerk.say(HOUSEHOLD, ts="77.1")
    inner = {
        "type": "message",
        "subtype": "message_deleted",
        "channel": clerk.dm,
        "channel_type": "im",
        "deleted_ts": "77.1",
    }
    clerk.event({**inner, "previous_message": {"user": clerk.id, "text": HOUSEHOLD, "ts": "77.1"}})
    assert "相談は残っています" in clerk.slack.whispers()[-1].words()
    assert turns(house, clerk) == 1
    with house.app.store.unit(reading=True) as unit:
        kinds = [turn.masked for turn in unit.turns.of(f"slack:{TEAM}:{clerk.id}")]
    assert kinds == ["text", "deleted"], "the deletion stands in the person's own stream"
    clerk.event(
        {**inner, "deleted_ts": "99.9", "previous_message": {"user": clerk.id, "text": "ありがとう", "ts": "99.9"}}
    )
    assert len(clerk.slack.whispers()) == 1, "a message that no talk holds is nobody's business"


def test_our_own_updated_cards_are_no_edits(clerk: Person) -> None:
    inner = {"type": "message", "subtype": "message_changed", "channel": clerk.dm, "channel_type": "im"}
    clerk.event({**inner, "message": {"bot_id": "B0BOT", "text": "x", "ts": "1"}, "previous_message": {"text": "y"}})
    assert clerk.slack.messages == []


def test_a_deleted_card_is_shown_anew(clerk: Person) -> None:
    clerk.say(HOUSEHOLD)
    view = clerk.opens("読み取りを直す")
    clerk.slack.messages.clear()
    clerk.submit(view, {"［あり］ひきこもり": "消す"})
    assert "認知症" in clerk.last().words()


def test_after_a_restart_in_the_middle_the_card_comes_once(open_house: Callable[[], House]) -> None:
    first = open_house()
    clerk = first.person()
    clerk.slack.plan = always(Later(600.0), "chat.postMessage")
    clerk.say(HOUSEHOLD)
    first.surface.end()
    clerk.slack.plan = lambda method, given: None
    second = open_house()
    second.surface.worker.take_up()
    again = second.person()
    again.settle()
    assert len(again.slack.in_place(again.dm)) == 1
    second.surface.worker.take_up()
    again.settle()
    assert len(again.slack.in_place(again.dm)) == 1


def test_a_card_sent_just_before_the_process_died_is_not_sent_again(open_house: Callable[[], House]) -> None:
    first = open_house()
    clerk = first.person()
    clerk.slack.plan = always(Unknown(600.0), "chat.postMessage")
    clerk.say(HOUSEHOLD)
    first.surface.end()
    assert len(clerk.slack.in_place(clerk.dm)) == 1
    clerk.slack.plan = lambda method, given: None
    second = open_house()
    second.surface.worker.take_up()
    again = second.person()
    again.settle()
    assert len(again.slack.in_place(again.dm)) == 1
    again.press("この読み取りで進む")
    assert "確認" in again.last().words()


def test_the_web_chat_leaves_the_turns_of_slack_alone(open_house: Callable[[], House]) -> None:
    from starlette.testclient import TestClient

    from bot.web.application import create

    first = open_house()
    clerk = first.person()
    clerk.slack.plan = always(Later(600.0), "chat.postMessage")
    clerk.say(HOUSEHOLD)
    first.surface.end()
    with TestClient(create(first.app, first.surface.now), base_url="http://127.0.0.1:8080"):
        pass
    with first.app.store.unit(reading=True) as unit:
        assert unit.turns.unfinished() == [f"slack:{TEAM}:{clerk.id}"]


class Now(Executor):
    """Does at once what it is given."""

    def submit(self, do: Any, /, *given: Any, **named: Any) -> Any:
        do(*given, **named)


def test_what_cannot_be_done_is_given_up_and_the_rest_goes_on(house: House, clerk: Person) -> None:
    clerk.say(HOUSEHOLD)
    done: list[str] = []
    given_up: list[str] = []

    def step(desk: Desk, what: Happening, careful: bool) -> Step:
        if what.text == "こわれる":
            raise ZeroDivisionError
        done.append(what.text)
        return Step(desk)

    alarms: list[Callable[[], None]] = []
    worker = Worker(house.app.store, step, given_up.append, Now(), lambda _, do: alarms.append(do))
    for number, text in enumerate(("こわれる", "つづき")):
        made = Happening(Kind.TEXT, TEAM, clerk.id, f"k{number}", house.surface.now(), text=text)
        assert worker.accept(made)
    for _ in range(20):
        if alarms:
            alarms.pop(0)()
    assert done == ["つづき"]
    assert given_up == list(desk_of(house, clerk).places)
    with house.app.store.unit(reading=True) as unit:
        assert unit.turns.unfinished() == []


def test_nothing_is_acknowledged_that_is_not_stored(open_house: Callable[..., House]) -> None:
    house = open_house()
    clerk = house.person()
    house.app.store.close()
    sql = house.app.store

    def refuse(turn: object) -> bool:
        from routing.errors import StoreLocked

        raise StoreLocked("")

    object.__setattr__(house.surface.worker, "_store", type("S", (), {"store_turn": staticmethod(refuse)})())
    answer = clerk.say(HOUSEHOLD)
    assert answer.status == 500
    object.__setattr__(house.surface.worker, "_store", sql)
    assert clerk.say(HOUSEHOLD).status == 200


def test_logs_carry_no_words_of_people(clerk: Person, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        clerk.slack.plan = always(Refused(Trouble.SCOPE, "missing_scope"), "chat.postMessage")
        clerk.say("山田花子さん、090-1234-5678。" + HOUSEHOLD)
        clerk.event({"type": "something_new", "text": "山田花子"})
    assert "花子" not in caplog.text
    assert "ひきこもって" not in caplog.text


def test_half_a_character_is_read_like_the_rest(clerk: Person, house: House) -> None:
    """JSON's escapes can say half of a character; no store takes it."""
    clerk.say("母が借金\ud800で困っている")
    assert any("このように読み取りました" in message.words() for message in house.slack.messages)
