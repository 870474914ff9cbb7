"""Who somebody is stays out of what is shown; ages, money, rooms and articles of law do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.reading.identity import find_identity, mask
from knowledge.reading.model import IdentityKind
from knowledge.reading.morphology import tokenize
from knowledge.text import tidy

PERSONAL = [
    ("山田太郎さんが来所", "name", "山田太郎"),
    ("窓口の新垣です", "name", "新垣"),
    ("佐藤様から電話", "name", "佐藤"),
    ("電話は090-1234-5678", "phone", "090-1234-5678"),
    ("電話は０９０（１２３４）５６７８", "phone", "090(1234)5678"),
    ("自宅 03-1234-5678", "phone", "03-1234-5678"),
    ("携帯09012345678", "phone", "09012345678"),
    ("東町3丁目12番5号に住む", "address", "東町3丁目12番5号"),
    ("本町2-3-4の一軒家", "address", "本町2-3-4"),
    ("〒900-0001", "address", "〒900-0001"),
    ("氏名: 福祉太郎 昭和18年3月3日生", "name", "福祉太郎"),
    ("福祉太郎（昭和18年3月3日生）の息子", "name", "福祉太郎"),
    ("氏名：見本 はな、物忘れあり", "name", "見本 はな"),
    ("ふりがな：みほん はな", "name", "みほん はな"),
    ("S18.3.3生まれ", "birth_date", "S18.3.3生まれ"),
    ("生年月日は昭和18年3月3日", "birth_date", "昭和18年3月3日"),
    ("生年月日1943/3/3", "birth_date", "1943/3/3"),
    ("番号は1234 5678 9018", "my_number", "1234 5678 9018"),
    ("マイナンバー123456789012", "my_number", "123456789012"),
    ("メールはtaro.y@example.jp", "email", "taro.y@example.jp"),
    ("普通預金 1234567", "account", "1234567"),
    ("見本500あ12-34の車", "plate", "見本500あ12-34"),
]
NOT_PERSONAL = [
    "母は82歳、息子(50)", "家賃3万5千円を3か月滞納", "203号室", "106条の6の支援会議", "要介護2、区分4", "189に電話", "#8008", "0120-279-338へ案内",
    "2026-11-21に来庁", "3-4日前から", "民生委員さんと大家さん", "保健師さんが訪問", "奥さんとお母さん", "ケアマネさんから", "1234 5678 9012の番号札",
    "昭和43年に建てた家", "10-20人が並んだ", "夫が許さん", "名前は言わない", "氏名: 不明", "名前：言いたくない",
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "words"), PERSONAL)
def test_personal_details_are_found(text: str, kind: str, words: str) -> None:
    tidied = tidy(text).text
    marks = find_identity(tidied, tokenize(tidied))
    assert (IdentityKind(kind), words) in [(m.kind, m.span.of(tidied)) for m in marks]


@pytest.mark.parametrize("text", NOT_PERSONAL)
def test_what_tells_nobody_is_left_alone(text: str) -> None:
    tidied = tidy(text).text
    assert find_identity(tidied, tokenize(tidied)) == ()


@given(st.text(alphabet="田中太郎さん様090-1234 〒東町丁目番S.昭和年月日@a.jp、。母の８０代", max_size=60))
def test_masking_keeps_the_length_and_hides_every_mark(text: str) -> None:
    tidied = tidy(text).text
    marks = find_identity(tidied, tokenize(tidied))
    hidden = mask(tidied, marks)
    assert len(hidden) == len(tidied)
    for one in marks:
        assert set(one.span.of(hidden)) <= {"●", " ", "\n"}
