"""Setting up: the environment, the map of people, the manifest, the doctor."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest

from bot.commands_slack import slack as run_slack
from bot.render import Renderer
from bot.settings import SettingsError
from bot.slack.api import Done, Outcome, Refused, Trouble
from bot.slack.doctor import Check, _named
from bot.slack.manifest import manifest, scopes
from bot.slack.people import People, Post, people_of
from bot.slack.settings import slack_settings_from
from bot.world import Town
from tests.bot.talks import town_of

GOOD = {"TSUNAGU_SLACK_BOT_TOKEN": "xoxb-secret-1", "TSUNAGU_SLACK_SIGNING_SECRET": "hush"}


@pytest.fixture(scope="module")
def town() -> Town:
    return town_of("mihon")


@pytest.fixture
def renderer(town: Town) -> Renderer:
    return town.renderer


def test_without_tokens_there_is_no_slack() -> None:
    assert slack_settings_from({}, "http://127.0.0.1:8080") is None


def test_an_app_token_means_socket_mode_and_a_secret_means_http() -> None:
    http = slack_settings_from(GOOD, "http://127.0.0.1:8080")
    assert http is not None
    assert (http.socket, http.url) == (False, "http://127.0.0.1:8080")
    both = slack_settings_from(
        {**GOOD, "TSUNAGU_SLACK_APP_TOKEN": "xapp-1", "TSUNAGU_URL": "https://t.example"}, "http://x"
    )
    assert both is not None
    assert (both.socket, both.url) == (True, "https://t.example")


@pytest.mark.parametrize(
    "environment",
    [
        {"TSUNAGU_SLACK_SIGNING_SECRET": "hush"},
        {**GOOD, "TSUNAGU_SLACK_BOT_TOKEN": "xoxp-user"},
        {"TSUNAGU_SLACK_BOT_TOKEN": "xoxb-secret-1"},
        {**GOOD, "TSUNAGU_SLACK_APP_TOKEN": "xoxb-secret-1"},
    ],
)
def test_a_half_set_up_says_what_is_missing_and_shows_no_token(environment: dict[str, str]) -> None:
    with pytest.raises(SettingsError) as told:
        slack_settings_from(environment, "")
    assert "docs/slack.md" in str(told.value)
    assert "secret-1" not in str(told.value)


def test_settings_never_show_their_tokens() -> None:
    shown = repr(slack_settings_from({**GOOD, "TSUNAGU_SLACK_APP_TOKEN": "xapp-2"}, ""))
    assert not any(secret in shown for secret in ("xoxb", "hush", "xapp"))


MAP = """
[[group]]
id = "S1"
agency = "korei-fukushi"
role = "coordinator"
[[user]]
id = "U1"
agency = "chiiki-fukushi"
role = "clerk"
[[channel]]
id = "C1"
agency = "project-team"
role = "project_team"
"""


def test_the_map_says_who_is_what(tmp_path: Path, town: Town) -> None:
    path = tmp_path / "map.toml"
    path.write_text(MAP, "utf-8")
    people = people_of(path, town.catalogue)
    assert people.posts("U1") == (Post("chiiki-fukushi", "clerk"),)
    assert people.posts("U2") == ()
    with_members = people.with_members({"S1": ["U2", "U1"]})
    assert with_members.posts("U2") == (Post("korei-fukushi", "coordinator"),)
    assert len(with_members.posts("U1")) == 2
    assert people.channel_of("project-team", "project_team") == "C1"
    assert people.channel_of("korei-fukushi") == ""


def test_everything_wrong_with_a_map_is_said_at_once(tmp_path: Path, town: Town) -> None:
    path = tmp_path / "map.toml"
    path.write_text(
        '[[user]]\nid = "U1"\nagency = "nowhere"\nrole = "clerk"\n[[user]]\nid = "U2"\n[[team]]\nid = "x"\n', "utf-8"
    )
    with pytest.raises(SettingsError) as told:
        people_of(path, town.catalogue)
    assert "3 件" in str(told.value)
    assert "nowhere" in str(told.value)
    path.write_text("[[", "utf-8")
    with pytest.raises(SettingsError, match="TOML"):
        people_of(path, town.catalogue)


def test_the_manifest_gives_a_reason_for_every_permission(renderer: Renderer) -> None:
    text = manifest(renderer, "")
    for scope, reason in scopes().items():
        assert f"      - {scope} # {reason}" in text
    assert "socket_mode_enabled: true" in text
    assert "request_url" not in text


def test_the_manifest_for_http_names_the_address_everywhere(renderer: Renderer) -> None:
    text = manifest(renderer, "https://tsunagu.example.lg.jp/")
    assert text.count("https://tsunagu.example.lg.jp/slack/events") == 4
    assert "socket_mode_enabled: false" in text


def test_channels_are_not_listened_to() -> None:
    assert "message.channels" not in manifest(town_of("mihon").renderer, "")


def test_a_manifest_address_must_be_https() -> None:
    with pytest.raises(SettingsError, match="https"):
        run_slack(argparse.Namespace(what="manifest", url="http://a", pack="mihon"))


class Answers:
    """Slack's answers by method and id."""

    def __init__(self, **answers: Outcome) -> None:
        self._answers = answers

    def call(self, method: str, **given: Any) -> Outcome:
        return self._answers[given.get("channel") or given.get("user") or "groups"]


def test_the_doctor_says_of_every_name_in_the_map_whether_it_can_be_reached() -> None:
    posts = (Post("a", "clerk"),)
    people = People({"U1": posts, "U2": posts}, {"S1": posts, "S2": posts}, {f"C{n}": posts for n in range(1, 5)})
    answers = Answers(
        C1=Done({"channel": {"name": "team", "is_member": True}}),
        C2=Done({"channel": {"name": "old", "is_archived": True}}),
        C3=Done({"channel": {"name": "other", "is_member": False}}),
        C4=Refused(Trouble.NO_CHANNEL, "channel_not_found"),
        U1=Done({"user": {"deleted": False}}),
        U2=Done({"user": {"deleted": True}}),
        groups=Done({"usergroups": [{"id": "S1", "user_count": 4}]}),
    )
    found = {(check.id, check.good, check.about) for check in _named(answers, people)}  # type: ignore[arg-type]
    assert found == {
        ("C1", True, "team"), ("C2", False, "archived"), ("C3", False, "not_in_channel"), ("C4", False, "no_channel"),
        ("S1", True, "4"), ("S2", False, ""), ("U1", True, ""), ("U2", False, "no_user"),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["token", "scopes", "picture", "socket", "http", "channel", "group", "user", "map"])
@pytest.mark.parametrize("trouble", [*(t.value for t in Trouble), "unknown"])
def test_every_finding_of_the_doctor_has_words_and_a_cure(renderer: Renderer, name: str, trouble: str) -> None:
    bad = renderer.text("slack/doctor.j2", checks=[Check(name, False, trouble, "X1")], failed=1)
    assert "直し方" in bad
    assert renderer.text("slack/doctor.j2", checks=[Check(name, True, "x", "X1")], failed=0).startswith("○")
