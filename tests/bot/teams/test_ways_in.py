"""Channels, group chats, message extensions, installations: where a talk goes on, and what is never shown to others."""

from __future__ import annotations

import pytest

from bot.teams.references import address_of, reference_of
from routing.outgoing import Contact, ContactState
from tests.bot.teams.conftest import Room
from tests.bot.teams.replay import HOUSEHOLD
from tests.bot.teams.teams import BOT, TENANT, Person, Wire, buttons, inputs

THREAD = "19:abc@thread.tacv2;messageid=1700000000000"
CHANNEL = "19:abc@thread.tacv2"
GROUP = "19:group@thread.v2"
NAMED = "世帯主は見本太郎さん、電話は090-1234-5678。80代の母がもの忘れ"


def contacts(room: Room, recipient: str) -> list[Contact]:
    with room.app.store.unit() as unit:
        return [c for c in unit.contacts.of(recipient) if c.surface == "teams"]


@pytest.mark.parametrize(("where", "kind"), [(THREAD, "channel"), (GROUP, "groupChat")])
def test_a_mention_begins_a_talk_where_it_was_said(person: Person, wire: Wire, where: str, kind: str) -> None:
    person.mention(HOUSEHOLD, where, kind)
    assert "このように読み取りました" in wire.words(where)
    person.press("この読み取りで進む", where, kind)
    assert "質問 1" in wire.words(where)
    person.mention("わからない", where, kind)
    assert "質問 2" in wire.words(where)
    assert not wire.cards(person.chat)


@pytest.mark.parametrize(("where", "kind"), [(THREAD, "channel"), (GROUP, "groupChat"), (GROUP, "")])
def test_identity_said_before_others_is_answered_in_the_personal_chat_only(
    person: Person, wire: Wire, where: str, kind: str
) -> None:
    person.say("こんにちは、相談を始めます。")
    person.mention(NAMED, where, kind or "something-new")
    assert wire.words(where) == ""
    words = wire.words(person.chat)
    assert "伏せた文" in words
    assert "●" in words
    assert "メッセージの削除" in words
    assert "このように読み取りました" in words
    assert "太郎" not in str(wire.there)
    assert "1234-5678" not in str(wire.there)


def test_identity_is_not_shown_when_the_personal_chat_cannot_be_opened(person: Person, wire: Wire) -> None:
    person.mention(NAMED, THREAD)
    assert "個人チャットでお答えします" in wire.words(THREAD)
    assert "太郎" not in str(wire.there)
    assert "●" not in wire.words(THREAD)


def test_the_personal_chat_is_opened_by_us_when_the_app_is_installed_there(person: Person, wire: Wire) -> None:
    wire.private["29:a"] = person.chat
    person.mention(NAMED, THREAD)
    assert wire.words(THREAD) == ""
    assert "このように読み取りました" in wire.words(person.chat)


def test_identity_said_later_moves_the_talk_to_the_personal_chat(person: Person, wire: Wire) -> None:
    wire.private["29:a"] = person.chat
    person.mention(HOUSEHOLD, THREAD)
    person.mention(NAMED, THREAD)
    person.press("この読み取りで進む")
    assert "質問 1" in wire.words(person.chat)
    assert "質問 1" not in wire.words(THREAD)


def test_a_form_that_asks_for_names_is_not_shown_before_others(person: Person, wire: Wire) -> None:
    wire.private["29:a"] = person.chat
    person.say("最初から")
    person.mention(HOUSEHOLD, THREAD)
    for title in ("この読み取りで進む", "ここまでで提案を見る", "この提案で決める", "続けて受付票を書く"):
        person.press(title, THREAD, "channel")
    asked = []
    for _ in range(4):
        where = THREAD if buttons(wire.cards(THREAD)[-1]) else person.chat
        person.press("保存して次へ", where, "channel" if where == THREAD else "")
        asked += [name for name in inputs(person.wire.cards(person.chat)[-1]) if name.startswith("f:name")]
        assert not any("f:name" in str(card) for card in wire.cards(THREAD))
    assert asked
    assert "個人チャットで書きます" in wire.words(THREAD)


