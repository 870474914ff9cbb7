"""One whole talk as a person sees it: the peer's page in Chromium. Screenshots go to var/screenshots/slack-*.png."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.clock import now
from routing.people import Actor
from tests.peers.slack.inside.test_cards import beside, card, command, decide, idle
from tests.peers.slack.room import CHANNEL, PEER_PORT, ROOT, TEAM, Clerk

CHROMIUM = Path("/usr/bin/chromium")
SHOTS = ROOT / "var" / "screenshots"
SITUATION = (
    "80代の母と50代の息子の二人暮らし。息子は20年ほど部屋にひきこもっていて、働いたことがほとんどない。"
    "母は最近もの忘れが進み、薬の飲み忘れがある。母の年金で暮らしていて、電気代を滞納している。"
)
pytestmark = pytest.mark.browser
__all__ = ["beside"]


@pytest.fixture
def page() -> Iterator[Any]:
    in_ci = os.environ.get("CI") == "true"
    playwright = pytest.importorskip("playwright.sync_api") if not in_ci else __import__("playwright.sync_api").sync_api
    if not CHROMIUM.exists() and not in_ci:
        pytest.skip(f"the page is not tested: {CHROMIUM} is missing")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 1280, "height": 1100})
        browser.close()


def shot(page: Any, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(300)
    page.screenshot(path=SHOTS / f"slack-{name}.png")


def test_a_talk_in_the_page(clerk: Clerk, page: Any) -> None:
    from playwright.sync_api import expect

    assert clerk.dm
    page.goto(f"http://127.0.0.1:{PEER_PORT}/")
    page.locator(".actas select").select_option(clerk.id)
    page.locator(".sidebar-item", has_text=clerk.id).click()
    page.locator(".composer-input").fill(SITUATION)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("このように読み取りました")).to_be_visible()
    shot(page, "1-reading")
    page.get_by_role("button", name="読み取りを直す").click()
    expect(page.locator(".modal").get_by_text("足す課題（")).to_be_visible()
    shot(page, "2-corrections")
    page.locator(".modal select").first.select_option(label="「世帯」の課題にする")
    page.locator(".modal").get_by_role("button", name="直す", exact=True).click()
    expect(page.get_by_text("（世帯、窓口の確認）")).to_be_visible()
    page.get_by_role("button", name="この読み取りで進む").click()
    expect(page.get_by_text("確認: 安全で気になること")).to_be_visible()
    shot(page, "3-question")
    page.get_by_role("button", name="どれもない").click()
    expect(page.get_by_text("質問 2")).to_be_visible()
    page.get_by_role("button", name="ここまでで提案を見る").click()
    expect(page.get_by_text(re.compile("^提案:"))).to_be_visible()
    shot(page, "4-proposal")
    page.get_by_role("button", name="全文を見る").click()
    expect(page.locator(".modal").get_by_text("変わるとき").first).to_be_visible()
    shot(page, "5-whole")
    page.locator(".modal-x").click()
    page.get_by_role("button", name="別の経路にする").click()
    expect(page.locator(".modal").get_by_text("どの経路にしますか")).to_be_visible()
    shot(page, "6-override")
    page.locator(".modal-x").click()
    page.get_by_role("button", name="この提案で決める").click()
    expect(page.get_by_text(re.compile("を登録しました"))).to_be_visible()
    page.get_by_role("button", name="続けて受付票を書く").click()
    expect(page.locator(".modal-title")).to_have_text("受付票 1／7: 受付")
    shot(page, "7-sheet")
    page.locator(".modal .bk-plain-input").nth(1).fill("地域福祉課 係長")
    page.locator(".modal").get_by_role("button", name="保存する").click()
    expect(page.locator(".modal-title")).to_have_text("受付票 2／7: 相談の内容")
    page.locator(".modal-x").click()
    page.get_by_role("button", name="つなぐシートを開く").last.click()
    expect(page.get_by_text("あなたにだけ見えています")).to_be_visible()
    shot(page, "8-link")
    page.locator(".sidebar-item", has_text="tsunagu").click()
    expect(page.get_by_text("わたしが登録した案件")).to_be_visible()
    shot(page, "9-home")


def test_a_case_and_what_is_due_in_the_page(clerk: Clerk, beside: App, page: Any) -> None:
    from playwright.sync_api import expect

    number = decide(clerk)
    command(clerk, "case:escalate", number)
    card(Clerk(TEAM, clerk.room), CHANNEL, number, "多機関協働へ上がりました")
    page.goto(f"http://127.0.0.1:{PEER_PORT}/")
    page.locator(".actas select").select_option(TEAM)
    page.locator(".sidebar-item", has_text="team").click()
    expect(page.get_by_text("多機関協働へ上がりました").last).to_be_visible()
    shot(page, "10-alert")
    page.get_by_role("button", name="紹介元へ戻す").last.click()
    expect(page.locator(".modal-title")).to_contain_text("紹介元へ戻す")
    shot(page, "11-send-back")
    page.locator(".modal-x").click()
    page.get_by_role("button", name="確認しました").last.click()
    expect(page.get_by_text("今の状態: チームが確認し、検討中").last).to_be_visible()
    shot(page, "12-alert-acknowledged")
    held = idle(beside, clerk, now() - timedelta(days=40))
    with beside.store.unit() as unit:
        case = unit.cases.by_number(held)
        assert case is not None
        owner = next(row.owner for row in unit.board.list(case.pack, opened_by=case.opened_by))
        unit.people.put(Actor(f"slack:T0:{clerk.id}", owner), now())
        unit.commit()
    page.locator(".actas select").select_option(clerk.id)
    page.locator(".sidebar-item", has_text="tsunagu").click()
    expect(page.get_by_role("button", name="進んでいる").first).to_be_visible()
    shot(page, "13-home-due")
