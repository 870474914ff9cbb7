"""つなぐシート: what was decided on the day, who the household is only on request, and never who told."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from bot.sheet import sheet_of
from bot.world import Town
from tests.bot.web.conftest import HOUSEHOLD, Browser, House


def _number(browser: Browser) -> str:
    found = re.search(r"/cases/([A-Z]+-\d{4}-\d{4})", browser.page())
    assert found, browser.page()
    return found[1]


def _plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_sheet_says_what_was_decided_and_why(browser: Browser) -> None:
    number = browser.confirm()
    sheet = _plain(browser.get(f"/cases/{number}/sheet").text)
    for words in (number, "見本市", "2026年4月1日", "決めたこと", "理由", "世帯と課題", "同意と、共有できる範囲"):
        assert words in sheet
    assert "未記入" in sheet
    assert "判断の方針" in sheet
    assert "決めるのは人です" in sheet
    assert "ひきこもり" in sheet
    assert "息子" in sheet
    assert "50代" in sheet
    assert "未確認のあいだ" in sheet, "what may be shared while consent is unknown"


def test_an_override_is_printed_with_its_reason(browser: Browser) -> None:
    browser.say(HOUSEHOLD)
    browser.choose("accept")
    browser.choose("enough")
    browser.choose("override")
    browser.choose("overridden", "", route="multi_agency", reason="包括と相談ずみのため")
    sheet = _plain(browser.get(f"/cases/{_number(browser)}/sheet").text)
    assert "多機関協働へ上げる" in sheet
    assert "包括と相談ずみのため" in sheet
    assert "窓口の判断で変えています" in sheet


def test_who_the_household_is_comes_only_on_request_and_is_noted(browser: Browser) -> None:
    browser.say("山田花子さん、電話 090-1234-5678。息子がひきこもっている。")
    for action in ("accept", "enough", "confirm"):
        browser.choose(action)
    number = _number(browser)
    browser.choose("save", "0", received_by="福祉総務課 係長", visitor_name="見本太郎")
    sheet = browser.get(f"/cases/{number}/sheet").text
    assert "090-1234-5678" not in sheet
    assert "見本太郎" not in sheet
    assert "福祉総務課 係長" in sheet
    assert "印刷しました" not in browser.get(f"/cases/{number}").text
    shown = browser.post(f"/cases/{number}/identity", {}).json()["html"]
    assert "090-1234-5678" in shown
    assert "見本太郎" in shown
    assert "氏名などを入れて印刷しました" in browser.get(f"/cases/{number}").text
    assert "090-1234-5678" not in browser.get(f"/cases/{number}/sheet").text


def test_whoever_told_of_abuse_is_not_on_the_sheet(browser: Browser) -> None:
    browser.say(HOUSEHOLD)
    browser.choose("add", "", code="elder_abuse", holder="母")
    for action in ("accept", "enough", "confirm"):
        browser.choose(action)
    number = _number(browser)
    browser.choose("save", "0", information_source="隣の田中商店", how_learned="近所の人の電話", route="家族・知人")
    sheet = browser.get(f"/cases/{number}/sheet").text
    assert "隣の田中商店" not in sheet
    assert "近所の人の電話" not in sheet
    assert "家族・知人" not in sheet
    assert "このシートに出していません" in sheet
    assert 'class="duty"' in sheet


def test_the_sheet_still_says_the_same_after_the_pack_changed(browser: Browser, house: House, town: Town) -> None:
    number = browser.confirm()
    with house.app.store.unit() as unit:
        case = unit.cases.by_number(number)
    assert case is not None
    fewer = replace(town.catalogue, digest="another", agencies={}, meetings={}, resources={})
    before, after = sheet_of(case, town.catalogue), sheet_of(case, fewer)
    assert (before.pack_changed, after.pack_changed) == (False, True)
    assert replace(after, pack_changed=False) == before


def test_a_sheet_of_a_pack_whose_rules_and_agencies_are_gone_is_still_a_page(
    browser: Browser, house: House, town: Town
) -> None:
    number = browser.confirm()
    with house.app.store.unit() as unit:
        case = unit.cases.by_number(number)
        assert case is not None
        changed = case.proposal.replace('"route.', '"gone.').replace("share.", "gone_share.")
        unit.cases.save(replace(case, proposal=changed, pack_digest="old"), ())
        unit.commit()
    answer = browser.get(f"/cases/{number}/sheet")
    assert answer.status_code == 200
    assert "今の登録にありません" in answer.text
    assert "登録はその後に変わっています" in answer.text


def test_the_intake_sheet_is_listed_by_section_with_what_is_missing(browser: Browser) -> None:
    number = browser.confirm()
    browser.choose("section", "0")
    browser.choose("save", "0", received_on="2026-04-01", method="来所")
    browser.choose("save", "5", **{"work@息子": "無職"})
    sheet = _plain(browser.get(f"/cases/{number}/sheet").text)
    assert "受付方法 来所" in sheet
    assert "（息子） 無職" in sheet
    assert re.search(r"未記入: [^未]*受付者", sheet)


@pytest.mark.parametrize("day", [date(2026, 4, 1)])
def test_the_day_of_the_decision_is_the_day_of_the_talk(browser: Browser, house: House, day: date) -> None:
    number = browser.confirm()
    with house.app.store.unit() as unit:
        case = unit.cases.by_number(number)
    assert case is not None
    assert case.on == day
