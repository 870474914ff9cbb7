"""The walls of the house: each import contract holds, and has been seen to fail on a planted import."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("knowledge", "routing", "bot")
PLANTED = [
    ("knowledge/text.py", "import routing.facts", "never back"),
    ("routing/facts.py", "import routing.decision", "pure cores below"),
    ("routing/decision.py", "import sqlalchemy", "pure modules"),
    ("bot/steps.py", "import os", "pure modules"),
    ("bot/conversation.py", "import sqlmodel", "only the store knows sqlmodel"),
    ("bot/shows.py", "import jinja2", "only render knows jinja2"),
    ("bot/delivery.py", "import apscheduler", "only the scheduler knows"),
    ("bot/console.py", "import bot.web.server", "surfaces do not know each other"),
    ("bot/teams/cards.py", "import bot.slack.cards", "surfaces do not know each other"),
    ("bot/teams/talks.py", "import microsoft_teams", "only Teams knows Microsoft"),
    ("bot/teams/cards.py", "import time", "the cards of Teams are pure"),
    ("knowledge/reading/reader.py", "import sklearn", "only training knows"),
    ("bot/slack/blocks.py", "import slack_sdk", "only Slack's surface"),
    ("bot/slack/cards.py", "import os", "the cards of Slack are pure"),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"}
    )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package,
            folder / package,
            ignore=shutil.ignore_patterns("*.csv", "*.jsonl", "*.npz", "packs", "corpus", "__pycache__"),
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_the_walls_stand(house: Path) -> None:
    done = lint(house)
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.parametrize(("file", "line", "contract"), PLANTED, ids=[f"{file}: {line}" for file, line, _ in PLANTED])
def test_a_planted_import_breaks_its_contract(house: Path, file: str, line: str, contract: str) -> None:
    path = house / file
    before = path.read_text("utf-8")
    path.write_text(f"{before}\n{line}  # noqa\n", "utf-8")
    try:
        done = lint(house)
    finally:
        path.write_text(before, "utf-8")
    assert done.returncode != 0
    assert any(contract in row and "BROKEN" in row for row in done.stdout.splitlines()), done.stdout[-1500:]


def test_no_module_is_too_long_and_every_module_says_what_it_knows() -> None:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text("utf-8")
            assert len(text.splitlines()) <= 320, path
            assert not text.strip() or text.lstrip().startswith('"""'), f"{path} has no docstring"
