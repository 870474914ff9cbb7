"""Ages as clerks write them; the cases are data, each beside the nearest writing that says something else."""

from datetime import date

import pytest

from knowledge.reading.ages import find_ages, number
from tests.knowledge.reading.days import DAY

CASES = [
    # text, [(written, low, high)]
    ("82歳の母", [("82歳", 82, 82)]),
    ("八十二歳の母", [("八十二歳", 82, 82)]),
    ("82才の母", [("82才", 82, 82)]),
    ("82円の切手", []),
    ("65歳以上の方", []),
    ("65歳の方", [("65歳", 65, 65)]),
    ("65歳まで待つ", []),
    ("18歳未満", []),
    ("3歳児健診", []),
    ("3歳児", [("3歳", 3, 3)]),
    ("80代女性", [("80代", 80, 89)]),
    ("80代前半", [("80代前半", 80, 84)]),
    ("80代後半", [("80代後半", 85, 89)]),
    ("40代半ば", [("40代半ば", 44, 46)]),
    ("85代", []),
    ("電気代", []),
    ("十代の母", [("十代", 10, 19)]),
    ("昭和18年生まれ", [("昭和18年生まれ", 82, 83)]),
    ("昭和18年に建てた家", []),
    ("S18.3.3", [("S18.3.3", 82, 83)]),
    ("H18.3.3に受診", []),
    ("平成元年生まれ", [("平成元年生まれ", 36, 37)]),
    ("令和5年生", [("令和5年生", 2, 3)]),
    ("小3の子", [("小3", 8, 9)]),
    ("小学3年生", [("小学3年生", 8, 9)]),
    ("小3人", []),
    ("中2の娘", [("中2", 13, 14)]),
    ("高校1年", [("高校1年", 15, 16)]),
    ("年長の弟", [("年長", 5, 6)]),
    ("生後2か月", [("生後2か月", 0, 0)]),
    ("生後十四か月", [("生後十四か月", 1, 1)]),
    ("8か月児", [("8か月児", 0, 0)]),
    ("家賃8か月", []),
    ("母(82)", [("82", 82, 82)]),
    ("母(150)", []),
    ("息子(58、無職)", [("58", 58, 58)]),
    ("受付(3階)", []),
    ("小学生が二人", [("小学生", 6, 12)]),
    ("", []),
]


@pytest.mark.parametrize(("text", "ages"), CASES, ids=[text for text, _ in CASES])
def test_ages(text, ages):
    assert [(age.text, age.low, age.high) for age in find_ages(text, DAY)] == ages


def test_an_age_lies_where_it_is_written():
    text = "妻は75歳、夫は80代"
    assert [text[age.start : age.end] for age in find_ages(text, DAY)] == ["75歳", "80代"]


def test_an_era_year_ages_with_the_day():
    before, after = (find_ages("昭和40年生まれ", date(year, 11, 1))[0] for year in (2026, 2027))
    assert (after.low, after.high) == (before.low + 1, before.high + 1)


def test_only_one_number_is_exact():
    assert find_ages("82歳", DAY)[0].exact == 82
    assert find_ages("80代", DAY)[0].exact is None


@pytest.mark.parametrize(
    ("written", "value"), [("0", 0), ("82", 82), ("十", 10), ("十二", 12), ("二十", 20), ("八十二", 82), ("九", 9)]
)
def test_numerals(written, value):
    assert number(written) == value
