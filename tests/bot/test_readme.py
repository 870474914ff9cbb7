"""The README shows what really happens and names commands that exist."""

from __future__ import annotations

import re

from bot.__main__ import parser
from tests.bot.readme import ROOT, with_talk


def test_the_talk_in_the_readme_is_the_one_that_is_replayed() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert with_talk(readme) == readme, "python -m tests.bot.readme"


def test_every_command_the_readme_names_exists() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    known = {name for action in parser()._actions if action.choices for name in action.choices}
    assert set(re.findall(r"^ {4}tsunagu ([a-z]+)", readme, re.M)) <= known
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"^ {4}make ([a-z]+)", readme, re.M):
        assert re.search(rf"^{target}:", makefile, re.M), target
