"""The pages of a case without a browser's script: who sees what, forms that come twice or too late, the board, the inbox."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import pytest

from bot.app import App
from bot.web.stream import case_stream
from routing.alerts import messages
from routing.documents import PROPOSAL
from routing.standing import replay
from tests.bot.web.conftest import BASE, Browser, Clock, House

WHO = "山田花子さん（昭和20年5月1日生まれ、電話 090-1234-5678）の家。息子がひきこもっている。"


@pytest.fixture
def clerk(house: House) -> Browser:
    return house.browser().stand("fukushi-madoguchi")


@pytest.fixture
def asked(house: House) -> Browser:
    return house.browser().stand("hokatsu-kikan", "coordinator")


@pytest.fixture
def team(house: House) -> Browser:
    return house.browser().stand("project-team", "coordinator")


def refer(clerk: Browser, number: str, agency: str = "hokatsu-kikan", **fields: str) -> Any:
    return clerk.do(
        "refer", number, agency=agency, **{"purpose": "take", "ways": "chat", "basis": "anonymous", **fields}
    )


def find(browser: Browser, typed: str) -> Any:
    """Type a number into the board's field."""
    sent = {"Cookie": browser.cookie}
    there = browser.client.get("/cases/find", params={"number": typed}, headers=sent, follow_redirects=False)
    assert there.status_code == 303
    return browser.get(there.headers["location"])


def listed(browser: Browser, path: str = "/cases") -> list[str]:
    """The numbers of the cases on a board, in its order."""
    return re.findall(r'class="number" href="/cases/([^"]+)"', browser.get(path).text)


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", html)))


def test_a_browser_without_cookie_gets_one_and_comes_again(house: House) -> None:
    for path in ("/cases", "/inbox", "/desk"):
        house.client.cookies.clear()
        answer = house.client.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, path)
        assert "tsunagu=" in answer.headers["set-cookie"]
    house.client.cookies.clear()
    elsewhere = house.client.get("/cases", headers={"Sec-Fetch-Site": "cross-site"})
    assert "set-cookie" not in elsewhere.headers


def test_for_whom_one_acts_is_marked_as_demo_on_every_page(clerk: Browser) -> None:
    number = clerk.confirm()
    for path in ("/", "/cases", f"/cases/{number}", f"/cases/{number}/refer", "/inbox", "/desk"):
        page = plain(clerk.get(path).text)
        assert "デモ 立場: 福祉総合相談窓口「ふくしの窓口」（窓口職員）" in page, path
    assert "デモ 立場: 選んでいません" in plain(clerk.stand("").get("/cases").text)


def test_elsewhere_than_on_loopback_nobody_chooses_for_whom_to_act(open_app: Callable[..., App], clock: Clock) -> None:
    from bot.web.application import create
    from tests.bot.web.conftest import TestClient

    app = open_app(host="192.0.2.1")
    with TestClient(create(app, clock), base_url=BASE) as client:
        browser = Browser(client)
        browser.open()
        assert "デモ" not in plain(browser.get("/cases").text)
        assert "システム担当に伝えてください" in browser.get("/desk").text
        answer = browser.form("/desk", action="case:act_for", value="project-team")
        assert answer.status_code == 409
        assert "今の立場ではできません" in answer.text
        with app.store.unit() as unit:
            assert unit.people.of("project-team") == []


def test_a_desk_that_was_asked_sees_what_was_shared_and_no_more(clerk: Browser, asked: Browser) -> None:
    clerk.open()
    clerk.say(WHO)
    for action in ("accept", "enough", "confirm"):
        clerk.choose(action)
    number = "MIHON-2026-0001"
    assert asked.get(f"/cases/{number}").status_code == 404
    assert refer(clerk, number).status_code == 303
    page = plain(asked.get(f"/cases/{number}").text)
    assert "ひきこもり" in page
    assert "の家。" not in page, "the text itself was not shared"
    assert "氏名などを表示する" not in page
    sheet = asked.get(f"/cases/{number}/sheet")
    assert sheet.status_code == 403
    assert "つなぐシートは共有されていません" in sheet.text
    assert asked.form(f"/cases/{number}/identity").status_code == 404
    assert "の家。" in plain(clerk.get(f"/cases/{number}").text)


