"""Whole talks through Slack: every way in, cards, corrections, questions, proposal, sheet."""

from __future__ import annotations

from tests.bot.slack.conftest import HOUSEHOLD, House
from tests.bot.slack.slack import Person


def test_what_is_typed_in_the_dm_is_read_there(clerk: Person) -> None:
    clerk.say(HOUSEHOLD)
    card = clerk.last()
    assert "ひきこもり" in card.words()
    assert {"この読み取りで進む", "読み取りを直す", "中断する"} <= set(card.labels())


def test_a_talk_goes_from_the_first_sentence_to_the_sheet(clerk: Person, house: House) -> None:
    clerk.say(HOUSEHOLD)
    clerk.press("この読み取りで進む")
    assert clerk.last().labels()[-3:] == ["ここまでで提案を見る", "一つ戻る", "中断する"]
    clerk.press("ここまでで提案を見る")
    proposal = clerk.last()
    assert {"この提案で決める", "別の経路にする", "全文を見る"} <= set(proposal.labels())
    clerk.press("この提案で決める")
    assert "を登録しました" in clerk.last().words()
    view = clerk.opens("続けて受付票を書く")
    assert view["title"]["text"].startswith("受付票 1／")
    clerk.submit(view, {"受付者": "地域福祉課 係長"})
