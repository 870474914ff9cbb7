"""The page of a one-time link: no cookie, nothing about who it is before the code, only what was shared after it, once."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from tests.bot.web.conftest import Browser, Clock, House

WHO = "山田花子さん（昭和20年5月1日生まれ、電話 090-1234-5678）の家。息子がひきこもっている。"
NUMBER = "MIHON-2026-0001"


class Link:
    """A link with its code, opened by somebody without a cookie."""

    def __init__(self, house: House, path: str, code: str) -> None:
        self.browser, self.path, self.code = Browser(house.client), path, code

    def look(self) -> Any:
        answer = self.browser.client.get(self.path)
        assert "set-cookie" not in answer.headers
        return answer

    def send(self, **fields: str) -> Any:
        return self.browser.form(self.path, **fields)

    @property
    def wrong(self) -> str:
        return "000000" if self.code != "000000" else "111111"


def give(house: House, basis: str = "consent", items: str = "number issues situation names") -> Link:
    clerk = house.browser().stand("fukushi-madoguchi")
    clerk.say(WHO)
    for action in ("accept", "enough", "confirm"):
        clerk.choose(action)
    clerk.do("consent", NUMBER, state="yes", how="written")
    clerk.do("refer", NUMBER, agency="minkyo", purpose="take", ways="link phone", basis=basis, items=items)
    page = unescape(clerk.do("link", f"{NUMBER}/1").text)
    path, code = re.search(r"/l/[\w-]+", page), re.search(r"secret big\">(\d{6})", page)
    assert path
    assert code
    return Link(house, path[0], code[1])


def test_before_the_code_nothing_tells_who_it_is(house: House) -> None:
    link = give(house)
    page = link.look()
    assert page.status_code == 200
    assert "ひきこもり" in page.text
    for secret in ("山田花子", "090-1234-5678", "の家。", "受理する"):
        assert secret not in page.text
    assert "氏名・生年月日" in page.text, "it says what the code opens"
    assert page.headers["x-robots-tag"] == "noindex, nofollow"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"


def test_after_the_code_there_is_what_was_shared_and_no_more(house: House) -> None:
    link = give(house)
    page = link.send(code=link.code)
    assert "山田花子" in page.text
    assert "の家。" in page.text
    assert "090-1234-5678" not in page.text, "the phone was not shared"
    assert "つなぐシートの記入</h2>" not in page.text, "nor was the sheet"
    again = link.look()
    assert "山田花子" not in again.text, "the code is asked each time"
    clerk = house.browser().stand("fukushi-madoguchi")
    assert "氏名などを入れて印刷しました" in clerk.get(f"/cases/{NUMBER}").text


def test_an_answer_needs_the_code_and_a_name_and_spends_the_link(house: House) -> None:
    link = give(house)
    assert "電話でお伝えした番号を入れてください" in link.send(answer="accept", person="会長").text
    assert "番号と違います" in link.send(answer="accept", person="会長", code=link.wrong).text
    nameless = link.send(answer="accept", code=link.code)
    assert nameless.status_code == 409
    assert "返事をする方の名前を入れてください" in nameless.text
    done = link.send(answer="accept", person="会長", code=link.code)
    assert "受理のお返事をお預かりしました" in done.text
    for answer in (link.look(), link.send(code=link.code), link.send(answer="decline", code=link.code)):
        assert answer.status_code == 410
        assert "このリンクは、もう使われています" in answer.text
        assert "山田花子" not in answer.text
    page = house.browser().stand("fukushi-madoguchi").get(f"/cases/{NUMBER}").text
    assert "受理しました（リンクから）" in page
    assert "会長" in page


def test_a_decline_by_link_needs_a_reason_and_keeps_what_was_written(house: House) -> None:
    link = give(house)
    answer = link.send(answer="decline", code=link.code, person="会長", text="担当の委員がいません")
    assert answer.status_code == 409
    assert "お断りの理由を入れてください" in answer.text
    assert "担当の委員がいません" in answer.text
    assert (
        "お断りのお返事をお預かりしました"
        in link.send(answer="decline", code=link.code, person="会長", reason="area").text
    )


def test_guessing_locks_the_link_even_for_the_right_code(house: House) -> None:
    link = give(house)
    for left in range(5):
        answer = link.send(code=link.wrong)
        assert answer.status_code == 409 if left < 4 else answer.status_code in (409, 410)
    locked = link.send(code=link.code)
    assert locked.status_code == 410
    assert "番号の間違いが続いたため" in locked.text
    assert "山田花子" not in locked.text


def test_guesses_in_answers_count_as_well(house: House) -> None:
    link = give(house)
    for _ in range(5):
        link.send(answer="accept", person="会長", code=link.wrong)
    assert "番号の間違いが続いたため" in link.look().text


def test_a_link_runs_out(house: House, clock: Clock) -> None:
    link = give(house)
    clock.later(days=4)
    answer = link.look()
    assert answer.status_code == 410
    assert "このリンクは期限が切れています" in answer.text


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00", "'--", "A" * 500])
def test_a_link_that_is_none_is_a_courteous_page(house: House, token: str) -> None:
    for answer in (house.client.get(f"/l/{token}"), Browser(house.client).form(f"/l/{token}", code="123456")):
        assert answer.status_code == 410
        assert "このリンクは正しくありません" in answer.text
        assert "送り主の窓口へ電話でお知らせください" in answer.text


def test_a_link_to_a_request_that_was_taken_back_says_so(house: House) -> None:
    link = give(house)
    house.browser()
    with house.app.store.unit() as unit:
        case = unit.cases.by_number(NUMBER)
        assert case is not None
        opener = unit.people.get(case.opened_by)
    from bot.turns import Choice

    with house.app.store.unit() as unit:
        house.app.desk.do(unit, Choice("case:withdraw", f"{NUMBER}/1"), opener.id, house.surface.now())
        unit.commit()
    page = link.send(code=link.code)
    assert "取り下げられています" in page.text
    assert "返事をする方の名前" not in page.text
    assert "もう「取り下げ」になっているため" in link.send(answer="accept", code=link.code, person="会長").text