def test_who_the_household_is_opens_only_as_far_as_it_was_shared_and_is_recorded_first(
    clerk: Browser, asked: Browser, house: House
) -> None:
    clerk.open()
    clerk.say(WHO)
    for action in ("accept", "enough", "confirm"):
        clerk.choose(action)
    number = "MIHON-2026-0001"
    clerk.do("consent", number, state="yes", how="oral")
    assert refer(clerk, number, basis="consent", items="number issues names").status_code == 303
    assert "氏名などを表示する" in asked.get(f"/cases/{number}").text
    shown = asked.form(f"/cases/{number}/identity").text
    assert "山田花子" in shown
    assert "090-1234-5678" not in shown, "the phone was not shared"
    assert "氏名などを入れて印刷しました" in clerk.get(f"/cases/{number}").text
    clerk.do("consent", number, state="withdrawn")
    assert asked.form(f"/cases/{number}/identity").status_code == 404, "withdrawn: nothing opens any more"
    with house.app.store.unit() as unit:
        case = unit.cases.by_number(number)
        assert case is not None
        shown_events = [e for e in unit.cases.events(case.id) if e.data.get("note") == "identity_shown"]
    assert len(shown_events) == 1


@pytest.mark.parametrize(
    "typed", ["MIHON-2026-9999", "ＭＩＨＯＮ－２０２６－９９９９", "2026-9999", "みほん", "'--", "../../etc", ""]
)
def test_a_mistyped_number_is_answered_with_what_to_do(clerk: Browser, typed: str) -> None:
    found = find(clerk, typed)
    assert found.status_code == 404
    assert "番号" in found.text


@pytest.mark.parametrize("typed", ["mihon-2026-0001", " ＭＩＨＯＮ－２０２６－０００１ ", "2026-0001", "2026-1"])
def test_a_number_is_found_however_it_is_typed(clerk: Browser, typed: str) -> None:
    number = clerk.confirm()
    found = find(clerk, typed)
    assert f"案件 {number}" in found.text


def test_a_number_of_another_desk_looks_like_one_that_does_not_exist(clerk: Browser, house: House) -> None:
    number = clerk.confirm()
    stranger = house.browser().stand("kokuho")
    there, not_there = stranger.get(f"/cases/{number}"), stranger.get("/cases/MIHON-2026-9999")
    assert (there.status_code, there.text) == (404, not_there.text)
    command = stranger.do("note", number, text="見た")
    assert command.status_code == 404
    assert "案件が見つかりません" in command.text


def test_a_form_that_comes_twice_counts_once(clerk: Browser, asked: Browser, house: House) -> None:
    number = clerk.confirm()
    refer(clerk, number)
    first = asked.do("accept", f"{number}/1", once="aaaaaaaaaaaa")
    again = asked.do("accept", f"{number}/1", once="aaaaaaaaaaaa")
    assert (first.status_code, again.status_code) == (303, 303)
    assert again.headers["location"] == f"/cases/{number}"
    with house.app.store.unit() as unit:
        case = unit.cases.by_number(number)
        assert case is not None
        assert [e.kind.value for e in unit.cases.events(case.id)].count("accepted") == 1


def test_a_form_that_is_out_of_date_changes_nothing_and_says_how_things_stand(clerk: Browser, asked: Browser) -> None:
    number = clerk.confirm()
    refer(clerk, number)
    assert asked.do("accept", f"{number}/1").status_code == 303
    late = asked.do("decline", f"{number}/1", reason="area")
    assert late.status_code == 409
    assert "もう「受理」になっているため、「お断り」は行いませんでした" in late.text
    assert f"案件 {number}" in late.text
    assert "基幹型地域包括支援センター" in plain(clerk.get(f"/cases/{number}").text)


def test_a_decline_without_a_reason_comes_back_as_a_form_with_what_was_written(clerk: Browser, asked: Browser) -> None:
    number = clerk.confirm()
    refer(clerk, number)
    answer = asked.do("decline", f"{number}/1", text="人手が足りません")
    assert answer.status_code == 200
    assert "お断りの理由" in answer.text
    assert "人手が足りません" in answer.text
    answer = asked.do("decline", f"{number}/1", reason="other")
    assert answer.status_code == 422
    assert "お断りの理由の説明を入れてください" in answer.text
    assert "お断り</span>" not in asked.get(f"/cases/{number}").text


