"""A returning household is found by name and birth date together, however they are written; strangers are not."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.dates import birth_date_of
from routing.households import marks_of
from routing.ports import Identity
from routing.use_case import close, former
from tests.routing.handover.town import CLERK, ELDERLY, Town

DATES: list[tuple[str, date | None]] = [
    ("昭和18年3月3日", date(1943, 3, 3)),
    ("昭和１８年３月３日生まれ", date(1943, 3, 3)),
    ("S18.3.3", date(1943, 3, 3)),
    ("Ｓ18．3．3", date(1943, 3, 3)),
    ("s18/03/03", date(1943, 3, 3)),
    ("1943-03-03", date(1943, 3, 3)),
    ("1943年3月3日", date(1943, 3, 3)),
    (" 1943/3/3 ", date(1943, 3, 3)),
    ("令和元年5月1日", date(2019, 5, 1)),
    ("R1.5.1", date(2019, 5, 1)),
    ("平成31年4月30日", date(2019, 4, 30)),
    ("平成31年5月1日", None),
    ("令和元年4月30日", None),
    ("昭和64年1月7日", date(1989, 1, 7)),
    ("昭和64年1月8日", None),
    ("平成元年1月8日", date(1989, 1, 8)),
    ("大正15年12月24日", date(1926, 12, 24)),
    ("昭和元年12月25日", date(1926, 12, 25)),
    ("明治45年7月29日", date(1912, 7, 29)),
    ("平成12年2月29日", date(2000, 2, 29)),
    ("平成13年2月29日", None),
    ("昭和18年13月3日", None),
    ("昭和18年3月", None),
    ("18.3.3", None),
    ("昭和18年3月3日ごろ", None),
    ("80代", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "day"), DATES, ids=[text or "empty" for text, _ in DATES])
def test_a_birth_date_as_people_write_it(text: str, day: date | None) -> None:
    assert birth_date_of(text) == day


SAME = [
    {"name": "三保 トメ", "birth_date": "昭和15年3月3日"},
    {"name": "三保トメ", "birth_date": "S15.3.3"},
    {"name": "三保　トメ", "birth_date": "1940/3/3"},
    {"name": "三保・ﾄﾒ", "birth_date": "１９４０-０３-０３"},
    {"name@母": "三保トメ", "birth_date@母": "昭和15年3月3日"},
]
OTHERS = [
    {"name": "三保トメ"},
    {"birth_date": "昭和15年3月3日"},
    {"name": "三保トメ", "birth_date": "80代"},
    {"name": "三保トメ", "birth_date@母": "昭和15年3月3日"},
    {"name": " 　", "birth_date": "昭和15年3月3日"},
    {"phone": "三保トメ", "birth_date": "昭和15年3月3日"},
]


def test_one_person_written_in_many_ways_has_one_mark() -> None:
    assert len({marks_of(items) for items in SAME}) == 1
    assert len(marks_of(SAME[0])) == 1


@pytest.mark.parametrize("items", OTHERS, ids=str)
def test_a_name_or_a_birth_date_alone_marks_nobody(items: dict[str, str]) -> None:
    assert marks_of(items) == ()


def test_everyone_of_a_household_with_both_has_a_mark() -> None:
    items = {**SAME[0], "name@息子": "三保太郎", "birth_date@息子": "S45.1.1", "name@孫": "三保花"}
    assert len(marks_of(items)) == 2


def test_a_returning_household_is_found_with_who_held_it_also_when_the_case_is_closed(town: Town) -> None:
    first = town.open(by=ELDERLY, identity=Identity(SAME[0], ""))
    town.later(hours=1).do(ELDERLY, first, close, "settled")
    stranger = town.later(hours=1).open(identity=Identity({**SAME[0], "birth_date": "昭和15年3月4日"}, ""))
    again = town.later(hours=1).open(by=CLERK, identity=Identity(SAME[2], ""))
    with town.store.unit(reading=True) as unit:
        (before,) = former(unit, Identity(SAME[4], ""), but=town.now(again).case.id)
        assert former(unit, Identity({"name": "三保トメ"}, "")) == ()
    assert (before.case.number, before.standing.owner, before.standing.status) == (first, "korei-shien", "closed")
    assert before.case.number != stranger
