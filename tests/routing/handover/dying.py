"""The first story, told by a process that is killed: twice declined → the team alerted → sent back with reasons → met together.

What people did lies stored as turns before anything comes of it (as on every surface); a worker carries the waiting ones out, one
transaction each, and marks them done in it. Run: python -m tests.routing.handover.dying, which loads the town once and then
makes children that work, and kills them (SIGKILL) where it is told.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from routing.cases import EventKind
from routing.facts import plain_facts
from routing.people import Actor
from routing.ports import StoredTurn
from routing.referrals import DeclineReason
from routing.store import Patience, SqlStore, open_store
from routing.use_case import open_with
from routing.use_escalation import Act, do, followed_up
from routing.use_referral import Answer, Order, answer, refer
from routing.work import Work, open_work
from tests.routing.handover.town import CARE, CLERK, MORNING, TEAM, WORKLESS, Identity, Town, case_of, mihon

NO = Answer(EventKind.DECLINED, DeclineReason.CAPACITY, "定員のため")
BACK = Act(EventKind.SENT_BACK, None, ("fits_one_desk", "consent_first"), date(2026, 12, 1), "まず同意を")
STEPS: list[tuple[Actor, Callable[..., Any], tuple[Any, ...]]] = [
    (CLERK, refer, (Order("hokatsu-kikan", basis="consent"),)),
    (CARE, answer, (1, NO)),
    (CLERK, refer, (Order("jiritsu-sodan", basis="consent"),)),
    (WORKLESS, answer, (2, NO)),  # the second refusal alerts the team by itself
    (TEAM, do, (Act(EventKind.ACKNOWLEDGED, 0),)),
    (TEAM, do, (BACK,)),
    (CLERK, followed_up, ("いっしょに訪ねた",)),
]
BEFORE, AFTER = "before the commit", "after the commit"


def case_number(story: str) -> str:
    return f"MIHON-2026-{story}"


def prepare(store: SqlStore, story: str) -> None:
    """The case is open, and everything that people will do is stored."""
    name = f"case-{story}"
    case = case_of(
        plain_facts({"issues": ["dementia", "poverty"], "consent": "yes"}), id=name, number=case_number(story)
    )
    with store.unit() as unit:
        open_with(unit, mihon(), case, Identity(), CLERK, "test.rule")
        for n, (actor, _, _) in enumerate(STEPS):
            at = MORNING + timedelta(hours=n + 1)
            unit.turns.add(StoredTurn(story, str(n), "web", actor.id, at, "choice", "", ""))
        unit.commit()


def work_on(store: SqlStore, story: str, die: tuple[int, str] | None = None) -> None:
    """Carry out what waits. Dies at one step when told."""
    while True:
        with store.unit() as unit:
            waiting = unit.turns.waiting(story)
            if not waiting:
                return
            turn = waiting[0]
            step = int(turn.message)
            actor, command, given = STEPS[step]
            work: Work = open_work(unit, mihon(), case_number(story), actor, turn.received_at)
            command(work, *given)
            unit.turns.done(story, turn.message, turn.received_at)
            if die == (step, BEFORE):
                os.kill(os.getpid(), signal.SIGKILL)
            unit.commit()
        if die == (step, AFTER):
            os.kill(os.getpid(), signal.SIGKILL)


def child(url: str, key: str, story: str, die: tuple[int, str] | None) -> int:
    """A process of its own, with a store of its own; how it ended (negative: by which signal)."""
    process = os.fork()
    if process == 0:
        try:
            store = open_store(url, key, Patience(busy_seconds=10.0))
            work_on(store, story, die)
            store.close()
        except BaseException as error:  # whatever it was: the parent must not go on as if it were its own
            print(repr(error), file=sys.stderr)
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def ending(store: SqlStore, story: str) -> dict[str, Any]:
    """How the story ended, in words that two stories can be compared by."""
    town = Town(store)
    number = case_number(story)
    events = [
        [event.kind.value, event.at.isoformat(), event.actor, dict(event.data)]
        for event in town.events(number)
        if event.kind is not EventKind.OPENED
    ]
    row = town.row(number)
    return {
        "events": events,
        "notes": town.notes(number),
        "sent": sorted([m.key.removeprefix(f"case-{story}"), m.recipient] for m in town.sent(number)),
        "board": [row.status, row.owner, row.escalation, row.bounces, row.last_at.isoformat()],
    }


def main() -> None:
    """Every place to die in turn, each in a story of its own, and one that nobody disturbs."""
    url, key = os.environ["PLACE"], os.environ["KEY"]
    mihon()
    deaths = [None, *((step, when) for step in range(len(STEPS)) for when in (BEFORE, AFTER))]
    told: list[dict[str, Any]] = []
    for n, die in enumerate(deaths):
        store = open_store(url, key)
        prepare(store, f"{n:04d}")
        store.close()
        ended = [child(url, key, f"{n:04d}", die), child(url, key, f"{n:04d}", None)]
        store = open_store(url, key)
        told.append({"die": die, "ended": ended, "ending": ending(store, f"{n:04d}")})
        store.close()
    print(json.dumps(told, ensure_ascii=False))


if __name__ == "__main__":
    main()
