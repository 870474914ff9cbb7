"""Whole talks as plain text: `tests/conversations/*.txt`.

`@ key=value` sets the pack and the moment; `> text` is typed; `* action value | {fields}` is chosen; `~ restart` ends the process
and opens the same database anew; `~ other CODE`-less lines are not needed. Lines that start with `| ` are what must come back.
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

from bot.console import card_lines
from bot.conversation import Conversation
from bot.turns import Choice, Turn
from bot.views import View
from bot.world import Town, open_town
from routing.store import SqlStore, new_key, open_store, upgrade

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
    store: SqlStore | None = None

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'talk.db'}"

    def open(self) -> Conversation:
        if self.store is None:
            upgrade(self.url)
            self.store = open_store(self.url, self.key)
        return Conversation(self.store, town_of(self.pack), self._id, lambda: "AB2CD3EF")

    def close(self) -> None:
        if self.store is not None:
            self.store.close()
            self.store = None

    def _id(self) -> str:
        return f"case-{self.count}"

    def take(self, text: str | None, choice: Choice | None) -> list[str]:
        self.count += 1
        self.at += timedelta(minutes=1)
        turn = Turn(self.talk, f"m{self.count}", "console", "clerk-1", self.at, text, choice)
        outcome = self.open().receive(turn)
        render = town_of(self.pack).renderer
        return [line for view in outcome.views for line in card_lines(render.card(view))]


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
            elif line == "~ restart":
                stage.close()
    finally:
        stage.close()


def expected(script: str) -> dict[int, list[str]]:
    """Number of the input → the answer lines that stand after it."""
    found: dict[int, list[str]] = {0: []}
    number = 0
    for line in script.splitlines():
        if line.startswith(("> ", "* ")):
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
        if line.startswith(("> ", "* ")):
            number += 1
            out += [f"| {answer}".rstrip() for answer in answers[number][1]]
    path.write_text("\n".join(out) + "\n", "utf-8")
    say(f"{path.name}: {number}")


if __name__ == "__main__":
    for name in sys.argv[1:] or [str(p) for p in sorted(TALKS.glob("*.txt"))]:
        with tempfile.TemporaryDirectory() as temporary:
            write(Path(name), Path(temporary), print)
