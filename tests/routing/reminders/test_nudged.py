"""Who gets the weekly nudge: every desk's supervisor, each person once, where they can be reached."""

from __future__ import annotations

import pytest

from knowledge.load import load
from routing.nudged import Nudged, candidates, desks_of, nudged
from routing.outgoing import WEB, Contact, ContactState
from routing.people import Actor, Role

MIHON = load("mihon")
CENTRE, OFFICE, TEAM = "hokatsu-higashi", "korei-fukushi", "project-team"
POST = "post:co-hokatsu-higashi-supervisor"


def boss(name: str, agency: str = CENTRE) -> Actor:
    return Actor(name, agency, Role.SUPERVISOR)


def chat(recipient: str, address: str, state: ContactState = ContactState.ACTIVE) -> Contact:
    return Contact(recipient, "slack", address, state)


def told(agency: str, persons: list[Actor], contacts: list[Contact]) -> list[str]:
    """Who is told of an agency's own nudge."""
    known = {each: [c for c in contacts if c.recipient == each] for each in candidates(MIHON, persons)}
    return [each.recipient for each in nudged(MIHON, persons, known) if agency in each.agencies]


ROWS: list[tuple[str, list[Actor], list[Contact], list[str]]] = [
    ("the post, in the web's inbox", [], [], [POST]),
    ("somebody acts for it on the web and reads the post's inbox", [boss("web:1")], [], [POST]),
    ("somebody can be reached in a chat", [boss("slack:1")], [chat("person:slack:1", "U1")], ["person:slack:1"]),
    ("the post can", [boss("slack:1")], [chat(POST, "U9")], [POST]),
    ("both, at one address", [boss("slack:1")], [chat(POST, "U1"), chat("person:slack:1", "U1")], [POST]),
    ("two people in a chat", [boss("slack:1"), boss("slack:2")],
     [chat("person:slack:1", "U1"), chat("person:slack:2", "U2")], ["person:slack:1", "person:slack:2"]),
    ("who left the chat reads the post's inbox", [boss("slack:1")],
     [chat("person:slack:1", "U1", ContactState.GONE)], [POST]),
    ("a web contact is no chat", [boss("web:1")], [Contact("person:web:1", WEB, "person:web:1")], [POST]),
]  # fmt: skip


@pytest.mark.parametrize(("why", "persons", "contacts", "expected"), ROWS, ids=[why for why, *_ in ROWS])
def test_who_is_told_of_a_desk(why: str, persons: list[Actor], contacts: list[Contact], expected: list[str]) -> None:
    assert told(CENTRE, persons, contacts) == expected


def test_a_desk_without_a_supervisors_post_tells_its_people() -> None:
    assert told("suido", [boss("web:1", "suido"), boss("web:2", "suido")], []) == ["person:web:1", "person:web:2"]
    assert told("suido", [], []) == []


def test_one_address_for_several_desks_gets_one_nudge_that_tells_of_all() -> None:
    persons = [boss("slack:1", OFFICE), boss("slack:2", "jutaku")]
    contacts = {f"person:{p.id}": [chat(f"person:{p.id}", "U1")] for p in persons}
    (mine,) = [each for each in nudged(MIHON, persons, contacts) if each.recipient.startswith("person:")]
    assert mine == Nudged("person:slack:1", (OFFICE, "jutaku"))


def test_the_teams_supervisor_comes_first_where_one_person_holds_several_posts() -> None:
    posts = ("post:co-jutaku-supervisor", "post:co-project-team-supervisor")
    found = nudged(MIHON, [], {post: [chat(post, "U1")] for post in posts})
    assert [each for each in found if TEAM in each.agencies] == [Nudged(posts[1], (TEAM, "jutaku"))]


def test_who_acts_for_a_desk_that_the_pack_has_no_more_gets_none() -> None:
    assert "person:web:1" not in candidates(MIHON, [boss("web:1", "closed-desk")])


def test_a_supervisors_desks_are_all_within_their_own() -> None:
    assert {"korei-shien", "hokatsu-kikan", CENTRE} <= desks_of([OFFICE], MIHON)
    assert desks_of([CENTRE], MIHON) == {CENTRE}
    assert desks_of([""], MIHON) == frozenset()
