"""Two simulated years of a town of 300 cases: people ask, answer, move on, snooze and close, and every message keeps to the calendar.

Also how long a sweep over a hundred thousand open cases takes, and how soon the auditor finds a stuck row.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import psycopg

from bot.delivery import Delivery
from bot.rounds import Round, Rounds, Town, audit, delivery_rules, replica_rounds, still_due, sweep
from bot.watched import watch_of
from knowledge.catalogue import Catalogue
from knowledge.load import load
from routing.calendar import is_working_day
from routing.outgoing import OutgoingMessage
from routing.ports import UnitOfWork
from routing.progress import Watched, nudge_day
from routing.reminders import load_reminders
from routing.store import new_key, open_store, upgrade
from routing.worktime import TOKYO, OfficeHours, hours_of, is_open

REMINDERS = load_reminders(load("mihon"))
HOURS = OfficeHours()
BEGIN, END = date(2025, 3, 31), date(2027, 3, 31)  # from a Monday on
CASES, DESKS = 300, 12
TICKS = ((3, 0), (8, 44), (8, 45), (12, 0), (15, 0), (17, 30))


@dataclass
class Life:
    """A town's cases, changing a little every day."""

    dice: Random
    now: datetime
    things: dict[str, Watched] = field(default_factory=dict)

    def begin(self) -> None:
        """All cases are open, and were last touched some time ago."""
        for n in range(CASES):
            since = {"progress": self.now - timedelta(days=self.dice.uniform(0, 30))}
            self.things[f"c{n}"] = Watched(f"c{n}", f"MH-{n:04d}", since, self._people(n))

    def a_day(self) -> None:
        """Some cases move on, are handed over, answered, put off, given a review, closed (and a new one opens)."""
        for case, thing in self.things.items():
            since, later = dict(thing.since), thing.later
            if self.dice.random() < 0.03:
                since["progress"] = self.now
            if self.dice.random() < 0.02:
                since["asked"] = self.now
            if "asked" in since and self.dice.random() < 0.3:
                del since["asked"]
            if self.dice.random() < 0.005:
                since["review"] = self.now.date() + timedelta(days=self.dice.randrange(5, 90))
            if self.dice.random() < 0.005:
                later = {"*": self.now.date() + timedelta(days=self.dice.randrange(1, 15))}
            if self.dice.random() < 0.004:
                since = {"closed": self.now}
            elif "closed" in since and self.dice.random() < 0.01:
                since = {"progress": self.now}
            self.things[case] = Watched(case, thing.number, since, thing.people, later=later)

    def __call__(self, _unit: UnitOfWork, cases: Sequence[str] | None) -> Iterable[Watched]:
        return self.things.values() if cases is None else [self.things[case] for case in cases]

    @staticmethod
    def _people(n: int) -> dict[str, str]:
        desk = n % DESKS
        return {
            "owner": f"agency:{desk}",
            "owner_supervisor": f"post:{desk}",
            "receiver": f"agency:{(desk + 1) % DESKS}",
            "sender": f"agency:{desk}",
            "team": "agency:team",
        }


def two_years(url: str) -> dict[str, Any]:
    """Run them, and look at every message that was put."""
    upgrade(url)
    store = open_store(url, new_key())
    life = Life(Random(7), datetime.combine(BEGIN, datetime.min.time(), TOKYO))
    life.begin()
    town = Town(REMINDERS, HOURS, "agency:team", life, lambda _unit: [f"post:{n}" for n in range(DESKS)])

    def clock() -> datetime:
        return life.now

    delivery = Delivery(store, [], clock, "one", delivery_rules(REMINDERS), still_due(town, clock))
    rounds = replica_rounds(store, town, delivery.run, clock, "one")
    began, cpu, day = time.perf_counter(), time.process_time(), BEGIN
    while day < END:
        for hour, minute in TICKS:
            life.now = datetime(day.year, day.month, day.day, hour, minute, tzinfo=TOKYO)
            rounds.tick()
            if hour == 15:
                life.a_day()
        day += timedelta(days=1)
    took, worked = time.perf_counter() - began, time.process_time() - cpu
    with store.unit(reading=True) as unit:
        seen = unit.inbox.of([f"{kind}:{n}" for kind in ("agency", "post") for n in [*range(DESKS), "team"]], 1_000_000)
        lines = unit.outbox.told(BEGIN)
    store.close()
    assert not rounds.failing, rounds.failing
    wrong = sum(not _decent(item.kind, item.put_at.astimezone(TOKYO)) for item in seen)
    a_day = Counter((item.recipient, item.put_at.astimezone(TOKYO).date(), item.kind) for item in seen)
    return {
        "two_years_s": round(took, 1),
        "two_years_cpu_s": round(worked, 1),
        "two_years_messages": len(seen),
        "two_years_lines": len(lines),
        "two_years_outside_the_calendar": wrong,
        "two_years_most_of_a_kind_a_day": max(a_day.values()),
        "two_years_load_average": round(os.getloadavg()[0], 1),
        "two_years_kinds": Counter(item.kind for item in seen) | Counter(f"line:{line.kind}" for line in lines),
    }


def _decent(kind: str, at: datetime) -> bool:
    good = is_working_day(at.date()) and is_open(at, HOURS) and (at.hour, at.minute) >= (8, 45)
    return good and (kind != "weekly" or at.date() == nudge_day(at.date()))


