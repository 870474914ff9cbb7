"""One digest per person and day, silent when empty, and not the same case again and again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.digest import Caps, Digest, digests, singles, weekly
from routing.outgoing import Line
from routing.progress import Due, Kind, Watched, WorkingDays
from routing.worktime import TOKYO

TODAY = date(2026, 11, 17)
NOW = datetime.combine(TODAY, time(8, 45), TOKYO)
DAYS = WorkingDays(2026)
QUIET = Kind("no_progress", "progress", 10, 10, 3, "owner", rank=1)
ANSWER = Kind("hand_over_unanswered", "asked", 1, 1, 3, "receiver", always=True, rank=0)


def a_due(case: str = "c-1", kind: Kind = QUIET, recipient: str = "person:1", **changes: Any) -> Due:
    watched = Watched(case, case.upper(), {kind.since: NOW - timedelta(days=20)}, {}, changes.pop("subject", ""))
    given_ = {"nth": 0, "day": TODAY, "at": NOW, "chain": ("agency:t",)}
    return Due(kind=kind, watched=watched, recipient=recipient, **{**given_, **changes})


def plan(*found: Due, told: Sequence[Line] = (), caps: Caps | None = None, today: date = TODAY) -> list[Digest]:
    return digests(found, told, caps or Caps(), DAYS, NOW, today)


def cases(digest: Digest) -> list[str]:
    return [line["case_id"] for line in json.loads(digest.message.payload)["lines"]]


def test_everybody_gets_one_digest_and_who_has_nothing_gets_none() -> None:
    first, second = plan(a_due("a"), a_due("b"), a_due("a", recipient="post:2"))
    assert (first.message.recipient, cases(first)) == ("person:1", ["a", "b"])
    assert (second.message.recipient, cases(second)) == ("post:2", ["a"])
    assert first.message.key == "digest:2026-11-17:person:1"
    assert (first.message.not_before, first.message.chain) == (NOW, ("agency:t",))
    assert plan() == []


def test_every_line_is_an_occurrence_of_its_case() -> None:
    (digest,) = plan(a_due("a"), a_due("b", ANSWER, subject="2"))
    assert digest.lines == (
        Line("no_progress:a::2026-11-17:person:1", digest.message.key, "a", "no_progress", "person:1", TODAY),
        Line("hand_over_unanswered:b:2:2026-11-17:person:1", digest.message.key, "b", ANSWER.id, "person:1", TODAY),
    )


def test_of_one_case_the_weightiest_kind_is_told() -> None:
    (digest,) = plan(a_due("a", QUIET), a_due("a", ANSWER))
    assert [line["kind"] for line in json.loads(digest.message.payload)["lines"]] == ["hand_over_unanswered"]


def test_a_case_that_was_told_of_lately_waits_unless_it_must_not() -> None:
    yesterday = Line("x", "digest:…", "a", "review", "person:1", date(2026, 11, 16))
    assert plan(a_due("a"), told=[yesterday]) == []
    assert len(plan(a_due("a"), told=[yesterday], caps=Caps(days_between=1))) == 1
    assert len(plan(a_due("a", ANSWER), told=[yesterday])) == 1
    assert len(plan(a_due("a", recipient="person:2"), told=[yesterday])) == 1


def test_two_working_days_later_over_a_weekend_it_is_told_again() -> None:
    friday = Line("x", "digest:…", "a", "review", "person:1", date(2026, 11, 13))
    assert plan(a_due("a"), told=[friday], today=date(2026, 11, 16)) == []
    assert len(plan(a_due("a"), told=[friday], today=date(2026, 11, 17))) == 1


def test_what_was_told_is_not_told_again_and_nobody_gets_a_second_digest() -> None:
    (digest,) = plan(a_due("a"))
    assert plan(a_due("a"), a_due("b"), told=digest.lines) == []
    tomorrow = plan(a_due("a", ANSWER), a_due("b"), told=digest.lines, today=date(2026, 11, 18))
    assert [cases(each) for each in tomorrow] == [["a", "b"]]


def test_a_digest_that_would_be_too_long_says_how_many_more_there_are() -> None:
    (digest,) = plan(*(a_due(f"c{n:02d}", day=TODAY - timedelta(days=n)) for n in range(25)), caps=Caps(lines=10))
    payload = json.loads(digest.message.payload)
    assert (len(payload["lines"]), payload["more"], len(digest.lines)) == (10, 15, 10)
    assert cases(digest)[0] == "c24"  # the longest due first


def test_knowledge_entries_are_told_each_by_its_own_name() -> None:
    stale = Kind("knowledge_unverified", "verified", 1, 20, 3, "keeper")
    (digest,) = plan(a_due("", stale, subject="houkatsu"), a_due("", stale, subject="shakyo"))
    assert [line["subject"] for line in json.loads(digest.message.payload)["lines"]] == ["houkatsu", "shakyo"]


def test_what_cannot_wait_leaves_alone_with_the_case_it_is_about() -> None:
    (message,) = singles([a_due("a", ANSWER, at=NOW + timedelta(hours=1))], NOW)
    assert (message.about, message.kind, message.recipient) == ("a", ANSWER.id, "person:1")
    assert (message.not_before, message.chain) == (NOW + timedelta(hours=1), ("agency:t",))
    assert json.loads(message.payload)["case"] == "A"


def test_the_weekly_nudge_goes_to_everybody_once_a_week() -> None:
    first, again = (weekly(["post:1", "post:2"], TODAY, NOW, NOW + timedelta(minutes=n)) for n in range(2))
    assert [message.key for message in first] == [message.key for message in again]
    assert len({message.key for message in first}) == 2


dues = st.lists(
    st.builds(
        a_due,
        st.sampled_from("abcdef"),
        st.sampled_from([QUIET, ANSWER]),
        st.sampled_from(["person:1", "person:2", "post:3"]),
    ),
    max_size=20,
)


@settings(deadline=None)
@given(dues, st.integers(1, 4), st.integers(1, 4))
def test_over_days_nobody_is_told_of_a_case_more_often_than_agreed(found: list[Due], most: int, between: int) -> None:
    told: list[Line] = []
    days = [date(2026, 11, 16) + timedelta(days=n) for n in range(5)]
    for today in days:
        for digest in plan(*found, told=told, caps=Caps(most, between), today=today):
            assert len(digest.lines) <= most
            assert len({line.about for line in digest.lines}) == len(digest.lines)
            told += digest.lines
    assert len({line.key for line in told}) == len(told)
    digests_of = {(line.recipient, line.told_on): line.part_of for line in told}
    assert len(set(digests_of.values())) == len(digests_of)
    for line in told:
        again = [other for other in told if other.about == line.about and other.recipient == line.recipient]
        gaps = [(other.told_on - line.told_on).days for other in again if other.told_on > line.told_on]
        assert all(gap >= between or other.kind == ANSWER.id for gap, other in zip(gaps, again[1:], strict=False))
