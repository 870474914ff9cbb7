"""reminders.toml is right as a whole, or every problem is named with what to do."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from knowledge.load import PACKS, load, pack_names
from routing.errors import PolicyError
from routing.reminders import Reminders, load_reminders

Town = Callable[[str], Reminders]

KIND = """
[[kind]]
id = "own"
since = "progress"
first_after = { days = 3 }
repeat_every = { days = 2 }
at_most = 2
to = "owner"
then = "team"
"""


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """The demo town with a reminders.toml of its own."""
    for name in ("national", "mihon"):
        shutil.copytree(PACKS / name, tmp_path / name)

    def with_rows(text: str) -> Reminders:
        (tmp_path / "mihon" / "reminders.toml").write_text(text, "utf-8")
        return load_reminders(load("mihon", tmp_path))

    return with_rows


@pytest.mark.parametrize("name", [name for name in pack_names() if name != "national"])
def test_the_reminders_of_every_shipped_town_are_right(name: str) -> None:
    assert load_reminders(load(name)).kinds


def test_every_kind_that_the_mission_asks_for_is_there() -> None:
    assert {kind.id for kind in load_reminders(load("mihon")).kinds} == {
        "hand_over_unanswered", "escalation_unacknowledged", "assignment_near", "assignment_overdue", "no_progress",
        "review", "plan_missing", "consent_again", "meeting_agenda", "closure_follow_up", "knowledge_unverified",
    }  # fmt: skip


def test_a_town_replaces_tables_and_kinds_and_keeps_the_rest(town: Town) -> None:
    own = KIND.replace('"own"', '"no_progress"')
    changed = town(f'[digest]\nat = "09:00"\nlines = 5\ndays_between = 1\n{own}')
    assert changed.digest_at == timedelta(hours=9)
    assert (changed.caps.lines, changed.caps.days_between) == (5, 1)
    kinds = {kind.id: kind for kind in changed.kinds}
    assert len(kinds) == 11
    assert (kinds["no_progress"].first, kinds["no_progress"].every, kinds["no_progress"].then) == (3, 2, "team")
    assert kinds["review"].rank == [kind.id for kind in changed.kinds].index("review")


def test_a_new_kind_needs_no_more_than_a_row(town: Town) -> None:
    assert "own" in {kind.id for kind in town(KIND).kinds}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (KIND.replace("days = 2", "days = 0"), ["kind own: repeat_every が 0 日"]),
        (KIND.replace("days = 3", "days = 0"), ["kind own: first_after が 0 以下"]),
        (KIND.replace("days = 3", "days = -1"), ["kind own: first_after が 0 以下"]),
        (KIND.replace("repeat_every = { days = 2 }\n", ""), ["kind own: at_most が 2 以上", "repeat_every が要ります"]),
        (KIND.replace("{ days = 2 }", "{ minutes = 5 }"), ["kind own: first_after と repeat_every は、同じ単位"]),
        (KIND.replace("{ days = 2 }", "{}"), ["kind own: repeat_every には days か minutes"]),
        (KIND.replace("{ days = 3 }", "{ days = 3, minutes = 3 }"), ["kind own: first_after には days か minutes"]),
        (KIND.replace("days", "minutes"), ["kind own: minutes で数えるのは", "alone = true"]),
        (KIND.replace('since = "progress"', 'since = "sunset"'), ["kind own: since = 「sunset」", "progress"]),
        (KIND.replace('to = "owner"', 'to = "mayor"'), ["kind own: to = 「mayor」は知らない役", "owner"]),
        (KIND.replace('then = "team"', 'then = "mayor"'), ["kind own: then = 「mayor」は知らない役"]),
        (KIND.replace("at_most = 2", "at_most = 0"), ["kind own at_most"]),
        (KIND.replace("at_most = 2", "at_most = 50").replace("days = 2", "days = 40"), ["400 開庁日より先"]),
        (f"{KIND}any_hour = true", ["kind own: any_hour"]),
        (f"{KIND}colour = 1", ["kind own colour: 知らない項目"]),
        (KIND + KIND, ["mihon/reminders.toml: kind own: 同じ id が二度"]),
        ("[[kind]]\nsince = 1", ["値がありません"]),
        ('[digest]\nat = "07:00"\nlines = 5\ndays_between = 1', ["digest: at = 07:00 は開庁時間（08:30–17:15）の外"]),
        ('[fallback]\nowner = "team"\nteam = "owner"', ["fallback: owner → team → owner と輪になっています"]),
        ('[fallback]\nowner = "owner"', ["fallback: owner → owner と輪"]),
        ('[fallback]\nowner = "mayor"', ["fallback: 「mayor」は知らない役"]),
        ("[audit]\nlate_minutes = 0\nevery_minutes = 4\nto = 'team'", ["audit late_minutes"]),
        ("kind = [", ["mihon/reminders.toml: TOML として読めません"]),
    ],
)
def test_what_cannot_work_is_named_with_where_and_why(town: Town, rows: str, words: list[str]) -> None:
    with pytest.raises(PolicyError) as caught:
        town(rows)
    for word in words:
        assert any(word in problem for problem in caught.value.problems), caught.value.problems


def test_every_problem_is_told_at_once(town: Town) -> None:
    with pytest.raises(PolicyError) as caught:
        town(KIND.replace("days = 2", "days = 0").replace('"owner"', '"mayor"') + '[fallback]\nowner = "owner"')
    assert len(caught.value.problems) == 3


def test_one_circle_is_told_once_however_one_gets_into_it(town: Town) -> None:
    with pytest.raises(PolicyError) as caught:
        town('[fallback]\nsender = "receiver"\nreceiver = "team"\nteam = "sender"\nopener = "team"')
    assert len(caught.value.problems) == 1
