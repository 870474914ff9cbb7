"""Alerts as a channel of delivery: sent once under a key, found by it, pressed where they stand, answered in the DM."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.delivery import Delivered, Delivery, Failed
from bot.delivery import Unknown as NotKnown
from bot.slack.alerts import entered_for
from bot.slack.channel import CannotSay
from bot.slack.outgoing import Posted
from bot.slack.people import people_of
from routing.outgoing import OutgoingMessage
from tests.bot.slack.conftest import HOUSEHOLD, House
from tests.bot.slack.slack import Later, Message, Person, Refused, Trouble, Unknown
from tests.bot.slack.test_robust import always, once
from tests.bot.web.conftest import Clock

CHANNEL = "C0ALERT"
NUMBER = "MIHON-2026-0001"


@pytest.fixture
def alerted(open_house: Callable[[], House], tmp_path: Path, clock: Clock) -> tuple[House, Person]:
    """A case that was brought up to the project team, whose channel and member the map names: (house, member)."""
    house = open_house()
    team = house.app.town.catalogue.pack.project_team
    rows = f'[[channel]]\nid = "{CHANNEL}"\nagency = "{team}"\nrole = "project_team"\n'
    rows += f'[[user]]\nid = "U0TEAM"\nagency = "{team}"\nrole = "coordinator"\n'
    path = tmp_path / "map.toml"
    path.write_text(rows, "utf-8")
    house.surface.people = people_of(path, house.app.town.catalogue)
    house.surface.register()
    clerk = house.person()
    clerk.say(HOUSEHOLD)
    for label in ("この読み取りで進む", "ここまでで提案を見る", "この提案で決める"):
        clerk.press(label)
    clerk.send(case_press(clerk, "case:escalate", NUMBER))
    return house, house.person("U0TEAM")


def case_press(person: Person, action: str, value: str) -> dict[str, object]:
    """A press of a command about a case, as a card outside a talk carries it."""
    pressed = {"type": "button", "action_id": "do:0", "value": f"0||{action}|{value}"}
    return {
        "type": "block_actions",
        **person._base(),
        "trigger_id": person._trigger(),
        "channel": {"id": person.dm},
        "actions": [pressed],
    }


def deliver(house: House, clock: Clock) -> None:
    clock.later(minutes=10)
    Delivery(house.app.store, [house.surface.channel], clock, "r1").run(timedelta(0))


def card_in(house: House) -> Message:
    (card,) = house.slack.in_place(CHANNEL)
    return card


def test_an_escalation_reaches_the_teams_channel_without_any_words_of_the_talk(
    alerted: tuple[House, Person], clock: Clock
) -> None:
    house, _ = alerted
    deliver(house, clock)
    deliver(house, clock)
    card = card_in(house)
    assert NUMBER in card.words()
    assert "10年以上" not in json.dumps(card.blocks, ensure_ascii=False)
    marks = [element["value"] for element in card.elements()]
    assert all("|case:" in mark or "|form:case:" in mark for mark in marks)
    assert all(mark.split("|")[1].startswith("!") and int(mark.split("|")[0]) > 0 for mark in marks)


def test_an_alert_pressed_by_the_team_is_brought_up_to_date_where_it_stands(
    alerted: tuple[House, Person], clock: Clock
) -> None:
    house, member = alerted
    deliver(house, clock)
    member.press("確認しました", card_in(house), times=3)
    assert "今の状態: チームが確認し、検討中" in card_in(house).words()
    assert "確認しました" not in card_in(house).labels()
    assert len(house.slack.in_place(member.dm)) == 1
    assert "確認したことを伝えました" in member.last().words()


def test_a_case_is_sent_back_with_reasons_from_a_modal(alerted: tuple[House, Person], clock: Clock) -> None:
    house, member = alerted
    deliver(house, clock)
    view = member.opens("紹介元へ戻す", card_in(house))
    fields = [block["label"]["text"] for block in view["blocks"] if block["type"] == "input"]
    first = view["blocks"][[b["type"] for b in view["blocks"]].index("input")]["element"]["options"]
    member.submit(
        view, {fields[0]: [first[0]["text"]["text"], first[1]["text"]["text"]], fields[-1]: "高齢の窓口で足ります"}
    )
    with house.app.store.unit(reading=True) as unit:
        case = unit.cases.by_number(NUMBER)
        assert case is not None
        kinds = [event.kind.value for event in unit.cases.events(case.id)]
    assert kinds[-1] == "sent_back"
    assert NUMBER in member.last().words()
    assert "今の状態: 理由を添えて紹介元へ" in card_in(house).words()


def test_the_team_names_the_desk_that_is_to_carry_the_case_from_a_modal(
    alerted: tuple[House, Person], clock: Clock
) -> None:
    house, member = alerted
    deliver(house, clock)
    assert "担当を決める" not in card_in(house).labels(), "first somebody of the team looks at it"
    member.press("確認しました", card_in(house))
    view = member.opens("担当を決める", card_in(house))
    desk, _, reason = [block for block in view["blocks"] if block["type"] == "input"]
    first = desk["element"]["options"][0]["text"]["text"]
    member.submit(view, {desk["label"]["text"]: first, reason["label"]["text"]: "近くで続けて会えるため"})
    with house.app.store.unit(reading=True) as unit:
        case = unit.cases.by_number(NUMBER)
        assert case is not None
        kinds = [event.kind.value for event in unit.cases.events(case.id)]
    assert kinds[-3:] == ["assigned", "shared", "referred"]
    assert "受理されるまでは、今の主担当のままです" in member.last().words()
    assert "担当を決める" not in card_in(house).labels(), "one desk at a time"


def test_an_old_copy_of_an_alert_does_nothing_twice(alerted: tuple[House, Person], clock: Clock) -> None:
    house, member = alerted
    deliver(house, clock)
    old = Message(**vars(card_in(house)))
    member.press("多機関協働で受理する", old)
    events = count(house)
    member.send({**member.pressing("多機関協働で受理する", old), "trigger_id": "another"})
    house.person("U0TEAM").press("確認しました", old)
    assert count(house) == events
    assert "受理" in member.last().words()


def count(house: House) -> int:
    with house.app.store.unit(reading=True) as unit:
        case = unit.cases.by_number(NUMBER)
        assert case is not None
        return len(unit.cases.events(case.id))


def test_who_has_no_post_learns_nothing_from_an_alert(alerted: tuple[House, Person], clock: Clock) -> None:
    house, _ = alerted
    deliver(house, clock)
    stranger = house.person("U0OTHER")
    stranger.press("開く", card_in(house))
    assert "ひきこもり" not in stranger.last().words()


def test_the_administrators_map_says_who_somebody_is_and_no_button_does(alerted: tuple[House, Person]) -> None:
    house, _ = alerted
    stranger = house.person("U0OTHER")
    team = house.app.town.catalogue.pack.project_team
    stranger.send(case_press(stranger, "case:act_for", team))
    stranger.say("立場 地域福祉課")
    stranger.command("立場 地域福祉課")
    assert "所属は、ここでは変えられません" in stranger.slack.messages[-1].words()
    with house.app.store.unit(reading=True) as unit:
        assert unit.people.get(f"slack:T0MIHON:{stranger.id}").agency == ""


def occurrence(clock: Clock, key: str = "k1") -> OutgoingMessage:
    return OutgoingMessage(key, "holidays", "slack", "agency:x", "{}", clock(), clock())


WORDS = Posted(({"text": "a", "blocks": []},))


def test_a_card_is_found_again_by_its_key(house: House, clock: Clock) -> None:
    channel = house.surface.channel
    assert channel.find(occurrence(clock), "C1") is None
    sent = channel.post("C1", occurrence(clock), WORDS)
    assert isinstance(sent, Delivered)
    assert channel.find(occurrence(clock), "C1") == sent.receipt
    assert channel.find(occurrence(clock, "k2"), "C1") is None


def test_a_person_is_reached_in_their_dm(house: House, clock: Clock) -> None:
    assert house.surface.channel.post("U0TEAM", occurrence(clock), WORDS) == Delivered("D0TEAM/1.0001")


def test_outcomes_are_told_to_delivery_as_it_knows_them(house: House, clock: Clock) -> None:
    channel = house.surface.channel
    house.slack.plan = always(Later(7.0), "chat.postMessage")
    assert channel.post("C1", occurrence(clock), WORDS) == Failed("rate", retry_after=timedelta(seconds=7))
    house.slack.plan = once("chat.postMessage", Unknown())
    assert channel.post("C1", occurrence(clock), WORDS) == NotKnown("no_answer")
    for trouble in (Trouble.ARCHIVED, Trouble.NO_CHANNEL, Trouble.NOT_IN_CHANNEL, Trouble.NO_USER):
        house.slack.plan = always(Refused(trouble, trouble.value), "chat.postMessage")
        assert channel.post("C1", occurrence(clock), WORDS) == Failed("gone", permanent=True)
    house.slack.plan = always(Refused(Trouble.REVOKED, "token_revoked"), "chat.postMessage")
    assert channel.post("C1", occurrence(clock), WORDS) == Failed("revoked")
    house.slack.plan = always(Refused(Trouble.UNFIT, "invalid_blocks"), "chat.postMessage")
    assert channel.post("C1", occurrence(clock), WORDS) == Failed("unfit", permanent=True)


def test_a_surface_that_cannot_say_is_not_taken_for_no(house: House, clock: Clock) -> None:
    house.slack.plan = always(Refused(Trouble.SCOPE, "missing_scope"), "conversations.history")
    with pytest.raises(CannotSay):
        house.surface.channel.find(occurrence(clock), "C1")


def test_several_choices_of_a_commands_form_are_parted_by_spaces(house: House) -> None:
    from bot.cards import Card, Field, FieldOption

    field = Field("reasons", "multi", "理由", (FieldOption("a", "あ"), FieldOption("b", "い")))
    card = Card("case_form", "題", fields=(field, Field("text", "text", "文")))
    assert entered_for(card, {"reasons": "a、b", "text": "はい", "stray": "x"}) == {"reasons": "a b", "text": "はい"}


def test_the_members_of_a_user_group_are_who_the_map_says(house: House) -> None:
    from bot.slack.people import People, Post

    team = house.app.town.catalogue.pack.project_team
    house.slack.groups["S1"] = ["U0NEW"]
    house.surface.people = People(groups={"S1": (Post(team, "supervisor"),)})
    house.surface.register()
    with house.app.store.unit(reading=True) as unit:
        actor = unit.people.get("slack:T0MIHON:U0NEW")
    assert (actor.agency, actor.role.value) == (team, "supervisor")
    assert "重層的支援プロジェクトチーム" in house.person("U0NEW").home().words()


def test_a_case_asked_for_in_a_channel_is_shown_in_the_dm_only(alerted: tuple[House, Person]) -> None:
    house, _ = alerted
    clerk = house.person()
    ts = clerk.mention(f"案件 {NUMBER}", "C0TEAM")
    assert house.slack.in_place("C0TEAM", ts) == []
    assert NUMBER in clerk.last().words()
    assert "いまのようす" in clerk.last().words()
