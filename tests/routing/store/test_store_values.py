"""What is put into the store comes out of it, on both databases."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.cases import Case, CaseStatus, Confirmation, EventKind
from routing.ports import Identity
from routing.store import NaiveDatetime

TOKYO = timezone(timedelta(hours=9))
NAIVE = datetime(2026, 4, 1, 9, 30)


def test_a_turn_comes_back_as_it_was_stored(store: Any, some: Any) -> None:
    turns = [some.turn(), some.turn(message="m2", kind="choice", masked="はい", raw="")]
    with store.unit() as unit:
        assert [unit.turns.add(turn) for turn in turns] == [True, True]
        unit.commit()
    with store.unit(reading=True) as unit:
        assert unit.turns.of("web:1") == turns
        assert unit.turns.of("web:2") == []


def test_a_dialogue_comes_back_as_it_was_stored(store: Any, some: Any) -> None:
    with store.unit() as unit:
        written = unit.dialogues.put(some.dialogue())
        unit.commit()
    assert written == some.dialogue(version=1)
    with store.unit(reading=True) as unit:
        assert unit.dialogues.get("web:1") == written
        assert unit.dialogues.get("web:2") is None


def test_a_case_and_its_events_come_back_as_they_were_stored(store: Any, some: Any) -> None:
    events = [some.event(kind=kind, data={"number": "MH-2026-0001"}) for kind in EventKind]
    with store.unit() as unit:
        written = unit.cases.add(some.case(), events)
        unit.commit()
    assert written == some.case(version=1)
    with store.unit(reading=True) as unit:
        assert unit.cases.get("c-1") == unit.cases.by_number("MH-2026-0001") == written
        assert unit.cases.events("c-1") == events
        assert unit.cases.get("c-2") is unit.cases.by_number("c-1") is None
        assert unit.cases.events("c-2") == []


def test_a_case_without_meeting_and_sheet_comes_back_closed(store: Any, some: Any) -> None:
    decided = Confirmation("single_window", None, (), "clerk-7", some.morning)
    case = some.case(confirmation=decided, sheet={}, status=CaseStatus.CLOSED)
    with store.unit() as unit:
        unit.cases.add(case, ())
        assert unit.cases.get("c-1") == some.case(confirmation=decided, sheet={}, status=CaseStatus.CLOSED, version=1)


def test_an_identity_comes_back_and_can_be_replaced(store: Any, some: Any) -> None:
    with store.unit() as unit:
        unit.cases.add(some.case(), ())
        assert unit.identities.get("c-1") == Identity()
        unit.identities.put("c-1", some.identity())
        assert unit.identities.get("c-1") == some.identity()
        unit.identities.put("c-1", some.identity(items={}))
        unit.commit()
    with store.unit(reading=True) as unit:
        assert unit.identities.get("c-1") == some.identity(items={})


def test_a_message_comes_back_as_it_was_stored(store: Any, some: Any) -> None:
    with store.unit() as unit:
        assert unit.outbox.put(some.message())
        assert unit.outbox.claim(some.morning, 60, 10) == [some.message(attempts=1)]


def test_a_moment_in_tokyo_comes_back_as_the_same_moment_in_utc(store: Any, some: Any) -> None:
    tokyo = datetime(2026, 4, 1, 9, 30, 0, 123456, tzinfo=TOKYO)
    with store.unit() as unit:
        unit.turns.add(some.turn(received_at=tokyo))
        (turn,) = unit.turns.of("web:1")
    assert turn.received_at == tokyo
    assert turn.received_at.tzinfo is UTC


def test_a_moment_without_zone_is_refused_everywhere(store: Any, some: Any) -> None:
    decided = Confirmation("single_window", None, (), "clerk-7", NAIVE)
    attempts = (
        lambda unit: unit.turns.add(some.turn(received_at=NAIVE)),
        lambda unit: unit.dialogues.put(some.dialogue(updated_at=NAIVE)),
        lambda unit: unit.cases.add(some.case(opened_at=NAIVE), ()),
        lambda unit: unit.cases.add(some.case(confirmation=decided), ()),
        lambda unit: unit.cases.add(some.case(), [some.event(at=NAIVE)]),
        lambda unit: unit.outbox.put(some.message(not_before=NAIVE)),
        lambda unit: unit.outbox.claim(NAIVE, 60, 1),
        lambda unit: (unit.outbox.put(some.message()), unit.outbox.sent("nudge:c-1:1", NAIVE, "")),
    )
    for attempt in attempts:
        with store.unit() as unit, pytest.raises(NaiveDatetime):
            attempt(unit)


def test_what_no_database_can_hold_is_replaced_and_still_found(store: Any, some: Any) -> None:
    strange, replaced = "a\x00b\udc80c", "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"
    with store.unit() as unit:
        unit.turns.add(some.turn(conversation=strange, masked=strange, raw=strange))
        assert unit.turns.of(strange) == [some.turn(conversation=replaced, masked=replaced, raw=replaced)]
        case = unit.cases.add(some.case(id=strange, sheet={strange: strange}), [some.event(data={"x": strange})])
        assert case == some.case(id=replaced, sheet={replaced: replaced}, version=1) == unit.cases.get(strange)
        assert unit.cases.events(strange) == [some.event(data={"x": replaced})]
        unit.identities.put(strange, Identity({"name": strange}, strange))
        assert unit.identities.get(strange) == Identity({"name": replaced}, replaced)
        unit.commit()


texts = st.text(st.characters(codec=None, exclude_categories=()), max_size=30) | st.sampled_from(
    ["𠮷野家", "👨‍👩‍👧", "ｶﾞ", "'; --"]
)
moments = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC) | st.just(TOKYO))
confirmations = st.builds(
    Confirmation, texts, st.none() | texts, st.lists(texts).map(tuple), texts, moments, st.booleans(), texts
)
case_values = st.builds(
    Case,
    **{each.name: texts for each in fields(Case) if each.type == "str"},
    on=st.dates(date(1, 1, 1), date(9999, 12, 31)),
    opened_at=moments,
    confirmation=confirmations,
    sheet=st.dictionaries(texts, texts, max_size=4),
    status=st.sampled_from(CaseStatus),
    version=st.just(0),
)


def readable(value: Any) -> Any:
    """The same value with U+FFFD for NUL and lone surrogates, written independently of the store."""
    if type(value) is str:
        return "".join("\N{REPLACEMENT CHARACTER}" if c == "\0" or 0xD800 <= ord(c) < 0xE000 else c for c in value)
    if isinstance(value, dict):
        return {readable(key): readable(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(map(readable, value))
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(**{each.name: readable(getattr(value, each.name)) for each in fields(value)})
    return value


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=case_values)
def test_any_case_comes_back_whatever_people_type(store: Any, case: Case) -> None:
    with store.unit() as unit:  # never committed: every example starts empty
        written = unit.cases.add(case, ())
        expected = readable(case)
        assert unit.cases.get(case.id) == unit.cases.by_number(case.number) == written
        assert written == type(expected)(
            **{**{f.name: getattr(expected, f.name) for f in fields(expected)}, "version": 1}
        )
