"""The map of people and channels of either chat: whatever is wrong with it, it is said which row, and nothing breaks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.settings import SettingsError
from bot.slack import people as slack
from bot.teams import people as teams
from bot.world import Town, open_town

USER = '[[user]]\nid = "a"\nagency = "korei-fukushi"\nrole = "clerk"\n'
FAULTS = [
    ("a word where rows belong", 'user = "a"', "user"),
    ("a number where rows belong", "channel = 3", "channel"),
    ("one table instead of rows", '[user]\nid = "a"', "user"),
    ("a row that is no row", "user = [1]", "[[user]] の 1 件目"),
    ("a number for an id", USER.replace('"a"', "5"), "[[user]] の 1 件目"),
    ("several agencies in one row", USER.replace('"korei-fukushi"', '["korei-fukushi"]'), "[[user]] の 1 件目"),
    ("a post in a list", USER + 'post = ["x"]\n', "[[user]] の 1 件目"),
    ("an empty id", USER.replace('"a"', '""'), "id"),
]


@pytest.fixture(scope="module")
def town() -> Town:
    return open_town("mihon")


@pytest.mark.parametrize("people_of", [slack.people_of, teams.people_of], ids=["slack", "teams"])
@pytest.mark.parametrize(("text", "said"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_a_fault_is_named(people_of: Callable[..., Any], tmp_path: Path, town: Town, text: str, said: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match="1 件の問題") as told:
        people_of(path, town.catalogue)
    assert said in str(told.value)


@pytest.mark.parametrize("left", ["left = 3", "left = [3]", '[[left]]\nto = "U2"', "[[left]]\nid = 7"])
def test_who_left_slack_is_checked_like_everybody_else(tmp_path: Path, town: Town, left: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(left, "utf-8")
    with pytest.raises(SettingsError, match="left"):
        slack.people_of(path, town.catalogue)
