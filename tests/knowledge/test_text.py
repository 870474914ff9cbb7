"""Making Japanese text comparable never loses where a character stood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.text import fold, tidy

SPELLINGS = [
    ("ひきこもり", ["引きこもり", "引き籠もり", "引き籠り", "ヒキコモリ", "ﾋｷｺﾓﾘ", "引籠り"]),
    ("障害者手帳", ["障がい者手帳", "障碍者手帳", "障礙者手帳"]),
    ("子ども", ["子供", "こども", "コドモ"]),
    ("ごみ屋敷", ["ゴミ屋敷", "ｺﾞﾐ屋敷"]),
    ("桜沢さん", ["櫻澤さん"]),
    ("高崎", ["髙﨑"]),
    ("一人暮らし", ["独り暮らし", "ひとり暮らし"]),
    ("80代", ["８０代", "80代"]),
]


@pytest.mark.parametrize(("plain", "variants"), SPELLINGS)
def test_spellings_of_one_word_compare_equal(plain: str, variants: list[str]) -> None:
    assert {fold(variant).text for variant in variants} == {fold(plain).text}


@given(st.text())
def test_tidying_twice_is_tidying_once(text: str) -> None:
    once = tidy(text).text
    assert tidy(once).text == once


@given(
    st.text(alphabet=st.sampled_from("子供こどもひとり一人引き籠もりゴミ塵無い無く旦那さんお父母親様子ﾞｶ゙がA１ー～\n 　"))
)
def test_folding_twice_is_folding_once(text: str) -> None:
    once = fold(text).text
    assert fold(once).text == once


@given(st.text(max_size=60))
def test_every_character_knows_where_it_came_from(text: str) -> None:
    for folded in (tidy(text), fold(text)):
        assert len(folded.starts) == len(folded.ends) == len(folded.text)
        assert all(0 <= start < end <= len(text) for start, end in zip(folded.starts, folded.ends, strict=True))
        assert list(folded.starts) == sorted(folded.starts)


def test_a_span_found_in_folded_text_is_cut_out_of_the_original() -> None:
    original = "母は８０代で、ﾋｷｺﾓﾘの息子がいる"
    folded = fold(original)
    at = folded.text.index("ひきこもり")
    start, end = folded.span(at, at + 5)
    assert original[start:end] == "ﾋｷｺﾓﾘ"


def test_control_characters_and_lone_surrogates_disappear() -> None:
    assert tidy("a\x00\u200b\ud800b\u202ec").text == "abc"
