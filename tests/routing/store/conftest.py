"""Values to put into a store. The stores themselves are in the conftest above."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from routing.cases import Case, Confirmation, Event, EventKind
from routing.ports import Identity, OutgoingMessage, StoredDialogue, StoredTurn
from routing.store import Patience

MORNING = datetime(2026, 4, 1, 0, 30, tzinfo=UTC)
SHORT = Patience(busy_seconds=0.3)


class Some:
    """Values of a fictional household; every maker takes the fields that matter to the test."""

    morning = MORNING
    short = SHORT

    def turn(self, **changes: Any) -> StoredTurn:
        turn = StoredTurn("web:1", "m1", "web", "clerk-7", MORNING, "text", "母（80代）が心配", "三保トメさんが心配")
        return replace(turn, **changes)

    def dialogue(self, **changes: Any) -> StoredDialogue:
        dialogue = StoredDialogue("web:1", "clerk-7", 3, '{"asked": []}', "三保トメさんが心配", 0, MORNING, "abc123")
        return replace(dialogue, **changes)

    def case(self, **changes: Any) -> Case:
        confirmation = Confirmation(
            "multi_agency", "shien", ("houkatsu", "shakyo"), "clerk-7", MORNING, True, "急ぐため"
        )
        case = Case(
            id="c-1",
            number="MH-2026-0001",
            pack="mihon",
            pack_digest="p1",
            policy_digest="r1",
            on=date(2026, 4, 1),
            opened_at=MORNING,
            opened_by="clerk-7",
            masked_text="母（80代）と子（50代）",
            reading='{"findings": [1]}',
            facts='{"members": 2}',
            proposal='{"route": "multi_agency"}',
            confirmation=confirmation,
            form_version="2026",
            sheet={"wish@2": "家で暮らしたい"},
        )
        return replace(case, **changes)

    def event(self, **changes: Any) -> Event:
        return replace(Event(EventKind.CONFIRMED, MORNING, "clerk-7", {"route": "multi_agency"}), **changes)

    def identity(self, **changes: Any) -> Identity:
        return replace(Identity({"name@1": "三保トメ", "phone@1": "090-0000-0000"}, "三保トメさんが心配"), **changes)

    def message(self, **changes: Any) -> OutgoingMessage:
        message = OutgoingMessage("nudge:c-1:1", "nudge", "slack", "C01", '{"case": "c-1"}', MORNING, MORNING)
        return replace(message, **changes)


@pytest.fixture(scope="session")
def some() -> Some:
    return Some()
