"""Occurrences and their lanes: one message per address and gap, a fence for every claim, and doubt that must be cleared."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from routing.outgoing import Lease, Line, Outcome, State

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
LEASE = Lease("replica-a", MINUTE, 50)
OTHER = Lease("replica-b", MINUTE, 50)
KEY = "nudge:c-1:1"


def put(store: Any, *messages: Any, lane: str = "") -> None:
    with store.unit() as unit:
        assert unit.outbox.put_all(messages) == len(messages)
        if lane:
            unit.outbox.route({message.key: ("slack", lane) for message in messages})
        unit.commit()


def claim(store: Any, at: Any, lease: Lease = LEASE) -> list[Any]:
    with store.unit() as unit:
        taken = unit.outbox.claim_lanes(at, lease, SECOND)
        unit.commit()
    return list(taken)


def doubtful(store: Any, at: Any, lease: Lease = OTHER) -> list[Any]:
    with store.unit() as unit:
        taken = unit.outbox.claim_doubtful(at, lease)
        unit.commit()
    return list(taken)


def mark(store: Any, how: str, *about: Any) -> bool:
    with store.unit() as unit:
        counted = getattr(unit.outbox, how)(*about)
        unit.commit()
    return bool(counted)


def state(store: Any, key: str = KEY) -> State:
    with store.unit(reading=True) as unit:
        return State(unit.outbox.get(key).state)


def record(store: Any, key: str = KEY) -> list[Outcome]:
    with store.unit(reading=True) as unit:
        return [attempt.outcome for attempt in unit.outbox.attempts(key)]


def test_an_address_is_written_to_once_per_gap_oldest_first(store: Any, some: Any) -> None:
    put(store, *(some.message(key=f"a{n}", not_before=some.morning - n * MINUTE) for n in range(3)), lane="A")
    put(store, some.message(key="b"), lane="B")
    assert {m.key for m in claim(store, some.morning)} == {"a2", "b"}
    assert claim(store, some.morning + timedelta(milliseconds=999)) == []
    assert [m.key for m in claim(store, some.morning + SECOND)] == ["a1"]
    assert [m.key for m in claim(store, some.morning + 2 * SECOND)] == ["a0"]
    assert claim(store, some.morning + 3 * SECOND) == []


def test_a_message_without_an_address_waits_for_one(store: Any, some: Any) -> None:
    put(store, some.message())
    assert claim(store, some.morning) == []
    with store.unit() as unit:
        assert [m.key for m in unit.outbox.unrouted(some.morning, 10)] == [KEY]
        assert unit.outbox.unrouted(some.morning - SECOND, 10) == []
        unit.outbox.route({KEY: ("slack", "A")})
        assert unit.outbox.unrouted(some.morning, 10) == []
        unit.commit()
    (taken,) = claim(store, some.morning)
    assert (taken.surface, taken.address, taken.attempts, taken.doubt) == ("slack", "A", 1, False)


def test_an_address_that_asked_for_a_rest_holds_up_nobody_else(store: Any, some: Any) -> None:
    put(store, some.message(key="a"), lane="A")
    put(store, some.message(key="b"), lane="B")
    with store.unit() as unit:
        unit.outbox.hold("slack", "A", some.morning + MINUTE)
        unit.outbox.hold("slack", "A", some.morning + SECOND)  # a shorter rest ends no longer one
        unit.commit()
    assert [m.key for m in claim(store, some.morning)] == ["b"]
    assert claim(store, some.morning + 59 * SECOND) == []
    assert [m.key for m in claim(store, some.morning + MINUTE)] == ["a"]


def test_who_lost_the_lease_cannot_mark_and_it_is_on_record(store: Any, some: Any) -> None:
    put(store, some.message(), lane="A")
    (first,) = claim(store, some.morning)
    (second,) = doubtful(store, some.morning + MINUTE)
    assert (first.attempts, second.attempts, second.doubt) == (1, 2, True)
    assert not mark(store, "sent", KEY, some.morning + MINUTE, "ts1", first.attempts)
    assert not mark(store, "failed", KEY, some.morning + MINUTE, "503", some.morning, first.attempts)
    assert state(store) is State.SENDING
    assert mark(store, "found", KEY, some.morning + MINUTE, "ts1", second.attempts)
    assert state(store) is State.SENT
    assert record(store) == [Outcome.CLAIMED, Outcome.CLAIMED, Outcome.LATE, Outcome.LATE, Outcome.FOUND]


def test_a_lease_that_ran_out_without_another_claim_may_still_be_marked(store: Any, some: Any) -> None:
    put(store, some.message(), lane="A")
    (mine,) = claim(store, some.morning)
    assert mark(store, "sent", KEY, some.morning + 5 * MINUTE, "ts1", mine.attempts)
    assert doubtful(store, some.morning + 6 * MINUTE) == []


def test_a_dead_senders_message_is_asked_about_before_it_is_sent_again(store: Any, some: Any) -> None:
    put(store, some.message(), lane="A")
    claim(store, some.morning)  # dies
    assert claim(store, some.morning + MINUTE) == []
    (lost,) = doubtful(store, some.morning + MINUTE)
    assert mark(store, "absent", KEY, some.morning + MINUTE, "", lost.attempts)
    (again,) = claim(store, some.morning + MINUTE)
    assert (again.attempts, again.doubt, again.address) == (3, False, "A")


def test_an_unknown_one_waits_for_the_moment_to_ask(store: Any, some: Any) -> None:
    put(store, some.message(), lane="A")
    (mine,) = claim(store, some.morning)
    assert mark(store, "unknown", KEY, some.morning, "time-out", some.morning + MINUTE, mine.attempts)
    assert state(store) is State.UNKNOWN
    assert claim(store, some.morning + 5 * MINUTE) == []
    assert doubtful(store, some.morning + 59 * SECOND) == []
    assert [m.key for m in doubtful(store, some.morning + MINUTE)] == [KEY]


def test_passing_on_reaches_the_next_of_the_chain_and_starts_counting_anew(store: Any, some: Any) -> None:
    put(store, some.message(recipient="person:1", chain=("post:deputy", "agency:team")), lane="A")
    (mine,) = claim(store, some.morning)
    assert (mine.target, mine.is_last) == ("person:1", False)
    assert mark(store, "failed", KEY, some.morning, "503", some.morning, mine.attempts)
    with store.unit() as unit:
        unit.outbox.route({KEY: ("slack", "A")})
        unit.commit()
    (mine,) = claim(store, some.morning + SECOND)
    assert mine.tries == 1
    assert mark(store, "passed_on", KEY, some.morning, "deactivated", mine.attempts)
    with store.unit() as unit:
        (next_,) = unit.outbox.unrouted(some.morning, 10)
        assert unit.outbox.attempts(KEY)[-1].target == "person:1"
    assert (next_.target, next_.tries, next_.address, next_.is_last) == ("post:deputy", 0, "", False)


def test_what_is_final_stays_final_and_says_since_when(store: Any, some: Any) -> None:
    put(store, some.message(key="o"), some.message(key="g"), some.message(key="s"))
    claimed = {m.key: m.attempts for m in _claim_all(store, some.morning)}
    assert mark(store, "obsolete", "o", some.morning, "case closed", claimed["o"])
    assert mark(store, "failed", "g", some.morning, "nobody there", None, claimed["g"])
    assert mark(store, "sent", "s", some.morning, "ts", claimed["s"])
    for key, final in (("o", State.OBSOLETE), ("g", State.GIVEN_UP), ("s", State.SENT)):
        assert not mark(store, "obsolete", key, some.morning + MINUTE, "again")
        with store.unit(reading=True) as unit:
            occurrence = unit.outbox.get(key)
        assert (occurrence.state, occurrence.final_at) == (final, some.morning)
    assert _claim_all(store, some.morning + timedelta(days=1)) == []


def _claim_all(store: Any, at: Any) -> list[Any]:
    with store.unit() as unit:
        taken = unit.outbox.claim(at, 60, 10)
        unit.commit()
    return list(taken)


def test_the_record_says_which_replica_it_was(store: Any, some: Any) -> None:
    put(store, some.message(), lane="A")
    claim(store, some.morning)
    (lost,) = doubtful(store, some.morning + MINUTE)
    mark(store, "absent", KEY, some.morning + MINUTE, "", lost.attempts)
    with store.unit(reading=True) as unit:
        told = [(entry.number, entry.outcome.value, entry.by) for entry in unit.outbox.attempts(KEY)]
    assert told == [(1, "claimed", "replica-a"), (2, "claimed", "replica-b"), (2, "absent", "replica-b")]


def test_the_auditor_finds_what_is_past_due_and_not_final(store: Any, some: Any) -> None:
    put(store, *(some.message(key=f"k{n}", not_before=some.morning - n * MINUTE, about="c-1") for n in range(4)))
    with store.unit() as unit:
        unit.outbox.obsolete("k3", some.morning, "")
        assert unit.outbox.due_count(some.morning) == 3
        assert [each.message.key for each in unit.outbox.late(some.morning, MINUTE)] == ["k2", "k1"]
        assert [each.message.key for each in unit.outbox.late(some.morning, MINUTE, 1)] == ["k2"]
        assert {each.message.key for each in unit.outbox.of_case("c-1")} == {"k0", "k1", "k2", "k3"}
        assert unit.outbox.of_case("") == unit.outbox.of_case("c-2") == []


def test_replicas_at_the_same_time_never_write_to_an_address_twice_in_a_gap(store: Any, some: Any) -> None:
    for lane in "ABCDE":
        put(store, *(some.message(key=f"{lane}{n}") for n in range(8)), lane=lane)

    def work(by: int) -> list[list[str]]:
        rounds = []
        for second in range(8):
            taken = claim(store, some.morning + second * SECOND, Lease(f"r{by}", MINUTE, 50))
            rounds.append([m.key for m in taken])
        return rounds

    with ThreadPoolExecutor(3) as pool:
        each = list(pool.map(work, range(3)))
    taken = [key for rounds in each for keys in rounds for key in keys]
    assert len(taken) == len(set(taken))
    with store.unit(reading=True) as unit:
        for lane in "ABCDE":
            times = [entry.at for n in range(8) for entry in unit.outbox.attempts(f"{lane}{n}")]
            assert len(times) == len(set(times))


def test_ten_thousand_can_be_put_at_once_and_again_without_effect(store: Any, some: Any) -> None:
    many = [some.message(key=f"k{n}") for n in range(2500)]
    with store.unit() as unit:
        assert unit.outbox.put_all(many) == 2500
        assert unit.outbox.put_all([*many, some.message(key="new")]) == 1


@pytest.mark.parametrize("how", ["sent", "found", "failed", "unknown", "absent", "obsolete", "passed_on"])
def test_nothing_can_be_marked_twice_under_one_claim(store: Any, some: Any, how: str) -> None:
    put(store, some.message(chain=("agency:team",)), lane="A")
    (mine,) = claim(store, some.morning)
    later = [some.morning + MINUTE] if how in ("failed", "unknown") else []
    about = (KEY, some.morning, "words", *later, mine.attempts)
    assert mark(store, how, *about)
    assert not mark(store, how, *about)
    assert record(store)[-1] is Outcome.LATE


def test_a_clock_that_was_put_back_leaves_nothing_asleep(store: Any, some: Any) -> None:
    put(store, some.message(key="claimed"), some.message(key="waiting"), lane="A")
    hour_ahead = some.morning + 60 * MINUTE
    assert len(claim(store, hour_ahead)) == 1
    assert [m.key for m in doubtful(store, some.morning)] == ["claimed"]
    assert [m.key for m in claim(store, some.morning)] == ["waiting"]


def test_an_address_at_rest_keeps_its_messages_without_a_failure(store: Any, some: Any) -> None:
    put(store, some.message(), lane="A")
    (mine,) = claim(store, some.morning)
    with store.unit() as unit:
        unit.outbox.hold("slack", "A", some.morning + MINUTE)
        assert unit.outbox.rested(KEY, some.morning, "429", mine.attempts)
        unit.commit()
    assert claim(store, some.morning + 59 * SECOND) == []
    (again,) = claim(store, some.morning + MINUTE)
    assert (again.tries, again.address, again.doubt) == (0, "A", False)


def test_a_line_shares_the_fate_of_its_digest(store: Any, some: Any) -> None:
    day = some.morning.date()
    lines = [Line(f"l{n}", "digest", f"c-{n}", "no_progress", "person:1", day) for n in range(2)]
    put(store, some.message(key="alone", about="c-1"))
    with store.unit() as unit:
        assert unit.outbox.put_digests([(some.message(key="digest", recipient="person:1"), lines)]) == 1
        again = (some.message(key="digest"), [Line("l9", "digest", "c-1", "x", "y", day)])
        assert unit.outbox.put_digests([again]) == 0
        unit.outbox.sent("digest", some.morning, "ts1")
        assert unit.outbox.told(day) == lines
        assert unit.outbox.told(day + timedelta(days=1)) == []
        found = {each.message.key: (each.message.kind, each.state) for each in unit.outbox.of_case("c-1")}
        assert found == {"alone": ("nudge", State.WAITING), "l1": ("no_progress", State.SENT)}
        assert [entry.outcome for entry in unit.outbox.attempts("l1")] == [Outcome.SENT]


def test_a_little_lateness_is_made_up_so_that_the_pace_holds_but_never_in_a_burst(store: Any, some: Any) -> None:
    put(store, *(some.message(key=f"k{n:02d}") for n in range(20)), lane="A")
    at = some.morning
    times = []
    for _ in range(9):  # always 0.2 seconds late
        while not claim(store, at):
            at += timedelta(milliseconds=50)
        times.append(at)
        at += timedelta(milliseconds=200)
    assert times[-1] - times[0] <= 8 * SECOND + timedelta(milliseconds=250)
    assert min(b - a for a, b in zip(times, times[1:], strict=False)) >= 0.75 * SECOND
    late = times[-1] + timedelta(seconds=30)  # nobody was there for a while
    assert claim(store, late)
    assert claim(store, late + timedelta(milliseconds=999)) == []


def test_the_next_turn_is_that_of_an_address_with_a_message(store: Any, some: Any) -> None:
    with store.unit() as unit:
        assert unit.outbox.next_turn(some.morning, LEASE) is None
    put(store, some.message(key="a"), some.message(key="b"), lane="A")
    put(store, some.message(key="c"), lane="C")
    claim(store, some.morning)
    with store.unit(reading=True) as unit:
        assert unit.outbox.next_turn(some.morning, LEASE) == some.morning + SECOND
        assert unit.outbox.next_turn(some.morning, Lease("x", MINUTE, 9, surface="teams")) is None
    claim(store, some.morning + SECOND)
    with store.unit(reading=True) as unit:
        assert unit.outbox.next_turn(some.morning + 9 * SECOND, LEASE) is None


def test_an_address_served_late_catches_up_gently_and_one_that_lay_idle_does_not(store: Any, some: Any) -> None:
    put(store, *(some.message(key=f"k{n:02d}") for n in range(30)), lane="A")

    def served(start: Any, seconds: float) -> list[float]:
        found, at = [], start
        while at < start + seconds * SECOND:
            if claim(store, at):
                found.append((at - start) / SECOND)
            at += timedelta(milliseconds=250)
        return found

    assert served(some.morning, 1) == [0.0]
    assert served(some.morning + 4 * SECOND, 9) == [0, 0.75, 1.5, 2.25, 3, 3.75, 4.5, 5.25, 6, 6.75, 7.5, 8.25]
    assert served(some.morning + 60 * SECOND, 3) == [0, 1, 2]
