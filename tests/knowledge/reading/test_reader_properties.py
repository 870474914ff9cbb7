"""What holds for any text: spans lie in it, nothing is raised, what stands in front and the order of rows change nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from knowledge.load import load
from knowledge.reading.identity import find_identity, mask
from knowledge.reading.measure import messages
from knowledge.reading.model import Finding, Reading, Span
from knowledge.reading.morphology import tokenize
from knowledge.reading.reader import LONGEST, Reader
from knowledge.text import fold, tidy
from tests.knowledge.reading.days import DAY
from tests.knowledge.reading.odd_texts import odd_texts

FUZZED, SEED = 20_000, 20261121
ODD = st.integers(0, 10**9).map(lambda seed: next(odd_texts(random.Random(seed), 1, longest=120)))
ANY = st.one_of(st.text(max_size=200), st.text(st.characters(codec=None), max_size=60), ODD)
UNRELATED = ("窓口は九時からです。", "雨の中を来庁。\n", "昨日の電話の続き。", "メモを書き直した。")


@lru_cache(maxsize=2)
def reader(rules_only: bool = True) -> Reader:
    return Reader(load("okinawa"), rules_only=rules_only)


def spans(reading: Reading) -> Iterator[Span]:
    findings = (*reading.findings, *reading.set_aside)
    yield from (f.span for f in findings)
    yield from (f.cue for f in findings if f.cue)
    yield from (s for f in findings for s in f.also)
    yield from (m.span for m in reading.maybe if m.span)
    yield from (m.span for m in reading.members if m.span)
    yield from (p.span for p in reading.places)
    yield from (a.span for a in reading.agencies)
    yield from (m.span for m in reading.identity)
    yield from (s.span for s in reading.signals)
    yield from (span for _, span in reading.urgency.reasons if span)
    yield from (span for span in (reading.consent.span, reading.urgency.deadline) if span)


@settings(deadline=None)
@given(ANY)
@example("氏名: 福祉太郎 ㍼18年3月3日生、電話は０９０（１２３４）５６７８")
def test_masking_alone_hides_what_reading_finds(text: str) -> None:
    whole = reader()
    assert whole.masked(text) == mask(text, whole.read(text, DAY).identity)


def check(text: str, reading: Reading) -> None:
    assert reading.text == text
    for span in spans(reading):
        assert 0 <= span.start <= span.end <= len(text)


@given(ANY)
@example("㌔㌔㈱㈱ひきこもり㍻")
@example("か\u3099か\u3099ハ\u309aチンコ借金")
@example("\ud800借金\udfff")
@example("")
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_the_full_reader(text: str) -> None:
    check(text, reader(False).read(text, DAY))


@pytest.mark.parametrize("text", [
    "借金" * 3_000, "あ" * 50_000, "\n" * 30_000, "母が" * 9_000 + "認知症", "。" * 20_001, "1" * 25_000, "-" * 21_000, "(" * 20_000,
    "一" * 20_000, "東町" * 8_000, "a@" * 10_000, "０９０" * 7_000, "丁目" * 8_000 + "1-2", "ない" * 10_000, "\u3099" * 20_000, "😀" * 20_000,
])  # fmt: skip
def test_very_long_texts_are_read_as_far_as_they_are_looked_at(text: str) -> None:
    reading = reader().read(text, DAY)
    check(text, reading)
    assert all(span.end <= LONGEST for span in spans(reading))


def test_twenty_thousand_odd_texts_are_read_by_the_rules() -> None:
    for number, text in enumerate(odd_texts(random.Random(SEED), FUZZED)):
        try:
            check(text, reader().read(text, DAY))
        except Exception as error:
            raise AssertionError(f"odd text {number}: {text!r}") from error


@given(ANY)
@example("カ\x1b\u3099")
@settings(max_examples=200, deadline=None)
def test_normalising_twice_is_once(text: str) -> None:
    tidied = tidy(text)
    assert tidy(tidied.text).text == tidied.text
    folded = fold(tidied)
    assert fold(folded.text).text == folded.text
    assert len(folded.text) == len(folded.starts) == len(folded.ends)


SOME = [m["text"] for m in messages(["w04", "w09", "w22"])][::15]


def later(reading: Reading, by: int) -> list[tuple[object, ...]]:
    def row(f: Finding) -> tuple[object, ...]:
        return f.code, f.span.start - by, f.span.end - by, f.polarity, f.found_by, f.entry

    return [row(f) for f in (*reading.findings, *reading.set_aside)]


@given(st.sampled_from(SOME), st.sampled_from(UNRELATED))
@settings(max_examples=120, deadline=None)
def test_an_unrelated_clause_in_front_changes_no_later_rule_finding(text: str, clause: str) -> None:
    alone, after = (reader().read(t, DAY) for t in (text, clause + text))
    assert later(after, len(clause)) == later(alone, 0)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_pack_rows_changes_nothing(seed: int) -> None:
    catalogue, rng = load("okinawa"), random.Random(seed)

    def shuffled(rows: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(rng.sample(rows, len(rows)))

    other = replace(
        catalogue,
        expressions=shuffled(catalogue.expressions), signals=shuffled(catalogue.signals), scope_cues=shuffled(catalogue.scope_cues),
        relations=dict(shuffled(tuple(catalogue.relations.items()))), areas=dict(shuffled(tuple(catalogue.areas.items()))),
        neighborhoods=dict(shuffled(tuple(catalogue.neighborhoods.items()))),
        agencies=dict(shuffled(tuple(catalogue.agencies.items()))), agency_kinds=dict(shuffled(tuple(catalogue.agency_kinds.items()))),
    )  # fmt: skip
    turned = Reader(other, rules_only=True)
    for text in SOME[::2]:
        assert turned.read(text, DAY) == reader().read(text, DAY)


def test_hardly_anything_but_names_is_taken_for_identity_in_invented_messages() -> None:
    marks = 0
    corpus = list(messages())
    for message in corpus[::4]:
        tidied = tidy(message["text"]).text
        marks += sum(mark.kind.value != "name" for mark in find_identity(tidied, tokenize(tidied)))
    assert marks <= len(corpus[::4]) / 400
