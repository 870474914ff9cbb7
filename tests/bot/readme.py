"""Puts the talk of tests/conversations/readme.txt into the README: `python -m tests.bot.readme`."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
START, END = "<!-- talk: tests/conversations/readme.txt -->", "<!-- /talk -->"


def talk() -> str:
    """The talk as an indented block, without its settings."""
    lines = (ROOT / "tests/conversations/readme.txt").read_text("utf-8").splitlines()
    return "\n".join(f"    {line}" for line in lines if not line.startswith(("#", "@ ")))


def with_talk(readme: str) -> str:
    """The README with the talk between its marks."""
    before, _, rest = readme.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n\n{talk()}\n\n{END}{after}"


if __name__ == "__main__":
    path = ROOT / "README.md"
    path.write_text(with_talk(path.read_text("utf-8")), "utf-8")
