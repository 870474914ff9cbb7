"""Pairs that differ in one word: whether a mention holds must differ with it. The pairs are data (scope_pairs.csv)."""

import csv
from collections import Counter, defaultdict
from functools import lru_cache
from pathlib import Path

import pytest

from knowledge.load import load
from knowledge.reading.members import MemberReader
from knowledge.reading.model import Polarity
from knowledge.reading.scope import Scope
from knowledge.text import tidy
from tests.knowledge.reading.days import DAY

with (Path(__file__).parent / "scope_pairs.csv").open(encoding="utf-8") as lines:
    PAIRS = list(csv.DictReader(lines))


@lru_cache(maxsize=1)
def readers() -> tuple[Scope, MemberReader]:
    catalogue = load("national")
    return Scope(catalogue.scope_cues), MemberReader(catalogue.relations.values())


def polarity(text: str, words: str, said: Polarity = Polarity.PRESENT) -> Polarity:
    scope, members = readers()
    tidied = tidy(text).text
    start = tidied.index(words)
    return scope.of(tidied, start, start + len(words), said, members.read(tidied, DAY)[1]).polarity


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair['text']}:{pair['code_words']}")
def test_pair(pair):
    assert polarity(pair["text"], pair["code_words"]) == pair["polarity"], pair["note"]


def test_every_construction_is_seen_from_both_sides():
    by_note = defaultdict(set)
    for pair in PAIRS:
        by_note[pair["note"]].add(pair["polarity"])
    assert {note for note, seen in by_note.items() if len(seen) < 2 and "同じ字" not in note} <= {
        "否定の届く所は文と「が、」まで"
    }


def test_no_pair_stands_twice():
    assert [key for key, count in Counter((p["text"], p["code_words"]) for p in PAIRS).items() if count > 1] == []


@pytest.mark.parametrize("said", [Polarity.PRESENT, Polarity.SUSPECTED])
def test_without_a_cue_a_mention_stays_what_its_own_words_say(said):
    assert polarity("母は認知症", "認知症", said) is said


@pytest.mark.parametrize("said", [Polarity.PRESENT, Polarity.SUSPECTED])
def test_a_double_negation_gives_back_what_the_words_say(said):
    assert polarity("お金に困っていないわけではない", "困って", said) is said


def test_the_words_that_decided_are_told():
    scope, members = readers()
    text = "借金はありません"
    scoped = scope.of(text, 0, 2, Polarity.PRESENT, members.read(text, DAY)[1])
    assert scoped.cue is not None
    assert scoped.cue.of(text) == "はありません"


def test_the_order_of_the_cues_changes_nothing():
    cues = load("national").scope_cues
    forward, backward = Scope(cues), Scope(tuple(reversed(cues)))
    for pair in PAIRS:
        text = tidy(pair["text"]).text
        start = text.index(pair["code_words"])
        end = start + len(pair["code_words"])
        first, second = (s.of(text, start, end, Polarity.PRESENT, ()).polarity for s in (forward, backward))
        assert first is second


@pytest.mark.parametrize("text", ["", "。", "ない", "借金" * 2000 + "はない"])
def test_any_place_of_any_text_can_be_asked(text):
    scope, _ = readers()
    assert scope.of(text, 0, min(2, len(text)), Polarity.PRESENT, ()).polarity in Polarity
