"""One case opened for a change: its value, how it stands, what is recorded, and everything saved together.

Knows that events, the case, its notes, what lists show of it, and the messages that leave belong to one transaction (the
caller's). Refuses to know which changes are legal (use_referral.py, use_escalation.py) and wording.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from knowledge.catalogue import Agency, Catalogue
from routing.alerts import messages
from routing.cases import Case, Event
from routing.decision import decide
from routing.documents import FACTS
from routing.errors import UnknownAgency, UnknownCase
from routing.facts import NO, UNKNOWN, YES, Facts
from routing.follow_up import FollowUp
from routing.people import Actor, may_see
from routing.policy import Policy
from routing.ports import UnitOfWork
from routing.proposal import Proposal
from routing.standing import Standing, after, replay
from routing.worktime import OfficeHours, add_working, local


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything of a town that the use cases look at."""

    catalogue: Catalogue
    policy: Policy
    follow_up: FollowUp
    hours: OfficeHours

    def deadline(self, at: datetime, minutes: int, clock: str = "working") -> datetime:
        """`minutes` later, in working time or on the wall."""
        span = timedelta(minutes=minutes)
        return add_working(at, span, self.hours) if clock == "working" else at + span

    def agency(self, name: str, on: date) -> Agency:
        """An agency in force. Raises `UnknownAgency`."""
        agency = self.catalogue.agencies.get(name)
        if agency is None or not agency.in_force(on):
            raise UnknownAgency(name)
        return agency


@dataclass(frozen=True, slots=True)
class CaseNow:
    """A case as it stands."""

    case: Case
    standing: Standing


class Work:
    """A case between reading and saving. Nothing stays unless the unit of work is committed."""

    def __init__(self, unit: UnitOfWork, rules: Rules, case: Case, actor: Actor, at: datetime) -> None:
        self.unit, self.rules, self.case, self.actor, self.at = unit, rules, case, actor, at
        self.before = self.standing = replay(unit.cases.events(case.id))
        self._events: list[Event] = []

    @property
    def on(self) -> date:
        """The day in the town's zone."""
        return local(self.at).date()

    @property
    def facts(self) -> Facts:
        """The facts of the case with the consent as it is now."""
        facts = FACTS.validate_json(self.case.facts)
        state = self.standing.consent.state
        return facts.with_choice("consent", {"yes": YES, "no": NO, "withdrawn": NO}.get(state, UNKNOWN))

    def proposal(self) -> Proposal:
        """What the rules of today say of the case as it stands."""
        return decide(self.facts, self.rules.policy, self.rules.catalogue, self.on)

    def record(self, *events: Event | None) -> Standing:
        """Take events in; the standing follows at once."""
        for event in events:
            if event is not None:
                self._events.append(event)
                self.standing = after(self.standing, event)
        return self.standing

    def note(self, key: str, text: str) -> str:
        """Keep free text with the case, sealed; returns its key, empty for an empty text."""
        text = text.strip()
        if text:
            self.unit.notes.put(self.case.id, key, text)
        return key if text else ""

    def save(self) -> CaseNow:
        """Write the events, the case, what lists show, and the messages. Raises `StaleWrite` when somebody was faster."""
        if not self._events:
            return CaseNow(self.case, self.standing)
        case = self.unit.cases.save(replace(self.case, status=self.standing.status), self._events)
        self.unit.board.put(case, self.standing, self.rules.follow_up.data.bounce.counts)
        for message in messages(case, self.standing, self._events, self.proposal(), self.at, self.rules.catalogue):
            self.unit.outbox.put(message)
        self._events = []
        self.case = case
        return CaseNow(case, self.standing)


def open_work(unit: UnitOfWork, rules: Rules, number: str, actor: Actor, at: datetime) -> Work:
    """A case by its number, for somebody who may see it. Raises `UnknownCase` alike for one that is not there or not theirs."""
    case = unit.cases.by_number(number.strip().upper())
    if case is None or case.pack != rules.catalogue.pack.id:
        raise UnknownCase(NOT_FOUND)
    work = Work(unit, rules, case, actor, at)
    if not may_see(actor, work.standing, case.opened_by, rules.catalogue):
        raise UnknownCase(NOT_FOUND)
    return work


NOT_FOUND = "この番号の案件は見つかりません。番号（例: まちの名前-年-4桁）を確かめてください。ほかの窓口の案件は、担当になるまで開けません。"
