"""Whole talks as plain text: `tests/conversations/*.txt`.

`@ key=value` sets the pack and the moment; `> text` is typed; `* action value | {fields}` is chosen; `~ restart` ends the process
and opens the same database anew. `~ as PERSON [AGENCY [ROLE]]` hands the keyboard to somebody else, who acts for an agency;
`~ at MOMENT` and `~ later MINUTES` move the clock; `~ tick` lets time do its part; `~ alerts` shows the messages that left since
the last look. Lines that start with `| ` are what must come back.
A talk without its answers fails: write them with `python -m tests.bot.talks tests/conversations/NAME.txt`, then read them.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from bot.caseviews import alert_view
from bot.casework import CaseDesk
from bot.console import card_lines
from bot.conversation import Conversation
from bot.turns import Choice, Turn
from bot.views import View
from bot.world import Town, open_town
from routing.people import Actor, Role
from routing.store import SqlStore, new_key, open_store, upgrade
from routing.use_case import sweep

SPEAKING = ("~ alerts",)  # directions that have an answer
TALKS = Path(__file__).parent.parent / "conversations"


@lru_cache(maxsize=4)
def town_of(pack: str) -> Town:
    return open_town(pack)


@dataclass
class Stage:
    """One database, one town, a clock that moves a minute per turn, and ids that count."""

    pack: str
    at: datetime
    folder: Path
    key: str = field(default_factory=new_key)
    count: int = 0
    talk: str = "talk-1"
    person: str = "clerk-1"
    shown: set[str] = field(default_factory=set)
    store: SqlStore | None = None

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'talk.db'}"

    def open(self) -> Conversation:
        if self.store is None:
            upgrade(self.url)
            self.store = open_store(self.url, self.key)
        town = town_of(self.pack)
        desk = CaseDesk(town, lambda: f"token-{self.count}", lambda: "123456", demo=True)
        return Conversation(self.store, town, desk, self._id, lambda: "AB2CD3EF")

    def close(self) -> None:
        if self.store is not None:
            self.store.close()
            self.store = None

    def _id(self) -> str:
        return f"case-{self.count}"

    def take(self, text: str | None, choice: Choice | None) -> list[str]:
        self.count += 1
        self.at += timedelta(minutes=1)
        turn = Turn(self.talk, f"m{self.count}", "console", self.person, self.at, text, choice)
        outcome = self.open().receive(turn)
        render = town_of(self.pack).renderer
        return [line for view in outcome.views for line in card_lines(render.card(view))]

    def direct(self, words: list[str]) -> list[str]:
        """A line that starts with `~`."""
        self.open()
        assert self.store is not None
        match words:
            case ["restart"]:
                self.close()
            case ["as", person, *stance]:
                self.person, self.talk = person, "talk-1" if person == "clerk-1" else f"talk-{person}"
                if stance:
                    role = Role(stance[1]) if len(stance) > 1 else Role.CLERK
                    with self.store.unit() as unit:
                        unit.people.put(Actor(person, stance[0], role), self.at)
                        unit.commit()
            case ["at", moment]:
                self.at = datetime.fromisoformat(moment)
            case ["later", minutes]:
                self.at += timedelta(minutes=int(minutes))
            case ["tick"]:
                self._tick()
            case ["alerts"]:
                return self._alerts()
            case _:
                raise ValueError(words)
        return []

    def _tick(self) -> None:
        """What time alone does, as the sweep does it: every case that is due, each in its own transaction."""
        assert self.store is not None
        with self.store.unit() as unit:
            due = unit.board.due(self.at)
        for case in due:
            with self.store.unit() as unit:
                sweep(unit, town_of(self.pack).rules, case, self.at)
                unit.commit()

    def _alerts(self) -> list[str]:
        """Every message that was not shown yet, as the card that is sent."""
        assert self.store is not None
        town, lines = town_of(self.pack), []
        with self.store.unit() as unit:
            for case in unit.cases.latest(None, 100):
                for sent in unit.outbox.of_case(case.id):
                    message = sent.message
                    if message.key not in self.shown:
                        self.shown.add(message.key)
                        view = alert_view(json.loads(message.payload), message.kind, town.rules, None)
                        lines += [f"→ {message.recipient}", *card_lines(town.renderer.card(view))]
        return lines or ["（知らせはありません）"]


def parse_choice(line: str) -> Choice:
    head, _, fields = line.partition(" | ")
    action, _, value = head.partition(" ")
    return Choice(action, value.strip(), json.loads(fields) if fields else {})


def play(script: str, folder: Path) -> Iterator[tuple[str, list[str]]]:
    """(input line, answer lines) for every input of a talk."""
    lines = script.splitlines()
    settings = dict(part.split("=", 1) for line in lines if line.startswith("@ ") for part in line[2:].split())
    stage = Stage(settings.get("pack", "mihon"), datetime.fromisoformat(settings["at"]), folder)
    try:
        render = town_of(stage.pack).renderer
        yield "~ start", list(card_lines(render.card(View("start", {"note": ""}))))
        for line in lines:
            if line.startswith("> "):
                yield line, stage.take(line[2:], None)
            elif line.startswith("* "):
                yield line, stage.take(None, parse_choice(line[2:]))
            elif line.startswith("~ "):
                answer = stage.direct(line[2:].split())
                if line in SPEAKING:
                    yield line, answer
    finally:
        stage.close()


def expected(script: str) -> dict[int, list[str]]:
    """Number of the input → the answer lines that stand after it."""
    found: dict[int, list[str]] = {0: []}
    number = 0
    for line in script.splitlines():
        if line.startswith(("> ", "* ")) or line in SPEAKING:
            number += 1
            found[number] = []
        elif line.startswith("| ") or line == "|":
            found[number].append(line[2:])
    return found


def write(path: Path, folder: Path, say: Callable[[str], None]) -> None:
    """Write the answers into a talk; what was there is replaced."""
    script = path.read_text("utf-8")
    answers = list(play(script, folder))
    out: list[str] = []
    number = 0
    for line in script.splitlines():
        if line.startswith("|"):
            continue
        out.append(line.rstrip())
        if line.startswith(("> ", "* ")) or line in SPEAKING:
            number += 1
            out += [f"| {line}".rstrip() for answer in answers[number][1] for line in answer.splitlines() or [""]]
    path.write_text("\n".join(out) + "\n", "utf-8")
    say(f"{path.name}: {number}")


if __name__ == "__main__":
    for name in sys.argv[1:] or [str(p) for p in sorted(TALKS.glob("*.txt"))]:
        with tempfile.TemporaryDirectory() as temporary:
            write(Path(name), Path(temporary), print)