def test_nothing_is_shared_that_was_unticked(clerk: Browser, house: House) -> None:
    number = clerk.confirm()
    page = clerk.get(f"/cases/{number}/refer").text
    assert 'type="hidden" name="items" value="number"' in page
    answer = clerk.do(
        "refer",
        number,
        agency="hokatsu-kikan",
        purpose="take",
        ways=["chat", "phone"],
        basis="anonymous",
        items=["number"],
    )
    assert answer.status_code == 303
    with house.app.store.unit() as unit:
        case = unit.cases.by_number(number)
        assert case is not None
        standing = replay(unit.cases.events(case.id))
    assert standing.shares[0].items == ("number",)
    assert [way.value for way in standing.referrals[0].ways] == ["chat", "phone"]


def test_a_basis_that_does_not_hold_shares_nothing(clerk: Browser, house: House) -> None:
    number = clerk.confirm()
    answer = refer(clerk, number, basis="consent", items="names")
    assert answer.status_code == 409
    assert "この根拠では共有できません" in answer.text
    with house.app.store.unit() as unit:
        case = unit.cases.by_number(number)
        assert case is not None
        assert replay(unit.cases.events(case.id)).shares == ()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": BASE}, 303),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 303),  # what a page without referrer sends
        ({"Origin": "null"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": BASE, "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({}, 403),
        ({"Origin": BASE, "Content-Type": "text/plain"}, 403),
    ],
)
def test_a_form_of_another_page_is_refused(clerk: Browser, headers: dict[str, str], status: int) -> None:
    number = clerk.confirm()
    sent = {"Cookie": clerk.cookie, "Content-Type": "application/x-www-form-urlencoded", **headers}
    body = f"action=case%3Anote&value={number}&once=abcdefgh1234&text=x"
    answer = clerk.client.post(f"/cases/{number}/do", content=body, headers=sent, follow_redirects=False)
    assert answer.status_code == status


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "restart", "value": "x"},
        {"action": "case:note", "value": "MIHON-2026-0001", "once": "短い"},
        {"action": "case:note", "value": "x" * 300},
        {"action": "case:no_such", "value": "MIHON-2026-0001"},
        {"action": "case:accept", "value": "MIHON-2026-0001"},
        {"action": "case:accept", "value": "MIHON-2026-0001/99"},
        {"action": "case:accept", "value": "MIHON-2026-0001/²"},
        {"action": "case:send_back", "value": "MIHON-2026-0001/0", "reasons": "ordinary", "promise": "いつか"},
        {"action": "case:refer", "value": "MIHON-2026-0001", "agency": "no-such"},
        {"action": "case:note", "value": "MIHON-2026-0001", "text": "x" * 5000},
        {"action": "case:board", "value": "no-such"},
        {"action": "case:act_for", "value": "no-such"},
    ],
    ids=lambda fields: f"{fields['action']} {fields['value'][:20]}",
)
def test_odd_forms_get_a_page_in_words(clerk: Browser, fields: dict[str, str]) -> None:
    clerk.confirm()
    answer = clerk.form("/cases/MIHON-2026-0001/do", **fields)
    assert 400 <= answer.status_code < 500 or answer.status_code == 303, answer.text
    assert "うまくいきませんでした" not in answer.text


def test_the_second_refusal_is_on_the_board_of_the_team_and_not_by_colour_only(
    clerk: Browser, asked: Browser, team: Browser, house: House
) -> None:
    number = clerk.confirm()
    assert listed(team) == []
    refer(clerk, number)
    asked.do("decline", f"{number}/1", reason="organisation")
    assert "次の候補" in clerk.get(f"/cases/{number}").text
    refer(clerk, number, "jiritsu-sodan")
    house.browser().stand("jiritsu-sodan").do("decline", f"{number}/2", reason="area")
    board = plain(team.get("/cases").text)
    for words in (number, "2回戻りました", "返事をお待ちしています", "多機関協働: 確認待ち"):
        assert words in board
    assert listed(team, "/cases?which=team&only=bounced") == [number]
    assert listed(team, "/cases?which=team&only=late") == []
    assert "今の立場ではできません" in clerk.get("/cases?which=team").text


