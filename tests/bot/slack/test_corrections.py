"""Corrections, another route, the intake sheet: what is entered in modals does what it does on the web."""

from __future__ import annotations

import json

from tests.bot.slack.conftest import HOUSEHOLD, House
from tests.bot.slack.slack import Person, words_of

ROUTE_LABELS = ("この読み取りで進む", "ここまでで提案を見る")


def to_proposal(clerk: Person) -> None:
    clerk.say(HOUSEHOLD)
    for label in ROUTE_LABELS:
        clerk.press(label)


def test_findings_are_corrected_together_in_one_modal(clerk: Person) -> None:
    clerk.say(HOUSEHOLD)
    view = clerk.opens("読み取りを直す")
    shown = len(clerk.slack.in_place(clerk.dm))
    clerk.submit(
        view, {"［あり］ひきこもり": "当てはまらない", "［あり］認知症": "「息子」の課題にする", "足す課題（": ["debt"]}
    )
    words = clerk.last().words()
    assert "［否定］ひきこもり" in words
    assert "認知症（疑い含む）（息子、窓口の確認）" in words
    assert "借金" in words
    assert len(clerk.slack.in_place(clerk.dm)) == shown, "the card is put right where it stands"


def test_an_issue_is_added_for_one_person(clerk: Person) -> None:
    clerk.say(HOUSEHOLD)
    view = clerk.opens("読み取りを直す")
    clerk.submit(view, {"足す課題（": ["debt", "dv"], "足す課題はだれ": "息子"})
    assert clerk.last().words().count("（息子、窓口の確認）") == 2


def test_all_issues_are_found_by_typing(clerk: Person, house: House) -> None:
    body = {"type": "block_suggestion", "action_id": "add", "block_id": "add", **clerk._base(), "view": {"id": "V"}}
    everything = json.loads(clerk.send({**body, "value": ""}).body)["options"]
    assert len(everything) == len(house.app.town.catalogue.issues)
    found = json.loads(clerk.send({**body, "value": "借金"}).body)["options"]
    assert [option["value"] for option in found] == ["debt"]
    assert json.loads(clerk.send({**body, "value": "そんな課題はない"}).body)["options"] == []


def test_an_idea_is_taken_with_one_press(clerk: Person) -> None:
    clerk.say(HOUSEHOLD + "息子は母の年金で飲んでいるらしい。母は食が細く、あまり風呂に入らないようだ。")
    idea = next(label for label in clerk.last().labels() if label.startswith("＋ "))  # whichever is offered first
    clerk.press(idea)
    assert f"［あり］{idea.removeprefix('＋ ')}" in clerk.last().words()


def test_another_route_needs_its_reason(clerk: Person, house: House) -> None:
    to_proposal(clerk)
    view = clerk.opens("別の経路にする")
    fields = [block for block in view["blocks"] if block["type"] == "input"]
    assert not any(field["optional"] for field in fields)
    clerk.submit(view, {"どの経路": "多機関協働へ上げる", "理由": "どの課も受け持てないため"})
    assert "MIHON-2026-0001 を登録しました" in clerk.last().words()
    with house.app.store.unit(reading=True) as unit:
        case = unit.cases.by_number("MIHON-2026-0001")
    assert case is not None
    assert (case.confirmation.route, case.confirmation.overridden) == ("multi_agency", True)
    assert case.confirmation.reason == "どの課も受け持てないため"


def test_the_whole_of_a_proposal_opens_with_what_is_folded(clerk: Person) -> None:
    to_proposal(clerk)
    assert "変わるとき" not in clerk.last().words()
    assert "変わるとき" in "\n".join(words_of(clerk.opens("全文を見る")["blocks"]))


def test_the_sheet_is_filled_section_by_section_in_one_modal(clerk: Person, house: House) -> None:
    to_proposal(clerk)
    clerk.press("この提案で決める")
    view = clerk.opens("続けて受付票を書く")
    answer = clerk.submit(view, {"受付者": "地域福祉課 係長", "受付方法": "電話", "来談者の氏名": "山田花子"})
    assert json.loads(answer.body)["response_action"] == "update"
    following = clerk.slack.views[view["id"]]
    assert following["title"]["text"] == "受付票 2／7: 相談の内容"
    clerk.submit(following, {"解決したい課題（○": ["こどもの問題", "障がい"]} if False else {})
    assert clerk.slack.views[view["id"]]["title"]["text"].startswith("受付票 3／7")
    with house.app.store.unit(reading=True) as unit:
        case = unit.cases.by_number("MIHON-2026-0001")
        assert case is not None
        identity = unit.identities.get(case.id)
    assert case.sheet["received_by"] == "地域福祉課 係長"
    assert case.sheet["method"] == "電話"
    assert identity.items["visitor_name"] == "山田花子"
    assert "山田" not in case.sheet.values()
    assert all("山田" not in json.dumps(m.blocks, ensure_ascii=False) for m in clerk.slack.messages)


