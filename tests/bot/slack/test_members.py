"""The map of people as it changes: who is in it is reached, who is in it no more is not, who left is succeeded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.settings import SettingsError
from bot.slack.people import People, Post, people_of
from routing.outgoing import ContactState, OutgoingMessage, State
from tests.bot.slack.conftest import HOUSEHOLD, House
from tests.bot.slack.slack import TEAM, Message, Refused, Trouble
from tests.bot.slack.test_alerts import deliver
from tests.bot.slack.test_robust import always
from tests.bot.web.conftest import Clock


@pytest.fixture
def desk(house: House) -> str:
    """An agency of the town with a coordinator's post."""
    return next(c.agency for c in house.app.town.catalogue.coordinators.values() if c.rank == "coordinator")


def mapped(house: House, people: People) -> None:
    house.surface.people = people
    house.surface.register()


def reached(house: House, recipient: str) -> list[str]:
    with house.app.store.unit(reading=True) as unit:
        return [
            c.address for c in unit.contacts.of(recipient) if c.state is ContactState.ACTIVE and c.surface == "slack"
        ]


def agency(house: House, user: str) -> str:
    with house.app.store.unit(reading=True) as unit:
        return unit.people.get(f"slack:{TEAM}:{user}").agency


def people(desk: str, *users: str, role: str = "coordinator") -> People:
    return People({user: (Post(desk, role),) for user in users}, channels={"C0DESK": (Post(desk, "clerk"),)})


def test_a_coordinator_is_reached_as_desk_post_and_person(house: House, desk: str) -> None:
    mapped(house, people(desk, "U1"))
    post = next(
        c.id for c in house.app.town.catalogue.coordinators.values() if c.agency == desk and c.rank == "coordinator"
    )
    assert reached(house, f"agency:{desk}") == ["C0DESK", "U1"]
    assert reached(house, f"post:{post}") == ["U1"]
    assert reached(house, f"person:slack:{TEAM}:U1") == ["U1"]


def test_who_is_in_the_map_no_more_acts_for_nobody_and_is_not_written_to(house: House, desk: str) -> None:
    mapped(house, people(desk, "U1", "U2"))
    mapped(house, people(desk, "U2"))
    assert (agency(house, "U1"), agency(house, "U2")) == ("", desk)
    assert reached(house, f"agency:{desk}") == ["C0DESK", "U2"]
    mapped(house, people(desk, "U1", "U2"))
    assert agency(house, "U1") == desk, "and is there again as soon as the map says so"
    assert reached(house, f"agency:{desk}") == ["C0DESK", "U1", "U2"]


def test_what_waits_for_somebody_who_left_goes_on_along_its_chain(house: House, desk: str, clock: Clock) -> None:
    mapped(house, People({"U1": (Post(desk, "coordinator"),), "U2": (Post(desk, "supervisor"),)}))
    message = OutgoingMessage(
        "k", "holidays", "", f"agency:{desk}", '{"until": "2027-12-31"}', clock(), clock(), chain=("post:next",)
    )
    with house.app.store.unit() as unit:
        unit.outbox.put(message)
        unit.outbox.route({"k": ("slack", "U1")})
        unit.commit()
    mapped(house, People({"U2": (Post(desk, "supervisor"),)}))
    for _ in range(3):
        deliver(house, clock)
    with house.app.store.unit(reading=True) as unit:
        found = unit.outbox.get("k")
        told = [item.recipient for item in unit.inbox.of(["post:next"])]
    assert found is not None
    assert found.state is State.SENT
    assert house.slack.in_place("D1") == []
    assert told == ["post:next"]


def test_a_group_that_slack_does_not_tell_takes_nobody_away(house: House, desk: str) -> None:
    groups = People(groups={"S1": (Post(desk, "coordinator"),)}, channels={"C0DESK": (Post(desk, "clerk"),)})
    house.slack.groups["S1"] = ["U1"]
    mapped(house, groups)
    assert agency(house, "U1") == desk
    house.slack.plan = always(Refused(Trouble.SCOPE, "missing_scope"), "usergroups.users.list")
    mapped(house, groups)
    assert agency(house, "U1") == desk
    house.slack.plan = lambda method, given: None
    house.slack.groups["S1"] = ["U2"]
    mapped(house, groups)
    assert (agency(house, "U1"), agency(house, "U2")) == ("", desk)


def test_the_talks_of_somebody_who_left_go_on_with_their_successor(house: House, desk: str) -> None:
    mapped(house, people(desk, "U1", "U2"))
    old, new = house.person("U1"), house.person("U2")
    old.say(HOUSEHOLD)
    new.home()
    mapped(house, People({"U2": (Post(desk, "coordinator"),)}, left={"U1": "U2"}))
    house.surface.quiet()
    assert "80代の母" in new.home().words()
    new.press("続ける", new.home())
    new.press("この読み取りで進む")
    assert "確認" in new.last().words()
    assert "80代の母" not in house.slack.homes["U1"]["blocks"].__repr__()
    assert old.home().labels() == []
    assert "登録は終わりました" in old.home().words()


def test_somebody_who_was_deactivated_is_passed_by_until_they_are_back(house: House, desk: str) -> None:
    mapped(house, people(desk, "U1", "U2"))
    clerk = house.person("U2")
    change: dict[str, Any] = {"type": "user_change", "user": {"id": "U1", "deleted": True}}
    clerk.event(change)
    house.surface.quiet()
    assert agency(house, "U1") == ""
    house.surface.register()
    assert reached(house, f"agency:{desk}") == ["C0DESK", "U2"], "although the map still names them"
    clerk.event({**change, "user": {"id": "U1", "deleted": False}})
    house.surface.quiet()
    assert agency(house, "U1") == desk
    assert reached(house, f"agency:{desk}") == ["C0DESK", "U1", "U2"]


def test_whoever_writes_can_be_written_to(house: House) -> None:
    house.person("U9").say(HOUSEHOLD)
    assert reached(house, f"person:slack:{TEAM}:U9") == ["U9"]


def test_a_changed_map_is_read_again_and_a_broken_one_is_not(house: House, desk: str, tmp_path: Path) -> None:
    path = tmp_path / "people.toml"
    object.__setattr__(house.surface.settings, "map", path)
    path.write_text(f'[[user]]\nid = "U1"\nagency = "{desk}"\nrole = "clerk"\n', "utf-8")
    house.surface.register()
    assert agency(house, "U1") == desk
    path.write_text("[[user", "utf-8")
    import os

    os.utime(path, (1, 1))
    house.surface.register()
    assert agency(house, "U1") == desk


def test_who_left_is_named_in_the_map(house: House, tmp_path: Path) -> None:
    path = tmp_path / "people.toml"
    path.write_text('[[left]]\nid = "U1"\nto = "U2"\n[[left]]\nid = "U3"\n', "utf-8")
    assert people_of(path, house.app.town.catalogue).left == {"U1": "U2", "U3": ""}
    path.write_text('[[left]]\nto = "U2"\n', "utf-8")
    with pytest.raises(SettingsError, match="left"):
        people_of(path, house.app.town.catalogue)


def test_who_is_mapped_to_nothing_sees_nobody_elses_case_at_home(house: House, desk: str) -> None:
    clerk = house.person("U1")
    clerk.say(HOUSEHOLD)
    for label in ("この読み取りで進む", "ここまでで提案を見る", "この提案で決める"):
        clerk.press(label)
    shown: Message = house.person("U9").home()
    assert "MIHON" not in shown.words()
    house.person("U9").press("案件の一覧", shown)
    assert "MIHON" not in house.person("U9").last().words()
