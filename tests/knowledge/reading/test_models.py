"""The trained models: they load, agree with the pack, stay inside the text, and give the same numbers every time."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.load import load
from knowledge.reading.model import FoundBy, Reading
from knowledge.reading.models.codes import CODES, DANGER, FIELDS, MEETINGS, WEIGHTS
from knowledge.reading.models.models import WEIGHTS as FOLDER
from knowledge.reading.models.models import Models, meta
from knowledge.reading.morphology import analyse
from knowledge.reading.reader import Reader
from knowledge.reading.trained import standard
from knowledge.text import tidy

DAY = date(2026, 11, 1)
NATIONAL = load("national")
READER = Reader(NATIONAL)
TEXT = "80代の母は物忘れが進み、50代の息子は20年部屋から出てこない。電気は先週止まった。父の借金はもう返し終えた"


def test_the_models_speak_the_codes_and_fields_of_the_national_pack_in_its_order() -> None:
    assert tuple(NATIONAL.issues) == CODES
    assert tuple(NATIONAL.fields) == FIELDS
    assert {code for code, issue in NATIONAL.issues.items() if issue.danger} == set(DANGER)


def test_each_field_of_weight_has_the_meeting_that_the_labels_name() -> None:
    kinds = {NATIONAL.meeting_kinds[NATIONAL.fields[name].meeting_kind].label for name in WEIGHTS}
    assert kinds == set(MEETINGS)


def test_the_weights_are_small_and_say_what_they_were_made_from() -> None:
    size = sum(path.stat().st_size for path in FOLDER.iterdir())
    assert size <= 20_000_000
    about = meta()
    assert set(about) >= {"version", "date", "corpus", "thresholds"}
    assert "chiVe" in (FOLDER / "NOTICE").read_text(encoding="utf-8")


def test_the_same_text_gives_the_same_numbers_from_freshly_loaded_models() -> None:
    words = analyse(tidy(TEXT).text).long
    first, second = Models.load().score(TEXT, words), standard().models.score(TEXT, words)
    assert first == second


def test_every_number_that_leaves_the_reader_is_a_whole_number_of_thousandths() -> None:
    reading = READER.read(TEXT, DAY)
    numbers = _numbers(reading)
    assert len(numbers) > 20
    assert all(number == round(number, 3) and 0 <= number <= 1 for number in numbers)


def test_the_leanings_speak_of_all_routes_weights_and_fields() -> None:
    leanings = READER.read(TEXT, DAY).leanings
    assert set(leanings.coordination) == {"ordinary", "one_field", "cross_field"}
    assert tuple(leanings.weight) == WEIGHTS
    assert tuple(leanings.fields) == FIELDS
    assert leanings.urgent is not None


def test_a_code_is_firm_or_offered_never_both_and_at_most_five_are_offered() -> None:
    reading = READER.read(TEXT, DAY)
    assert not {f.code for f in reading.findings} & {m.code for m in reading.maybe}
    assert len(reading.maybe) <= 5


def test_what_a_model_alone_found_says_so_and_is_never_quite_sure() -> None:
    for finding in (*READER.read(TEXT, DAY).findings, *READER.read(TEXT, DAY).set_aside):
        if finding.found_by is FoundBy.MODEL:
            assert finding.score < 1.0


def test_rules_alone_can_still_be_asked() -> None:
    reading = Reader(NATIONAL, rules_only=True).read(TEXT, DAY)
    assert not reading.leanings.coordination
    assert all(f.found_by is not FoundBy.MODEL for f in reading.findings)


@pytest.mark.parametrize(
    "text", ["", " ", "。", "\n\n", "😀", "👨‍👩‍👧‍👦🏠", "\ud800", "ｱｱｱ", "a" * 300, "母" * 3000, "\u3099"]
)
def test_odd_texts_are_read_without_an_exception(text: str) -> None:
    _inside(READER.read(text, DAY))


@settings(max_examples=150, deadline=None)
@given(
    st.text(
        alphabet=st.one_of(
            st.sampled_from("母父息子が死にたい借金電気止まった。、\n「」ｶﾞﾊﾟ㍿①😀ーー〜"),
            st.characters(),
            st.just("\ud83d"),
        ),
        max_size=80,
    )
)
def test_every_span_lies_in_the_text_whatever_is_typed(text: str) -> None:
    reading = READER.read(text, DAY)
    _inside(reading)
    assert reading == READER.read(text, DAY)


def _inside(reading: Reading) -> None:
    spans = [f.span for f in (*reading.findings, *reading.set_aside)]
    spans += [m.span for m in reading.maybe if m.span] + ([reading.consent.span] if reading.consent.span else [])
    assert all(0 <= span.start <= span.end <= len(reading.text) for span in spans)


def _numbers(reading: Reading) -> list[float]:
    leanings = reading.leanings
    found = [*leanings.coordination.values(), *leanings.weight.values(), *leanings.fields.values()]
    found += [f.score for f in (*reading.findings, *reading.set_aside)] + [m.score for m in reading.maybe]
    return [*found, leanings.urgent or 0.0, reading.consent.score]


def test_training_is_no_part_of_the_running_product() -> None:
    folder = Path(__file__).parents[3] / "knowledge" / "reading"
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*.py")]
    assert not any("knowledge.training" in text.replace("knowledge/training", "") for text in texts)
