"""Every view of every talk of `tests/conversations`, and of a case on its way, as values: what every surface must show."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.cards import Picture
from bot.casework import CaseDesk
from bot.conversation import Conversation
from bot.gate import Gate
from bot.teams.icons import color_icon
from bot.teams.notes import Notes
from bot.teams.outgoing import Outgoing
from bot.teams.show import Showing
from bot.turns import Choice, Turn
from bot.views import View
from bot.world import Town, open_town
from routing.outgoing import OutgoingMessage
from routing.people import Actor, Role
from routing.store import SqlStore, new_key, open_store, upgrade
from tests.bot.talks import TALKS, parse_choice
from tests.bot.teams.teams import Wire

AT = datetime.fromisoformat("2026-11-20T09:00:00+09:00")
HOUSEHOLD = "80代の母と50代の息子の二人暮らし。息子は20年以上ひきこもり、母は物忘れが進み、家賃を3か月滞納。高齢課も困窮の窓口も断った"


@lru_cache(maxsize=2)
def town_of(pack: str) -> Town:
    return open_town(pack)


def conversation_of(town: Town, store: SqlStore) -> Conversation:
    numbers = iter(range(1, 10_000))
    desk = CaseDesk(town, lambda: "t" * 43, lambda: "123456", demo=True)
    return Conversation(store, town, desk, lambda: f"case-{next(numbers)}", lambda: "AB2CD3EF")


class Stage:
    """One database and one talk; `do` gives the views that a turn led to."""

    def __init__(self, folder: Path, pack: str = "mihon") -> None:
        self.town = town_of(pack)
        url = f"sqlite:///{folder / 'talk.db'}"
        upgrade(url)
        self.store = open_store(url, new_key())
        self.conversation = conversation_of(self.town, self.store)
        self.count, self.at = 0, AT

    def do(self, done: str | Choice, who: str = "clerk", where: str = "talk") -> tuple[View, ...]:
        self.count += 1
        self.at += timedelta(minutes=1)
        text, choice = (done, None) if isinstance(done, str) else (None, done)
        turn = Turn(where, f"m{self.count}", "test", who, self.at, text, choice)
        return self.conversation.receive(turn).views

    def act(self, person: str, agency: str, role: Role = Role.COORDINATOR) -> None:
        with self.store.unit() as unit:
            unit.people.put(Actor(person, agency, role), self.at)
            unit.commit()


def talk_views(path: Path) -> Iterator[View]:
    """The views of one talk, the first one too."""
    yield View("start", {"note": ""})
    with TemporaryDirectory() as folder:
        stage = Stage(Path(folder))
        for line in path.read_text("utf-8").splitlines():
            if line.startswith(("> ", "* ")):
                yield from stage.do(line[2:] if line[0] == ">" else parse_choice(line[2:]))
        stage.store.close()


def case_views() -> Iterator[View]:
    """A case from its opening to a hand-over, an escalation and back: what every desk sees, and every form."""
    with TemporaryDirectory() as folder:
        stage = Stage(Path(folder))
        for done in (HOUSEHOLD, Choice("accept"), Choice("enough"), Choice("confirm")):
            stage.do(done)
        number = "MIHON-2026-0001"
        team = stage.town.catalogue.pack.project_team
        stage.act("team", team)

        def case(command: str, who: str = "clerk", part: str = "", **values: str) -> tuple[View, ...]:
            return stage.do(Choice(f"case:{command}", f"{number}{part}", values), who, f"desk:{who}")

        yield from case("show")
        yield from case("note")
        yield from case("consent")
        yield from case("consent", state="yes", how="oral", purpose="refer")
        (refer,) = case("ask")
        yield refer
        agency = next(field.value for field in refer.inputs if field.id == "agency")
        asked = {field.id: field.value for field in refer.inputs}
        stage.act("asked", agency)
        yield from case("refer", **asked)
        yield from case("show", "asked")
        yield from case("decline", "asked", "/1")
        yield from case("record", part="/1")
        yield from case("link", part="/1")
        yield from case("decline", "asked", "/1", reason="capacity", text="今は空きがない")
        yield from case("escalate", text="行き詰まっている")
        yield from case("show", "team")
        yield from case("ack", "team", "/0")
        yield from case("assign", "team", "/1")
        yield from case("assign", "team", "/1", agency="korei-shien", rank="coordinator", text="近くで会えるため")
        for command in ("send_back", "ask_info", "close", "reopen", "inform"):
            yield from case(command, "team", "/1" if command in ("send_back", "ask_info", "inform") else "")
        yield from stage.do(Choice("case:board", "mine"), "clerk", "desk:clerk")
        yield from stage.do(Choice("case:board", "team"), "team", "desk:team")
        yield from stage.do(Choice("case:show", "MIHON-2026-9999"), "clerk", "desk:clerk")
        stage.store.close()


@lru_cache(maxsize=1)
def every_view() -> tuple[tuple[str, View], ...]:
    """(where it comes from, view) of everything that is shown."""
    found = [(path.stem, view) for path in sorted(TALKS.glob("*.txt")) for view in talk_views(path)]
    return (*found, *(("case", view) for view in case_views()))


def every_notice() -> Iterator[Mapping[str, Any]]:
    """Messages that nobody asked for: a digest in several parts, a single reminder, a week with its picture, the auditor's."""
    with TemporaryDirectory() as folder:
        stage = Stage(Path(folder))
        kinds = [row.id for row in stage.town.reminders.data.kind]
        lines = [
            {"case": f"MIHON-2026-{n:04}", "kind": kinds[n % len(kinds)], "since": AT.isoformat(), "day": "2026-11-20"}
            for n in range(30)
        ]
        said = {"digest": {"day": "2026-11-20", "lines": lines, "more": 2}, kinds[0]: lines[0]}
        said |= {"weekly": {"week": "2026-11-16"}, "audit": {"late": 3, "since": AT.isoformat(), "kinds": {}}}
        showing = Showing(Outgoing(Wire(), lambda: 0.0, lambda _: None), stage.town.renderer, Gate())
        drawn = Picture(color_icon(), "8週間の件数")
        notes = Notes(stage.town, showing, "https://tsunagu.example", lambda: AT, drawn=lambda _: drawn)
        with stage.store.unit(reading=True) as unit:
            for kind, payload in said.items():
                sent = OutgoingMessage(f"k:{kind}", kind, "", "agency:x", json.dumps(payload), AT, AT)
                yield from notes.of(sent, unit)
        stage.store.close()
