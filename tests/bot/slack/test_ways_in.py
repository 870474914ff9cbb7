"""Every way in leads to a talk that begins with what was typed, in the place where it may be read."""

from __future__ import annotations

import json

from tests.bot.slack.conftest import HOUSEHOLD, House
from tests.bot.slack.slack import TEAM, Person

WITH_NAME = "山田花子さん、電話090-1234-5678。80代で一人暮らし、最近もの忘れがひどい。"


def test_a_command_begins_a_talk_in_the_dm_and_says_so_where_it_was_typed(clerk: Person) -> None:
    clerk.command(HOUSEHOLD)
    assert "ひきこもり" in clerk.last().words()
    whisper = clerk.slack.whispers()[-1]
    assert whisper.channel == "C0GENERAL"
    assert "DM で相談を始めました" in whisper.words()
    assert clerk.slack.in_place("C0GENERAL") == []


def test_a_command_without_text_asks_for_it_in_a_modal(clerk: Person) -> None:
    clerk.command("")
    view = clerk.slack.views[clerk.slack.opened[-1]]
    clerk.submit(view, {"相談の内容": HOUSEHOLD})
    assert "ひきこもり" in clerk.last().words()


def test_a_modal_sent_empty_is_not_taken(clerk: Person, house: House) -> None:
    clerk.shortcut()
    view = clerk.slack.views[clerk.slack.opened[-1]]
    answer = clerk.submit(view, {"相談の内容": "  "})
    assert json.loads(answer.body)["errors"]["text"]
    assert clerk.slack.in_place(clerk.dm) == []


def test_the_global_shortcut_begins_a_talk(clerk: Person) -> None:
    clerk.shortcut()
    clerk.submit(clerk.slack.views[clerk.slack.opened[-1]], {"相談の内容": HOUSEHOLD})
    assert "ひきこもり" in clerk.last().words()


def test_the_message_shortcut_takes_the_message_into_a_private_talk(clerk: Person) -> None:
    clerk.shortcut(message={"ts": "5.1", "user": "U0OTHER", "text": f"&lt;至急&gt; {HOUSEHOLD}"}, channel="C0TEAM")
    assert "＜至急＞" in clerk.last().words()
    assert clerk.slack.in_place("C0TEAM") == []


def test_a_mention_without_personal_details_goes_on_in_its_thread(clerk: Person) -> None:
    ts = clerk.mention(HOUSEHOLD, "C0TEAM")
    card = clerk.last("C0TEAM", ts)
    assert "ひきこもり" in card.words()
    clerk.press("この読み取りで進む", card)
    assert "確認" in clerk.last("C0TEAM", ts).words()


def test_more_is_said_in_the_thread_by_mentioning_again(clerk: Person) -> None:
    ts = clerk.mention(HOUSEHOLD, "C0TEAM")
    clerk.mention("息子は借金もある。", "C0TEAM", thread=ts)
    assert "借金" in clerk.last("C0TEAM", ts).words()


def test_personal_details_in_a_channel_are_answered_privately_and_never_shown_there(clerk: Person) -> None:
    ts = clerk.mention(WITH_NAME, "C0TEAM")
    whisper = clerk.slack.whispers()[-1]
    assert (whisper.channel, whisper.only_for) == ("C0TEAM", clerk.id)
    assert "削除" in whisper.words()
    assert "●" in whisper.words()
    assert clerk.slack.in_place("C0TEAM") == clerk.slack.in_place("C0TEAM", ts) == []
    assert "もの忘れ" in clerk.last().words()
    for message in clerk.slack.messages:
        assert "花子" not in json.dumps(message.blocks, ensure_ascii=False)
        assert "1234" not in json.dumps(message.blocks, ensure_ascii=False)


def test_a_thread_moves_to_the_dm_when_personal_details_come_up(clerk: Person) -> None:
    ts = clerk.mention(HOUSEHOLD, "C0TEAM")
    before = len(clerk.slack.in_place("C0TEAM", ts))
    clerk.mention("名前は山田花子さん。", "C0TEAM", thread=ts)
    assert len(clerk.slack.in_place("C0TEAM", ts)) == before
    assert "ひきこもり" in clerk.last().words()
    assert "削除" in clerk.slack.whispers()[-1].words()


def test_the_message_shortcut_on_a_message_with_a_name_says_how_to_take_it_back(clerk: Person) -> None:
    clerk.shortcut(message={"ts": "5.1", "user": clerk.id, "text": WITH_NAME}, channel="C0TEAM")
    assert "削除" in clerk.slack.whispers()[-1].words()


