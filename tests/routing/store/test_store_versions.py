"""Kept versions and overridden cases, on both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from routing.cases import EventKind
from routing.errors import StoreReadOnly


def test_a_version_is_kept_once_under_its_digest(store: Any, some: Any) -> None:
    with store.unit() as unit:
        assert not unit.versions.has("pack", "d1")
        assert unit.versions.get("pack", "d1") is None
        unit.versions.keep("pack", "d1", '{"町": 1}', some.morning)
        unit.versions.keep("pack", "d1", "something else", some.morning)
        unit.versions.keep("policy", "d1", "{}", some.morning)
        unit.commit()
    with store.unit(reading=True) as unit:
        assert unit.versions.has("pack", "d1")
        assert unit.versions.get("pack", "d1") == '{"町": 1}'
        assert unit.versions.get("policy", "d1") == "{}"
        assert not unit.versions.has("pack", "d2")


def test_a_version_stays_only_with_its_unit_of_work(store: Any, some: Any) -> None:
    with store.unit() as unit:
        unit.versions.keep("pack", "d1", "{}", some.morning)
    with store.unit(reading=True) as unit:
        assert not unit.versions.has("pack", "d1")


def test_a_reader_keeps_nothing(store: Any, some: Any) -> None:
    try:
        with store.unit(reading=True) as unit:
            unit.versions.keep("pack", "d1", "{}", some.morning)
            unit.commit()
        raise AssertionError
    except StoreReadOnly:
        pass


def test_overridden_cases_of_a_town_come_in_the_order_of_their_numbers(store: Any, some: Any) -> None:
    def add(unit: Any, n: int, kind: EventKind, pack: str = "mihon") -> None:
        case = some.case(id=f"c-{n}", number=f"MH-{n}", pack=pack)
        unit.cases.add(
            replace(case, confirmation=replace(case.confirmation, overridden=kind is EventKind.OVERRIDDEN)),
            (some.event(kind=kind),),
        )

    with store.unit() as unit:
        add(unit, 3, EventKind.OVERRIDDEN)
        add(unit, 1, EventKind.OVERRIDDEN)
        add(unit, 2, EventKind.CONFIRMED)
        add(unit, 4, EventKind.OVERRIDDEN, "okinawa")
        unit.commit()
    with store.unit(reading=True) as unit:
        assert [case.number for case in unit.cases.with_event("mihon", EventKind.OVERRIDDEN)] == ["MH-1", "MH-3"]
        assert [case.number for case in unit.cases.with_event("mihon", EventKind.OVERRIDDEN, 1)] == ["MH-1"]
        assert unit.cases.with_event("toda", EventKind.OVERRIDDEN) == []
