"""The `tsunagu` command: examples for everything, one clear line for everything that goes wrong."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from bot.__main__ import parser
from bot.settings import SettingsError, settings_from


def run(*arguments: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        input=given, capture_output=True, text=True, timeout=120, env={**os.environ, **environment},
    )  # fmt: skip


def commands() -> list[str]:
    actions = [a for a in parser()._actions if hasattr(a, "choices") and a.choices]
    return sorted(actions[0].choices)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", commands())
def test_every_command_has_help_with_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        parser().parse_args([name, "--help"])
    assert stopped.value.code == 0
    assert f"tsunagu {name}" in capsys.readouterr().out.split("例:")[-1]


def test_messages_in_proposals_out_one_object_per_line() -> None:
    lines = [
        json.dumps({"id": "a", "text": "母が物忘れ"}, ensure_ascii=False),
        "",
        json.dumps({"id": 7, "text": "家賃を滞納"}),
    ]
    done = run("assess", "--pack", "mihon", "--jsonl", "--on", "2026-11-21", given="\n".join(lines) + "\n")
    assert done.returncode == 0, done.stderr
    out = [json.loads(line) for line in done.stdout.splitlines()]
    assert [o["id"] for o in out] == ["a", 7]
    keys = {
        "id", "issues", "maybe", "set_aside", "members", "fields", "decision", "meeting", "consent", "urgent", "duties", "agencies", "reasons",
        "why_not",
    }  # fmt: skip
    assert all(keys <= set(o) for o in out)
    assert all(o["reasons"] and o["reasons"][0]["text"] for o in out)


def test_a_broken_line_gets_an_error_and_the_run_goes_on() -> None:
    broken = ["{not json", '{"text": "no id"}', '{"id": 1, "text": 5}', "[]"]
    done = run("assess", "--jsonl", given="\n".join([*broken, json.dumps({"id": "ok", "text": "母が物忘れ"})]) + "\n")
    assert done.returncode == 1
    out = [json.loads(line) for line in done.stdout.splitlines()]
    assert [("error" in o) for o in out] == [True, True, True, True, False]
    assert [o.get("line") for o in out[:4]] == [1, 2, 3, 4]
    assert "Traceback" not in done.stderr


def test_the_same_input_gives_the_same_bytes() -> None:
    given = Path("tests/cases/dev.jsonl").read_text("utf-8").splitlines()[:20]
    text = "\n".join(json.dumps({"id": json.loads(line)["id"], "text": json.loads(line)["text"]}) for line in given)
    first, second = (
        run("assess", "--jsonl", "--on", "2026-11-21", given=text, PYTHONHASHSEED=seed) for seed in ("1", "2")
    )
    assert first.stdout == second.stdout
    assert first.returncode == 0


def test_names_and_numbers_of_people_do_not_come_out() -> None:
    text = json.dumps({"id": 1, "text": "山田太郎さん(82)、090-1234-5678、電気が止まった"}, ensure_ascii=False)
    out = run("assess", "--jsonl", given=text).stdout
    assert "山田" not in out
    assert "5678" not in out


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (("assess", "--pack", "atlantis", "x"), {}, "パックがありません"),
        (("assess", "--on", "きのう", "x"), {}, "--on"),
        (("assess", "   "), {}, "読み取る文がありません"),
        (("serve",), {"HOST": "0.0.0.0"}, "HOST=0.0.0.0"),
        (("serve",), {"PORT": "http"}, "PORT=http"),
        (("knowledge", "check", "atlantis"), {}, "パックがありません"),
        (("chat",), {"TSUNAGU_KEY": "not-a-key"}, "TSUNAGU_KEY"),
        (("db", "upgrade"), {"DATABASE_URL": "postgresql://127.0.0.1:1/none"}, "データベース"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_place(
    arguments: tuple[str, ...], environment: dict[str, str], said: str, tmp_path: Path
) -> None:
    done = run(*arguments, TSUNAGU_VAR=str(tmp_path), **environment)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_said_with_another_one_to_try(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run("serve", TSUNAGU_VAR=str(tmp_path), PORT=port)
    assert done.returncode == 1
    assert f"ポート {port} は使われています" in done.stderr


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    assert run("db", "upgrade", TSUNAGU_VAR=str(tmp_path)).returncode == 0
    path = tmp_path / "tsunagu.db"
    with sqlite3.connect(path) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    done = run("chat", TSUNAGU_VAR=str(tmp_path))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "新しい" in done.stderr


def test_a_talk_in_the_terminal_can_be_printed_as_a_transcript(tmp_path: Path) -> None:
    out = tmp_path / "talk.txt"
    done = run(
        "chat",
        "--transcript",
        str(out),
        given="80代の母と、ひきこもりの50代の息子\n",
        TSUNAGU_VAR=str(tmp_path / "var"),
    )
    assert done.returncode == 0, done.stderr
    lines = out.read_text("utf-8").splitlines()
    assert "> 80代の母と、ひきこもりの50代の息子" in lines
    assert any(line.startswith("| ■ このように読み取りました") for line in lines)


def test_settings_refuse_what_is_not_loopback() -> None:
    for host in ("127.0.0.1", "localhost", "::1"):
        assert settings_from({"HOST": host}).host == host
    for host in ("0.0.0.0", "::", "192.168.1.5", "example.jp"):
        with pytest.raises(SettingsError, match="127.0.0.1"):
            settings_from({"HOST": host})
