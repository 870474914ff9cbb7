"""A mark in the shape of what made it, on a child, is said firmly, whatever else the notifier asks for."""

from __future__ import annotations

import pytest

from knowledge.load import load
from knowledge.reading.reader import Reader
from tests.knowledge.reading.days import DAY

READER = Reader(load("national"))


@pytest.mark.parametrize(
    "text",
    [
        "幼稚園より。年少の頬に手形、送りは父。母は慣らし保育の延長希望。",
        "保育園から、2歳児の太ももに歯形。母は園の時間を延ばしたいと",
        "学童から。小2の背中に靴の跡、父が迎えに来る。利用料の口座を変えたい",
        "小児科。5歳の女の子の腕に煙草の跡、予防接種の券も聞かれた",
    ],
)
def test_a_shaped_mark_on_a_child_is_firm_and_urgent(text: str) -> None:
    reading = READER.read(text, DAY)
    assert "child_abuse" in {f.code for f in reading.findings}
    assert reading.urgency.urgent


@pytest.mark.parametrize(
    "text", ["20代の女性の首に指の跡、彼氏が来ると黙る", "年少の子が手形の絵を持ってきた", "小2が靴をなくした"]
)
def test_no_mark_on_a_child_no_abuse_of_one(text: str) -> None:
    assert "child_abuse" not in {f.code for f in READER.read(text, DAY).findings}
