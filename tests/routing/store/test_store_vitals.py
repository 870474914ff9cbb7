"""A store says whether it is fit to work with, and how many occurrences stand how, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from routing.errors import KeyMissing, StoreTooNew, StoreTooOld
from routing.store import SqlStore, new_key, open_store
from tests.routing.conftest import Place

MINUTE = timedelta(minutes=1)


def test_a_fit_store_has_nothing_to_complain_of(store: SqlStore) -> None:
    store.check()


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", StoreTooNew),
        ("UPDATE alembic_version SET version_num = '0001'", StoreTooOld),
        ("DROP TABLE beat", StoreTooOld),
    ],
)
def test_a_schema_that_changed_under_a_running_process_is_noticed(
    store: SqlStore, place: Place, statement: str, error: type[Exception]
) -> None:
    place.sql(statement)
    with pytest.raises(error):
        store.check()


def test_a_key_that_fits_no_longer_is_noticed(store: SqlStore, place: Place, key: str) -> None:
    both = open_store(place.url, f"{new_key()},{key}")
    both.rotate_keys()
    both.close()
    with pytest.raises(KeyMissing):
        store.check()


def test_occurrences_and_turns_are_counted_as_they_stand(store: SqlStore, some: Any) -> None:
    now = some.morning
    with store.unit() as unit:
        for key, minutes in (("due", 5), ("late", 11), ("later", -1), ("old", 60 * 25), ("sent", 3), ("lost", 20)):
            unit.outbox.put(some.message(key=key, not_before=now - minutes * MINUTE))
        unit.outbox.sent("sent", now, "ts")
        unit.outbox.obsolete("old", now, "closed")
        (lost,) = [each for each in unit.outbox.claim(now - 19 * MINUTE, 60, 9) if each.key == "lost"]
        unit.outbox.unknown("lost", now - MINUTE, "time-out", now - MINUTE, lost.attempts)
        unit.turns.add(some.turn())
        unit.beats.put("auditor", now)
        unit.commit()
    seen = store.vitals(now, 10 * MINUTE)
    assert (seen.due, seen.late, seen.sending, seen.unknown, seen.waiting_turns) == (2, 1, 0, 1, 1)
    assert {state: n for state, n in seen.last_day.items() if n} == {"waiting": 2, "sent": 1, "unknown": 1}
    assert seen.beats == {"auditor": now}
