"""The same words in another spelling are read the same way: variants of a word, kana, width, old kanji."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import pytest

from knowledge.load import load
from knowledge.reading.reader import Reader
from tests.knowledge.reading.days import DAY

VARIANTS = [
    ("息子は{}で、手当の相談", ("発達障害", "発達障がい", "発達障碍", "發達障礙")),
    ("息子は身体{}者手帳2級", ("障害", "障がい", "障碍", "障礙")),
    (
        "40代の息子が10年{}",
        ("引きこもり", "ひきこもり", "引き籠もり", "引き籠り", "引き篭もり", "引籠り", "ヒキコモリ", "ﾋｷｺﾓﾘ"),
    ),
    ("{}が学校に行かない", ("子ども", "子供", "こども", "コドモ", "ｺﾄﾞﾓ")),
    ("家が{}屋敷で片付かない", ("ごみ", "ゴミ", "ｺﾞﾐ")),
    ("{}が認知症で徘徊する", ("母", "お母さん", "おかあさん", "母親")),
    ("夫が{}をやめられない", ("パチンコ", "ﾊﾟﾁﾝｺ", "ハ\u309aチンコ")),
    ("借金が{}あり返せない", ("100万円", "１００万円", "100万圓")),
    ("家賃を{}滞納している", ("3か月", "３か月", "3か\u200b月")),
    ("不登校の{}、中学２年", ("娘", "娘\ufe00")),
    ("{}に通えず{}を休む", ("学校", "學校")),
    ("父が{}で働けない", ("アルコール依存症", "ｱﾙｺｰﾙ依存症", "アルコ－ル依存症", "アルコーール依存症")),
    ("父は{}の手続き", ("国民健康保険料の滞納", "國民健康保險料の滞納")),
    ("隣の{}から{}の苦情", ("騒音", "騒\u200b音")),
]
CASES = [(frame, first, other) for frame, (first, *others) in VARIANTS for other in others]


@lru_cache(maxsize=2)
def reader(rules_only: bool) -> Reader:
    return Reader(load("mihon"), rules_only=rules_only)


def codes(text: str, rules_only: bool) -> tuple[list[str], list[str]]:
    """What is found, and what is set aside."""
    reading = reader(rules_only).read(text, DAY)
    return sorted({f.code for f in reading.findings}), sorted({f.code for f in reading.set_aside})


def said(text: str, rules_only: bool) -> set[str]:
    """What is found or offered."""
    reading = reader(rules_only).read(text, DAY)
    return {f.code for f in reading.findings} | {m.code for m in reading.maybe}


def filled(frame: str, words: str) -> str:
    return frame.replace("{}", words)


@pytest.mark.parametrize(("frame", "first", "other"), CASES)
def test_a_variant_is_read_by_the_rules_as_the_word_itself(frame: str, first: str, other: str) -> None:
    assert said(filled(frame, first), True), "the first spelling must be found"
    assert said(filled(frame, other), True) == said(filled(frame, first), True)
    assert codes(filled(frame, other), True) == codes(filled(frame, first), True)


@pytest.mark.parametrize(("frame", "first", "other"), CASES)
def test_what_the_rules_find_in_a_variant_the_full_reader_says_too(frame: str, first: str, other: str) -> None:
    found = codes(filled(frame, first), True)[0]
    assert set(found) <= said(filled(frame, first), False)
    assert set(found) <= said(filled(frame, other), False)


WHOLE = [
    "80代の母と50代の息子。息子はひきこもりで、家賃を3か月滞納。",
    "中2の娘が学校に行かない。父のアルコール依存症もある。",
    "ガスが止められた。借金が200万円、サラ金4社。",
    "電話でだまされてカードを渡した祖母(82)。",
]


@pytest.mark.parametrize("text", WHOLE)
@pytest.mark.parametrize("rules_only", [True, False])
def test_width_and_composition_change_nothing(text: str, rules_only: bool) -> None:
    expected = codes(text, rules_only)
    wide = "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)
    for other in (wide, unicodedata.normalize("NFD", text), "\ufeff" + text, text.replace("、", "、\u200b")):
        assert codes(other, rules_only) == expected


@pytest.mark.parametrize(
    ("frame", "first", "other"), CASES[: CASES.index(("家が{}屋敷で片付かない", "ごみ", "ｺﾞﾐ")) + 1]
)
def test_the_models_read_every_spelling_of_a_word_that_matters_as_one(frame: str, first: str, other: str) -> None:
    one, another = (reader(False).prepare(filled(frame, words), DAY) for words in (first, other))
    assert one.modelled == another.modelled
    assert [t.surface for t in one.words.long] == [t.surface for t in another.words.long]


def test_words_found_in_another_spelling_lie_where_they_were_written() -> None:
    text = "40代の息子が10年ﾋｷｺﾓﾘで、障がい者手帳はない"
    p = reader(False).prepare(text, DAY)
    assert p.modelled == "40代の息子が10年ひきこもりで、障害者手帳はない"
    at = p.modelled.index("障害")
    assert p.tidy_span(at, at + 2).of(p.text) == "障がい"
    assert {t.surface for t in p.tokens if p.text[t.start : t.end] in ("ヒキコモリ", "障がい")} == {
        "ひきこもり",
        "障害",
    }