def test_after_the_last_section_the_modal_says_that_all_is_saved(clerk: Person) -> None:
    to_proposal(clerk)
    clerk.press("この提案で決める")
    view = clerk.opens("続けて受付票を書く")
    for _ in range(7):
        clerk.submit(clerk.slack.views[view["id"]], {})
    assert "保存しました" in json.dumps(clerk.slack.views[view["id"]], ensure_ascii=False)
    assert "ここまで保存しました" in clerk.last().words()


def test_any_section_can_be_opened_from_the_list(clerk: Person) -> None:
    to_proposal(clerk)
    clerk.press("この提案で決める")
    clerk.press("あとで書く")
    view = clerk.opens("", pick="暮らしと仕事")
    assert view["title"]["text"].startswith("受付票 6／7")


def test_what_was_entered_is_kept_when_the_modal_is_closed(clerk: Person) -> None:
    to_proposal(clerk)
    clerk.press("この提案で決める")
    view = clerk.opens("続けて受付票を書く")
    clerk.enters(view, {"受付者": "地域福祉課", "来談者の氏名": "山田花子"})
    clerk.closes(view)
    again = clerk.opens("続けて受付票を書く")
    initial = {b["label"]["text"]: b["element"].get("initial_value") for b in again["blocks"] if b["type"] == "input"}
    assert initial["受付者"] == "地域福祉課"
    clerk.submit(again, {})
    fresh = clerk.opens("", pick="受付")
    initial = {b["label"]["text"]: b["element"].get("initial_value") for b in fresh["blocks"] if b["type"] == "input"}
    assert initial["受付者"] == "地域福祉課", "saved by now"


def test_a_situation_half_typed_is_kept_too(clerk: Person) -> None:
    view = clerk.opens("相談を始める", clerk.home())
    clerk.enters(view, {"相談の内容": "80代の母が"})
    clerk.closes(view)
    again = clerk.opens("相談を始める", clerk.home())
    assert again["blocks"][0]["element"]["initial_value"] == "80代の母が"


def test_a_draft_keeps_no_personal_details_of_fields_meant_for_them(clerk: Person) -> None:
    to_proposal(clerk)
    clerk.press("この提案で決める")
    view = clerk.opens("続けて受付票を書く")
    clerk.enters(view, {"来談者の氏名": "山田花子"})
    clerk.closes(view)
    again = clerk.opens("続けて受付票を書く")
    assert "山田" not in json.dumps(again, ensure_ascii=False)


def test_going_back_pausing_and_resuming(clerk: Person) -> None:
    clerk.say(HOUSEHOLD)
    clerk.press("この読み取りで進む")
    clerk.press("一つ戻る")
    assert "このように読み取りました" in clerk.last().words()
    clerk.press("中断する")
    assert "再開番号は" in clerk.last().words()
    clerk.press("続きから")
    assert "このように読み取りました" in clerk.last().words()
    clerk.say("中断")
    clerk.say("再開")
    assert "このように読み取りました" in clerk.last().words()


def test_a_resume_code_is_never_shown_in_a_channel(clerk: Person, house: House) -> None:
    ts = clerk.mention(HOUSEHOLD, "C0TEAM")
    clerk.press("中断する", clerk.last("C0TEAM", ts))
    code = house.app.conversation.talk(f"slack:T0MIHON:{clerk.id}:x") is None
    assert code
    assert "再開番号" not in clerk.last("C0TEAM", ts).words()
    whisper = clerk.slack.whispers()[-1]
    assert "再開番号は" in whisper.words()
    assert whisper.only_for == clerk.id


def test_a_talk_goes_on_at_another_persons_desk_by_its_code(clerk: Person, house: House) -> None:
    clerk.say(HOUSEHOLD)
    clerk.press("中断する")
    code = clerk.last().words().split("再開番号は  *")[1][:8]
    other = house.person("U0OTHER")
    other.say(f"再開 {code}")
    assert "このように読み取りました" in other.last().words()
    clerk.press("続きから")
    assert "別の画面で再開されました" in clerk.slack.messages[-1].words()
    other.say("再開 ZZZZZZZZ")
    assert "見つかりませんでした" in other.slack.messages[-1].words()


def test_the_sheet_is_a_link_for_its_owner_only(clerk: Person, house: House) -> None:
    to_proposal(clerk)
    clerk.press("この提案で決める")
    clerk.press("つなぐシートを開く")
    whisper = clerk.slack.whispers()[-1]
    link = next(element["url"] for element in whisper.elements() if "url" in element)
    assert link.startswith("http://127.0.0.1:8080/slack/sheets/")
    opened = house.surface.links.opened(link.rsplit("/", 1)[1], house.surface.now())
    assert opened is not None
    assert (opened.number, opened.desk) == ("MIHON-2026-0001", f"slack:T0MIHON:{clerk.id}")
