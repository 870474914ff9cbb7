"""Who works on the processor: one at a time, after those to be answered, and never kept out by one who waits for the store."""

from __future__ import annotations

import threading
from time import monotonic

from bot.gate import Gate


def beside(do: object) -> threading.Thread:
    made = threading.Thread(target=do, daemon=True)  # type: ignore[arg-type]
    made.start()
    return made


def test_one_at_a_time() -> None:
    gate, inside, most = Gate(patience=30), [0], [0]

    def work() -> None:
        for _ in range(50):
            with gate:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1

    for thread in [beside(work) for _ in range(8)]:
        thread.join(20)
    assert most == [1]


def test_who_is_inside_may_enter_again() -> None:
    gate = Gate(patience=30)
    with gate, gate:
        pass
    done = threading.Event()

    def enter() -> None:
        with gate:
            done.set()

    beside(enter)
    assert done.wait(10)


def test_somebody_goes_in_beside_one_who_takes_long() -> None:
    gate, leave, came = Gate(patience=0.05), threading.Event(), threading.Event()

    def long() -> None:
        with gate:
            leave.wait(20)

    def next_one() -> None:
        with gate:
            came.set()

    first = beside(long)
    beside(next_one)
    assert came.wait(10)
    leave.set()
    first.join(10)
    with gate:
        pass


def test_those_to_be_answered_go_first_but_not_for_ever() -> None:
    gate, order = Gate(polite=5.0), []

    def work() -> None:
        with gate:
            order.append("worked")

    with gate.answering():
        thread = beside(work)
        thread.join(0.05)
        order.append("answered")
    thread.join(10)
    assert order == ["answered", "worked"]
    hasty = Gate(polite=0.01)
    begun = monotonic()
    with hasty.answering(), hasty:
        assert monotonic() - begun < 5


def test_an_error_lets_the_next_one_in() -> None:
    gate = Gate(patience=30)
    for _ in range(2):
        try:
            with gate:
                raise ValueError
        except ValueError:
            pass
    with gate:
        pass
