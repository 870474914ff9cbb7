"""The card that shows what was read names the words themselves: why it is urgent, until when, and who agreed or refused."""

from __future__ import annotations

from datetime import date

import pytest

from bot.explain import explain_lines
from bot.render import Renderer
from knowledge.load import load
from knowledge.reading.reader import Reader
from routing.policy import load_policy

ON = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "66歳男性、明日までに部屋を出ろと言われた。ここ数日水しか飲んでいない",
            ("「ここ数日水しか", "「明日までに」"),
        ),
        ("母を殴る息子。市には言うなと母", ("同意: なし", "「市には言うな")),
    ],
)
def test_words_stand_beside_what_they_mean(text: str, words: tuple[str, ...]) -> None:
    catalogue = load("national")
    told = "\n".join(
        explain_lines(Reader(catalogue).read(text, ON), Renderer(catalogue, load_policy(catalogue)), colour=False)
    )
    for word in words:
        assert word in told


def test_urgency_that_only_the_whole_text_tells_still_points_at_words() -> None:
    text = "73の夫は公園の水をくんでいる。隣の人から"
    reading = Reader(load("national")).read(text, ON)
    assert [reason for reason, _ in reading.urgency.reasons] == ["model"]
    span = reading.urgency.reasons[0][1]
    assert span is not None
    assert span.of(text).startswith("73の夫は公園の水をくんで")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("母", "母"),
        ("世帯", "世帯"),
        ("息子2", "息子・2人目"),
        ("本人女性", "本人・女性"),
        ("本人女児3", "本人・女児・3人目"),
        ("本人", "本人"),
    ],
)
def test_a_member_is_named_as_a_person_reads_it(key: str, words: str) -> None:
    catalogue = load("national")
    assert Renderer(catalogue, load_policy(catalogue)).label(f"member:{key}") == words
