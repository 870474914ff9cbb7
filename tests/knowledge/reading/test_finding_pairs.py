"""Pairs that differ in one word: the finding must be there in one text and gone in the other. The pairs are data.

finding_pairs.csv holds what the full reader gets right, finding_pairs_open.csv what it does not yet (a pair that begins
to pass fails here, so that progress shows: then run `python -m tests.knowledge.reading.test_finding_pairs`, which sorts
the pairs into the two files again).
"""

from __future__ import annotations

import csv
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest

from knowledge.load import load
from knowledge.reading.reader import Reader
from tests.knowledge.reading.days import DAY

HERE = Path(__file__).parent
FILES = {True: HERE / "finding_pairs.csv", False: HERE / "finding_pairs_open.csv"}
Pair = dict[str, str]


def _pairs(right: bool) -> list[Pair]:
    with FILES[right].open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


RIGHT, OPEN = _pairs(True), _pairs(False)


@lru_cache(maxsize=1)
def reader() -> Reader:
    return Reader(load("mihon"))


def said(text: str, code: str) -> str:
    """found, offered (「もしかして」) or nothing: mentions that were set aside count as nothing."""
    reading = reader().read(text, DAY)
    if code in {finding.code for finding in reading.findings}:
        return "found"
    return "offered" if code in {maybe.code for maybe in reading.maybe} else "nothing"


def flips(pair: Pair) -> bool:
    """Found or offered in the one text; never found, and said less surely, in the other."""
    with_it, without = said(pair["raised"], pair["code"]), said(pair["not_raised"], pair["code"])
    return (with_it, without) in {("found", "offered"), ("found", "nothing"), ("offered", "nothing")}


def name(pair: Pair) -> str:
    return f"{pair['code']}:{pair['raised']}|{pair['not_raised']}"


@pytest.mark.parametrize("pair", RIGHT, ids=name)
def test_one_word_flips_the_finding(pair: Pair) -> None:
    assert flips(pair)


@pytest.mark.parametrize("pair", [pytest.param(p, marks=pytest.mark.xfail(strict=True), id=name(p)) for p in OPEN])
def test_one_word_does_not_yet_flip_the_finding(pair: Pair) -> None:
    assert flips(pair)


def test_there_are_enough_pairs_of_every_code() -> None:
    codes = Counter(pair["code"] for pair in (*RIGHT, *OPEN))
    assert len(RIGHT) + len(OPEN) >= 450
    assert len(RIGHT) >= 280
    assert set(codes) == set(load("mihon").issues)
    assert min(codes.values()) >= 2


def test_no_pair_stands_twice() -> None:
    assert [
        key
        for key, count in Counter((p["raised"], p["not_raised"], p["code"]) for p in (*RIGHT, *OPEN)).items()
        if count > 1
    ] == []


def _sort() -> None:
    pairs = sorted((*RIGHT, *OPEN), key=lambda pair: tuple(pair.values()))
    sorted_out = {right: [pair for pair in pairs if flips(pair) is right] for right in FILES}
    for right, path in FILES.items():
        with path.open("w", encoding="utf-8", newline="") as lines:
            table = csv.DictWriter(lines, ["code", "construction", "raised", "not_raised"], lineterminator="\n")
            table.writeheader()
            table.writerows(sorted_out[right])
    print(", ".join(f"{path.name}: {len(sorted_out[right])}" for right, path in FILES.items()))


if __name__ == "__main__":
    _sort()