def test_nobody_else_can_press_the_buttons_of_a_talk(person: Person, wire: Wire, room: Room) -> None:
    person.mention(HOUSEHOLD, THREAD)
    other = room.person("b")
    other.say("よろしくお願いします。")
    before = wire.words(THREAD)
    answer = other.press("この読み取りで進む", THREAD, "channel")
    assert answer.json()["type"] == "application/vnd.microsoft.activity.message"
    assert wire.words(THREAD) == before


def test_the_resume_code_is_told_to_its_owner_alone(person: Person, wire: Wire) -> None:
    person.say("最初から")
    person.mention(HOUSEHOLD, THREAD)
    person.press("中断する", THREAD, "channel")
    assert "再開番号は" not in wire.words(THREAD)
    assert "再開番号は" in wire.words(person.chat)


def test_a_resume_code_is_not_taken_where_others_read_it(person: Person, wire: Wire) -> None:
    person.say("最初から")
    person.mention("再開 AB2CD3EF", THREAD)
    assert wire.words(THREAD) == ""
    assert "個人チャットに書いてください" in wire.words(person.chat)


def test_colleagues_who_are_mentioned_are_not_kept(person: Person, room: Room) -> None:
    entities = [
        {"type": "mention", "text": "<at>つなぐ</at>", "mentioned": {"id": BOT}},
        {"type": "mention", "text": "<at>鈴木一郎</at>", "mentioned": {"id": "29:x"}},
    ]
    person.say(f"<at>つなぐ</at> <at>鈴木一郎</at> {HOUSEHOLD}", THREAD, "channel", entities=entities)
    assert "鈴木" not in str(room.wire.there)
    with room.app.store.unit() as unit:
        talks = unit.dialogues.of_owner(f"teams:{person.oid}")
    assert talks
    assert not any("鈴木" in t.value + t.secret for t in talks)


def extension(person: Person, content: str, name: str = "composeExtension/fetchTask", **body: str) -> dict[str, object]:
    payload = {"id": "1", "body": {"contentType": "html", "content": content, **body}}
    value = {"commandId": "connect", "commandContext": "message", "messagePayload": payload}
    return person.activity(THREAD, type="invoke", name=name, value=value)


def test_a_message_is_taken_up_in_the_personal_chat(person: Person, wire: Wire, room: Room) -> None:
    wire.private["29:a"] = person.chat
    answer = room.post(extension(person, "<p>80代の母と50代の息子。</p><p>息子は<at id='1'>山田</at>ひきこもり</p>"))
    assert answer.json()["task"]["type"] == "message"
    assert "ひきこもり" in wire.words(person.chat)
    assert "山田" not in str(wire.there)
    assert wire.words(THREAD) == ""


def test_a_message_extension_that_submits_is_answered_in_its_own_way(person: Person, wire: Wire, room: Room) -> None:
    wire.private["29:a"] = person.chat
    answer = room.post(extension(person, f"<p>{HOUSEHOLD}</p>", "composeExtension/submitAction"))
    assert answer.json()["composeExtension"]["type"] == "message"
    assert "ひきこもり" in wire.words(person.chat)


@pytest.mark.parametrize("content", ["", "<p> </p>", "<img src=x>"])
def test_a_message_without_words_begins_nothing(person: Person, wire: Wire, room: Room, content: str) -> None:
    answer = room.post(extension(person, content))
    assert "読める文がありません" in answer.json()["task"]["value"]
    assert not wire.there


def test_an_unknown_invoke_is_not_taken_for_ours(person: Person, room: Room) -> None:
    asked = person.activity(type="invoke", name="task/submit", value={})
    assert room.post(asked).status_code == 501


def installed(person: Person, where: str, kind: str, action: str = "add") -> dict[str, object]:
    return person.activity(where, kind, type="installationUpdate", action=action)


def test_whoever_installs_is_greeted_once_and_can_be_reached(person: Person, wire: Wire, room: Room) -> None:
    room.post(installed(person, person.chat, "personal"))
    members = [{"id": BOT}]
    room.post(person.activity(type="conversationUpdate", membersAdded=members))
    assert len(wire.cards(person.chat)) == 1
    assert "案件の一覧" in buttons(wire.cards(person.chat)[0])
    (contact,) = contacts(room, f"person:teams:{person.oid}")
    where = reference_of(contact.address)
    assert where is not None
    assert (where.conversation, where.tenant) == (person.chat, TENANT)


