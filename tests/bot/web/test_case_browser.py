"""A real Chromium hands a case over: two refusals, the team is alerted, sends back with reasons; then a one-time link."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.bot.web.conftest import Served
from tests.bot.web.visitors import NARROW, SHOTS, WIDE, Visitor, to_proposal

pytestmark = pytest.mark.browser


def stand(person: Visitor, agency: str, role: str) -> None:
    """デモ: choose for whom to act."""
    person.page.goto(person.base + "/desk")
    person.page.get_by_label("窓口・機関").select_option(agency)
    person.page.get_by_label(role).check()
    person.page.get_by_role("button", name="この立場で使う").click()
    person.page.get_by_role("heading", name="案件一覧").wait_for()


def a_case(clerk: Visitor) -> str:
    """From the first sentence to a confirmed case; its number."""
    clerk.page.goto(clerk.base + "/talks/new")
    to_proposal(clerk)
    clerk.press("この提案で決める")
    clerk.wait_for("を登録しました")
    found = re.search(r"[A-Z]+-\d{4}-\d{4}", clerk.live().locator("h2").inner_text())
    assert found
    return found[0]


def open_case(person: Visitor, number: str) -> None:
    person.page.goto(f"{person.base}/cases")
    person.page.get_by_label("案件番号で開く").fill(number.lower())
    person.page.get_by_role("button", name="開く").click()
    person.page.get_by_role("heading", name=f"案件 {number}").wait_for()


def send_to(clerk: Visitor, number: str, agency: str) -> None:
    clerk.page.goto(f"{clerk.base}/cases/{number}/refer")
    clerk.page.get_by_label("つなぐ相手").select_option(agency)
    clerk.page.get_by_role("button", name="この相手と根拠で、伝える内容を見直す").click()
    clerk.page.wait_for_url(f"**agency={agency}*")
    clerk.page.get_by_role("button", name="この内容でつなぐ").click()
    clerk.page.get_by_text("つなぎのお願いを送りました。返事の期限まで見守ります").wait_for()


def decline(coordinator: Visitor, number: str, reason: str) -> None:
    open_case(coordinator, number)
    coordinator.page.locator("summary", has_text="お断りする").click()
    coordinator.page.get_by_label(reason).check()
    coordinator.page.get_by_label("補足").fill("担当が一人で、今月は訪問できません")
    coordinator.fits()
    coordinator.page.get_by_role("button", name="この理由でお断りする").click()
    coordinator.page.get_by_text("お断りを記録し、送り主に伝えました").wait_for()


@pytest.mark.parametrize(("size", "name"), [(WIDE, "1280"), (NARROW, "400")])
def test_two_refusals_alert_the_team_which_sends_the_case_back_with_reasons(
    serve: Callable[[], Served],
    visit: Callable[..., Visitor],
    size: dict[str, int],
    name: str,
) -> None:
    base = serve().base
    clerk, other = visit(base, size), visit(base, size)
    stand(clerk, "fukushi-madoguchi", "窓口職員")
    clerk.fits()
    clerk.shot(f"{name}-case-0-empty-board")
    number = a_case(clerk)
    open_case(clerk, number)
    clerk.fits()
    clerk.shot(f"{name}-case-1-new")
    clerk.page.goto(f"{base}/cases/{number}/refer")
    clerk.fits()
    clerk.shot(f"{name}-case-2-preview")
    send_to(clerk, number, "hokatsu-kikan")
    clerk.fits()
    clerk.shot(f"{name}-case-3-sent")

    stand(other, "hokatsu-kikan", "連携担当者")
    other.fits()
    other.shot(f"{name}-case-4-board-of-the-asked")
    open_case(other, number)
    other.fits()
    other.shot(f"{name}-case-5-asked")
    assert "20年ほど部屋に" not in other.page.locator("main").inner_text(), "the text was not shared"
    other.page.locator("summary", has_text="お断りする").click()
    other.shot(f"{name}-case-6-decline")
    decline(other, number, "②機構")

    clerk.page.get_by_role("heading", name="次の候補").wait_for()  # the open page follows by itself
    clerk.fits()
    clerk.shot(f"{name}-case-7-next")
    send_to(clerk, number, "jiritsu-sodan")
    stand(other, "jiritsu-sodan", "連携担当者")
    decline(other, number, "区域外")

    stand(other, "project-team", "連携担当者")
    other.page.get_by_text("返事をお待ちしている案件が1件あります").wait_for()
    other.fits()
    other.shot(f"{name}-case-8-board-of-the-team")
    open_case(other, number)
    other.page.get_by_role("button", name="確認しました").click()
    other.page.get_by_text("確認したことを伝えました").wait_for()
    other.fits()
    other.shot(f"{name}-case-9-team")
    other.page.locator("summary", has_text="紹介元へ戻す").click()
    other.page.get_by_label("ふだんの連携で対応できる").check()
    other.page.get_by_label("わかっていることが足りない").check()
    other.page.get_by_label("紹介元へのことば").fill("まず一度、いっしょに訪ねましょう")
    other.fits()
    other.shot(f"{name}-case-10-send-back")
    other.page.get_by_role("button", name="理由と約束を添えて戻す").click()
    other.page.get_by_text("いっしょに確かめる日を添えて、紹介元へ戻しました").wait_for()

    clerk.page.get_by_text("まず一度、いっしょに訪ねましょう").first.wait_for()
    clerk.fits()
    clerk.shot(f"{name}-case-11-sent-back")
    clerk.page.locator("summary", has_text="いっしょの確認をしました").click()
    clerk.page.locator("details[open]").get_by_role("button", name="いっしょの確認をしました").click()
    clerk.page.get_by_text("いっしょの確認を記録しました").wait_for()
    clerk.shot(f"{name}-case-12-followed-up")


def test_an_agency_without_chat_answers_by_a_link_without_our_script(
    serve: Callable[[], Served],
    visit: Callable[..., Visitor],
    chromium: Any,
) -> None:
    base = serve().base
    clerk = visit(base, WIDE)
    stand(clerk, "fukushi-madoguchi", "窓口職員")
    number = a_case(clerk)
    send_to(clerk, number, "minkyo")
    clerk.page.get_by_role("button", name="一度だけ使えるリンクを作る").click()
    clerk.page.get_by_role("heading", name="一度だけ使えるリンクを作りました").wait_for()
    clerk.fits()
    clerk.shot("1280-link-given")
    secrets = clerk.page.locator(".secret").all_inner_texts()
    link, code = (text.split("\n")[0] for text in secrets)

    context = chromium.new_context(viewport=NARROW, java_script_enabled=False)
    page = context.new_page()
    page.goto(link)
    phone = Visitor(page, base)
    assert page.get_by_role("button", name="受理する").count() == 0
    page.get_by_label("番号", exact=True).fill("000000" if code != "000000" else "111111")
    page.get_by_role("button", name="開く").click()
    page.get_by_text("電話でお伝えした番号と違います").wait_for()
    page.screenshot(path=str(phone_shot("400-link-wrong")), full_page=True)
    page.get_by_label("番号", exact=True).fill(code)
    page.get_by_role("button", name="開く").click()
    page.get_by_role("heading", name="お返事").wait_for()
    page.screenshot(path=str(phone_shot("400-link-opened")), full_page=True)
    page.get_by_label("返事をする方の名前").first.fill("民生委員 見本")
    page.get_by_role("button", name="受理する").click()
    page.get_by_text("受理のお返事をお預かりしました").wait_for()
    page.screenshot(path=str(phone_shot("400-link-done")), full_page=True)
    page.goto(link)
    page.get_by_text("このリンクは、もう使われています").wait_for()
    context.close()
    assert phone.complaints == []
    open_case(clerk, number)
    assert "リンクから" in clerk.page.locator("main").inner_text()


def phone_shot(name: str) -> Any:
    SHOTS.mkdir(parents=True, exist_ok=True)
    return SHOTS / f"{name}.png"


def test_the_commands_work_in_the_chat_as_well(serve: Callable[[], Served], visit: Callable[..., Visitor]) -> None:
    clerk = visit(serve().base, NARROW)
    stand(clerk, "fukushi-madoguchi", "窓口職員")
    number = a_case(clerk)
    clerk.say("一覧")
    clerk.wait_for("自分の窓口の案件")
    clerk.fits()
    clerk.shot("400-chat-board")
    clerk.press("開く")
    clerk.wait_for(f"案件 {number}")
    clerk.live().get_by_role("button", name="つなぐ", exact=True).click()
    clerk.wait_for("へつなぐ")
    clerk.fits()
    clerk.shot("400-chat-refer")
    clerk.press("この内容でつなぐ")
    clerk.page.get_by_text("つなぎのお願いを送りました").first.wait_for()
    clerk.fits()
    clerk.shot("400-chat-case")
    clerk.say(f"{number} を多機関協働へ上げてください 三つの課で断られています")
    clerk.page.get_by_text("プロジェクトチームに知らせました").first.wait_for()
