"""A real Chromium walks from the first sentence to the printed sheet. Screenshots go to var/screenshots/."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.bot.web.conftest import Served
from tests.bot.web.visitors import NARROW, SHOTS, SITUATION, WIDE, Visitor

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("size", "name"), [(WIDE, "1280"), (NARROW, "400")])
def test_the_8050_household_from_the_first_sentence_to_the_sheet(
    serve: Callable[[], Served], visit: Callable[..., Visitor], size: dict[str, int], name: str
) -> None:
    clerk = visit(serve().base, size)
    clerk.fits()
    clerk.shot(f"{name}-1-start")
    clerk.say(SITUATION)
    clerk.wait_for("このように読み取りました")
    clerk.fits()
    clerk.shot(f"{name}-2-reading")
    focused = clerk.page.evaluate("() => document.activeElement.innerText")
    assert focused == "このように読み取りました", "focus moves to the new card"

    rows = clerk.live().locator(".row", has_text="ひきこもり").first
    rows.get_by_role("button", name="当てはまらない").click()
    clerk.page.locator(".card.live .pol-denied").first.wait_for()
    clerk.shot(f"{name}-3-corrected")
    clerk.live().locator(".row", has=clerk.page.locator(".pol-denied")).first.get_by_role(
        "button", name="やはり当てはまる"
    ).click()
    clerk.page.wait_for_function("() => !document.querySelector('.card.live .row .pol-denied')")
    clerk.live().locator("summary", has_text="課題を足す").click()
    clerk.live().locator("select[name=code]").select_option("debt")
    clerk.live().locator("select[name=holder]").select_option("息子")
    clerk.shot(f"{name}-4-add")
    clerk.live().get_by_role("button", name="課題を足す").click()
    clerk.live().locator(".row-text", has_text="借金").first.wait_for()
    clerk.fits()

    clerk.press("この読み取りで進む")
    clerk.page.wait_for_function("() => /^(確認|提案)/.test(document.querySelector('.card.live h2').innerText)")
    clerk.shot(f"{name}-5-question")
    clerk.fits()
    clerk.answer_all()
    clerk.shot(f"{name}-6-proposal")
    clerk.fits()
    clerk.press("この提案で決める")
    clerk.wait_for("を登録しました")
    clerk.shot(f"{name}-7-confirmed")
    clerk.press("続けて受付票を書く")
    clerk.wait_for("受付票 1／")
    clerk.fits()
    clerk.live().get_by_label("受付者").fill("福祉総務課 窓口係長")
    clerk.live().get_by_label("受付日").fill("令和8年4月31日")
    clerk.live().get_by_role("button", name="保存して次へ").click()
    clerk.live().locator(".error", has_text="年月日を読み取れません").wait_for()
    clerk.shot(f"{name}-8-section")
    clerk.live().get_by_label("受付日").fill("令和8年4月1日")
    clerk.live().get_by_label("来所").check()
    clerk.live().get_by_role("button", name="保存して次へ").click()
    clerk.wait_for("受付票 2／")
    clerk.shot(f"{name}-9-section2")
    clerk.fits()
    before = clerk.page.locator("#log").inner_text()
    clerk.page.reload()
    assert clerk.page.locator("#log").inner_text() == before, "the transcript is still there"

    clerk.page.goto(_sheet(clerk))
    clerk.page.get_by_role("heading", name="つなぐシート").wait_for()
    text = clerk.page.locator("main").inner_text()
    assert "福祉総務課 窓口係長" in text
    assert "2026-04-01" in text
    assert "借金・多重債務" in text
    clerk.fits()
    clerk.shot(f"{name}-sheet")
    clerk.page.evaluate("() => { window.print = () => { document.title = '印刷' } }")
    clerk.page.get_by_role("button", name="氏名などを入れて印刷").click()
    clerk.page.locator("#identity-lines h2").wait_for()
    assert clerk.page.title() == "印刷"
    if name == "1280":
        clerk.page.emulate_media(media="print")
        clerk.page.pdf(path=SHOTS / "sheet.pdf", prefer_css_page_size=True)
        clerk.shot("print")
    clerk.page.go_back()
    clerk.page.goto(clerk.base + "/cases/" + _number(clerk))
    clerk.fits()
    clerk.shot(f"{name}-case")


def _number(clerk: Visitor) -> str:
    found = re.search(r"[A-Z]+-\d{4}-\d{4}", clerk.page.content())
    assert found
    return found[0]


def _sheet(clerk: Visitor) -> str:
    return f"{clerk.base}/cases/{_number(clerk)}/sheet"


def test_pausing_here_and_resuming_in_another_browser(
    serve: Callable[[], Served], visit: Callable[..., Visitor]
) -> None:
    base = serve().base
    mine, other = visit(base, WIDE), visit(base, NARROW)
    mine.say(SITUATION)
    mine.wait_for("このように読み取りました")
    mine.press("この読み取りで進む")
    mine.page.locator(".card.live .answers, .card.live.proposal").first.wait_for()
    mine.press("中断する")
    mine.wait_for("中断しました")
    code = mine.live().locator("strong").inner_text()
    assert re.fullmatch(r"[0-9A-Z]{8}", code)
    mine.shot("1280-paused")
    other.say(f"再開 {code}")
    other.page.wait_for_url("**/talks/*")
    other.page.locator(".card.live").wait_for()
    assert SITUATION in other.page.locator("#log").inner_text()
    other.fits()
    other.shot("400-resumed")
    mine.page.get_by_text("別の画面で再開されました").wait_for()
    assert mine.page.get_by_label("相談の内容、または質問への答え").is_disabled()
    mine.shot("1280-gone")


def test_the_keyboard_alone_is_enough(serve: Callable[[], Served], visit: Callable[..., Visitor]) -> None:
    clerk = visit(serve().base, WIDE)
    box = clerk.page.get_by_label("相談の内容、または質問への答え")
    clerk.page.keyboard.press("Tab")
    clerk.page.keyboard.press("Enter")
    clerk.page.keyboard.press("Tab") if not box.evaluate("e => e === document.activeElement") else None
    box.focus()
    clerk.page.keyboard.insert_text("母がひきこもりの息子と")
    clerk.page.keyboard.press("Shift+Enter")
    clerk.page.keyboard.insert_text("暮らしている。")
    assert box.input_value() == "母がひきこもりの息子と\n暮らしている。"
    box.evaluate(
        """e => e.dispatchEvent(new KeyboardEvent('keydown',
           {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"""
    )
    assert clerk.page.locator(".entry.person").count() == 0, "Enter that ends a conversion does not send"
    clerk.page.keyboard.press("Enter")
    clerk.wait_for("このように読み取りました")
    for _ in range(40):
        clerk.page.keyboard.press("Tab")
        if clerk.page.evaluate("() => document.activeElement.dataset.action") == "accept":
            break
    outline = clerk.page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "the focus can be seen"
    clerk.page.keyboard.press("Enter")
    clerk.page.locator(".card.live .answers, .card.live.proposal").first.wait_for()


def test_odd_texts_get_a_card_and_the_words_are_not_lost(
    serve: Callable[[], Served], visit: Callable[..., Visitor]
) -> None:
    clerk = visit(serve().base, NARROW)
    clerk.say("あ" * 20_000)
    clerk.page.get_by_text("文が長すぎます").wait_for()
    box = clerk.page.get_by_label("相談の内容、または質問への答え")
    assert len(box.input_value()) == 20_000, "what was typed stays in its field"
    assert any("422" in complaint for complaint in clerk.complaints)
    clerk.complaints.clear()
    box.fill("")
    clerk.say('<img src=x onerror="document.title=1">息子がひきこもり😀' + "長" * 300)
    clerk.wait_for("このように読み取りました")
    clerk.fits()
    clerk.shot("400-odd")
    assert clerk.page.title() != "1"


def test_a_danger_is_a_red_card_with_numbers_that_can_be_dialled(
    serve: Callable[[], Served], visit: Callable[..., Visitor]
) -> None:
    clerk = visit(serve().base, NARROW)
    clerk.say("夫が妻を殴っている。小学生の娘も叩かれてあざがある。")
    clerk.wait_for("このように読み取りました")
    for code in ("child_abuse", "dv"):
        if clerk.live().locator(f"[data-action=deny][data-value^='{code}@']").count() == 0:
            clerk.live().locator("summary", has_text="課題を足す").click()
            clerk.live().locator("select[name=code]").select_option(code)
            clerk.live().get_by_role("button", name="課題を足す").click()
            clerk.live().locator(f"[data-action=deny][data-value^='{code}@']").first.wait_for()
    clerk.press("この読み取りで進む")
    clerk.page.wait_for_function("() => /^(確認|提案)/.test(document.querySelector('.card.live h2').innerText)")
    clerk.answer_all()
    links = clerk.page.locator(".duty a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert "tel:189" in links
    assert "tel:%238008" in links
    clerk.fits()
    clerk.shot("400-danger")


def test_without_javascript_the_page_says_what_is_missing(chromium: Any, serve: Callable[[], Served]) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(serve().base)
    assert "JavaScript を有効にして" in page.locator("noscript").inner_text()
    context.close()
