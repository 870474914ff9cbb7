"""follow_up.toml of a town: what is wrong is named whole, with where and what; nothing wrong is ever used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from routing.errors import PolicyError
from routing.follow_up import FollowUp, load_follow_up
from tests.routing.handover.town import mihon

SHARES = ("share.duty", "share.life", "share.support_conference", "share.child_protection", "share.community_care",
          "share.disability_council", "share.livelihood")  # fmt: skip

# what a town might write → what it must be told
WRONG: list[tuple[str, str]] = [
    ("[bounce\nalert_at = 2", "TOML として読めません"),
    ('[bounce]\ncounts = ["declined"]\nalert_at = 0', "bounce.alert_at"),
    ("[bounce]\ncounts = []\nalert_at = 2", "bounce.counts"),
    ('[bounce]\ncounts = ["withdrawn"]\nalert_at = 2', "bounce.counts.0"),
    ('[bounces]\ncounts = ["declined"]\nalert_at = 2', "bounces"),
    ("[link]\nhours = 0\nmost_wrong = 5", "link.hours"),
    ("[link]\nhours = 72\nmost_wrong = 11", "link.most_wrong"),
    ("[link]\nhours = 72\nmost_wrong = 5\nmost_right = 1", "link.most_right"),
    ("[referral.ordinary]\nminutes = 61\nexpires_minutes = 60", "expires_minutes が minutes より短い"),
    ('[referral.today]\nminutes = 1\nexpires_minutes = 1', "referral.today"),
    ("[escalation.ordinary]\nsteps = []", "escalation.ordinary.steps"),
    (
        '[escalation.ordinary]\nclock = "working"\nsteps = [{ to = "team", minutes = 1 }, { to = "team", minutes = 1 }]\n'
        "silent_minutes = 1\nask_minutes = 1\nmost = 1",
        "同じ相手が二度",
    ),
    ('[escalation.ordinary]\nsteps = [{ to = "mayor", minutes = 1 }]', "escalation.ordinary.steps.0.to"),
    ('[escalation.ordinary]\nclock = "moon"', "escalation.ordinary.clock"),
    ('[[basis]]\nid = "x"\nrecipients = "anyone"\nidentity = true', "条件も理由もなしに"),
    ('[[basis]]\nid = "anonymous"\nrecipients = "anyone"\nidentity = true\nneeds_reason = true', "個人が分からない形で相談する"),
    ('[[basis]]\nid = "x"\nrecipients = "everyone"\nidentity = false', ".recipients: "),
    (
        '[[basis]]\nid = "anonymous"\nrecipients = "anyone"\nidentity = false\n'
        '[[basis]]\nid = "y"\nrule = "share.nothing"\nrecipients = "duty"\nidentity = true',
        "規則 share.nothing は policy.toml にありません",
    ),
    (
        '[[basis]]\nid = "anonymous"\nrecipients = "anyone"\nidentity = false\nsources = ["nowhere"]',
        "出典 nowhere は sources.csv にありません",
    ),
    (
        '[[basis]]\nid = "same"\nrecipients = "anyone"\nidentity = false\n'
        '[[basis]]\nid = "same"\nrecipients = "anyone"\nidentity = true\nneeds_reason = true',
        "same が二度",
    ),
    ('[[item]]\nid = "names"\nidentity = true\n[[item]]\nid = "names"\nidentity = false', "names が二度"),
    ('item = ["names"]', "item."),
    ("item = 3", "item"),
    ("[silent_desk]\nweeks = 8\nhistory_weeks = 52\nshare = 1.5\nleast_expected = 2.0", "silent_desk.share"),
]  # fmt: skip


def loaded(tmp_path: Path, text: str) -> FollowUp:
    """The national data with a town's file over it."""
    (tmp_path / "follow_up.toml").write_text(text, "utf-8")
    catalogue = mihon().catalogue
    return load_follow_up(replace(catalogue, folders=(*catalogue.folders, str(tmp_path))), SHARES)


@pytest.mark.parametrize(("text", "told"), WRONG, ids=[told for _, told in WRONG])
def test_what_is_wrong_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(PolicyError) as caught:
        loaded(tmp_path, text)
    assert any("follow_up.toml" in problem and told in problem for problem in caught.value.problems)


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "follow_up.toml").write_bytes('version = "2026" # たらい回し'.encode("cp932"))
    catalogue = mihon().catalogue
    with pytest.raises(PolicyError, match="TOML として読めません"):
        load_follow_up(replace(catalogue, folders=(*catalogue.folders, str(tmp_path))), SHARES)


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        loaded(tmp_path, "[link]\nhours = 0\nmost_wrong = 0\n[bounce]\ncounts = []\nalert_at = 0")
    assert len(caught.value.problems) == 4


def test_what_a_town_writes_lies_over_the_national_data_value_by_value(tmp_path: Path) -> None:
    mine = loaded(tmp_path, '[bounce]\nalert_at = 3\n[[basis]]\nid = "ours"\nrecipients = "anyone"\nidentity = false')
    national = mihon().follow_up.data
    assert (mine.data.bounce.counts, mine.data.bounce.alert_at) == (national.bounce.counts, 3)
    assert mine.data.link == national.link
    assert list(mine.bases) == [*(basis.id for basis in national.basis), "ours"]


def test_a_file_with_the_mark_that_spreadsheets_leave_is_read(tmp_path: Path) -> None:
    assert loaded(tmp_path, "\N{BOM}[link]\nhours = 24\nmost_wrong = 3").data.link.hours == 24


def test_a_town_without_the_file_has_the_national_data(tmp_path: Path) -> None:
    catalogue = mihon().catalogue
    same = load_follow_up(replace(catalogue, folders=(*catalogue.folders, str(tmp_path))), SHARES)
    assert same.data == mihon().follow_up.data
