"""What is delivered: one card for a hand-over that changes where it stands, digests with their buttons, the weekly nudge."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import Picture
from bot.delivery import Delivered, Unknown
from bot.teams.cards import Piece
from bot.teams.limits import LIMITS, card_faults, faults
from bot.teams.messages import holds, message, spread
from bot.teams.notes import Notes
from bot.teams.outgoing import Answered, NoAnswer
from bot.teams.pieces import words
from bot.views import Row, View
from routing.digest import weekly
from routing.outgoing import Line, OutgoingMessage, State
from routing.standing import replay
from tests.bot.teams.conftest import Clock, Room
from tests.bot.teams.teams import Json, Person, buttons, elements, words_of
from tests.bot.teams.test_channel import CHANNEL, ack, deliver
from tests.bot.teams.test_channel import alerted as alerted
from tests.bot.teams.test_talk import opened

THREADS = f"{CHANNEL};messageid="
Alerted = tuple[Room, Person, Person, str]


def command(room: Room, person: Person, name: str, number: str, **fields: str) -> None:
    """Something done about the escalation of a case, wherever its button stood."""
    with room.app.store.unit() as unit:
        case = unit.cases.by_number(number)
        assert case is not None
        escalation = replay(unit.cases.events(case.id)).escalation
    assert escalation is not None
    data = {
        "k": f"0.0||case:{name}|{number}/{escalation.turn}",
        "x": "form",
        **{f"f:{key}": value for key, value in fields.items()},
    }
    room.post(person.activity(value=data))


def in_threads(room: Room) -> list[Json]:
    return [m["attachments"][0]["content"] for (at, _), m in room.wire.there.items() if at.startswith(THREADS)]


def test_what_happens_next_replaces_the_card_of_an_escalation(alerted: Alerted, clock: Clock) -> None:
    room, clerk, _, number = alerted
    deliver(room, clock)
    (before,) = room.wire.cards(CHANNEL)
    assert ack(before)
    command(room, clerk, "call_off", number, text="見通しがついた")
    deliver(room, clock)
    (after,) = room.wire.cards(CHANNEL)
    assert "取り下げられました" in words_of(after)
    assert not any("|case:ack|" in b["data"]["k"] for b in buttons(after).values())
    assert not in_threads(room)  # nothing is asked of anybody
    with room.app.store.unit() as unit:
        case = unit.cases.by_number(number)
        assert case is not None
        told = [o for o in unit.outbox.of_case(case.id) if o.message.surface == "teams"]
    assert len({o.receipt for o in told if o.message.recipient == told[0].message.recipient}) == 1
    assert {o.state for o in told} == {State.SENT}


def test_news_that_somebody_waits_for_is_told_below_the_card(alerted: Alerted, clock: Clock) -> None:
    room, clerk, member, number = alerted
    deliver(room, clock)
    command(room, member, "ask_info", number, text="世帯の人数")
    command(room, clerk, "inform", number, text="二人")
    deliver(room, clock)
    (card,) = room.wire.cards(CHANNEL)
    (news,) = in_threads(room)
    assert "照会に答えがありました" in words_of(card)
    assert "照会に答えがありました" in words_of(news)
    assert "二人" not in words_of(card) + words_of(news)
    assert "案件を開く" in buttons(news)


@pytest.mark.parametrize(
    "trouble",
    [Answered(404, ("ActivityNotFoundInConversation",)), Answered(403), Answered(400, ("BadArgument",))],
    ids=["deleted", "not ours", "refused"],
)
def test_a_card_that_cannot_be_replaced_is_followed_by_a_new_one(
    alerted: Alerted, clock: Clock, trouble: Answered
) -> None:
    room, clerk, _, number = alerted
    deliver(room, clock)
    command(room, clerk, "call_off", number, text="見通しがついた")
    room.wire.troubles = [trouble]
    deliver(room, clock)
    before, after = room.wire.cards(CHANNEL)
    assert "取り下げられました" in words_of(after)
    assert "取り下げられました" not in words_of(before)


def test_a_press_on_an_old_copy_of_a_card_never_takes_it_back(alerted: Alerted, clock: Clock) -> None:
    room, clerk, member, number = alerted
    deliver(room, clock)
    old = room.wire.cards(CHANNEL)[0]
    sent = next(sent for (at, sent) in room.wire.there if at == CHANNEL)
    command(room, clerk, "call_off", number, text="見通しがついた")
    deliver(room, clock)
    room.post(member.activity(CHANNEL, "channel", value=buttons(old)[ack(old)]["data"], replyToId=sent))
    assert "取り下げられました" in words_of(room.wire.cards(CHANNEL)[0])


def test_what_is_done_elsewhere_is_seen_on_the_card_in_the_channel(alerted: Alerted, clock: Clock) -> None:
    room, _, member, number = alerted
    member.say("よろしくお願いします。")
    deliver(room, clock)
    before = room.wire.cards(CHANNEL)[0]
    command(room, member, "ack", number)  # from the personal chat
    (after,) = room.wire.cards(CHANNEL)
    assert ack(before) not in buttons(after)
    assert "今の状態" in words_of(after)


def line(number: str, kind: str, nth: int = 0) -> dict[str, Any]:
    about = {"case": number, "case_id": "c", "subject": "", "kind": kind, "nth": nth}
    return {"key": f"{kind}:{number}:{nth}", "since": "2026-11-02T09:00:00+09:00", "day": "2026-11-16", **about}


def digest(recipient: str, lines: Sequence[Json], at: datetime, more: int = 0) -> OutgoingMessage:
    said = json.dumps({"day": at.date().isoformat(), "lines": list(lines), "more": more}, ensure_ascii=False)
    return OutgoingMessage(f"digest:{at.date()}:{recipient}", "digest", "", recipient, said, at, at)


def put(room: Room, *messages: OutgoingMessage) -> None:
    with room.app.store.unit() as unit:
        for each in messages:
            assert unit.outbox.put(each)
        unit.commit()


@pytest.fixture
def reminded(room: Room, clock: Clock) -> tuple[Room, Person, str]:
    """A clerk with a case, who was told of it in the digest of the day."""
    clerk = room.person()
    number = opened(clerk)
    kind = room.app.town.reminders.data.kind[0].id
    sent = digest(f"person:teams:{clerk.oid}", [line(number, kind)], clock.at, more=3)
    with room.app.store.unit() as unit:
        case = unit.cases.by_number(number)
        assert case is not None
        told = Line(f"{kind}:{number}", sent.key, case.id, kind, sent.recipient, clock.at.date())
        assert unit.outbox.put_digests([(sent, [told])]) == 1
        unit.commit()
    deliver(room, clock)
    return room, clerk, number


def test_a_digest_comes_with_its_four_buttons(reminded: tuple[Room, Person, str]) -> None:
    room, clerk, number = reminded
    card = room.wire.cards(clerk.chat)[-1]
    assert number in words_of(card)
    assert "控え " in words_of(card)
    assert "ほかに3件" in words_of(card)
    done = [b["data"]["k"].split("|")[2] for b in buttons(card).values()]
    assert done == ["case:show", "case:progress", "case:stuck", "case:later", "case:never"]


def test_what_was_answered_stands_on_the_digest_and_in_the_case(reminded: tuple[Room, Person, str]) -> None:
    room, clerk, number = reminded
    clerk.press("進んでいる")
    card = next(c for c in room.wire.cards(clerk.chat) if "のお知らせ（" in words_of(c))
    assert "→ 進んでいる" in words_of(card)
    assert list(buttons(card)) == ["開く"]
    assert f"案件 {number}" in words_of(room.wire.cards(clerk.chat)[-1])
    with room.app.store.unit() as unit:
        case = unit.cases.by_number(number)
        assert case is not None
        assert "progressed" in [event.kind.value for event in unit.cases.events(case.id)]


def test_an_answer_that_needs_a_reason_asks_for_it(reminded: tuple[Room, Person, str]) -> None:
    room, clerk, _ = reminded
    clerk.press("止まっている")
    digest_card = next(c for c in room.wire.cards(clerk.chat) if "のお知らせ（" in words_of(c))
    assert "→" not in words_of(digest_card)
    form = room.wire.cards(clerk.chat)[-1]
    (reason,) = [e for e in elements(form) if e["type"] == "Input.ChoiceSet" and e["id"] == "c:reason"]
    clerk.press(next(iter(buttons(form))), **{"c:reason": reason["choices"][1]["value"]})
    digest_card = next(c for c in room.wire.cards(clerk.chat) if "のお知らせ（" in words_of(c))
    assert "→ 止まっている" in words_of(digest_card)


def test_a_process_that_was_started_anew_reaches_who_was_met_before(
    open_room: Callable[..., Room], clock: Clock
) -> None:
    first = open_room()
    clerk = first.person()
    number = opened(clerk)
    kind = first.app.town.reminders.data.kind[0].id
    put(first, digest(f"person:teams:{clerk.oid}", [line(number, kind)], clock.at))
    deliver(open_room(), clock)
    assert number in words_of(first.wire.cards(clerk.chat)[-1])
    assert "のお知らせ（1件）" in words_of(first.wire.cards(clerk.chat)[-1])


def test_a_single_reminder_is_a_digest_of_one(room: Room, clock: Clock) -> None:
    clerk = room.person()
    number = opened(clerk)
    kind = room.app.town.reminders.data.kind[0]
    recipient = f"person:teams:{clerk.oid}"
    said = json.dumps(line(number, kind.id), ensure_ascii=False)
    put(room, OutgoingMessage("x:1", kind.id, "", recipient, said, clock.at, clock.at, about="c"))
    deliver(room, clock)
    card = room.wire.cards(clerk.chat)[-1]
    assert kind.label in words_of(card)
    assert len(buttons(card)) == 5


def test_a_long_digest_comes_in_several_messages_and_every_line_can_be_answered(room: Room, clock: Clock) -> None:
    clerk = room.person()
    number = opened(clerk)
    kinds = [row.id for row in room.app.town.reminders.data.kind]
    lines = [line(number, kinds[n % len(kinds)], n) for n in range(40)]
    put(room, digest(f"person:teams:{clerk.oid}", lines, clock.at))
    before = len(room.wire.cards(clerk.chat))
    deliver(room, clock)
    parts = room.wire.cards(clerk.chat)[before:]
    assert len(parts) > 1
    every = [e for part in parts for e in elements(part) if e["type"] == "Action.Execute"]
    assert len(every) == 40 * 5
    assert f"（{len(parts)}通のうち {len(parts)}通め）" in words_of(parts[-1])
    clerk.press("進んでいる")  # on the last of them
    again = room.wire.cards(clerk.chat)[before : before + len(parts)]
    assert [words_of(part).count(number) for part in again] == [words_of(part).count(number) for part in parts]
    assert words_of(again[-1]).count("→ 進んでいる") == words_of(parts[-1]).count(number)


def test_nothing_of_a_message_in_parts_comes_twice_when_the_second_was_held_up(room: Room, clock: Clock) -> None:
    clerk = room.person()
    number = opened(clerk)
    kind = room.app.town.reminders.data.kind[0].id
    sent = digest(f"person:teams:{clerk.oid}", [line(number, kind, n) for n in range(40)], clock.at)
    with room.app.store.unit() as unit:
        (contact,) = [c for c in unit.contacts.of(sent.recipient) if c.surface == "teams"]
    before = len(room.wire.cards(clerk.chat))
    room.wire.troubles = [None, NoAnswer(sent=True)]
    assert room.surface.channel.send(sent, contact.address) == Unknown("no_answer")
    assert len(room.wire.cards(clerk.chat)) == before + 1
    found = room.surface.channel.send(sent, contact.address)
    assert isinstance(found, Delivered)
    assert len(room.wire.cards(clerk.chat)) - before == len(found.receipt.split()) > 1


def test_words_of_the_auditor_are_shown_without_buttons(room: Room, clock: Clock) -> None:
    clerk = room.person()
    clerk.say("80代の母がもの忘れ")
    recipient = f"person:teams:{clerk.oid}"
    said = json.dumps({"late": 3, "since": clock.at.isoformat(), "kinds": {"digest": 3}})
    put(room, OutgoingMessage("audit:x", "audit", "", recipient, said, clock.at, clock.at))
    deliver(room, clock)
    card = room.wire.cards(clerk.chat)[-1]
    assert "3件が、時間を過ぎても届いたと確かめられていません" in words_of(card)
    assert not buttons(card)


def test_what_no_surface_knows_goes_to_the_webs_inbox(room: Room, clock: Clock) -> None:
    clerk = room.person()
    clerk.say("80代の母がもの忘れ")
    before = len(room.wire.there)
    recipient = f"person:teams:{clerk.oid}"
    put(room, OutgoingMessage("new:x", "something_new", "", recipient, "{}", clock.at, clock.at))
    deliver(room, clock)
    assert len(room.wire.there) == before
    with room.app.store.unit() as unit:
        assert [item.key for item in unit.inbox.of([recipient])] == ["new:x"]


def a_picture(size: int) -> Picture:
    """A picture of about so many bytes."""
    head = struct.pack(">IIBBBBB", 480, 240, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 480 * 241) + b"x" * size), (b"IEND", b""))
    parts = (struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks)
    return Picture(b"\x89PNG\r\n\x1a\n" + b"".join(parts), "8週間の件数")


def nudge(rows: int) -> View:
    found = tuple(
        Row(f"case:{n}", (f"text:MIHON-2026-{n:04}", "text:止まっています" + "長" * 200)) for n in range(rows)
    )
    return View("digest", {"day": "2026-11-16", "count": rows, "more": 0}, rows=found)


@pytest.mark.parametrize(
    ("rows", "size", "inside"),
    [(3, 4_000, True), (3, 40_000, False), (3, 0, None), (80, 12_000, True), (80, 40_000, False)],
)
def test_the_weekly_nudge_has_its_picture_inside_only_when_a_message_holds_it(
    room: Room, clock: Clock, rows: int, size: int, inside: bool | None
) -> None:
    clerk = room.person()
    clerk.say("80代の母がもの忘れ")
    notes = Notes(
        room.app.town, room.surface.showing, "https://tsunagu.example", clock,
        lambda *_: nudge(rows), lambda _: a_picture(size) if size else None,
    )  # fmt: skip
    (sent,) = weekly([f"person:teams:{clerk.oid}"], date(2026, 11, 16), clock.at, clock.at)
    with room.app.store.unit() as unit:
        made = notes.of(sent, unit)
    contents = [each["attachments"][0]["content"] for each in made]
    assert not any(faults(each) for each in made)
    every = "".join(map(words_of, contents))
    assert all(f"MIHON-2026-{n:04}" in every for n in range(rows))
    assert "ここに入りきらない" not in every
    assert sum(e["type"] == "Image" for content in contents for e in elements(content)) == bool(inside)
    assert ("8週間の件数" in every) == (inside is False)
    links = [e["url"] for content in contents for e in elements(content) if e["type"] == "Action.OpenUrl"]
    assert links == ["https://tsunagu.example/inbox"]


def test_the_weekly_nudge_of_the_town_is_shown_and_stays_as_it_is(room: Room, clock: Clock) -> None:
    clerk = room.person()
    clerk.say("80代の母がもの忘れ")
    (sent,) = weekly([f"person:teams:{clerk.oid}"], clock.at.date(), clock.at, clock.at)
    with room.app.store.unit() as unit:
        made = room.surface.channel._notes.of(sent, unit)
    assert made
    assert not any(faults(each) for each in made)
    assert not room.surface.channel._notes.changes(sent)


LINES = st.lists(st.integers(1, 3_000).map("長".__mul__) | st.text("abあ", min_size=1, max_size=60), max_size=60)


@settings(max_examples=60, deadline=None)
@given(LINES, LINES)
def test_what_is_spread_over_messages_is_all_there_and_each_is_taken(body: list[str], foot: list[str]) -> None:
    piece = Piece([e for text in body for e in words(text)], [e for text in foot[:10] for e in words(text)])
    parts = spread(piece, words("（10通のうち 10通め）"))
    assert [e for part in parts for e in part.body] == piece.body
    for part in parts:
        content = message(part, "題")
        assert not faults(content)
        assert not list(card_faults(content["attachments"][0]["content"]))
    assert all(holds(part) for part in parts[:-1])
    assert LIMITS["message.utf8"] == 28_000


def test_two_people_of_one_desk_have_their_own_card(alerted: Alerted, clock: Clock) -> None:
    room, _, member, number = alerted
    member.say("よろしくお願いします。")
    deliver(room, clock)
    with room.app.store.unit() as unit:
        case = unit.cases.by_number(number)
        assert case is not None
        first = next(o for o in unit.outbox.of_case(case.id) if o.message.surface == "teams")
        elsewhere = next(c for c in unit.contacts.of(f"person:teams:{member.oid}") if c.surface == "teams")
    other = replace(first.message, key=f"{first.message.key}:other")
    before = len(room.wire.cards(member.chat))
    assert isinstance(room.surface.channel.send(other, elsewhere.address), Delivered)
    assert len(room.wire.cards(member.chat)) == before + 1
