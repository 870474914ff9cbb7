"""Units of work: all or nothing, once and not twice, never over what somebody else wrote."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import routing
from routing.errors import StaleWrite, StoreReadOnly, UnknownCase
from routing.store import Patience, open_store

ROOT = Path(routing.__file__).parent.parent


def together(work: Any, times: int = 4) -> list[Any]:
    """Run `work(n)` in `times` threads at once."""
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(work, range(times)))


def test_nothing_stays_without_commit(store: Any, some: Any) -> None:
    with store.unit() as unit:
        unit.turns.add(some.turn())
        unit.cases.add(some.case(), [some.event()])
    with store.unit(reading=True) as unit:
        assert unit.turns.of("web:1") == []
        assert unit.cases.get("c-1") is None


def test_an_error_in_the_block_takes_everything_back(store: Any, some: Any) -> None:
    with pytest.raises(ZeroDivisionError), store.unit() as unit:
        unit.outbox.put(some.message())
        raise ZeroDivisionError
    with store.unit() as unit:
        assert unit.outbox.put(some.message())


def test_only_what_came_before_the_last_commit_stays(store: Any, some: Any) -> None:
    with store.unit() as unit:
        unit.turns.add(some.turn())
        unit.commit()
        unit.turns.add(some.turn(message="m2"))
    with store.unit(reading=True) as unit:
        assert unit.turns.of("web:1") == [some.turn()]


def test_a_message_delivered_twice_is_one_turn_and_spoils_nothing(store: Any, some: Any) -> None:
    with store.unit() as unit:
        assert unit.turns.add(some.turn())
        assert not unit.turns.add(some.turn(raw="違う文"))
        assert unit.turns.add(some.turn(conversation="web:2"))
        unit.dialogues.put(some.dialogue())
        unit.commit()
    with store.unit(reading=True) as unit:
        assert unit.turns.of("web:1") == [some.turn()]
        assert unit.dialogues.get("web:1") is not None


def test_a_message_delivered_to_many_threads_is_one_turn(store: Any, some: Any) -> None:
    assert sorted(together(lambda _: store.store_turn(some.turn()), 8)) == [False] * 7 + [True]


def test_a_turn_stored_alone_is_there_for_everybody(store: Any, some: Any) -> None:
    assert store.store_turn(some.turn())
    assert not store.store_turn(some.turn())
    with store.unit(reading=True) as unit:
        assert unit.turns.of("web:1") == [some.turn()]


def test_turns_come_in_the_order_they_were_stored(store: Any, some: Any) -> None:
    numbers = [str(n) for n in (3, 1, 2)]
    for number in numbers:
        store.store_turn(some.turn(message=number))
    with store.unit(reading=True) as unit:
        assert [turn.message for turn in unit.turns.of("web:1")] == numbers


def test_a_turn_waits_until_its_effects_are_saved_and_is_done_once(store: Any, some: Any) -> None:
    turn = some.turn()
    with store.unit() as unit:
        unit.turns.add(turn)
        unit.commit()
    with store.unit() as unit:
        assert [t.message for t in unit.turns.waiting(turn.conversation)] == [turn.message]
        assert list(unit.turns.unfinished()) == [turn.conversation]
        unit.turns.done(turn.conversation, turn.message, turn.received_at)
    with store.unit() as unit:
        assert len(unit.turns.waiting(turn.conversation)) == 1, "rolled back with everything else"
        unit.turns.done(turn.conversation, turn.message, turn.received_at)
        unit.commit()
    with store.unit() as unit:
        assert not unit.turns.waiting(turn.conversation)
        assert not unit.turns.unfinished()
        with pytest.raises(StaleWrite):
            unit.turns.done(turn.conversation, turn.message, turn.received_at)


def test_a_dialogue_is_not_written_over_what_another_window_wrote(store: Any, some: Any) -> None:
    with store.unit() as unit:
        read = unit.dialogues.put(some.dialogue())
        unit.commit()
    with store.unit() as first:
        assert first.dialogues.put(replace(read, value="first")).version == 2
        first.commit()
    with store.unit() as second, pytest.raises(StaleWrite, match="読み直して"):
        second.dialogues.put(replace(read, value="second"))
    with store.unit() as third, pytest.raises(StaleWrite):
        third.dialogues.put(some.dialogue())
    with store.unit(reading=True) as unit:
        assert unit.dialogues.get("web:1") == replace(read, value="first", version=2)


def test_writers_of_two_processes_who_read_again_when_told_so_lose_nothing(
    store: Any, place: Any, key: str, some: Any
) -> None:
    stores = [store, open_store(place.url, key, Patience(busy_seconds=10.0))]
    with store.unit() as unit:
        unit.dialogues.put(some.dialogue(value="0"))
        unit.commit()

    def count(n: int) -> None:
        done = 0
        while done < 5:
            with stores[n % 2].unit() as unit:
                read = unit.dialogues.get("web:1")
                try:
                    unit.dialogues.put(replace(read, value=str(int(read.value) + 1)))
                except StaleWrite:
                    continue
                unit.commit()
                done += 1

    together(count)
    stores[1].close()
    with store.unit(reading=True) as unit:
        assert unit.dialogues.get("web:1") == some.dialogue(value="20", version=21)


def test_a_case_is_not_written_over_what_a_colleague_wrote(store: Any, some: Any) -> None:
    with store.unit() as unit:
        read = unit.cases.add(some.case(), [some.event()])
        unit.commit()
    with store.unit() as first:
        saved = first.cases.save(
            replace(read, sheet={"a": "1"}), [some.event(actor="first"), some.event(actor="again")]
        )
        first.commit()
    with store.unit() as second, pytest.raises(StaleWrite, match="読み直して"):
        second.cases.save(replace(read, sheet={"a": "2"}), [some.event(actor="second")])
    with store.unit(reading=True) as unit:
        assert unit.cases.get("c-1") == saved == replace(read, sheet={"a": "1"}, version=2)
        assert [event.actor for event in unit.cases.events("c-1")] == ["clerk-7", "first", "again"]


def test_a_case_that_was_never_added_cannot_be_saved(store: Any, some: Any) -> None:
    with store.unit() as unit, pytest.raises(StaleWrite):
        unit.cases.save(some.case(version=1), ())


def test_neither_an_id_nor_a_number_is_used_for_two_cases(store: Any, some: Any) -> None:
    with store.unit() as unit:
        unit.cases.add(some.case(), ())
        with pytest.raises(StaleWrite):
            unit.cases.add(some.case(number="MH-2026-0002"), ())
        with pytest.raises(StaleWrite):
            unit.cases.add(some.case(id="c-2"), ())
        unit.commit()
    with store.unit(reading=True) as unit:
        assert unit.cases.latest(None) == [some.case(version=1)]


def test_an_identity_may_come_before_its_case_but_not_without_it(store: Any, some: Any) -> None:
    with store.unit() as unit:
        unit.identities.put("c-1", some.identity())
        unit.cases.add(some.case(), ())
        unit.commit()
    with pytest.raises(UnknownCase), store.unit() as unit:
        unit.identities.put("c-2", some.identity())
        unit.commit()
    with store.unit(reading=True) as unit:
        assert unit.identities.get("c-1") == some.identity()
        assert unit.identities.get("c-2").items == {}


def test_case_numbers_count_per_prefix_and_year(store: Any) -> None:
    with store.unit() as unit:
        given = [unit.cases.next_number(*who) for who in [("MH", 2026), ("MH", 2026), ("MH", 2027), ("OK", 2026)]]
    assert given == ["MH-2026-0001", "MH-2026-0002", "MH-2027-0001", "OK-2026-0001"]


def test_four_threads_never_get_the_same_case_number(store: Any) -> None:
    def take(_: int) -> list[str]:
        numbers = []
        for _ in range(10):
            with store.unit() as unit:
                numbers.append(unit.cases.next_number("MH", 2026))
                unit.commit()
        return numbers

    given = sorted(sum(together(take), []))
    assert given == [f"MH-2026-{n:04d}" for n in range(1, 41)]


def test_the_latest_cases_come_first_and_can_be_limited_to_one_person(store: Any, some: Any) -> None:
    with store.unit() as unit:
        for n in range(4):
            opened = {"opened_at": some.morning + timedelta(days=n), "opened_by": f"clerk-{n % 2}"}
            unit.cases.add(some.case(id=f"c-{n}", number=f"N{n}", **opened), ())
        assert [case.number for case in unit.cases.latest(None)] == ["N3", "N2", "N1", "N0"]
        assert [case.number for case in unit.cases.latest(None, 2)] == ["N3", "N2"]
        assert [case.number for case in unit.cases.latest("clerk-0")] == ["N2", "N0"]
        assert unit.cases.latest("nobody") == []


def test_a_dialogue_is_found_again_by_its_owner_and_by_its_resume_hash(store: Any, some: Any) -> None:
    with store.unit() as unit:
        for n in range(3):
            at = some.morning + timedelta(hours=n)
            unit.dialogues.put(some.dialogue(conversation=f"w{n}", updated_at=at, resume_hash="h" if n < 2 else ""))
        unit.dialogues.put(some.dialogue(conversation="other", owner="clerk-9", resume_hash=""))
        assert [each.conversation for each in unit.dialogues.of_owner("clerk-7")] == ["w2", "w1", "w0"]
        assert [each.conversation for each in unit.dialogues.of_owner("clerk-7", 1)] == ["w2"]
        assert unit.dialogues.by_resume("h").conversation == "w1"
        assert unit.dialogues.by_resume("") is unit.dialogues.by_resume("x") is None


def test_a_reading_unit_cannot_write(store: Any, some: Any) -> None:
    with pytest.raises(StoreReadOnly), store.unit(reading=True) as unit:
        unit.turns.add(some.turn())
    with store.unit() as unit:  # and the connection it used is not spoiled
        assert unit.turns.add(some.turn())


def test_a_reader_does_not_wait_for_a_writer_and_sees_nothing_half_done(store: Any, some: Any) -> None:
    with store.unit() as writer, store.unit(reading=True) as reader:
        writer.turns.add(some.turn())
        assert reader.turns.of("web:1") == []
        writer.commit()
    with store.unit(reading=True) as reader:
        assert reader.turns.of("web:1") == [some.turn()]


DIES = """
import os, sys
from datetime import UTC, datetime
from routing.ports import OutgoingMessage, StoredTurn
from routing.store import open_store
store = open_store(os.environ["PLACE"], os.environ["KEY"])
now = datetime(2026, 4, 1, tzinfo=UTC)
with store.unit() as unit:
    unit.turns.add(StoredTurn("web:1", "m1", "web", "a", now, "text", "before", "before"))
    unit.commit()
with store.unit() as unit:
    unit.turns.add(StoredTurn("web:1", "m2", "web", "a", now, "text", "after", "after"))
    unit.outbox.put(OutgoingMessage("k", "nudge", "slack", "C", "{}", now, now))
    assert unit.cases.next_number("MH", 2026) == "MH-2026-0001"
    os._exit(9)
"""


def test_a_process_killed_between_writing_and_commit_leaves_nothing(
    place: Any, key: str, store: Any, some: Any
) -> None:
    environment = {**os.environ, "PLACE": place.url, "KEY": key, "PYTHONPATH": str(ROOT)}
    killed = subprocess.run([sys.executable, "-c", DIES], env=environment, check=False, timeout=60)
    assert killed.returncode == 9
    with store.unit() as unit:
        assert [turn.raw for turn in unit.turns.of("web:1")] == ["before"]
        assert unit.outbox.claim(some.morning, 60, 10) == []
        assert unit.cases.next_number("MH", 2026) == "MH-2026-0001"
