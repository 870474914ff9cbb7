"""Digests, single reminders, notices and the weekly nudge as Slack messages: with their buttons, within the limits, once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import Button, Card, Line, Lists, Picture
from bot.delivery import Delivered
from bot.delivery import Unknown as NotKnown
from bot.slack.cards import message_of
from bot.slack.marks import Stand
from bot.slack.outgoing import Posted, _parts
from bot.slack.people import People, Post
from bot.slack.rows import MOST_PARTS
from bot.slack.uploads import Uploads
from routing.outgoing import OutgoingMessage, State
from tests.bot.slack.conftest import HOUSEHOLD, House
from tests.bot.slack.slack import TEAM, FakeSlack, Message, Person, Refused, Trouble, Unknown
from tests.bot.slack.test_alerts import NUMBER, deliver
from tests.bot.slack.test_blocks import cards, taken_by_slack
from tests.bot.slack.test_robust import always, once
from tests.bot.web.conftest import Clock

CHANNEL = "C0DESK"


@pytest.fixture
def case(house: House, clerk: Person) -> str:
    """A case that the clerk opened: its id."""
    clerk.say(HOUSEHOLD)
    for label in ("この読み取りで進む", "ここまでで提案を見る", "この提案で決める"):
        clerk.press(label)
    with house.app.store.unit(reading=True) as unit:
        found = unit.cases.by_number(NUMBER)
    assert found is not None
    return found.id


def line(case: str, number: str = NUMBER, kind: str = "no_progress", nth: int = 0) -> dict[str, Any]:
    day = "2026-11-16"
    return {
        "key": f"{kind}:{number}:{nth}", "case": number, "case_id": case, "subject": "", "kind": kind,
        "since": f"{day}T09:00:00+09:00", "day": day, "nth": nth,
    }  # fmt: skip


def digest(clock: Clock, lines: list[dict[str, Any]], to: str = "person:slack:T0MIHON:U0CLERK") -> OutgoingMessage:
    payload = json.dumps({"day": "2026-11-18", "lines": lines, "more": 0}, ensure_ascii=False)
    return OutgoingMessage(f"digest:2026-11-18:{to}", "digest", "", to, payload, clock(), clock())


def put(house: House, message: OutgoingMessage) -> None:
    with house.app.store.unit() as unit:
        unit.outbox.put(message)
        unit.commit()


def stand_of(house: House, key: str) -> State:
    with house.app.store.unit(reading=True) as unit:
        found = unit.outbox.get(key)
    assert found is not None
    return found.state


def told(house: House, clerk: Person, message: OutgoingMessage, clock: Clock) -> Message:
    put(house, message)
    deliver(house, clock)
    return next(
        m
        for m in reversed(house.slack.in_place(clerk.dm))
        if m.metadata.get("event_payload", {}).get("key") == message.key
    )


def kinds(house: House, case: str) -> list[str]:
    with house.app.store.unit(reading=True) as unit:
        return [event.kind.value for event in unit.cases.events(case)]


def test_a_digest_has_its_four_buttons_and_a_press_is_recorded_once(
    house: House, clerk: Person, case: str, clock: Clock
) -> None:
    message = told(house, clerk, digest(clock, [line(case)]), clock)
    assert message.labels() == ["開く", "進んでいる", "止まっている", "あとで知らせてもらう", "もうお知らせは要らない"]
    clerk.press("進んでいる", message, times=3)
    assert kinds(house, case).count("progressed") == 1
    assert "進んでいると返事がありました" in message.words()
    assert message.labels() == ["開く"]


def test_two_clicks_of_one_button_are_one_answer(house: House, clerk: Person, case: str, clock: Clock) -> None:
    message = told(house, clerk, digest(clock, [line(case)]), clock)
    first, second = clerk.pressing("進んでいる", message), clerk.pressing("進んでいる", message)
    assert first["trigger_id"] != second["trigger_id"]
    clerk.send(first)
    clerk.send(second)
    assert kinds(house, case).count("progressed") == 1


@pytest.mark.parametrize(
    ("label", "event"),
    [("止まっている", "stuck"), ("あとで知らせてもらう", "later"), ("もうお知らせは要らない", "never")],
)
def test_what_needs_words_opens_its_form_at_once(
    house: House, clerk: Person, case: str, clock: Clock, label: str, event: str
) -> None:
    message = told(house, clerk, digest(clock, [line(case)]), clock)
    view = clerk.opens(label, message)
    values = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            options = block["element"].get("options")
            values[block["label"]["text"]] = options[0]["text"]["text"] if options else "3"
    clerk.submit(view, values)
    assert kinds(house, case)[-1] == event
    assert message.labels() == ["開く"], "the digest says that it was answered"


def test_a_big_digest_is_split_within_the_limits_and_each_part_is_brought_up_to_date(
    house: House, clerk: Person, case: str, clock: Clock
) -> None:
    lines = [line(case, nth=n) for n in range(100)]
    put(house, digest(clock, lines))
    deliver(house, clock)
    parts = [m for m in house.slack.in_place(clerk.dm) if "part" in m.metadata.get("event_payload", {})]
    assert len(parts) > 3
    assert "通のうち1通目" in parts[0].words()
    assert sum(message.labels().count("もうお知らせは要らない") for message in parts) == 100
    clerk.press("進んでいる", parts[2])
    assert "進んでいると返事がありました" in parts[2].words()
    assert "3通目" in parts[2].words()


def test_parts_that_are_there_are_not_sent_again(house: House, clerk: Person, case: str, clock: Clock) -> None:
    message = digest(clock, [line(case, nth=n) for n in range(60)])
    put(house, message)
    count = len(house.slack.messages)
    seen: list[int] = []

    def third(method: str, given: Any) -> Any:
        if (
            method == "chat.postMessage"
            and given.get("metadata", {}).get("event_payload", {}).get("part") == 2
            and not seen
        ):
            seen.append(1)
            return Unknown()
        return None

    house.slack.plan = third
    for _ in range(5):
        deliver(house, clock)
    parts = [m.metadata["event_payload"]["part"] for m in house.slack.messages[count:]]
    assert sorted(parts) == list(range(1, len(parts) + 1))
    assert stand_of(house, message.key) is State.SENT


def test_a_closed_case_is_answered_in_the_digest(house: House, clerk: Person, case: str, clock: Clock) -> None:
    message = digest(clock, [line(case), {**line("", "", "verify"), "case": ""}])
    put(house, message)
    now = house.surface.keeper.render(message)
    assert "止まっている" in json.dumps(now.messages, ensure_ascii=False)


@pytest.mark.parametrize("kind", ["audit", "holidays", "anything_new"])
def test_a_word_from_the_system_is_a_message(house: House, clock: Clock, kind: str) -> None:
    payload = {"late": 3, "since": clock().isoformat(), "kinds": {"digest": 3}, "until": "2027-12-31"}
    sent = OutgoingMessage(kind, kind, "slack", "agency:x", json.dumps(payload), clock(), clock())
    assert isinstance(house.surface.channel.send(sent, "C0TEAM"), Delivered)
    assert len(house.slack.in_place("C0TEAM")) == 1


PICTURE = Picture(b"\x89PNG", "件数の推移: 3、4、5")
WEEKLY = Posted(
    ({"text": "今週", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "新しい案件 3件"}}]},),
    picture=PICTURE,
)


def weekly(clock: Clock) -> OutgoingMessage:
    return OutgoingMessage("weekly:1", "weekly", "slack", "post:x", "{}", clock(), clock())


def test_the_picture_of_a_nudge_stands_below_it_with_words_for_it(house: House, clock: Clock) -> None:
    sent = house.surface.channel.post("C0TEAM", weekly(clock), WEEKLY)
    assert isinstance(sent, Delivered)
    asked = {method: given for method, given in house.slack.calls if method.startswith("files.")}
    assert asked["files.getUploadURLExternal"]["alt_txt"] == PICTURE.alt
    assert asked["files.getUploadURLExternal"]["length"] == len(PICTURE.png)
    assert house.slack.uploads == [PICTURE.png]
    assert asked["files.completeUploadExternal"]["thread_ts"] == sent.receipt.split("/")[1]


@pytest.mark.parametrize("step", ["files.getUploadURLExternal", "files.completeUploadExternal"])
def test_without_the_permission_there_are_the_words_and_a_link(house: House, clock: Clock, step: str) -> None:
    house.slack.plan = always(Refused(Trouble.SCOPE, "missing_scope"), step)
    sent = house.surface.channel.post("C0TEAM", weekly(clock), WEEKLY)
    assert isinstance(sent, Delivered)
    (message,) = house.slack.in_place("C0TEAM")
    assert "新しい案件 3件" in message.words()
    assert message.labels() == (["ウェブで図を見る"] if step == "files.getUploadURLExternal" else [])


def test_a_nudge_that_is_asked_about_is_found_without_a_second_picture(house: House, clock: Clock) -> None:
    house.slack.plan = once("chat.postMessage", Unknown())
    assert house.surface.channel.post("C0TEAM", weekly(clock), WEEKLY) == NotKnown("no_answer")
    house.slack.plan = lambda method, given: None
    assert house.surface.channel.find(weekly(clock), "C0TEAM")
    assert len(house.slack.in_place("C0TEAM")) == 1


def test_a_board_of_many_cases_names_each_beside_its_button(house: House) -> None:
    lines = tuple(
        Line(f"case:{n}", f"MIHON-2026-{n:04}", buttons=(Button("case:show", f"MIHON-2026-{n:04}", "開く"),))
        for n in range(60)
    )
    made = message_of(Card("board", "案件", lists=(Lists("案件", lines),)), Stand("", 0, outside=True))
    taken_by_slack(made)
    beside = [b for b in made["blocks"] if "accessory" in b]
    assert all(b["accessory"]["value"].endswith(b["text"]["text"].removeprefix("• ")) for b in beside)
    assert len(beside) > 40


def test_uploads_say_when_slack_takes_nothing(slack: FakeSlack) -> None:
    slack.plan = always(Refused(Trouble.OTHER, "x"), "files.getUploadURLExternal")
    assert Uploads(slack).start(PICTURE) == ""
    slack.plan = lambda method, given: None
    slack.takes = False
    assert Uploads(slack).start(PICTURE) == ""


@settings(max_examples=60, deadline=None)
@given(cards(), st.booleans())
def test_every_list_outside_a_talk_is_split_into_messages_that_slack_takes(card: Card, answered: bool) -> None:
    stand = Stand("!digest:2026-11-18:agency:fukushi-madoguchi", 1, outside=True)
    now = replace(
        card, lists=tuple(Lists(g.title, tuple(replace(line, buttons=()) for line in g.lines)) for g in card.lists)
    )
    parts = _parts(card, now if answered else None, stand)
    assert len(parts) <= MOST_PARTS
    for part in parts:
        taken_by_slack(part)
    if answered:
        assert len(parts) == len(_parts(card, None, stand)), "a part stays the part it was"


def test_the_weekly_nudge_is_what_its_supervisor_is_told(house: House, clerk: Person, case: str, clock: Clock) -> None:
    with house.app.store.unit() as unit:
        found = unit.cases.get(case)
        assert found is not None
        owner = next(row.owner for row in unit.board.list(found.pack, opened_by=found.opened_by))
    house.surface.people = People({"U0BOSS": (Post(owner, "supervisor"),)})
    house.surface.register()
    week = json.dumps({"week": "2026-11-16"})
    recipient = f"person:slack:{TEAM}:U0BOSS"
    sent = OutgoingMessage(f"weekly:2026-11-16:{recipient}", "weekly", "", recipient, week, clock(), clock())
    put(house, sent)
    assert isinstance(house.surface.channel.send(sent, "U0BOSS"), Delivered)
    (message,) = [m for m in house.slack.in_place("D0BOSS") if not m.thread]
    taken_by_slack({"text": message.text, "blocks": message.blocks})
    assert "ひきこもっている" not in message.words(), "figures, never a talk's words"
    assert house.slack.uploads, "the figures as a picture too"