def test_who_prefers_the_dm_gets_it_for_mentions_too(clerk: Person) -> None:
    view = clerk.opens("設定", clerk.home())
    clerk.submit(view, {"チャンネルで": "わたしへの DM（ほかの人には見えません）"})
    ts = clerk.mention(HOUSEHOLD, "C0TEAM")
    assert clerk.slack.in_place("C0TEAM", ts) == []
    assert "ひきこもり" in clerk.last().words()


def test_a_mention_of_nothing_but_us_says_what_to_write(clerk: Person) -> None:
    clerk.mention("", "C0TEAM")
    assert "一言でも" in clerk.slack.whispers()[-1].words()


def test_other_peoples_names_in_mentions_are_kept_out(clerk: Person) -> None:
    clerk.say("<@U0OTHER|yamada> から相談。80代の母のもの忘れがひどい。<https://x.example|記録>")
    words = clerk.last().words()
    assert "yamada" not in words
    assert "●" in words
    assert "x.example" not in words


def test_messages_of_channels_and_of_bots_are_none_of_our_business(clerk: Person) -> None:
    clerk.event(
        {"type": "message", "channel": "C1", "channel_type": "channel", "user": clerk.id, "text": HOUSEHOLD, "ts": "1"}
    )
    clerk.say(HOUSEHOLD, bot_id="B9")
    clerk.event(
        {"type": "message", "channel": clerk.dm, "channel_type": "im", "user": "U0BOT", "text": HOUSEHOLD, "ts": "2"}
    )
    assert clerk.slack.messages == []


def test_an_event_nobody_asked_for_is_acknowledged(clerk: Person) -> None:
    assert clerk.event({"type": "team_join", "user": {"id": "U9"}}).status == 200


def test_the_home_lists_my_talks_and_my_cases_and_starts_new_ones(clerk: Person) -> None:
    clerk.say(HOUSEHOLD)
    assert "80代の母と50代の息子の二人" in clerk.home().words()
    for label in ("この読み取りで進む", "ここまでで提案を見る", "この提案で決める"):
        clerk.press(label)
    home = clerk.home()
    assert "MIHON-2026-0001" in home.words()
    view = clerk.opens("相談を始める", home)
    clerk.submit(view, {"相談の内容": "35歳の男性、家賃を滞納している。"})
    assert "家賃を滞納" in clerk.last().words()


def test_a_talk_goes_on_from_the_home_as_often_as_one_likes(clerk: Person) -> None:
    clerk.say(HOUSEHOLD)
    clerk.command("35歳の男性、家賃を滞納している。")
    for _ in range(2):
        home = clerk.home()
        number = next(
            n for n, e in enumerate(b for b in home.blocks if "accessory" in b) if "80代" in e["text"]["text"]
        )
        button = [b for b in home.blocks if "accessory" in b][number]
        home.blocks = [button]
        clerk.press("続ける", home)
        assert "ひきこもり" in clerk.last().words()


def test_two_talks_in_one_dm_are_told_apart(clerk: Person) -> None:
    clerk.say(HOUSEHOLD)
    clerk.command("35歳の男性、家賃を滞納している。")
    assert "相談: 35歳の男性" in clerk.last().words()
    first = clerk.slack.in_place(clerk.dm)[0]
    clerk.press("この読み取りで進む", first)
    assert "相談: 80代の母" in clerk.last().words()


def test_who_has_no_post_sees_nobody_elses_case(clerk: Person, house: House) -> None:
    clerk.say(HOUSEHOLD)
    for label in ("この読み取りで進む", "ここまでで提案を見る", "この提案で決める"):
        clerk.press(label)
    confirmed = clerk.last()
    other = house.person("U0OTHER")
    assert "MIHON" not in other.home().words()
    assert "所属の登録がありません" in other.home().words()
    calls = len(other.slack.messages)
    other.press("つなぐシートを開く", confirmed)
    assert "開けません" in other.slack.messages[-1].words()
    assert len(other.slack.messages) == calls + 1
    other.press("あとで書く", confirmed)
    assert "ほかの方の相談です" in other.slack.messages[-1].words()


def test_a_talk_of_somebody_else_cannot_be_opened(clerk: Person, house: House) -> None:
    ts = clerk.mention(HOUSEHOLD, "C0TEAM")
    other = house.person("U0OTHER")
    view = other.opens("読み取りを直す", clerk.last("C0TEAM", ts))
    assert "ほかの方の相談です" in json.dumps(view, ensure_ascii=False)


def test_people_of_an_organisation_wide_app_have_a_desk_too(clerk: Person, house: House) -> None:
    body = {"type": "event_callback", "enterprise": {"id": "E1"}, "event_id": "Ev1", "event": {
        "type": "message", "channel": clerk.dm, "channel_type": "im", "user": clerk.id, "text": HOUSEHOLD, "ts": "1",
    }}  # fmt: skip
    clerk.send(body)
    assert f"slack:{TEAM}" not in clerk.last().elements().__next__()["value"]
