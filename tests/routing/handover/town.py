"""見本市 at work in tests: people, cases and a clock, over a real store. Every command is one unit of work, as on the surfaces."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from knowledge.load import load
from routing.cases import Case, CaseStatus, Confirmation, Event
from routing.decision import decide
from routing.documents import FACTS, PROPOSAL
from routing.facts import Facts, plain_facts
from routing.follow_up import load_follow_up
from routing.people import Actor, Role
from routing.policy import load_policy
from routing.ports import Identity
from routing.standing import Standing
from routing.store import SqlStore
from routing.use_case import open_with, sweep
from routing.work import CaseNow, Rules, Work, open_work
from routing.worktime import hours_of

HERE = Path(__file__).parent
MORNING = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)  # a Tuesday, ten o'clock in Japan
DAY = date(2026, 11, 24)

CLERK = Actor("web:clerk", "fukushi-madoguchi")
CARE = Actor("web:care", "hokatsu-kikan", Role.COORDINATOR)
WORKLESS = Actor("web:workless", "jiritsu-sodan", Role.COORDINATOR)
ELDERLY = Actor("web:elderly", "korei-shien", Role.COORDINATOR)
HEAD = Actor("web:head", "korei-fukushi", Role.SUPERVISOR)  # 課: contains korei-shien
TEAM = Actor("web:team", "project-team", Role.COORDINATOR)
GUEST = Actor("web:guest")


@cache
def mihon() -> Rules:
    """The town's rules, loaded once."""
    catalogue = load("mihon")
    policy = load_policy(catalogue)
    return Rules(
        catalogue, policy, load_follow_up(catalogue, [s.rule.id for s in policy.shares]), hours_of(catalogue.pack)
    )


def rows(name: str) -> Iterator[Mapping[str, str]]:
    """The rows of a table beside the tests."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def case_of(facts: Facts, *, at: datetime = MORNING, by: str = CLERK.id, route: str = "", **changes: Any) -> Case:
    """A case as the dialogue would confirm it; `route` overrides the proposed one."""
    rules = mihon()
    proposal = decide(facts, rules.policy, rules.catalogue, DAY)
    targets = tuple(target.agency for target in proposal.targets)
    name = uuid4().hex
    values: dict[str, Any] = {
        "id": name,
        "number": f"MIHON-2026-{name[:8].upper()}",
        "pack": "mihon",
        "pack_digest": rules.catalogue.digest,
        "policy_digest": rules.policy.digest,
        "on": DAY,
        "opened_at": at,
        "opened_by": by,
        "masked_text": "母（80代）と子（50代）",
        "reading": "{}",
        "facts": FACTS.dump_json(facts).decode(),
        "proposal": PROPOSAL.dump_json(proposal).decode(),
        "confirmation": Confirmation(route or proposal.route, None, targets, by, at),
        "form_version": "2026",
    }
    return Case(**{**values, **changes})


@dataclass
class Town:
    """見本市 over a store. `at` is the present moment and moves only when told; `pack` keeps one test's cases apart."""

    store: SqlStore
    rules: Rules = field(default_factory=mihon)
    at: datetime = MORNING
    pack: str = "mihon"

    def __post_init__(self) -> None:
        head = self.rules.catalogue.pack
        if head.id != self.pack:
            renamed = replace(self.rules.catalogue, pack=head.model_copy(update={"id": self.pack}))
            self.rules = replace(self.rules, catalogue=renamed)

    def later(self, **span: float) -> Town:
        """Let time pass."""
        self.at += timedelta(**span)
        return self

    def open(
        self,
        *,
        by: Actor = CLERK,
        route: str = "single_window",
        identity: Identity | None = None,
        case: Case | None = None,
        **facts: Any,
    ) -> str:
        """A new case; returns its number."""
        told = {"issues": ["dementia", "poverty"], "consent": "yes", **facts}
        new = case or case_of(plain_facts(told), at=self.at, by=by.id, route=route, pack=self.pack)
        with self.store.unit() as unit:
            open_with(unit, self.rules, new, identity or Identity(), by, "test.rule")
            unit.commit()
        return new.number

    def do(self, actor: Actor, number: str, command: Callable[..., Any], *given: Any) -> Any:
        """One command by one person in one transaction."""
        with self.store.unit() as unit:
            done = command(open_work(unit, self.rules, number, actor, self.at), *given)
            unit.commit()
        return done

    def sweep(self) -> list[str]:
        """What the timer does now; returns the ids of the cases it looked at."""
        with self.store.unit(reading=True) as unit:
            due = list(unit.board.due(self.at, pack=self.pack))
        for case_id in due:
            with self.store.unit() as unit:
                sweep(unit, self.rules, case_id, self.at)
                unit.commit()
        return due

    def now(self, number: str) -> CaseNow:
        """A case as it stands."""
        with self.store.unit(reading=True) as unit:
            case = unit.cases.by_number(number)
            assert case is not None
            return CaseNow(case, Work(unit, self.rules, case, GUEST, self.at).standing)

    def standing(self, number: str) -> Standing:
        return self.now(number).standing

    def events(self, number: str) -> list[Event]:
        with self.store.unit(reading=True) as unit:
            case = unit.cases.by_number(number)
            assert case is not None
            return list(unit.cases.events(case.id))

    def notes(self, number: str) -> dict[str, str]:
        with self.store.unit(reading=True) as unit:
            return dict(unit.notes.of(self.now(number).case.id))

    def sent(self, number: str) -> list[Any]:
        """Everything that leaves about a case, oldest first."""
        with self.store.unit(reading=True) as unit:
            return [each.message for each in unit.outbox.of_case(self.now(number).case.id)]

    def row(self, number: str) -> Any:
        """Its row on the board, found by the person who opened it."""
        opener = self.now(number).case.opened_by
        with self.store.unit(reading=True) as unit:
            found = [
                r for r in unit.board.list(self.pack, opened_by=opener, status="", limit=1000) if r.number == number
            ]
        (row,) = found
        return row


def is_open(standing: Standing) -> bool:
    return standing.status is CaseStatus.OPEN
