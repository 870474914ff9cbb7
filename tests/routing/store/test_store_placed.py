"""Where cards of cases stand: one per address and subject, shown up to a version, forgotten by whoever notices first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from routing.placed import PlacedCard

CARD = PlacedCard("slack", "C1", "c-1", "escalation", "0", "C1/5.1", "k1", shown=0)


@pytest.fixture
def kept(store: Any, some: Any) -> Any:
    """A store with a case and its card."""
    with store.unit() as unit:
        unit.cases.add(some.case(), [])
        unit.placed.put(CARD, some.morning)
        unit.commit()
    return store


def get(unit: Any) -> PlacedCard | None:
    found: PlacedCard | None = unit.placed.get("slack", "C1", "c-1", "escalation", "0")
    return found


def test_a_card_that_stands_elsewhere_now_takes_the_place_of_the_other(kept: Any, some: Any) -> None:
    with kept.unit() as unit:
        assert get(unit) == CARD
        moved = replace(CARD, place="C1/9.9", key="k2", shown=3)
        unit.placed.put(moved, some.morning + timedelta(hours=1))
        assert get(unit) == moved
        assert unit.placed.get("slack", "C1", "c-1", "escalation", "1") is None
        assert unit.placed.get("teams", "C1", "c-1", "escalation", "0") is None


def test_a_card_is_behind_until_it_shows_what_its_case_is(kept: Any, some: Any) -> None:
    with kept.unit() as unit:
        case = unit.cases.get("c-1")
        assert [card.key for card in unit.placed.behind("slack")] == ["k1"]
        assert unit.placed.behind("teams") == []
        assert unit.placed.shows(CARD, case.version)
        assert unit.placed.behind("slack") == []
        assert not unit.placed.shows(CARD, case.version), "it was shown already"
        assert not unit.placed.shows(CARD, case.version - 1)
        assert not unit.placed.shows(replace(CARD, place="C1/9.9"), case.version + 1), "another card stands there"


def test_one_of_two_who_notice_forgets_it(kept: Any) -> None:
    with kept.unit() as unit:
        assert not unit.placed.forget(replace(CARD, place="C1/9.9"))
        assert unit.placed.forget(CARD)
        assert not unit.placed.forget(CARD)
        assert get(unit) is None


def test_no_more_than_asked_for_and_the_longest_standing_first(kept: Any, some: Any) -> None:
    with kept.unit() as unit:
        for number in range(1, 4):
            unit.placed.put(replace(CARD, subject=str(number)), some.morning - timedelta(hours=number))
        assert [card.subject for card in unit.placed.behind("slack", 3)] == ["3", "2", "1"]


def test_contacts_of_a_surface_and_people_of_one(store: Any, some: Any) -> None:
    from routing.outgoing import Contact, ContactState
    from routing.people import Actor

    with store.unit() as unit:
        unit.contacts.put(Contact("agency:b", "slack", "U1"), some.morning)
        unit.contacts.put(Contact("agency:a", "slack", "U2"), some.morning)
        unit.contacts.put(Contact("agency:a", "teams", "T2"), some.morning)
        unit.contacts.gone("agency:b", "slack", "U1", "left", some.morning)
        assert [(c.recipient, c.address, c.state) for c in unit.contacts.on("slack")] == [
            ("agency:a", "U2", ContactState.ACTIVE),
            ("agency:b", "U1", ContactState.GONE),
        ]
        unit.people.put(Actor("slack:T1:U1", "a"), some.morning)
        unit.people.put(Actor("slack:T1:U2", ""), some.morning)
        unit.people.put(Actor("slack:T12:U1", "a"), some.morning)
        assert [actor.id for actor in unit.people.of_surface("slack:T1:")] == ["slack:T1:U1"]
