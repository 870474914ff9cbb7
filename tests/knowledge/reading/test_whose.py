"""Whose issue it is: the trained ranker over clues, on plain cases, and how it is stored and used."""

from __future__ import annotations

import pytest

from knowledge.load import load
from knowledge.reading.model import HOUSEHOLD
from knowledge.reading.reader import Reader
from knowledge.reading.trained import standard
from knowledge.reading.whose import Whose, clues, scene_of
from tests.knowledge.reading.days import DAY

READER = Reader(load("national"), rules_only=True)
CASES = [
    ("認知症の母と50代の息子。息子は10年部屋から出ない", "認知症", "dementia", "母"),
    ("認知症の母と50代の息子。息子は10年部屋から出ない", "10年部屋から出ない", "hikikomori", "息子"),
    ("父が倒れて寝たきり。母は介護で眠れない", "寝たきり", "care_need", "父"),
    ("父が倒れて寝たきり。母は介護で眠れない", "介護で眠れない", "caregiving_burden", "母"),
    ("夫に殴られていると妻から電話", "殴られている", "dv", "妻"),
    ("中2の娘が祖母の世話で学校を休んでいる", "祖母の世話", "young_carer", "娘"),
    ("80代の夫婦。妻はもの忘れが進み、夫は耳が遠い", "もの忘れが進み", "dementia", "妻"),
    ("80代の夫婦。妻はもの忘れが進み、夫は耳が遠い", "耳が遠い", "communication", "夫"),
    ("母と息子の家。玄関までごみ袋が積まれている", "ごみ袋が積まれている", "hoarding", HOUSEHOLD),
    ("骨折したのは父でなく母、と娘から電話", "骨折したの", "injury", "母"),
    ("72歳男性、一人暮らし。食事をとらず風呂も入らない", "食事をとらず風呂も入らない", "neglect_self", "本人男性"),
]


@pytest.mark.parametrize(("text", "words", "code", "holder"), CASES)
def test_the_one_who_has_it_is_told(text: str, words: str, code: str, holder: str) -> None:
    p = READER.prepare(text, DAY)
    start = p.text.index(words)
    assert standard().whose.holder(p.text, start, start + len(words), code, p.members, p.mentions) == holder


def test_everybody_named_and_the_household_are_on_offer() -> None:
    p = READER.prepare("母は認知症、息子は無職。隣人から苦情", DAY)
    offered = dict(clues(scene_of(p.text, p.members, p.mentions), 2, 5, "dementia"))
    assert set(offered) == {"母", "息子", "隣人", HOUSEHOLD}
    assert "outside" in offered["隣人"]
    assert "topic here" in offered["母"]


def test_without_any_clue_that_is_worth_something_somebody_is_still_named() -> None:
    p = READER.prepare("母は認知症", DAY)
    assert Whose({}).holder(p.text, 2, 5, "dementia", p.members, p.mentions) in ("母", HOUSEHOLD)


def test_what_is_written_is_what_is_read() -> None:
    whose = Whose({"adnominal": 1.25, "only:dementia": -0.5})
    assert Whose.of(whose.tables()) == whose


def test_every_finding_of_a_reading_has_a_holder_that_is_a_member_or_the_household() -> None:
    for text, *_ in CASES:
        for reader in (READER, Reader(load("national"))):
            reading = reader.read(text, DAY)
            keys = {m.key for m in reading.members} | {HOUSEHOLD}
            said = [*reading.findings, *reading.set_aside, *reading.maybe]
            assert said
            assert {item.holder for item in said} <= keys


@pytest.mark.parametrize(
    ("text", "code", "holder"),
    [
        ("父は透析、息子無職", "job_search", "息子"),
        ("父認知症、次男無職", "job_search", "次男"),
        ("祖母は入院、父失業", "job_search", "父"),
        ("父無職、息子も仕事はしている", "job_search", "父"),
    ],
)
def test_words_that_run_from_one_person_to_the_next_are_the_next_ones(text: str, code: str, holder: str) -> None:
    assert [f.holder for f in READER.read(text, DAY).findings if f.code == code] == [holder]


def test_of_whom_it_is_denied_it_is_not_true_as_well() -> None:
    reading = Reader(load("national")).read("兄は借金ない、あるのは弟で取立てが来る", DAY)
    assert {f.holder for f in reading.set_aside if f.code == "debt"} == {"兄"}
    assert {f.holder for f in reading.findings if f.code == "debt"} == {"弟"}
