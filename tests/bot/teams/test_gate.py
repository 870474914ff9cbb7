"""Work gives way to those who are being taken in, one piece at a time, and never for ever."""

from __future__ import annotations

import threading

from bot.teams.gate import Gate


def test_work_waits_until_nobody_is_being_taken_in() -> None:
    gate, begun = Gate(patience=30.0), threading.Event()

    def work() -> None:
        with gate:
            begun.set()

    with gate.taking_in():
        thread = threading.Thread(target=work)
        thread.start()
        assert not begun.wait(0.05)
    assert begun.wait(10)
    thread.join(10)


def test_however_many_come_work_goes_on() -> None:
    gate = Gate(patience=0.01)
    with gate.taking_in(), gate:
        gate.give_way()


def test_work_within_work_does_not_wait_for_itself() -> None:
    gate, done = Gate(patience=0.0), []
    with gate:
        with gate:
            done.append("inner")
        done.append("outer")
    with gate:
        done.append("again")
    assert done == ["inner", "outer", "again"]


def test_one_piece_of_work_at_a_time() -> None:
    gate, inside, most = Gate(patience=0.0), [0], [0]

    def work() -> None:
        for _ in range(50):
            with gate:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(10)
    assert most == [1]


def test_an_error_lets_the_next_one_in() -> None:
    gate = Gate(patience=0.0)
    for _ in range(2):
        try:
            with gate:
                raise ValueError
        except ValueError:
            pass
    with gate:
        pass
