"""`tsunagu policy …` and `tsunagu replay`: what they print, and what they say when something is not there."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from bot.app import App, assemble
from bot.policy_graph import _cut, _wide
from bot.settings import settings_from
from bot.turns import Choice, Turn

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command in this process: (return code, standard output, standard error)."""
    monkeypatch.setenv("TSUNAGU_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        out = capsys.readouterr()
        return code, out.out, out.err

    return run


def test_check_says_that_all_is_well(said: Any) -> None:
    code, out, _ = said("policy", "check", "national")
    assert code == 0
    assert re.match(r"national: 問題ありません（規則 \d+、例 \d+、", out)


def own_pack(root: Path, policy: str) -> Path:
    """A folder of packs: the real national one and a small town with this policy."""
    real = Path("knowledge/packs").absolute()
    root.mkdir()
    for name in ("national", "mihon"):
        os.symlink(real / name, root / name)
    (root / "town").mkdir()
    head = 'id = "town"\nname = "試し町"\nkind = "municipality"\nbase = "national"\nalso = ["mihon"]\nversion = "1"\n'
    (root / "town" / "pack.toml").write_text(
        head + 'fallback = "fukushi-madoguchi"\nproject_team = "project-team"\n', "utf-8"
    )
    (root / "town" / "policy.toml").write_text(policy, "utf-8")
    return root


def test_check_names_rule_what_and_what_to_do(said: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    never = 'id = "town"\nversion = "1"\n[[caution]]\nid = "caution.never"\nwhen = ["consent is yes", "consent is no"]\nreason = "試し"\n'
    monkeypatch.setenv("TSUNAGU_PACKS", str(own_pack(tmp_path / "packs", never)))
    code, out, _ = said("policy", "check", "town")
    assert code == 1
    assert "問題 caution.never: 条件どうしがぶつかり、どんな場合にも当てはまりません。 → " in out
    assert "注意 caution.never: 当てはまる例がありません。" in out


def test_check_says_every_problem_of_a_policy_that_does_not_load(
    said: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = 'id = "town"\nversion = "1"\n[[caution]]\nid = "caution.a"\nwhen = ["mood is bad"]\nreason = "試し"\nsources = ["nobody"]\n'
    monkeypatch.setenv("TSUNAGU_PACKS", str(own_pack(tmp_path / "packs", wrong)))
    code, _, err = said("policy", "check", "town")
    assert code == 1
    assert "mood" in err
    assert "nobody" in err


def test_show_is_a_document_with_every_rule_and_the_towns_own_marked(said: Any) -> None:
    code, out, _ = said("policy", "show", "miyoshi", "--on", "2026-11-21")
    assert code == 0
    assert out.startswith("# 判断の方針（みよし市）")
    for name in (
        "duty.dv",
        "route.roles",
        "why_not.single.abuse",
        "caution.entrusted",
        "support.miyoshi_windows_go_out",
        "share.life",
    ):
        assert f"`{name}`" in out
    assert "〔この市町村で上書き〕" in out
    assert "〔この市町村で追加〕" in out
    assert "〔2026-11-21 には効いていません〕" in out
    assert "## 質問" in out
    assert not re.search(r"\{[a-z_]+\}|issues has|None", out)


def test_the_graph_is_well_formed_and_holds_the_rules_in_force_in_order(said: Any, tmp_path: Path) -> None:
    path = tmp_path / "graph.svg"
    assert said("policy", "show", "okinawa", "--svg", str(path), "--on", "2026-11-21")[0] == 0
    root = ET.fromstring(path.read_text("utf-8"))
    texts = ["".join(t.itertext()) for t in root.iter(f"{SVG}text")]
    shown = [text for text in texts if text.startswith("route.")]
    assert shown[0] == "route.not_started"
    assert shown[-1] == "route.default"
    for words in ("未確認", "あり", "なし", "こどもの会議体", "いいえ・わからない"):
        assert words in texts
    height, width = int(root.get("height", "0")), int(root.get("width", "0"))
    for box in root.iter(f"{SVG}rect"):
        if box.get("x"):
            assert int(box.get("x", "0")) + int(box.get("width", "0")) <= width
            assert int(box.get("y", "0")) + int(box.get("height", "0")) <= height


def test_lines_of_the_graph_are_cut_by_width_and_begin_with_no_closing_mark() -> None:
    lines = _cut(["窓口につなぐ、" * 20], 200)
    assert all(_wide(line) <= 200 + 16 for line in lines)
    assert not any(line.startswith(("、", "。")) for line in lines)
    assert "".join(lines) == "窓口につなぐ、" * 20


def test_diff_reads_messages_and_facts_and_counts_what_changes(said: Any, tmp_path: Path) -> None:
    new = tmp_path / "new.toml"
    new.write_text(
        'id = "new"\nversion = "9"\n[[route]]\nid = "route.roles"\nroute = "multi_agency"\n'
        'when = ["roles_unclear is yes", "fields at_least 2", "coordination is unknown"]\nreason = "試し"\n', "utf-8",
    )  # fmt: skip
    cases = tmp_path / "cases.jsonl"
    facts = {"issues": ["dementia", "debt"], "roles_unclear": "yes"}
    lines = [
        {"id": "F-1", "facts": facts},
        {"id": "F-2", "facts": {"issues": ["debt"]}},
        {"id": "T-1", "text": "母が物忘れ"},
    ]
    cases.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n", "utf-8")
    code, out, _ = said("policy", "diff", "mihon", str(new), "--cases", str(cases))
    assert code == 0
    assert "■ F-1" in out
    assert "経路: 窓口につなぐ → 多機関協働へ上げる" in out
    assert "規則: route.default → route.roles" in out
    assert "F-2" not in out
    assert "3 件のうち 1 件が変わります。" in out


@pytest.mark.parametrize(
    ("line", "why"),
    [("{", "JSON"), ('{"text": "x"}', "id がありません"), ('{"id": 1}', "text も facts も"), ('{"id": 1, "facts": {"mood": "x"}}', "mood"),
     ('{"id": 1, "facts": {"issues": ["dvv"]}}', "dvv")],
)  # fmt: skip
def test_a_line_that_cannot_be_used_is_named(said: Any, tmp_path: Path, line: str, why: str) -> None:
    cases = tmp_path / "cases.jsonl"
    cases.write_text(line + "\n", "utf-8")
    code, _, err = said("policy", "diff", "mihon", "okinawa", "--cases", str(cases))
    assert code == 1
    assert "1 行目" in err
    assert why in err


def test_what_is_not_there_is_said(said: Any, tmp_path: Path) -> None:
    assert "という方針がありません" in said("policy", "diff", "mihon", "nowhere.toml", "--cases", "x")[2]
    assert (
        "というファイルがありません" in said("policy", "diff", "mihon", "okinawa", "--cases", str(tmp_path / "no"))[2]
    )
    assert said("db", "upgrade")[0] == 0
    assemble(settings_from(os.environ)).store.close()  # makes the key
    assert "という案件はありません" in said("replay", "MIHON-2026-0001")[2]
    assert "まだありません" in said("policy", "overrides")[1]


def talk(app: App, *steps: str | Choice) -> str:
    """Play a talk to its end; returns the case number."""
    number = ""
    at = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
    conversation = f"test:{len(steps)}:{hash(steps[0])}"
    for place, step in enumerate(steps):
        text, choice = (step, None) if isinstance(step, str) else (None, step)
        outcome = app.conversation.receive(
            Turn(conversation, str(place), "test", "clerk", at, text=text, choice=choice)
        )
        number = outcome.talk.dialogue.case_number or number
    return number


@pytest.fixture
def cases(said: Any) -> dict[str, str]:
    """A confirmed case and an overridden one, stored as a talk stores them."""
    app = assemble(settings_from(os.environ), migrate=True)
    first = "82歳の母が物忘れ。50代の息子はひきこもりで借金もある。どの課も自分の担当ではないと言う"
    confirmed = talk(app, first, Choice("accept", ""), Choice("enough", ""), Choice("confirm", ""))
    change = Choice("overridden", "", {"route": "multi_agency", "reason": "山田太郎さんの件でどの課も受けない"})
    overridden = talk(app, "母が物忘れ", Choice("accept", ""), Choice("enough", ""), Choice("override", ""), change)
    app.store.close()
    assert confirmed
    assert overridden
    return {"confirmed": confirmed, "overridden": overridden}


def database(said: Any) -> sqlite3.Connection:
    return sqlite3.connect(Path(os.environ["TSUNAGU_VAR"]) / "tsunagu.db")


def test_a_stored_case_is_decided_again_byte_for_byte(said: Any, cases: dict[str, str]) -> None:
    for number in cases.values():
        code, out, _ = said("replay", number)
        assert code == 0
        assert "一字一句同じです" in out


def test_packs_and_policies_are_kept_once_for_many_cases(said: Any, cases: dict[str, str]) -> None:
    with database(said) as connection:
        kept = connection.execute("SELECT kind, count(*) FROM kept_version GROUP BY kind ORDER BY kind").fetchall()
        bodies = "".join(row[0] for row in connection.execute("SELECT body FROM kept_version"))
    connection.close()
    assert kept == [("pack", 1), ("policy", 1)]
    assert "山田" not in bodies


def test_replay_needs_no_pack_on_disk(
    said: Any, cases: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TSUNAGU_PACKS", str(tmp_path / "nothing"))
    code, out, _ = said("replay", cases["confirmed"])
    assert code == 0
    assert "一字一句同じです" in out


def test_a_stored_proposal_that_was_changed_is_noticed(said: Any, cases: dict[str, str]) -> None:
    with database(said) as connection:
        connection.execute("UPDATE case_file SET proposal = replace(proposal, 'national', 'nationa1')")
    connection.close()
    code, out, _ = said("replay", cases["confirmed"])
    assert code == 1
    assert "同じになりません" in out


@pytest.mark.parametrize("kind", ["pack", "policy"])
def test_a_missing_version_says_which_digest_is_needed(said: Any, cases: dict[str, str], kind: str) -> None:
    with database(said) as connection:
        connection.execute("DELETE FROM kept_version WHERE kind = ?", (kind,))
        connection.execute(f"UPDATE case_file SET {kind}_digest = 'feedbeef'")
    connection.close()
    code, _, err = said("replay", cases["confirmed"])
    assert code == 1
    assert "feedbeef" in err
    assert "Traceback" not in err


def test_replay_with_other_rules_and_on_another_day_shows_both_sides(
    said: Any, cases: dict[str, str], tmp_path: Path
) -> None:
    new = tmp_path / "new.toml"
    new.write_text(
        'id = "next"\nversion = "9"\n[[route]]\nid = "route.new"\nroute = "existing_meeting"\nweight = "高齢"\nwhen = ["issues has dementia"]\n'
        'reason = "物忘れは{weight}の会議体で受けます。"\neffective_from = 2027-04-01\n', "utf-8",
    )  # fmt: skip
    code, out, _ = said("replay", cases["overridden"], "--policy", str(new), "--on", "2027-04-01")
    assert code == 0
    assert "route.new: 物忘れは高齢の会議体で受けます。" in out
    assert "経路: 窓口につなぐ → 既存の会議体で調整する" in out
    before = said("replay", cases["overridden"], "--policy", str(new), "--on", "2027-03-31")[1]
    assert "route.new" not in before


def test_overrides_come_back_as_suggestions_with_names_masked(said: Any, cases: dict[str, str]) -> None:
    code, out, _ = said("policy", "overrides")
    assert code == 0
    assert "方針は自動では変わりません" in out
    assert "→ 多機関協働へ上げる  1 回" in out
    assert "どの課も受けない" in out
    assert "山田" not in out
    assert cases["overridden"] in out
    assert cases["confirmed"] not in out
