"""What can be wrong with a pack, said in one go. Knows problems as file, row, what and what is allowed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in a pack. `row` is the spreadsheet row (header = 1) or the entry number in a TOML list; 0 = file."""

    file: str
    row: int
    what: str
    allowed: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.row}" if self.row else self.file
        return f"{place}: {self.what}" + (f"（使える値: {self.allowed}）" if self.allowed else "")


class KnowledgeError(Exception):
    """Base of every error of this package."""


class PackError(KnowledgeError):
    """A pack cannot be used. Holds every problem found, not only the first."""

    def __init__(self, pack: str, problems: list[Problem]) -> None:
        self.pack = pack
        self.problems = tuple(sorted(set(problems)))
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"知識パック「{pack}」に {len(self.problems)} 件の問題があります。\n{lines}")
