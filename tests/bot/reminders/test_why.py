"""For every occurrence of a case one can read when, by whom, by which rule, and why or why not."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import reminders_why
from bot.__main__ import main
from bot.delivery import Delivery, DeliveryRules, Failed, Unknown
from bot.reminders_why import why
from knowledge.load import load
from routing.outgoing import Contact, Outcome, State
from routing.reminders import load_reminders
from routing.store import open_store
from tests.bot.reminders.conftest import Clock, Surface

REMINDERS = load_reminders(load("mihon"))
WORDS = tomllib.loads(
    (Path(reminders_why.__file__).parent / "templates" / "reminders" / "words.toml").read_text("utf-8")
)


def test_every_state_and_outcome_has_words() -> None:
    assert set(WORDS["state"]) == {state.value for state in State}
    assert set(WORDS["outcome"]) == {outcome.value for outcome in Outcome}
    assert all(row.label for row in REMINDERS.data.kind)


def test_the_whole_way_of_an_occurrence_can_be_read(store: Any, clock: Clock, some: Any) -> None:
    with store.unit() as unit:
        for who, address in (("post:1", "U1"), ("post:2", "U2")):
            unit.contacts.put(Contact(who, "slack", address), clock.now)
        unit.outbox.put(some.message(key="k", kind="review", about="c-1", recipient="post:1", chain=("post:2",)))
        unit.outbox.put(some.message(key="other", kind="digest", about="c-1", recipient="agency:x"))
        unit.commit()
    slack = Surface(answers=[Failed("gone", permanent=True), Unknown("time-out")])
    for _ in range(3):
        Delivery(store, [slack], clock, "host:8080", DeliveryRules()).run()
        clock.forward(minutes=1)
    with store.unit(reading=True) as unit:
        told, other = why(unit, "c-1", REMINDERS)
        assert [each.key for each in why(unit, "c-1", REMINDERS, "agency:x")] == [other.key]
        assert [each.key for each in why(unit, "c-1", REMINDERS, "post:2")] == [told.key]
        assert why(unit, "c-2", REMINDERS) == []
    assert (told.kind, told.recipient, told.chain) == ("見直しの日", "post:1", ("post:2",))
    assert "reminders.toml" in told.rule
    assert (told.state, told.made, told.final) == ("送りました", "2026-04-01 09:30:00", "2026-04-01 09:31:00")
    assert [(entry.outcome, entry.why) for entry in told.record] == [
        ("送り始めました", ""),
        ("送れませんでした", "相手先がなくなっています（退職・閉鎖など）"),
        ("連絡がつかず、次の人へ回しました", "連絡先がありません"),
        ("送り始めました", ""),
        ("届いたか分かりません", "時間内に返事がありませんでした"),
        ("送り始めました", ""),
        ("相手先を確かめ、届いていませんでした", ""),
        ("送り始めました", ""),
        ("送りました", ""),
    ]
    assert {entry.by for entry in told.record} == {"host:8080"}
    assert [entry.target for entry in told.record][-1] == "post:2"


def test_the_command_shows_it_and_an_unknown_case_gets_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], key: str, some: Any
) -> None:
    monkeypatch.setenv("TSUNAGU_VAR", str(tmp_path))
    monkeypatch.setenv("TSUNAGU_KEY", key)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert main(["db", "upgrade"]) == 0
    store = open_store(f"sqlite:///{tmp_path / 'tsunagu.db'}", key)
    with store.unit() as unit:
        unit.cases.add(some.case(), ())
        unit.outbox.put(some.message(kind="no_progress", about="c-1", recipient="agency:houkatsu"))
        unit.outbox.obsolete("nudge:c-1:1", some.morning + timedelta(hours=1), "no_longer_due")
        unit.commit()
    store.close()
    capsys.readouterr()
    assert main(["reminders", "why", "mh-2026-0001"]) == 0
    shown = capsys.readouterr().out
    for words in (
        "案件 MH-2026-0001",
        "動きが記録されていない",
        "agency:houkatsu",
        "2026-04-01 10:30:00",
        "状況が変わっていました",
    ):
        assert words in shown
    assert main(["reminders", "why", "MH-2026-0001", "--person", "post:9"]) == 0
    assert "まだありません" in capsys.readouterr().out
    assert main(["reminders", "why", "MH-2026-9999"]) == 1
    assert "MH-2026-9999" in capsys.readouterr().err
