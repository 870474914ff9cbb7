"""A new row of the expression tables is tried before it harms anybody."""

from __future__ import annotations

from functools import lru_cache

import pytest

from knowledge.errors import KnowledgeError
from knowledge.load import load
from knowledge.reading.row_cells import RowError, parse_rows
from knowledge.reading.rows import RowBench

CODES = ("debt", "dementia", "child_abuse")


def message(text: str, *issues: str, ok: tuple[str, ...] = (), traps: tuple[str, ...] = ()) -> dict[str, object]:
    return {"text": text, "issues": list(issues), "ok_issues": list(ok), "not_issues": list(traps)}


CORPUS = [
    message("父がほげ丸に手を出した", "debt"),
    message("母もほげ丸で困っている", "debt"),
    message("ほげ丸ではありません", traps=("debt",)),
    message("祭りでほげ丸を見た", traps=("debt",)),
    message("ほげ丸の帽子", ok=("debt",)),
    message("弟がほげ丸で借金を作った", "debt"),
    message("何でもない"),
]


@lru_cache(maxsize=1)
def bench() -> RowBench:
    return RowBench(load("national"), CORPUS, CORPUS[:2])


def test_a_row_says_what_it_would_change() -> None:
    (row,) = parse_rows(["debt,phrase,ほげ丸"], CODES)
    trial = bench().trial(row)
    assert trial.corpus.all == {"right": 3, "okay": 1, "trapped": 1}
    assert trial.corpus.new["right"] == 2  # the third is already found by 借金
    assert trial.corpus.aside == 1
    assert trial.corpus.wrong_in == ("祭りでほげ丸を見た",)
    assert trial.corpus.precision == 0.75
    assert not trial.passes
    assert trial.dev.all["right"] == 2
    assert not trial.known


def test_a_weak_row_has_a_lower_bar() -> None:
    (row,) = parse_rows(["debt,phrase,ほげ丸,present,weak"], CODES)
    assert bench().trial(row).passes


def test_a_row_without_any_hit_does_not_pass() -> None:
    (row,) = parse_rows(["debt,phrase,ふが太郎"], CODES)
    trial = bench().trial(row)
    assert trial.corpus.precision is None
    assert not trial.passes


def test_a_row_that_stands_in_the_tables_is_compared_with_its_absence() -> None:
    entry = next(e for e in load("national").expressions if e.target == "debt" and "借金" in e.pattern)
    trial = bench().trial(entry)
    assert trial.known


def test_rows_over_dictionary_forms_are_tried_too() -> None:
    rows = parse_rows(["debt,lemma,手 出す", "child_abuse,slot,作る @child"], CODES)
    assert [bench().trial(row).corpus.all["right"] for row in rows] == [1, 0]


def test_every_row_of_a_code_with_what_it_does() -> None:
    rows = bench().rows("debt")
    assert {entry.target for entry, _ in rows} == {"debt"}
    assert any(row.right for entry, row in rows if "借金" in entry.pattern)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("debt,phrase", "三つが要ります"),
        ("dept,phrase,借金", "使える値: child_abuse; debt; dementia"),
        ("debt,word,借金", "使える値: phrase; regex; lemma; slot"),
        ("debt,phrase,借金,maybe", "使える値: present; suspected"),
        ("debt,phrase,借金,present,strong", "使える値: firm; weak"),
        ("debt,phrase,", "表現がありません"),
        ("debt,regex,(借金", "正規表現として読めません"),
        ("debt,phrase,…借金", "言葉が要り"),
        ("debt,slot,殴る", "slot は最後に"),
    ],
)
def test_a_row_that_cannot_be_tried_is_said_with_what_is_allowed(line: str, said: str) -> None:
    with pytest.raises(KnowledgeError, match=said):
        parse_rows([line], CODES)


def test_header_and_empty_lines_are_skipped() -> None:
    assert len(parse_rows(["target,kind,pattern", "", "debt,phrase,借金", ",,"], CODES)) == 1
    assert issubclass(RowError, KnowledgeError)
