"""What follows a proposal, in SQL: notes, the board, households, one-time links, who acts for whom; on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from routing.cases import CaseStatus
from routing.errors import KeyMissing, StaleWrite, UnknownCase
from routing.facts import plain_facts
from routing.households import marks_of
from routing.links import Link, spend, try_code
from routing.people import Actor, Role
from routing.ports import BoardRow, Identity
from routing.standing import Standing
from routing.store import engine, migrations, new_key, open_store, upgrade
from routing.store.board import _BRANCHES
from tests.routing.handover.town import MORNING, Town, case_of, mihon

HOUR = timedelta(hours=1)
MARK = "三保トメ|1940-03-03"
COUNTS = ("declined", "expired")


def add(store: Any, *cases: Any) -> None:
    with store.unit() as unit:
        for case in cases:
            unit.cases.add(case, ())
        unit.commit()


# ── notes ──


def test_a_note_is_sealed_comes_back_and_is_replaced_under_its_key(store: Any, place: Any, some: Any) -> None:
    add(store, some.case(), some.case(id="c-2", number="MH-2"))
    with store.unit() as unit:
        unit.notes.put("c-1", "note:2", "母が転倒した")
        unit.notes.put("c-1", "note:1", "前からの相談")
        unit.notes.put("c-1", "note:2", "母が入院した")
        unit.notes.put("c-2", "note:1", "別の世帯")
        unit.commit()
    with store.unit(reading=True) as unit:
        assert dict(unit.notes.of("c-1")) == {"note:2": "母が入院した", "note:1": "前からの相談"}
        assert unit.notes.of("c-3") == {}
    sealed = [token for (token,) in place.sql("SELECT sealed FROM note")]
    assert len(sealed) == 3
    assert not any("母" in token or "世帯" in token for token in sealed)


def test_a_note_of_no_case_is_refused(store: Any) -> None:
    with pytest.raises(UnknownCase), store.unit() as unit:
        unit.notes.put("c-9", "note:1", "x")
        unit.commit()


def test_what_no_database_can_hold_is_replaced_in_a_note(store: Any, some: Any) -> None:
    add(store, some.case())
    with store.unit() as unit:
        unit.notes.put("c-1", "note:1", "a\x00\udc80")
        assert unit.notes.of("c-1") == {"note:1": "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"}


# ── households ──


def test_a_household_is_found_by_its_mark_latest_case_first(store: Any, some: Any) -> None:
    late = some.case(id="c-2", number="MH-2", opened_at=some.morning + HOUR)
    add(store, some.case(), late, some.case(id="c-3", number="MH-3"))
    with store.unit() as unit:
        unit.households.put("c-1", (MARK, "三保太郎|1970-01-01"))
        unit.households.put("c-2", (MARK,))
        unit.households.put("c-3", ("三保トメ|1940-03-04",))
        unit.commit()
    with store.unit(reading=True) as unit:
        assert unit.households.find((MARK,)) == ["c-2", "c-1"]
        assert unit.households.find(("三保太郎|1970-01-01", MARK)) == ["c-2", "c-1"]
        assert unit.households.find(("三保トメ",)) == unit.households.find(()) == []


def test_the_marks_of_a_case_are_replaced_whole(store: Any, some: Any) -> None:
    add(store, some.case())
    with store.unit() as unit:
        unit.households.put("c-1", (MARK, "三保太郎|1970-01-01"))
        unit.households.put("c-1", (MARK, "三保次郎|1972-01-01"))
        assert unit.households.find(("三保太郎|1970-01-01",)) == []
        assert unit.households.find(("三保次郎|1972-01-01",)) == unit.households.find((MARK,)) == ["c-1"]
        unit.households.put("c-1", ())
        assert unit.households.find((MARK,)) == []


def test_a_mark_is_neither_readable_nor_to_be_tried_without_the_key(
    store: Any, place: Any, key: str, some: Any
) -> None:
    import hashlib

    add(store, some.case())
    with store.unit() as unit:
        unit.households.put("c-1", (MARK,))
        unit.commit()
    ((kept,),) = place.sql("SELECT hash FROM household")
    assert len(kept) == 64
    assert kept != hashlib.sha256(MARK.encode()).hexdigest()
    other = open_store(place.url, f"{key},{new_key()}")
    with other.unit(reading=True) as unit:
        assert unit.households.find((MARK,)) == ["c-1"]
    other.close()


def test_a_household_is_found_while_keys_change_and_after_the_old_one_is_thrown_away(
    store: Any, place: Any, key: str, some: Any
) -> None:
    identity = Identity({"name": "三保 トメ", "birth_date": "昭和15年3月3日"}, "")
    marks = marks_of(identity.items)
    add(store, some.case(), some.case(id="c-2", number="MH-2", opened_at=some.morning + HOUR))
    with store.unit() as unit:
        for name in ("c-1", "c-2"):
            unit.identities.put(name, identity)
        unit.households.put("c-1", marks)  # c-2 is from before there were marks
        unit.notes.put("c-1", "note:1", "母が転倒した")
        unit.commit()
    new = new_key()
    both = open_store(place.url, f"{new},{key}")
    with both.unit() as unit:
        assert unit.households.find(marks) == ["c-1"]
    assert both.rotate_keys() == 1 + 2 + 1
    both.close()
    with pytest.raises(KeyMissing):
        open_store(place.url, key)
    only_new = open_store(place.url, new)
    with only_new.unit(reading=True) as unit:
        assert unit.households.find(marks) == ["c-2", "c-1"]
        assert unit.notes.of("c-1") == {"note:1": "母が転倒した"}
    only_new.close()


# ── links ──


def link(some: Any, **changes: Any) -> Link:
    made = Link("t" * 64, "c" * 64, "c-1", 1, some.morning, "web:clerk", some.morning + 72 * HOUR, 3)
    return replace(made, **changes)


def test_a_link_comes_back_and_takes_its_next_states(store: Any, some: Any) -> None:
    add(store, some.case())
    new = link(some)
    with store.unit() as unit:
        unit.links.put(new)
        wrong, right = try_code(new, "x", some.morning)
        assert not right
        unit.links.put(wrong)
        unit.commit()
    with store.unit() as unit:
        read = unit.links.get(new.token_hash)
        assert read == replace(new, wrong=1)
        opened, right = try_code(read, "c" * 64, some.morning + HOUR)
        assert right
        unit.links.put(opened)
        unit.links.put(spend(opened, some.morning + 2 * HOUR))
        unit.commit()
    with store.unit(reading=True) as unit:
        spent = replace(new, wrong=1, opened_at=some.morning + HOUR, used_at=some.morning + 2 * HOUR)
        assert unit.links.get(new.token_hash) == spent
        assert unit.links.get("unknown") is None


@pytest.mark.parametrize("change", [{"wrong": 1}, {"opened_at": MORNING}, {"used_at": MORNING}], ids=str)
def test_a_link_is_not_written_over_a_state_that_changed_since_it_was_read(
    store: Any, some: Any, change: dict[str, Any]
) -> None:
    add(store, some.case())
    with store.unit() as unit:
        unit.links.put(link(some))
        unit.commit()
    slow = store.unit(reading=True)
    with slow:
        stale = slow.links.get(link(some).token_hash)
        with store.unit() as fast:
            fast.links.put(replace(fast.links.get(stale.token_hash), **change))
            fast.commit()
        with store.unit() as unit:
            unit.links._known = slow.links._known
            with pytest.raises(StaleWrite, match="もう一度開いて"):
                unit.links.put(replace(stale, wrong=1))


def test_a_link_is_new_only_once(store: Any, some: Any) -> None:
    add(store, some.case())
    with store.unit() as unit:
        unit.links.put(link(some))
        unit.commit()
    with store.unit() as unit, pytest.raises(StaleWrite):
        unit.links.put(link(some, referral=2))


# ── people ──


def test_a_person_acts_for_one_agency_until_it_changes(store: Any, some: Any) -> None:
    with store.unit() as unit:
        assert unit.people.get("web:1") == Actor("web:1")
        unit.people.put(Actor("web:1", "hokatsu-kikan", Role.COORDINATOR), some.morning)
        unit.people.put(Actor("web:0", "hokatsu-kikan"), some.morning + HOUR)
        unit.people.put(Actor("slack:2", "project-team", Role.SUPERVISOR), some.morning)
        unit.commit()
    with store.unit() as unit:
        assert unit.people.get("web:1") == Actor("web:1", "hokatsu-kikan", Role.COORDINATOR)
        assert [each.id for each in unit.people.of("hokatsu-kikan")] == ["web:1", "web:0"]
        unit.people.put(Actor("web:1"), some.morning + HOUR)
        assert unit.people.get("web:1") == Actor("web:1")
        assert [each.id for each in unit.people.of("hokatsu-kikan")] == ["web:0"]
        assert unit.people.of("") == []


# ── the board ──


def boards(store: Any, **asked: Any) -> list[str]:
    with store.unit(reading=True) as unit:
        return [row.number for row in unit.board.list("mihon", **asked)]


def held(n: int, *desks: str, status: str = "open", minute: int | None = None, **changes: Any) -> tuple[Any, Standing]:
    """A case number N<n> whose desks held it in this order, last touched at minute n."""
    case = case_of(plain_facts({"issues": ["poverty"]}), id=f"c{n:04d}", number=f"N{n}", **changes)
    at = MORNING + timedelta(minutes=n if minute is None else minute)
    owner = desks[-1] if desks else ""
    return case, Standing(CaseStatus(status), owner, desks, last_at=at)


def put(store: Any, *all_: tuple[Any, Standing]) -> None:
    with store.unit() as unit:
        for case, standing in all_:
            if unit.cases.get(case.id) is None:
                unit.cases.add(case, ())
            unit.board.put(case, standing, COUNTS)
        unit.commit()


def test_a_row_shows_what_lists_need(store: Any) -> None:
    case = case_of(plain_facts({"issues": ["poverty", "dementia"], "urgent": "yes"}))
    put(store, (case, Standing(owner="korei-shien", holders=("korei-shien",), last_at=MORNING + HOUR)))
    with store.unit(reading=True) as unit:
        (row,) = unit.board.list("mihon", desks=["korei-shien"])
    assert row == BoardRow(
        case_id=case.id,
        number=case.number,
        pack="mihon",
        status="open",
        owner="korei-shien",
        opened_by="web:clerk",
        opened_at=MORNING,
        last_at=MORNING + HOUR,
        route="existing_meeting" if case.confirmation.route == "existing_meeting" else case.confirmation.route,
        urgent=True,
        issues=("dementia", "poverty"),
        waiting_for=(),
        answer_by=None,
        escalation="",
        bounces=0,
    )


def test_a_list_is_the_union_of_what_is_asked_for_each_case_once_latest_change_first(store: Any) -> None:
    put(
        store,
        held(1, "a"),
        held(2, "a", "b"),
        held(3, "b"),
        held(4, "c", by="web:me"),
        held(5, "c", status="closed"),
        held(6, "a", pack="okinawa"),
    )
    assert boards(store, desks=["a"]) == ["N2", "N1"], "held, though b holds it now"
    assert boards(store, desks=["a", "b", "a"]) == ["N3", "N2", "N1"]
    assert boards(store, desks=["b"], opened_by="web:me") == ["N4", "N3", "N2"]
    assert boards(store, desks=["c"]) == ["N4"]
    assert boards(store, desks=["c"], status="closed") == ["N5"]
    assert boards(store, desks=["c"], status="") == ["N5", "N4"]
    assert boards(store) == boards(store, desks=["d"]) == boards(store, escalated=True) == []
    assert boards(store, desks=["a", "b"], limit=2) == ["N3", "N2"]
    assert boards(store, desks=["a"], limit=0) == []


def test_a_case_moves_in_the_lists_when_it_changes_or_closes(store: Any) -> None:
    put(store, held(1, "a"), held(2, "a"))
    put(store, held(1, "a", minute=9))
    assert boards(store, desks=["a"]) == ["N1", "N2"]
    put(store, held(1, "a", "b", status="closed", minute=10))
    assert boards(store, desks=["a", "b"]) == ["N2"]
    assert boards(store, desks=["b"], status="closed") == ["N1"]


def test_a_case_that_nobody_ever_held_lies_with_the_desk_without_a_name(store: Any) -> None:
    put(store, held(1), held(2, "a"))
    assert boards(store, desks=[""]) == ["N1"]


def test_who_holds_open_cases_is_known_also_when_the_pack_no_longer_knows_them(store: Any) -> None:
    put(
        store,
        held(1),
        held(2, "a"),
        held(3, "a", "abolished"),
        held(4, "b", status="closed"),
        held(5, "c", pack="okinawa"),
    )
    with store.unit(reading=True) as unit:
        assert unit.board.owners("mihon") == ["", "a", "abolished"]


@pytest.mark.parametrize("desks", [1, 3, _BRANCHES, _BRANCHES + 3, 700])
def test_pages_follow_each_other_without_gaps_however_many_desks_are_asked_for(store: Any, desks: int) -> None:
    names = [f"d{n}" for n in range(desks)]
    # every third case shares its minute with the next, and is held by two desks
    put(store, *(held(n, names[n % desks], names[n * 7 % desks], minute=n // 3) for n in range(20)))
    seen, after = [], ""
    for _ in range(20):
        with store.unit(reading=True) as unit:
            rows = unit.board.list("mihon", desks=names, limit=3, after=after)
        if not rows:
            break
        seen += [row.number for row in rows]
        after = rows[-1].cursor
    assert seen == boards(store, desks=names, limit=100)
    assert sorted(seen) == sorted(f"N{n}" for n in range(20))


@pytest.mark.parametrize("cursor", ["nonsense", "2026-11-24 x", "0001-01-01T00:00:00+23:00 x", " ", "\x00"])
def test_a_list_with_a_cursor_that_is_none_begins_at_its_beginning(store: Any, cursor: str) -> None:
    put(store, held(1, "a"))
    assert boards(store, desks=["a"], after=cursor) == ["N1"]


def test_what_desks_raised_is_counted_by_the_desk_that_held_the_case_first(store: Any) -> None:
    put(store, held(1, "a"), held(2, "b"), held(3), held(4, "a", pack="okinawa"))
    put(store, held(1, "a", "b"))
    late = held(5, "b", at=MORNING + 9 * HOUR)
    put(store, late)
    with store.unit(reading=True) as unit:
        assert sorted(unit.board.raised("mihon", MORNING)) == [
            ("a", MORNING),
            ("b", MORNING),
            ("b", MORNING + 9 * HOUR),
        ]
        assert unit.board.raised("mihon", MORNING + HOUR) == [("b", MORNING + 9 * HOUR)]


# ── databases from before ──


def test_cases_from_before_stand_on_the_board_without_an_owner(empty_place: Any, key: str) -> None:
    facts = plain_facts({"issues": ["poverty", "dementia"], "urgent": "yes"})
    case = case_of(facts, route="multi_agency", id="old-1", number="MIHON-2026-0001")
    older(empty_place.url, case)
    assert upgrade(empty_place.url) == migrations.REVISIONS[-1]
    store = open_store(empty_place.url, key)
    town = Town(store)
    with store.unit(reading=True) as unit:
        (row,) = unit.board.list("mihon", opened_by="web:clerk")
        assert [each.number for each in unit.board.list("mihon", desks=[""], limit=700)][-1] == "MIHON-2026-0001"
        assert len(unit.board.list("mihon", desks=[""], limit=1000)) == 601
        assert unit.board.due(MORNING + timedelta(days=999)) == []
        assert unit.board.raised("mihon", MORNING - timedelta(days=999)) == []
    assert (row.owner, row.route, row.urgent, row.issues) == ("", "multi_agency", True, ("dementia", "poverty"))
    assert row.last_at == MORNING + HOUR
    assert row == projected(town, row.number), "as if it had been put there by today's program"
    store.close()


def projected(town: Town, number: str) -> BoardRow:
    """The row after today's program has written it again."""
    now = town.now(number)
    with town.store.unit() as unit:
        unit.board.put(now.case, now.standing, mihon().follow_up.data.bounce.counts)
        unit.commit()
    return town.row(number)


def older(url: str, case: Any) -> None:
    """A database of revision 0002 with a case, an unreadable one, and six hundred more."""
    from alembic import command
    from alembic.config import Config

    from routing.cases import Event, EventKind
    from routing.store.convert import case_columns, event_columns
    from routing.store.tables import CaseRow, EventRow

    plain = create_engine(engine.parse(url))
    with plain.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(migrations.HERE))
        command.upgrade(config, "0002")
        connection.execute(CaseRow.__table__.insert().values(case_columns(replace(case, version=1))))
        events = [
            Event(EventKind.OPENED, MORNING, "web:clerk", {"number": case.number}),
            Event(EventKind.NOTED, MORNING + HOUR, "web:clerk", {}),
        ]
        for seq, event in enumerate(events, 1):
            connection.execute(EventRow.__table__.insert().values(event_columns(case.id, seq, event)))
        strange = replace(case, facts="?", opened_by="web:other", opened_at=MORNING + 2 * HOUR)
        connection.execute(
            CaseRow.__table__.insert(),
            [case_columns(replace(strange, id=f"x{n:03d}", number=f"X{n}", version=1)) for n in range(600)],
        )
        assert connection.execute(text("SELECT count(*) FROM case_file")).scalar() == 601
    plain.dispose()
