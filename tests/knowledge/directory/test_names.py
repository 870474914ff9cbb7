"""Names and needs as people type them in 見本市, and what they should find (names.csv).

`ask`: several are offered for a person to choose. `none`: nothing is like it. Otherwise the id that stands first.
"""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from knowledge.catalogue import Agency, Catalogue, MeetingBody
from knowledge.directory import Directory
from knowledge.load import load

with (Path(__file__).parent / "names.csv").open(encoding="utf-8", newline="") as file:
    ROWS = [(row["query"], row["area"], row["expected"]) for row in csv.DictReader(file)]


def records(catalogue: Catalogue) -> list[Agency | MeetingBody]:
    return [*catalogue.agencies.values(), *catalogue.meetings.values()]


@cache
def town() -> Directory:
    return Directory.of(load("mihon"))


@pytest.mark.parametrize(("query", "area", "expected"), ROWS)
def test_a_typed_name_or_need_finds_its_desk(query: str, area: str, expected: str) -> None:
    answer = town().search(query, area=area, on=date(2026, 10, 1))
    found = [match.id for match in answer.matches]
    match expected:
        case "none":
            assert found == []
        case "ask":
            assert answer.tie
        case _:
            assert found[:1] == [expected]
            assert not answer.tie


def test_every_agency_and_meeting_is_found_by_its_own_name() -> None:
    catalogue = load("mihon")
    for record in records(catalogue):
        if record.in_force(date(2026, 10, 1)):
            answer = town().search(record.name, on=date(2026, 10, 1))
            assert answer.matches[0].id == record.id
            assert not answer.tie


def test_every_alias_finds_its_owner_among_the_offered() -> None:
    catalogue = load("mihon")
    for record in records(catalogue):
        for alias in record.aliases if record.in_force(date(2026, 10, 1)) else ():
            assert record.id in [match.id for match in town().search(alias, on=date(2026, 10, 1)).matches], alias