def test_the_team_decides_who_is_to_carry_the_case_and_decides_again_when_that_desk_declines(
    clerk: Browser, asked: Browser, team: Browser, house: House
) -> None:
    number = clerk.confirm()
    clerk.do("escalate", number, text="役割が決まらない")
    assert "主担当をお願いする窓口" not in team.get(f"/cases/{number}").text, "first somebody of the team looks at it"
    early = team.do("assign", f"{number}/0", agency="hokatsu-kikan", text="近いため")
    assert early.status_code == 409
    assert "「確認待ち」の状態では「担当を決める」はできません" in early.text
    team.do("ack", f"{number}/0")
    assert "主担当をお願いする窓口" in team.get(f"/cases/{number}").text
    assert "主担当をお願いする窓口" not in clerk.get(f"/cases/{number}").text
    assert "担当の方に頼むか" in clerk.do("assign", f"{number}/1", agency="hokatsu-kikan", text="近いため").text
    again = team.do("assign", f"{number}/1", agency="hokatsu-kikan", text="近いため", rank="mayor")
    assert "その窓口にいる人" in again.text
    assert "近いため" in again.text, "what was written is not lost"
    assert (
        team.do("assign", f"{number}/1", agency="hokatsu-kikan", rank="coordinator", text="近いため").status_code == 303
    )
    page = plain(clerk.get(f"/cases/{number}").text)
    assert "引き受けのお願いは「返事待ち」" in page
    assert "主担当 福祉総合相談窓口" in page, "to be named is not to have taken it"
    assert "近いため" not in asked.get(f"/cases/{number}").text
    asked.do("decline", f"{number}/1", reason="capacity")
    assert team.do("assign", f"{number}/2", agency="korei-shien", text="次に近いため").status_code == 303
    house.browser().stand("korei-shien").do("accept", f"{number}/2")
    page = plain(team.get(f"/cases/{number}").text)
    assert "主担当 " + house.app.town.catalogue.agencies["korei-shien"].name in page
    assert "引き受けのお願いは「受理」" in page


def test_an_overdue_answer_is_named_on_board_and_page(clerk: Browser, clock: Clock) -> None:
    number = clerk.confirm()
    refer(clerk, number)
    clock.later(days=4)
    assert "期限を過ぎています" in plain(clerk.get("/cases?only=late").text)
    assert listed(clerk, "/cases?only=late") == [number]
    assert re.search(r"返事の期限 \S+（\S+過ぎています・開庁時間）", plain(clerk.get(f"/cases/{number}").text))


def test_a_closed_case_still_says_who_held_it_and_can_be_opened_again(clerk: Browser, asked: Browser) -> None:
    number = clerk.confirm()
    refer(clerk, number)
    asked.do("accept", f"{number}/1")
    asked.do("close", number, why="eased")
    assert listed(asked, "/cases?which=desk") == []
    assert listed(asked, "/cases?which=desk&status=closed") == [number]
    page = plain(clerk.get(f"/cases/{number}").text)
    assert "これまで: 福祉総合相談窓口「ふくしの窓口」" in page
    assert "終結しました（困りごとが落ち着いた）" in page
    asked.do("reopen", number, why="came_back")
    assert "対応中" in plain(asked.get(f"/cases/{number}").text)


def test_a_returning_household_is_noticed_by_those_who_hold_the_new_case_only(house: House) -> None:
    first, second = house.browser().stand("kokuho"), house.browser().stand("fukushi-madoguchi")
    for browser in (first, second):
        browser.open()
        browser.say(WHO)
        for action in ("accept", "enough", "confirm"):
            browser.choose(action)
    page = plain(second.get("/cases/MIHON-2026-0002").text)
    assert "この世帯は、以前にも相談があります" in page
    assert "国保年金課" in page
    assert "MIHON-2026-0001" not in page, "the earlier case is not theirs to open"
    asked = house.browser().stand("hokatsu-kikan")
    refer(second, "MIHON-2026-0002")
    assert "以前にも相談" not in asked.get("/cases/MIHON-2026-0002").text


