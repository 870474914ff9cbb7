"""How long one supervisor's week takes to work out in a town of a hundred thousand open cases: for one desk, an office, the team.

Rows are copied into the tables as the store writes them. Run alone: `python -m tests.bench.reminders.weekly [cases]`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import create_engine, insert

from bot.nudges import nudge_of, silence
from bot.world import open_town
from routing.digest import weekly
from routing.progress import nudge_day
from routing.store import new_key, open_store, upgrade
from routing.store.handover_tables import CardRow, ShelfRow
from routing.store.tables import CaseRow, EventRow
from routing.worktime import TOKYO

NOW = datetime(2026, 11, 24, 8, 45, tzinfo=TOKYO)
AT_ONCE = 5_000
RECIPIENTS = {
    "desk": "post:co-hokatsu-higashi-supervisor",
    "office": "post:co-korei-fukushi-supervisor",
    "team": "post:co-project-team-supervisor",
}
Rows = dict[Any, dict[str, Any]]


def a_case(n: int, desks: list[str], dice: Random) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The rows of one open case: opened, asked for, declined or accepted, some said to be stuck."""
    case, desk, other = f"c{n}", dice.choice(desks), dice.choice(desks)
    opened = NOW - timedelta(days=dice.uniform(1, 700))
    last = opened + (NOW - opened) * dice.random()
    words = dict.fromkeys(("pack_digest", "policy_digest", "masked_text", "reading", "form_version"), "")
    yield CaseRow, {
        "id": case, "number": f"MIHON-{n}", "pack": "mihon", "decided_on": opened.date(), "opened_at": opened,
        "opened_by": "web:1", "facts": '{"known":{}}', "proposal": '{"fallback":%s}' % ("true" if n % 50 == 0 else "false"),
        "confirmation": "{}", "sheet": "{}", "status": "open", "version": 1, **words,
    }  # fmt: skip
    whole = {"owner": desk, "progress": last.isoformat(), "never": [], "later": {}}
    yield CardRow, {
        "case_id": case, "number": f"MIHON-{n}", "pack": "mihon", "status": "open", "owner": desk, "first_desk": desk,
        "opened_by": "web:1", "opened_at": opened, "last_at": last, "route": "single_window", "urgent": False,
        "issues": "dementia", "waiting_for": "", "answer_by": None, "escalation": "", "bounces": 0,
        "parts": json.dumps([whole | ({"stuck": "law"} if n % 7 == 0 else {})]), "due_at": None,
    }  # fmt: skip
    for shelf in {f"agency:{desk}", f"agency:{other}", "person:web:1"}:
        yield ShelfRow, {"case_id": case, "shelf": shelf, "pack": "mihon", "status": "open", "last_at": last}
    asked = {"referral": "1", "agency": other, "sender": desk, "purpose": "take"}
    kinds = [("opened", {"owner": desk}), ("confirmed", {}), ("referred", asked), ("seen", {"referral": "1"})]
    kinds += [("declined", {"referral": "1", "reason": dice.choice(["law", "capacity"])}), ("noted", {})]
    for seq, (kind, data) in enumerate(kinds, start=1):
        yield EventRow, {
            "case_id": case, "seq": seq, "kind": kind, "at": opened + (last - opened) * (seq / len(kinds)),
            "actor": "web:1", "data": json.dumps(data),
        }  # fmt: skip


def fill(url: str, cases: int) -> None:
    """Put the cases in."""
    dice, engine = Random(5), create_engine(url)
    desks = [a.id for a in open_town("mihon").catalogue.agencies.values() if a.kind]
    with engine.begin() as into:
        for start in range(0, cases, AT_ONCE):
            found: dict[Any, list[dict[str, Any]]] = {CaseRow: [], CardRow: [], ShelfRow: [], EventRow: []}
            for n in range(start, min(start + AT_ONCE, cases)):
                for table, row in a_case(n, desks, dice):
                    found[table].append(row)
            for table, rows in found.items():
                into.execute(insert(table), rows)
    engine.dispose()


def run(url: str, cases: int = 100_000) -> dict[str, Any]:
    """Seconds for one nudge of each size, and for every supervisor of the town."""
    upgrade(url)
    store, town = open_store(url, new_key()), open_town("mihon")
    fill(url, cases)
    found: dict[str, Any] = {"weekly_cases": cases}
    week = nudge_day(NOW.date())
    with store.unit(reading=True) as unit:
        for name, recipient in RECIPIENTS.items():
            times = []
            for _ in range(3):
                began = time.perf_counter()
                nudge_of(unit, town, recipient, week, NOW)
                times.append(time.perf_counter() - began)
            found[f"weekly_{name}_s"] = round(min(times), 3)
        why_not, began = silence(town, lambda: NOW), time.perf_counter()
        posts = [f"post:{c.id}" for c in town.catalogue.coordinators.values() if c.rank == "supervisor"]
        told = sum(not why_not(message, unit) for message in weekly(posts, week, NOW, NOW))
        found |= {"weekly_all_s": round(time.perf_counter() - began, 2), "weekly_supervisors": len(posts)}
    store.close()
    return found | {"weekly_told": told}


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        print(run(f"sqlite:///{Path(folder) / 'weekly.sqlite'}", int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
