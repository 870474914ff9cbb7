"""Which law's abuse it is follows from who suffers: a child, somebody of 65 and over, an adult with a disability."""

from __future__ import annotations

import pytest

from knowledge.load import load
from knowledge.reading.reader import Reader
from tests.knowledge.reading.days import DAY

READER = Reader(load("national"))
ABUSE = {"child_abuse", "elder_abuse", "disability_abuse"}


def said(text: str) -> tuple[set[str], set[str]]:
    reading = READER.read(text, DAY)
    return {f.code for f in reading.findings} & ABUSE, {m.code for m in reading.maybe} & ABUSE


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("保育園から。4歳の娘の背中に新しいあざ、「パパにたたかれた」と話した。母は何も言わない", "child_abuse"),
        ("82歳の母の背中に新しいあざ、「息子にたたかれた」とデイの職員に話した", "elder_abuse"),
        ("療育手帳B1の28歳、背中に新しいあざ、「職員にたたかれた」と母に話した", "disability_abuse"),
    ],
)
def test_the_same_wound_is_another_laws_abuse_with_another_victim(text: str, code: str) -> None:
    firm, _ = said(text)
    assert code in firm
    assert not firm - {code}


def test_the_parents_of_a_small_child_are_not_old() -> None:
    firm, offered = said("小1の息子がおなかをすかせ、父が年金のように子の手当を使い込む。母は病気")
    assert "elder_abuse" not in firm | offered


def test_a_wish_to_die_that_somebody_uttered_is_firm_whatever_stands_beside_it() -> None:
    reading = READER.read("父は透析、兄は借金。妹が夜になると死にたいと言うと母から", DAY)
    assert "suicide_risk" in {f.code for f in reading.findings}
    assert reading.urgency.urgent


@pytest.mark.parametrize(
    "text",
    [
        "妻34の太ももに丸いやけどの跡。夫は「転んだだけ」",
        "30代の女性、首に指の跡。彼氏が来ると黙る",
        "52歳の妻、夫にベランダに出されて朝まで",
    ],
)
def test_where_there_is_no_child_there_is_no_abuse_of_a_child(text: str) -> None:
    firm, _ = said(text)
    assert "child_abuse" not in firm
    assert "elder_abuse" not in firm


def test_a_child_that_is_no_member_of_the_text_is_still_there() -> None:
    firm, offered = said("4か月健診で体重が減っていた。母26は返事が遅く、ミルクの回数を聞いても答えが出ない。腕にあざ")
    assert "child_abuse" in firm | offered


@pytest.mark.parametrize(
    "text", ["夫に殴られていると妻から電話。5歳の子と三人暮らし", "妻が毎晩夫に蹴られ、あざ。子2人は隣の部屋"]
)
def test_a_child_in_a_home_where_a_partner_is_hit_is_at_least_asked_about(text: str) -> None:
    reading = READER.read(text, DAY)
    assert "dv" in {f.code for f in reading.findings}
    assert "child_abuse" in {f.code for f in reading.findings} | {m.code for m in reading.maybe}


def test_where_no_child_is_told_of_nobody_asks_about_one() -> None:
    reading = READER.read("夫に殴られていると妻から電話。二人暮らし", DAY)
    assert "child_abuse" not in {f.code for f in reading.findings} | {m.code for m in reading.maybe}
