"""The whole talk in a personal chat: read, corrected, asked, proposed, confirmed, written down, paused and taken up."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from bot.teams.limits import LIMITS
from tests.bot.teams.conftest import Room
from tests.bot.teams.replay import HOUSEHOLD
from tests.bot.teams.teams import Person, Wire, buttons, inputs, words_of

CONFIRM, OVERRIDE, ACCEPT = "この提案で決める", "別の経路にする", "この読み取りで進む"


def to_proposal(person: Person, where: str = "", kind: str = "") -> None:
    person.press(ACCEPT, where, kind)
    person.press("ここまでで提案を見る", where, kind)


def opened(person: Person) -> str:
    """From the first sentence to a case; its number."""
    person.say(HOUSEHOLD)
    to_proposal(person)
    person.press(CONFIRM)
    found = re.search(r"案件 (MIHON-\d{4}-\d{4}) を登録しました", person.wire.words(person.chat))
    assert found
    return found[1]


def test_a_situation_is_read_and_shown_as_a_card(person: Person, wire: Wire) -> None:
    assert person.say(HOUSEHOLD).status_code == 200
    (card,) = wire.cards(person.chat)
    words = words_of(card)
    assert "このように読み取りました" in words
    assert "ひきこもり" in words
    assert "母（80〜89歳）" in words
    assert {ACCEPT, "一つ戻る", "中断する", "選んだとおりに直す"} <= buttons(card).keys()


@pytest.mark.parametrize("submit", [True, False], ids=["Submit", "Execute"])
def test_a_talk_goes_from_the_first_sentence_to_a_case(person: Person, room: Room, submit: bool) -> None:
    person.say(HOUSEHOLD)
    person.press(ACCEPT, submit=submit)
    person.press("ここまでで提案を見る", submit=submit)
    person.press(CONFIRM, submit=submit)
    with room.app.store.unit() as unit:
        (case,) = unit.cases.latest(f"teams:{person.oid}")
    assert f"案件 {case.number} を登録しました" in room.wire.words(person.chat)


def test_an_answered_card_stays_to_read_and_cannot_be_pressed_again(person: Person, wire: Wire) -> None:
    person.say(HOUSEHOLD)
    person.press(ACCEPT)
    reading, question = wire.cards(person.chat)
    assert "→ この読み取りで進む" in words_of(reading)
    assert not buttons(reading)
    assert "このように読み取りました" in words_of(reading)
    assert buttons(question)


def test_a_card_of_the_same_kind_is_put_in_the_place_of_the_one_before(person: Person, wire: Wire) -> None:
    person.say(HOUSEHOLD)
    name = next(n for n, e in inputs(wire.cards(person.chat)[0]).items() if n.startswith("c:row-"))
    drop = next(c["value"] for c in inputs(wire.cards(person.chat)[0])[name]["choices"] if c["title"] == "消す")
    person.press("選んだとおりに直す", **{name: drop})
    (card,) = wire.cards(person.chat)
    assert [entry[0] for entry in wire.log] == ["create", "update"]
    assert drop not in str(card)


def test_several_corrections_are_made_at_once(person: Person, wire: Wire) -> None:
    person.say(HOUSEHOLD)
    before = inputs(wire.cards(person.chat)[0])
    rows = [name for name in before if name.startswith("c:row-")]
    deny = next(c["value"] for c in before[rows[0]]["choices"] if c["title"] == "当てはまらない")
    give = next(c["value"] for c in before[rows[1]]["choices"] if c["title"].startswith("「"))
    person.press(
        "選んだとおりに直す", **{rows[0]: deny, rows[1]: give, "m:fix-add": "debt,care_need", "c:fix-who": "母"}
    )
    words = words_of(wire.cards(person.chat)[0])
    assert "［否定］" in words
    assert re.search(r"介護が必要（母、窓口の確認）", words)
    assert re.search(r"借金[^\n]*（母、窓口の確認）", words)


def test_a_correction_without_any_choice_changes_nothing(person: Person, wire: Wire) -> None:
    person.say(HOUSEHOLD)
    person.press("選んだとおりに直す")
    assert [entry[0] for entry in wire.log] == ["create"]


def test_an_idea_is_added_with_one_tap(person: Person, wire: Wire) -> None:
    person.say(HOUSEHOLD)
    idea = next(title for title in buttons(wire.cards(person.chat)[0]) if title.startswith("＋ "))
    person.press(idea)
    assert f"{idea[2:]}" in words_of(wire.cards(person.chat)[0]).partition("もしかして")[0]


def test_questions_are_answered_by_buttons_or_in_words_and_taken_back(person: Person, wire: Wire) -> None:
    person.say(HOUSEHOLD)
    person.press(ACCEPT)
    person.press("どれもない")
    assert "質問 2" in words_of(wire.cards(person.chat)[-1])
    person.say("わからない")
    assert "質問 3" in words_of(wire.cards(person.chat)[-1])
    person.press("一つ戻る")
    assert "一つ前の質問に戻りました" in wire.words(person.chat)
    person.say("戻る")
    assert "安全で気になること" in words_of(wire.cards(person.chat)[-1])


def test_the_answer_to_an_executed_button_is_the_card_or_that_it_was_received(person: Person) -> None:
    person.say(HOUSEHOLD)
    answer = person.press(ACCEPT).json()
    assert answer["statusCode"] == 200
    assert answer["type"] in ("application/vnd.microsoft.card.adaptive", "application/vnd.microsoft.activity.message")


def test_a_button_pressed_twice_counts_once(person: Person, wire: Wire, room: Room) -> None:
    person.say(HOUSEHOLD)
    sent, card = person.last(title=ACCEPT)
    data = buttons(card)[ACCEPT]["data"]
    for _ in range(3):
        room.post(person.activity(value=data, replyToId=sent))
    assert words_of(wire.cards(person.chat)[-1]).count("質問 1") == 1
    assert len(wire.cards(person.chat)) == 2


def test_an_old_card_does_nothing_and_says_where_the_talk_is(person: Person, wire: Wire, room: Room) -> None:
    person.say(HOUSEHOLD)
    old = person.last(title=ACCEPT)[1]
    to_proposal(person)
    again = person.activity(value={**buttons(old)[ACCEPT]["data"], "more": "1"}, replyToId="m0")
    room.post(again)
    mark = {**buttons(old)["一つ戻る"]["data"]}
    room.post(person.activity(value=mark, replyToId="m0"))
    assert "このカードは前のものです" in wire.words(person.chat)
    person.press("今のカードを出す")
    assert CONFIRM in buttons(wire.cards(person.chat)[-1])


def test_another_route_needs_a_reason(person: Person, wire: Wire) -> None:
    person.say(HOUSEHOLD)
    to_proposal(person)
    person.press(OVERRIDE)
    person.press("この内容で決める", **{"c:route": "single_window"})
    assert "理由を一言書いてください" in wire.words(person.chat)
    person.press("この内容で決める", **{"c:route": "single_window", "f:reason": "家庭訪問で足りる"})
    assert "を登録しました" in wire.words(person.chat)


def test_the_sheet_is_written_section_by_section_and_keeps_names_out_of_the_chat(person: Person, room: Room) -> None:
    number = opened(person)
    person.press("続けて受付票を書く")
    sections = 0
    while "保存して次へ" in buttons(card := person.last(title="保存して次へ")[1]) and sections < 30:
        secret = {name: "見本花子" for name, e in inputs(card).items() if name.startswith("f:name")}
        person.press("保存して次へ", **secret)
        sections += 1
        if not any("保存して次へ" in buttons(c) for c in room.wire.cards(person.chat)):
            break
    with room.app.store.unit() as unit:
        case = unit.cases.by_number(number)
        assert case is not None
        assert "見本花子" in unit.identities.get(case.id).items.values()
    assert "見本花子" not in str(room.wire.there)


def test_a_form_that_is_too_long_comes_in_pages_and_loses_nothing(person: Person, room: Room) -> None:
    many = "、".join(["80代の祖母", "70代の祖父", "50代の父", "50代の母", "30代の長男", "20代の次男", "10代の長女"])
    person.say(f"{many}の七人暮らし。父は失業している。")
    to_proposal(person)
    person.press(CONFIRM)
    person.press("続けて受付票を書く")
    for _ in range(3):
        person.press("保存して次へ")
    first = inputs(person.last(title="保存して次へ")[1])
    assert "続きがあります" in words_of(person.last(title="保存して次へ")[1])
    person.press("保存して次へ", **{"f:age@祖母": "88"})
    second = inputs(person.last(title="保存して次へ")[1])
    asked = {name for name in first if not name.startswith("c:pick-")}
    assert asked.isdisjoint(second.keys())
    assert all(len(str(e.get("value", ""))) <= LIMITS["input.value"] for e in second.values())
    with room.app.store.unit() as unit:
        name = unit.dialogues.of_owner(f"teams:{person.oid}")[0].conversation
    talk = room.app.conversation.talk(name)
    assert talk is not None
    assert talk.dialogue.items["age@祖母"] == "88"


def test_a_paused_talk_goes_on_elsewhere_with_its_code(person: Person, room: Room) -> None:
    person.say(HOUSEHOLD)
    person.press("中断する")
    found = re.search(r"再開 ([A-Z0-9]{8})", room.wire.words(person.chat))
    assert found
    other = room.person("b")
    other.say(f"再開 {found[1]}")
    assert "中断したところから続けます" in room.wire.words(other.chat)
    other.press(ACCEPT)
    assert "質問 1" in room.wire.words(other.chat)
    person.press("続きから")
    assert "別の画面で再開されました" in room.wire.words(person.chat)


def test_a_wrong_code_opens_nothing(person: Person, wire: Wire) -> None:
    person.say("再開 ZZZZ9999")
    assert "見つかりませんでした" in wire.words(person.chat)


def test_after_the_end_the_next_sentence_begins_a_new_talk(person: Person, room: Room) -> None:
    opened(person)
    person.press("あとで書く")
    person.say("60代の女性。家賃を3か月滞納している")
    with room.app.store.unit() as unit:
        talks = unit.dialogues.of_owner(f"teams:{person.oid}")
    assert len(talks) == 2


def test_the_link_to_the_sheet_is_the_persons_own_and_shows_no_identity(person: Person, room: Room) -> None:
    opened(person)
    person.press("つなぐシートを開く")
    urls = re.findall(r"https://tsunagu\.example(/teams/sheets/[^'\"]+)", str(room.wire.there))
    page = room.client.get(urls[-1])
    assert page.status_code == 200
    assert "つなぐシート" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    looks = re.findall(r'href="(/[^"]+\.(?:css|svg))"', page.text)
    assert [room.client.get(path, headers={"host": "tsunagu.example"}).status_code for path in looks] == [200, 200]
    assert room.client.get(urls[-1][:-1] + ("0" if urls[-1][-1] != "0" else "1")).status_code == 404


def test_a_restart_goes_on_where_the_talk_was(person: Person, open_room: Callable[[], Room], wire: Wire) -> None:
    person.say(HOUSEHOLD)
    again = open_room().person()
    again.press(ACCEPT)
    assert "質問 1" in wire.words(again.chat)


def test_the_client_that_asks_gets_the_card_as_it_is_now(person: Person, wire: Wire, room: Room) -> None:
    person.say(HOUSEHOLD)
    first = wire.cards(person.chat)[0]
    assert buttons(person.refresh(first)).keys() == buttons(first).keys()
    person.press(ACCEPT)
    assert not buttons(person.refresh(first))
    assert not buttons(room.person("b").refresh(first))


@pytest.mark.parametrize("text", ["", "😀", "Hello, I lost my job.", "あ" * 30_000])
def test_what_is_no_situation_gets_one_clear_answer(person: Person, wire: Wire, text: str) -> None:
    assert person.say(text).status_code == 200
    assert len(wire.cards(person.chat)) == 1