def big_sweep(url: str, cases: int = 100_000) -> dict[str, Any]:
    """Sweeps at 8:45 over a board of many open cases, read as the server reads them, and the one two minutes after each."""
    upgrade(url)
    store = open_store(url, new_key())
    now = datetime(2026, 11, 17, 8, 45, tzinfo=TOKYO)
    catalogue = load("mihon")
    big_board(url, catalogue, cases, now)
    town = Town(REMINDERS, hours_of(catalogue.pack), "agency:team", watch_of(catalogue))
    found: dict[str, list[float]] = {"first": [], "again": [], "cpu": []}
    new = 0
    for days in (0, 7, 14):  # mornings with nothing told lately
        for name in ("first", "again"):
            began, cpu = time.perf_counter(), time.process_time()
            put = sweep(store, town, now + timedelta(days=days, minutes=2 * (name == "again")))
            found[name].append(time.perf_counter() - began)
            if name == "first":
                found["cpu"].append(time.process_time() - cpu)
                new = max(new, put)
    began = time.perf_counter()
    vitals = store.vitals(now, timedelta(minutes=10))
    took = time.perf_counter() - began
    assert vitals.due > 0
    store.close()
    best = {name: round(min(values), 2) for name, values in found.items()}
    return {
        "sweep_s": best["first"],
        "sweep_cpu_s": best["cpu"],
        "sweep_again_s": best["again"],
        "sweep_all_s": [round(value, 2) for value in found["first"]],
        "sweep_cases": cases,
        "sweep_messages": new,
        "metrics_s": round(took, 4),
        "sweep_load_average": round(os.getloadavg()[0], 1),
    }


def big_board(url: str, catalogue: Catalogue, cases: int, now: datetime) -> None:
    """Open cases of a real town on the board: one in ten waits for an answer, one in fifty has an alert, some are put off."""
    dice = Random(3)
    desks = [agency.id for agency in catalogue.agencies.values()]

    def quiet(n: int) -> dict[str, Any]:
        later = {"no_progress": (now + timedelta(days=dice.randrange(1, 20))).date().isoformat()} if n % 40 == 0 else {}
        return {"never": ["no_progress"] if n % 60 == 0 else [], "later": later}

    def ago(days: float) -> str:
        return (now - timedelta(days=dice.uniform(0, days))).astimezone(UTC).isoformat()

    def parts(n: int) -> str:
        owner, still = dice.choice(desks), quiet(n)
        whole: dict[str, Any] = {"owner": owner}
        asked: list[dict[str, Any]] = []
        if n % 10 == 0:
            other = {"receiver": dice.choice(desks), "sender": owner, "subject": "referral:1", "asked": ago(20)}
            asked = [{"owner": owner, **other}]
        else:
            whole["progress"] = ago(120)
        if n % 50 == 1:
            whole["alerted"] = ago(2)
        return json.dumps([{**part, **still} for part in (whole, *asked)], ensure_ascii=False, separators=(",", ":"))

    with psycopg.connect(url, autocommit=True) as beside:
        _copy(beside, "case_file", ({"id": f"c{n}", "number": f"MIHON-2026-{n:06d}"} for n in range(cases)))
        _copy(
            beside,
            "board",
            (
                {
                    "case_id": f"c{n}", "number": f"MIHON-2026-{n:06d}", "pack": catalogue.pack.id, "status": "open",
                    "parts": parts(n), "opened_by": f"clerk-{n % 200}",
                }
                for n in range(cases)
            ),
        )  # fmt: skip
        beside.execute("VACUUM ANALYZE board")


def _copy(beside: psycopg.Connection[Any], table: str, rows: Iterable[dict[str, Any]]) -> None:
    """Rows of which only some columns matter; the others get whatever their type takes."""
    found = beside.execute(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name = %s AND is_nullable = 'NO' ORDER BY ordinal_position",
        (table,),
    )
    any_of = {
        "text": "",
        "integer": 0,
        "boolean": False,
        "date": BEGIN,
        "timestamp with time zone": datetime.now(TOKYO),
    }
    plain = {name: any_of[kind] for name, kind in found}
    with beside.cursor().copy(f"COPY {table} ({', '.join(plain)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([row.get(name, value) for name, value in plain.items()])


def auditor(url: str) -> dict[str, Any]:
    """Simulated minutes until a planted stuck row is raised, looking every minute; the worst of several starts."""
    upgrade(url)
    store = open_store(url, new_key())
    town = Town(REMINDERS, HOURS, "agency:team")
    every = timedelta(minutes=REMINDERS.data.audit.every_minutes)
    moment = [datetime(2026, 11, 17, 9, 0, tzinfo=TOKYO)]
    rounds = Rounds((Round("audit", every, lambda at: audit(store, town, at)),), lambda: moment[0])
    worst = 0.0
    for minutes in range(61, 80):  # stuck at a different minute of the auditor's round each time
        moment[0] += timedelta(minutes=minutes)
        rounds.tick()
        planted = moment[0]
        with store.unit() as unit:
            unit.outbox.put(OutgoingMessage(f"stuck{minutes}", "nudge", "", "agency:1", "{}", planted, planted))
            unit.commit()
        while not rounds.results["audit"]:
            moment[0] += timedelta(minutes=1)
            rounds.tick()
        worst = max(worst, (moment[0] - planted).total_seconds() / 60)
        with store.unit() as unit:
            unit.outbox.obsolete(f"stuck{minutes}", moment[0], "found")
            unit.commit()
    store.close()
    return {"auditor_found_within_min": worst}