def deliver(house: House, number: str, clock: Clock) -> None:
    """What delivery does for those without another surface: every message of the case lies in the inbox."""
    rules = house.app.town.rules
    with house.app.store.unit() as unit:
        case = unit.cases.by_number(number)
        assert case is not None
        events = unit.cases.events(case.id)
        proposal = PROPOSAL.validate_json(case.proposal)
        for message in messages(case, replay(events), events, proposal, clock(), rules.catalogue):
            unit.inbox.put(message.recipient, message.key, message.payload, clock(), message.kind)
        unit.commit()


def test_the_inbox_holds_the_messages_of_the_desk_until_somebody_has_read_them(
    clerk: Browser, asked: Browser, team: Browser, house: House, clock: Clock
) -> None:
    number = clerk.confirm()
    refer(clerk, number)
    deliver(house, number, clock)
    assert "お知らせはありません" in team.get("/inbox").text
    page = asked.get("/inbox").text
    assert f"案件 {number}" in plain(page)
    assert "未読" in page
    assert "件の未読" in asked.get("/cases").text
    key = unescape(re.findall(r'name="key" value="([^"]+)"', page)[0])
    team.form("/inbox/read", key=key)
    assert "未読" in asked.get("/inbox").text, "nobody else can mark it"
    assert asked.form("/inbox/read", key=key).status_code == 303
    assert "既読" in asked.get("/inbox").text


def test_no_page_of_a_case_holds_inline_script_or_style(clerk: Browser, asked: Browser) -> None:
    number = clerk.confirm()
    refer(clerk, number)
    pages = [(clerk, path) for path in (f"/cases/{number}", f"/cases/{number}/refer", "/cases", "/desk", "/inbox")]
    for browser, path in [*pages, (asked, f"/cases/{number}")]:
        html = browser.get(path).text
        for bad in ("<style", " style=", " onclick", "<script>"):
            assert bad not in html, path


def test_what_people_write_is_escaped(clerk: Browser, asked: Browser) -> None:
    number = clerk.confirm()
    refer(clerk, number)
    evil = '"><svg onload=alert(1)>{{ 7*7 }}'
    asked.do("decline", f"{number}/1", reason="other", text=evil)
    clerk.do("note", number, text=evil)
    page = clerk.get(f"/cases/{number}").text
    assert "<svg onload" not in page
    assert "&lt;svg onload" in page


def test_an_open_page_is_told_once_the_case_changed(clerk: Browser, house: House) -> None:
    import anyio

    number = clerk.confirm()
    owner = re.search(r"web:\w+", str(_opener(house, number)))
    assert owner

    async def listen() -> list[str]:
        found = []
        async for line in case_stream(house.surface, number, owner[0], 0):
            found.append(line)
        return found

    clerk.do("note", number, text="訪問した")
    with ThreadPoolExecutor(1) as apart:  # the browser tests keep a loop running in this thread
        assert "event: changed" in apart.submit(anyio.run, listen).result(30)[-1]
    stranger = house.browser()
    assert stranger.get(f"/cases/{number}/events?version=1").status_code == 404


def _opener(house: House, number: str) -> str:
    with house.app.store.unit() as unit:
        case = unit.cases.by_number(number)
    assert case is not None
    return case.opened_by


def test_a_typed_command_in_the_chat_is_the_same_command(clerk: Browser, asked: Browser) -> None:
    number = clerk.confirm()
    clerk.say(f"{number} を多機関協働へ上げてください 三つの課で断られています")
    assert "多機関協働へ上げました。プロジェクトチームに知らせました" in clerk.page()
    with_notes = plain(clerk.get(f"/cases/{number}").text)
    assert "三つの課で断られています" in with_notes
    asked.open()
    asked.say("案件 MIHON-2026-9999")
    assert "この番号の案件は見つかりません" in asked.page()
    asked.say("一覧")
    assert "自分の窓口の案件" in asked.page()


def test_free_text_is_not_in_what_the_talk_keeps(clerk: Browser, house: House) -> None:
    number = clerk.confirm()
    clerk.say(f"記録 {number} 長女の職場に電話した")
    with house.app.store.unit() as unit:
        stored = unit.dialogues.get(clerk.talk)
    assert stored is not None
    bot_lines = json.dumps([e.get("view") for e in json.loads(stored.value)["log"]], ensure_ascii=False)
    assert "長女の職場" not in bot_lines
