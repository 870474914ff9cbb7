"""How people are reached, what lies in the web's inbox, signs of life, and messages from before there were occurrences."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from alembic import command
from alembic.config import Config

from routing.outgoing import Contact, ContactState, InboxItem, State
from routing.store import migrations, open_store, upgrade
from routing.store.engine import Patience, connect, parse

MINUTE = timedelta(minutes=1)


def test_who_has_no_contact_is_reached_by_the_web(store: Any) -> None:
    with store.unit(reading=True) as unit:
        assert unit.contacts.of("agency:houkatsu") == [Contact("agency:houkatsu", "web", "agency:houkatsu")]


def test_the_preferred_contact_comes_first_and_one_that_is_gone_stays_visible(store: Any, some: Any) -> None:
    slack, teams = Contact("post:1", "slack", "U1", rank=1), Contact("post:1", "teams", "T1")
    with store.unit() as unit:
        unit.contacts.put(slack, some.morning)
        unit.contacts.put(teams, some.morning)
        assert unit.contacts.of("post:1") == [teams, slack]
        unit.contacts.gone("post:1", "teams", "T1", "deactivated", some.morning)
        gone = Contact("post:1", "teams", "T1", ContactState.GONE, 0, "deactivated")
        assert unit.contacts.of("post:1") == [gone, slack]
        unit.contacts.put(teams, some.morning)
        assert unit.contacts.of("post:1") == [teams, slack]
        unit.contacts.gone("post:2", "teams", "T1", "was never there", some.morning)
        assert unit.contacts.of_all(["post:2", "post:1"]) == {
            "post:2": [Contact("post:2", "web", "post:2")],
            "post:1": [teams, slack],
        }


def test_the_inbox_keeps_one_item_per_key_and_recipient(store: Any, some: Any) -> None:
    with store.unit() as unit:
        assert unit.inbox.put("person:1", "k1", '{"case": "c-1"}', some.morning, "nudge")
        assert not unit.inbox.put("person:1", "k1", "other", some.morning)
        assert unit.inbox.put("agency:team", "k1", "{}", some.morning + MINUTE)
        assert unit.inbox.of(["person:1"]) == [InboxItem("person:1", "k1", "nudge", '{"case": "c-1"}', some.morning)]
        assert [item.recipient for item in unit.inbox.of(["person:1", "agency:team"])] == ["agency:team", "person:1"]
        assert unit.inbox.of([]) == unit.inbox.of(["person:2"]) == []


def test_what_was_read_goes_below_and_says_by_whom(store: Any, some: Any) -> None:
    with store.unit() as unit:
        for n in range(3):
            unit.inbox.put("person:1", f"k{n}", "{}", some.morning + n * MINUTE)
        assert unit.inbox.read("k2", "web:mina", some.morning + 9 * MINUTE)
        assert not unit.inbox.read("k2", "web:ken", some.morning + 10 * MINUTE)
        assert not unit.inbox.read("nothing", "web:ken", some.morning)
        found = unit.inbox.of(["person:1"])
        assert [item.key for item in found] == ["k1", "k0", "k2"]
        assert (found[-1].read_by, found[-1].read_at) == ("web:mina", some.morning + 9 * MINUTE)
        assert len(unit.inbox.of(["person:1"], 2)) == 2


def test_a_sign_of_life_replaces_the_one_before(store: Any, some: Any) -> None:
    with store.unit() as unit:
        unit.beats.put("replica-a", some.morning)
        unit.beats.put("replica-a", some.morning + MINUTE)
        unit.beats.put("replica-b", some.morning)
        assert unit.beats.all() == {"replica-a": some.morning + MINUTE, "replica-b": some.morning}


def test_messages_from_before_occurrences_are_kept_and_those_being_sent_are_doubted(
    empty_place: Any, key: str, some: Any
) -> None:
    engines = connect(parse(empty_place.url), Patience(), foreign_keys=False)
    with engines.write.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(migrations.HERE))
        command.upgrade(config, "0002")
    engines.dispose()
    moment = "'2026-03-31 23:30:00'"
    for name, state, leased in (("w", "waiting", "NULL"), ("s", "sent", "NULL"), ("l", "waiting", moment)):
        empty_place.sql(
            "INSERT INTO outbox (key, kind, surface, recipient, payload, created_at, not_before, attempts, state,"
            f" leased_until, receipt) VALUES ('{name}', 'nudge', 'slack', 'C1', '{{}}', {moment}, {moment}, 1,"
            f" '{state}', {leased}, '')"
        )
        empty_place.sql(
            f"INSERT INTO outbox_attempt (key, number, at, outcome, why) VALUES ('{name}', 1, {moment}, 'claimed', '')"
        )
    upgrade(empty_place.url)
    store = open_store(empty_place.url, key)
    with store.unit() as unit:
        states = {name: unit.outbox.get(name).state for name in "wsl"}
        assert states == {"w": State.WAITING, "s": State.SENT, "l": State.SENDING}
        assert [entry.number for entry in unit.outbox.attempts("w")] == [1]
        claimed = unit.outbox.claim(some.morning, 60, 10)
        assert {message.key: message.doubt for message in claimed} == {"w": False, "l": True}
    store.close()
