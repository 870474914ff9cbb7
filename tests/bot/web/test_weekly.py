"""The weekly nudge from the rounds to a supervisor's inbox: what stands still with a way to open it, its picture, and silence."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.reminding import replica_of
from routing.outgoing import State
from tests.bot.web.conftest import Browser, Clock, House

CENTRE, OFFICE = "hokatsu-higashi", "korei-fukushi"  # the centre lies within the office
POST = "post:co-hokatsu-higashi-supervisor"


def at(day: int, hour: int = 8, minute: int = 45, month: int = 4, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo("Asia/Tokyo"))


def tick(house: House, clock: Clock) -> None:
    replica_of(house.app, clock).rounds.tick()


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def weekly(page: str) -> list[str]:
    return re.findall(r'<article class="card weekly">.*?</article>', page, re.S)


@pytest.fixture
def clerk(house: House) -> Browser:
    return house.browser().stand(CENTRE)


@pytest.fixture
def stuck(clerk: Browser) -> str:
    """A case whose holder says on a Wednesday that it does not move."""
    number = clerk.confirm()
    clerk.do("stuck", number, reason="organisation", text="訪問の手が足りない")
    return number


def boss_of(house: House, agency: str) -> Browser:
    return house.browser().stand(agency, "supervisor")


def test_on_monday_a_supervisor_finds_what_stands_still_and_can_open_it(house: House, stuck: str, clock: Clock) -> None:
    boss = boss_of(house, CENTRE)
    clock.at = at(6, 8, 44)
    tick(house, clock)
    assert weekly(boss.get("/inbox").text) == []
    clock.at = at(6)
    tick(house, clock)
    (card,) = weekly(boss.get("/inbox").text)
    assert "4月6日（月）の週のまとめ" in card
    assert f'href="/cases/{stuck}"' in card
    assert "②機構" in card
    assert "訪問の手が" not in card, "free text stays with the case"
    assert boss.get(f"/cases/{stuck}").status_code == 200
    for _ in range(3):
        tick(house, clock)
    assert len(weekly(boss.get("/inbox").text)) == 1, "told once, however often one looks"


def test_the_card_says_every_figure_of_its_picture_and_the_picture_is_for_its_reader_only(
    house: House, clerk: Browser, stuck: str, clock: Clock
) -> None:
    clock.at = at(6)
    tick(house, clock)
    boss = boss_of(house, CENTRE)
    (card,) = weekly(boss.get("/inbox").text)
    source, alt = re.search(r'<img src="([^"]+)".*?alt="([^"]+)"', card, re.S).groups()  # type: ignore[union-attr]
    assert "新しい案件は0、0、0、0、0、0、0、1" in alt
    for figures in re.findall(r"は([0-9、]+)。", alt):
        assert f": {figures} " in words(card), "the same numbers stand in the card"
    assert "止まったという返事: 0、0、0、0、0、0、0、1 " in words(card)
    picture = boss.get(source)
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["cache-control"] == "no-store"
    assert picture.content.startswith(b"\x89PNG")
    for stranger in (clerk, boss_of(house, "jutaku"), house.browser()):
        assert stranger.get(source).status_code == 404
    assert boss.get(source.replace("2026-04-06", "2026-04-13")).status_code == 404, "no nudge, no picture"
    assert boss.get(source.replace("2026-04-06", "x")).status_code == 404


def test_who_has_nothing_to_look_at_hears_nothing_and_the_record_says_why(
    house: House, stuck: str, clock: Clock
) -> None:
    clock.at = at(6)
    tick(house, clock)
    assert weekly(boss_of(house, "jutaku").get("/inbox").text) == []
    with house.app.store.unit(reading=True) as unit:
        key = "weekly:2026-04-06:post:co-jutaku-supervisor"
        silent, told = unit.outbox.get(key), unit.outbox.get(f"weekly:2026-04-06:{POST}")
        why = unit.outbox.attempts(key)[-1].why
    assert (silent.state, why, told.state) == (State.OBSOLETE, "nothing_to_tell", State.SENT)


def test_what_moved_on_before_it_was_sent_is_not_told(house: House, clerk: Browser, stuck: str, clock: Clock) -> None:
    clock.at = at(6, 8, 40)
    clerk.do("progress", stuck)
    clock.at = at(6)
    tick(house, clock)
    assert weekly(boss_of(house, CENTRE).get("/inbox").text) == []


def test_a_supervisor_of_an_office_reads_one_nudge_that_tells_of_every_desk_within(
    house: House, stuck: str, clock: Clock
) -> None:
    clock.at = at(6)
    tick(house, clock)
    boss = boss_of(house, OFFICE)
    page = boss.get("/inbox").text
    (card,) = weekly(page)
    assert stuck in card
    assert '<span class="count">1<' in page, "what is not shown is not counted as unread either"


def test_the_team_reads_figures_of_all_and_numbers_only_of_what_was_brought_up(
    house: House, clerk: Browser, stuck: str, clock: Clock
) -> None:
    another = house.browser().stand(CENTRE)
    brought_up = another.confirm()
    another.do("escalate", brought_up, text="")
    another.do("stuck", brought_up, reason="law", text="")
    clock.at = at(6)
    tick(house, clock)
    (card,) = weekly(boss_of(house, "project-team").get("/inbox").text)
    assert brought_up in card
    assert stuck not in card
    assert "ほかの窓口で止まっている案件: そのほかの窓口: 3未満" in words(card)


def test_an_older_week_is_there_without_being_worked_out_again(house: House, stuck: str, clock: Clock) -> None:
    for day in (6, 13):
        clock.at = at(day)
        tick(house, clock)
    page = boss_of(house, CENTRE).get("/inbox").text
    (card,) = weekly(page)
    assert "4月13日" in card
    assert "4月6日（月）の週のまとめ この週のまとめは、あとの週のまとめに替わりました" in words(page)


@pytest.mark.parametrize(
    ("why", "day"),
    [
        ("春の休みのない週", at(13)),
        ("昭和の日の週でも、月曜は開いている", at(27)),
        ("みどりの日・こどもの日・振替休日の次", at(7, month=5)),
        ("年末年始のあと", at(4, month=1, year=2027)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_comes_on_the_first_working_day_of_the_week(
    house: House, stuck: str, clock: Clock, why: str, day: datetime
) -> None:
    boss = boss_of(house, CENTRE)
    clock.at = day.replace(minute=44)
    tick(house, clock)
    assert weekly(boss.get("/inbox").text) == [], why
    clock.at = day
    tick(house, clock)
    assert len(weekly(boss.get("/inbox").text)) == 1, why


def test_a_town_that_was_down_on_monday_catches_up_for_two_days_and_no_longer(
    house: House, stuck: str, clock: Clock
) -> None:
    clock.at = at(9, 9, 0)
    tick(house, clock)
    assert weekly(boss_of(house, CENTRE).get("/inbox").text) == []
    clock.at = at(15, 16, 0)
    tick(house, clock)
    assert "4月13日（月）の週のまとめ" in weekly(boss_of(house, CENTRE).get("/inbox").text)[0]


def test_nobody_is_written_to_when_the_office_is_closed(house: House, stuck: str, clock: Clock) -> None:
    clock.at = at(6, 17, 14)
    sweeping, delivering = (replica_of(house.app, clock).rounds.rounds[n] for n in (1, 2))
    sweeping.run(clock.at)
    clock.at = at(6, 17, 15)
    delivering.run(clock.at)
    boss = boss_of(house, CENTRE)
    assert weekly(boss.get("/inbox").text) == []
    clock.at = at(7)
    tick(house, clock)
    assert "4月6日（月）の週のまとめ" in weekly(boss.get("/inbox").text)[0]
