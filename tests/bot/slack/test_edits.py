"""Messages that are written anew after they were read: offered to be read again, never read silently."""

from __future__ import annotations

import json

from bot.slack.desk import Desk
from tests.bot.slack.conftest import HOUSEHOLD, House
from tests.bot.slack.slack import BOT, Message, Person
from tests.bot.slack.test_robust import desk_of

ANEW = "82歳の母と55歳の娘の二人暮らし。家賃を滞納している。"
CHANNEL = "C0TEAM"


def edit(person: Person, ts: str, before: str, after: str, *, times: int = 1) -> None:
    """Write a message of the DM anew."""
    inner = {"type": "message", "subtype": "message_changed", "channel": person.dm, "channel_type": "im"}
    was = {"user": person.id, "text": before, "ts": ts}
    person.event({**inner, "message": {**was, "text": after}, "previous_message": was}, times=times)


def offers(person: Person) -> list[Message]:
    return [m for m in person.slack.whispers() if "書き直した文で読み直す" in m.labels()]


def text_turns(house: House, desk: Desk) -> list[str]:
    with house.app.store.unit(reading=True) as unit:
        return [turn.raw for turn in unit.turns.of(desk.current) if turn.kind == "text"]


def test_an_edit_is_offered_and_not_read(clerk: Person, house: House) -> None:
    clerk.say(HOUSEHOLD, ts="77.1")
    edit(clerk, "77.1", HOUSEHOLD, ANEW, times=3)
    assert len(offers(clerk)) == 1
    assert text_turns(house, desk_of(house, clerk)) == [HOUSEHOLD]
    assert len(clerk.slack.in_place(clerk.dm)) == 1
    edit(clerk, "77.1", HOUSEHOLD, HOUSEHOLD)
    assert len(clerk.slack.whispers()) == 1, "a link that Slack unfolds is no edit"


def test_the_text_is_read_again_when_its_writer_says_so(clerk: Person, house: House) -> None:
    clerk.say(HOUSEHOLD, ts="77.1")
    clerk.press("この読み取りで進む")
    edit(clerk, "77.1", HOUSEHOLD, ANEW)
    clerk.press("書き直した文で読み直す", offers(clerk)[0], times=3)
    assert "家賃" in clerk.last().words()
    assert "ひきこもり" not in clerk.last().words()
    assert text_turns(house, desk_of(house, clerk)) == [HOUSEHOLD, ANEW]
    assert desk_of(house, clerk).drafts == {}
    clerk.press("書き直した文で読み直す", offers(clerk)[0])
    assert "読み直す文がありません" in clerk.slack.whispers()[-1].words()


def test_the_last_of_several_texts_is_put_in_its_place(clerk: Person) -> None:
    clerk.say(HOUSEHOLD, ts="77.1")
    clerk.say("母は最近やせてきた。", ts="77.2")
    edit(clerk, "77.2", "母は最近やせてきた。", "家賃を滞納している。")
    clerk.press("書き直した文で読み直す", offers(clerk)[0])
    assert "ひきこもり" in clerk.last().words()
    assert "やせて" not in clerk.last().words()
    assert "家賃" in clerk.last().words()


def test_a_message_in_the_middle_and_one_of_no_talk_are_left_alone(clerk: Person) -> None:
    clerk.say(HOUSEHOLD, ts="77.1")
    clerk.say("母は最近やせてきた。", ts="77.2")
    clerk.say("家賃を滞納している。", ts="77.3")
    edit(clerk, "77.2", "母は最近やせてきた。", "母は元気だ。")
    edit(clerk, "50.1", "こんにちは", "こんばんは")
    assert offers(clerk) == []


def test_what_is_a_case_already_is_not_read_again(clerk: Person) -> None:
    clerk.say(HOUSEHOLD, ts="77.1")
    for label in ("この読み取りで進む", "ここまでで提案を見る", "この提案で決める"):
        clerk.press(label)
    edit(clerk, "77.1", HOUSEHOLD, ANEW)
    assert offers(clerk) == []
    assert "案件に入っていません" in clerk.slack.whispers()[-1].words()


def test_a_text_that_waits_to_be_read_again_is_kept_encrypted(clerk: Person, house: House) -> None:
    clerk.say(HOUSEHOLD, ts="77.1")
    edit(clerk, "77.1", HOUSEHOLD, "山田花子さんは82歳。")
    with house.app.store.unit(reading=True) as unit:
        stored = unit.dialogues.get(f"slack:T0MIHON:{clerk.id}")
    assert stored is not None
    assert "花子" not in stored.value
    assert "花子" in json.loads(stored.secret)[f"reread|{desk_of(house, clerk).current}"]["text"]
    assert "花子" not in "".join(m.words() for m in clerk.slack.messages)


def test_a_mention_written_anew_with_a_name_is_told_privately(clerk: Person) -> None:
    ts = clerk.mention(HOUSEHOLD, CHANNEL)
    inner = {
        "type": "app_mention",
        "channel": CHANNEL,
        "user": clerk.id,
        "ts": ts,
        "edited": {"user": clerk.id, "ts": "1"},
    }
    clerk.event({**inner, "text": f"<@{BOT}> 山田花子さんは82歳。", "thread_ts": ts})
    whispered = "".join(m.words() for m in clerk.slack.whispers())
    assert "ご自分で消してください" in whispered
    assert "花子" not in whispered
    assert len(offers(clerk)) == 1
