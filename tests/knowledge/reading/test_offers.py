"""What is offered for confirmation (「もしかして」): never more than five, and on a mere errand nothing faint."""

from __future__ import annotations

import pytest

from knowledge.load import load
from knowledge.reading.blend import Weighed
from knowledge.reading.models.codes import DANGER
from knowledge.reading.models.models import NO_SCORES
from knowledge.reading.reader import Reader
from knowledge.reading.trained import standard
from knowledge.reading.verdict import MOST_MAYBE, verdict
from tests.knowledge.reading.days import DAY

READER = Reader(load("national"))
ERRANDS = [
    "住民票を2通ほしいと窓口に来た女性",
    "粗大ごみの予約の電話番号を聞かれた",
    "図書館の本を家に忘れたので電話で延長したい",
    "水道の名義を父から息子に変えたい、料金は口座で落ちている",
    "引越しの閉栓の申込、料金は口座で落ちている",
]


@pytest.mark.parametrize("text", ERRANDS)
def test_an_errand_is_not_met_with_faint_ideas(text: str) -> None:
    limits = standard().limits
    reading = READER.read(text, DAY)
    heard = {f.code for f in READER.evidence(READER.prepare(text, DAY)).findings}
    assert not reading.findings
    assert [m.code for m in reading.maybe if m.score < limits.alone and m.code not in {*DANGER, *heard}] == []


def test_never_more_than_five_and_none_that_is_said_already() -> None:
    text = "母は認知症で夜に歩く。息子は無職で酒、家賃を滞納。孫は学校に行かず祖母の世話。妹は借金で実家に戻り、夫に殴られたと"
    reading = READER.read(text, DAY)
    assert len(reading.maybe) <= MOST_MAYBE
    assert not {m.code for m in reading.maybe} & {f.code for f in reading.findings}


@pytest.mark.parametrize(
    "text",
    [
        "夫がいつも殴るわけじゃない、優しい日もあるという妻からの電話",
        "毎晩殴られてるわけじゃないし、酒が入らなければいい人、と奥さん",
    ],
)
def test_danger_of_which_only_the_always_is_denied_is_said_or_offered_whatever_the_models_think(text: str) -> None:
    trained, prepared = standard(), READER.prepare(text, DAY)
    e = READER.evidence(prepared, NO_SCORES)
    for sure in (0.0, 0.5):
        found = verdict(e, Weighed(codes={"dv": sure}), trained.limits)
        assert "dv" in {f.code for f in found.firm} | {m.code for m in found.maybe}


def test_danger_told_in_firm_words_of_which_only_the_always_is_denied_is_said() -> None:
    e = READER.evidence(READER.prepare("夫はいつも暴力をふるうわけじゃない、優しい時もあると妻", DAY), NO_SCORES)
    assert "dv" in {f.code for f in verdict(e, Weighed(codes={"dv": 0.0}), standard().limits).firm}
