"""Until when something urgent must be done, as the text says it."""

from __future__ import annotations

import pytest

from knowledge.load import load
from knowledge.reading.model import Span, Urgency
from knowledge.reading.reader import Reader
from knowledge.reading.signals import deadline_of
from tests.knowledge.reading.days import DAY

CASES = [
    ("今夜泊まる所がない父子", "泊まる所がない", "今夜"),
    ("来週は別の相談で来る。食べる物があと2日でなくなる", "食べる物", "あと2日で"),
    ("電気は明日止まる。来週また来ると母", "止まる", "明日"),
    ("家に帰れない女性。今日中に部屋を出るよう言われた", "家に帰れない", "今日中に"),
    ("死にたいと言う。来週の予約は取れた", "死にたい", None),
    ("夫に殴られて逃げてきた", "殴られて", None),
]


@pytest.mark.parametrize(("text", "reason", "words"), CASES)
def test_the_deadline_is_the_one_of_the_reason_or_cannot_mean_anything_else(
    text: str, reason: str, words: str | None
) -> None:
    start = text.index(reason)
    found = deadline_of(text, Urgency(True, (("food", Span(start, start + len(reason))),)))
    assert (found and found.of(text)) == words


def test_what_is_not_urgent_has_no_deadline() -> None:
    assert deadline_of("今夜泊まる所がない", Urgency(False)) is None


@pytest.mark.parametrize("rules_only", [True, False])
def test_a_reading_tells_the_deadline_in_the_original_text(rules_only: bool) -> None:
    text = "３０代の男性、ｱﾊﾟｰﾄを出されて今夜泊まる所がない"
    urgency = Reader(load("national"), rules_only=rules_only).read(text, DAY).urgency
    assert urgency.urgent
    assert urgency.deadline is not None
    assert urgency.deadline.of(text) == "今夜"
