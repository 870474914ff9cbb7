"""The outbox: one key once, one claimer at a time, every attempt on record."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from routing.errors import StoreError

KEY = "nudge:c-1:1"
MINUTE = timedelta(minutes=1)


def put(store: Any, *messages: Any) -> None:
    with store.unit() as unit:
        assert all(unit.outbox.put(message) for message in messages)
        unit.commit()


def claim(store: Any, at: Any, limit: int = 10) -> list[Any]:
    with store.unit() as unit:
        claimed = unit.outbox.claim(at, 60, limit)
        unit.commit()
    return list(claimed)


def tell(store: Any, what: str, *about: Any) -> None:
    with store.unit() as unit:
        getattr(unit.outbox, what)(*about)
        unit.commit()


def test_a_key_is_taken_for_ever_even_after_the_message_left(store: Any, some: Any) -> None:
    put(store, some.message())
    with store.unit() as unit:
        assert not unit.outbox.put(some.message(payload="other"))
        assert unit.outbox.put(some.message(key="another"))  # the refusal spoiled nothing
    claim(store, some.morning)
    tell(store, "sent", KEY, some.morning, "ts1")
    with store.unit() as unit:
        assert not unit.outbox.put(some.message())


def test_a_message_waits_for_its_time_and_the_oldest_leave_first(store: Any, some: Any) -> None:
    times = {"late": 2, "early": 0, "middle": 1, "far": 9}
    put(store, *(some.message(key=key, not_before=some.morning + n * MINUTE) for key, n in times.items()))
    with store.unit() as unit:
        assert [each.key for each in unit.outbox.claim(some.morning + 2 * MINUTE, 60, 2)] == ["early", "middle"]
        assert [each.key for each in unit.outbox.claim(some.morning + 2 * MINUTE, 60, 2)] == ["late"]


def test_a_leased_message_comes_back_only_after_the_lease_ran_out(store: Any, some: Any) -> None:
    put(store, some.message())
    assert [each.attempts for each in claim(store, some.morning)] == [1]
    assert claim(store, some.morning + timedelta(seconds=59)) == []
    assert [each.attempts for each in claim(store, some.morning + timedelta(seconds=60))] == [2]


def test_a_claim_that_was_not_committed_leases_nothing(store: Any, some: Any) -> None:
    put(store, some.message())
    with store.unit() as unit:
        assert unit.outbox.claim(some.morning, 60, 10)
    assert [each.attempts for each in claim(store, some.morning)] == [1]


def test_a_sent_message_never_comes_back(store: Any, some: Any) -> None:
    put(store, some.message())
    claim(store, some.morning)
    tell(store, "sent", KEY, some.morning, "ts1")
    tell(store, "failed", KEY, some.morning, "another sender was late", some.morning)
    assert claim(store, some.morning + timedelta(days=365)) == []


def test_a_failed_message_comes_back_when_it_was_told_to(store: Any, some: Any) -> None:
    put(store, some.message())
    claim(store, some.morning)
    tell(store, "failed", KEY, some.morning, "503", some.morning + 5 * MINUTE)
    assert claim(store, some.morning + 4 * MINUTE) == []
    assert [each.attempts for each in claim(store, some.morning + 5 * MINUTE)] == [2]


def test_a_message_that_was_given_up_never_comes_back(store: Any, some: Any) -> None:
    put(store, some.message())
    claim(store, some.morning)
    tell(store, "failed", KEY, some.morning, "no such channel", None)
    assert claim(store, some.morning + timedelta(days=365)) == []


def test_every_attempt_is_on_record_also_the_one_whose_sender_died(store: Any, place: Any, some: Any) -> None:
    put(store, some.message())
    claim(store, some.morning)  # dies
    claim(store, some.morning + 2 * MINUTE)
    tell(store, "failed", KEY, some.morning + 2 * MINUTE, "503", some.morning + 3 * MINUTE)
    claim(store, some.morning + 3 * MINUTE)
    tell(store, "sent", KEY, some.morning + 3 * MINUTE, "ts1")
    assert place.sql("SELECT key, number, outcome, why FROM outbox_attempt ORDER BY id") == [
        (KEY, 1, "claimed", ""),
        (KEY, 2, "claimed", ""),
        (KEY, 2, "failed", "503"),
        (KEY, 3, "claimed", ""),
        (KEY, 3, "sent", ""),
    ]
    assert place.sql("SELECT state, receipt, attempts, leased_until FROM outbox") == [("sent", "ts1", 3, None)]


def test_an_unknown_key_cannot_be_reported_on(store: Any, some: Any) -> None:
    with store.unit() as unit, pytest.raises(StoreError, match="nothing-like-it"):
        unit.outbox.sent("nothing-like-it", some.morning, "")
    with store.unit() as unit, pytest.raises(StoreError, match="nothing-like-it"):
        unit.outbox.failed("nothing-like-it", some.morning, "", None)


def test_claimers_at_the_same_time_never_share_a_message(store: Any, some: Any) -> None:
    keys = [f"k{n:03d}" for n in range(100)]
    put(store, *(some.message(key=key) for key in keys))

    def work(_: int) -> list[str]:
        mine: list[str] = []
        while claimed := claim(store, some.morning, 7):
            mine += [each.key for each in claimed]
        return mine

    with ThreadPoolExecutor(4) as pool:
        taken = [key for mine in pool.map(work, range(4)) for key in mine]
    assert sorted(taken) == keys


@pytest.mark.parametrize("empty_place", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_two_open_claims_on_postgresql_do_not_wait_for_each_other(store: Any, some: Any) -> None:
    put(store, some.message(key="a"), some.message(key="b"))
    with store.unit() as first, store.unit() as second:
        assert [each.key for each in first.outbox.claim(some.morning, 60, 1)] == ["a"]
        assert [each.key for each in second.outbox.claim(some.morning, 60, 2)] == ["b"]


def test_thousands_of_messages_can_be_claimed_at_once(store: Any, some: Any) -> None:
    put(store, *(some.message(key=f"k{n:04d}") for n in range(2500)))
    assert len(claim(store, some.morning, 3000)) == 2500