def test_a_team_that_installs_is_not_disturbed(person: Person, wire: Wire, room: Room) -> None:
    room.post(installed(person, CHANNEL, "channel"))
    assert not wire.there
    assert [c.state for c in contacts(room, f"channel:teams:{CHANNEL}")] == [ContactState.ACTIVE]


@pytest.mark.parametrize(
    "left",
    [
        {"type": "installationUpdate", "action": "remove"},
        {"type": "conversationUpdate", "membersRemoved": [{"id": BOT}]},
    ],
    ids=["uninstalled", "removed"],
)
def test_who_left_is_not_reached_any_more_until_they_come_back(
    person: Person, room: Room, left: dict[str, object]
) -> None:
    recipient = f"person:teams:{person.oid}"
    person.say(HOUSEHOLD)
    room.post(person.activity(**left))
    assert [c.state for c in contacts(room, recipient)] == [ContactState.GONE]
    person.say("わからない")
    assert [c.state for c in contacts(room, recipient)] == [ContactState.ACTIVE]


def test_a_team_that_was_deleted_is_not_reached(person: Person, room: Room) -> None:
    room.post(installed(person, CHANNEL, "channel"))
    room.post(
        person.activity(
            CHANNEL, type="conversationUpdate", channelData={"eventType": "channelDeleted", "tenant": {"id": TENANT}}
        )
    )
    assert [c.state for c in contacts(room, f"channel:teams:{CHANNEL}")] == [ContactState.GONE]


def test_a_chat_that_moved_to_another_service_has_one_address(person: Person, room: Room) -> None:
    person.say(HOUSEHOLD)
    person.say("わからない", serviceUrl="https://smba.elsewhere/jp/")
    states = {reference_of(c.address).service: c.state for c in contacts(room, f"person:teams:{person.oid}")}  # type: ignore[union-attr]
    assert states == {"https://smba.example/jp/": ContactState.GONE, "https://smba.elsewhere/jp/": ContactState.ACTIVE}


def test_an_address_says_the_same_in_the_same_letters(person: Person, room: Room) -> None:
    person.say(HOUSEHOLD)
    (contact,) = contacts(room, f"person:teams:{person.oid}")
    found = reference_of(contact.address)
    assert found is not None
    assert address_of(found) == contact.address
    assert reference_of("not ours") is None


@pytest.mark.parametrize(
    ("kind", "told"), [("messageUpdate", "まだ読んでいません"), ("messageDelete", "相談は残っています")]
)
def test_what_was_edited_or_deleted_is_not_read_again(
    person: Person, wire: Wire, room: Room, kind: str, told: str
) -> None:
    person.say(HOUSEHOLD)
    room.post(person.activity(type=kind, text="90代の父が転んだ", timestamp="2026-11-20T00:00:00Z"))
    assert told in wire.words(person.chat)
    assert "90代の父" not in wire.words(person.chat)


def test_every_activity_delivered_twice_does_nothing_twice(person: Person, wire: Wire, room: Room) -> None:
    said = person.activity(text=HOUSEHOLD)
    for _ in range(2):
        assert room.post(said).status_code == 200
    assert len(wire.cards(person.chat)) == 1
    moved = person.activity(type="conversationUpdate", membersAdded=[{"id": BOT}])
    for _ in range(2):
        room.post(moved)
    with room.app.store.unit() as unit:
        assert len(unit.turns.of(f"teams:{person.oid}")) == 2


def test_where_nobody_can_write_any_more_the_talk_goes_on_in_the_personal_chat(person: Person, wire: Wire) -> None:
    from bot.teams.outgoing import Answered

    person.say("最初から")
    person.mention(HOUSEHOLD, THREAD)
    wire.closed[THREAD] = Answered(403, ("MessageWritesBlocked",))
    person.press("この読み取りで進む", THREAD, "channel")
    assert "質問 1" in wire.words(person.chat)


def test_reactions_and_typing_are_acknowledged_and_ignored(person: Person, wire: Wire, room: Room) -> None:
    for kind in ("messageReaction", "typing", "event", "somethingNew"):
        assert room.post(person.activity(type=kind)).status_code == 200
    assert not wire.there


def test_half_a_character_is_read_like_the_rest(person: Person, wire: Wire) -> None:
    """JSON's escapes can say half of a character; no store takes it."""
    assert person.say("母が借金\ud800で困っている").status_code == 200
    assert "このように読み取りました" in wire.words(person.chat)
