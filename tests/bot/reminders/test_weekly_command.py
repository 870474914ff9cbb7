"""`tsunagu reminders week`: what would be told now, without telling it, and in the same words as everywhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.clock import now
from bot.console import card_lines
from bot.nudges import nudge_view, supervisors_of, view_of
from bot.world import Town, open_town
from routing.cells import UNDER, Cells
from routing.nudge import Ahead, Nudge
from routing.nudge_cases import Line, Listed
from routing.nudge_trend import trend, week_of
from routing.reports import Silence
from routing.store import open_store

DAY = week_of(now().date())


@pytest.fixture(scope="module")
def town() -> Town:
    return open_town("mihon")


Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("TSUNAGU_VAR", str(tmp_path))
    monkeypatch.setenv("TSUNAGU_PACK", "mihon")
    assert main(["db", "upgrade"]) == 0

    def ran(*arguments: str) -> str:
        capsys.readouterr()
        assert main(["reminders", "week", *arguments]) == 0
        return capsys.readouterr().out

    return ran


def test_who_would_be_told_of_something(run: Run) -> None:
    shown = run()
    assert (
        "post:co-hokatsu-higashi-supervisor　東地域包括支援センター センター長　知らせることはありません（送りません）"
        in shown
    )


def test_what_somebody_would_be_told(run: Run) -> None:
    shown = run("post:co-hokatsu-higashi-supervisor")
    assert "今週、手を貸していただきたいことはありません。" in shown
    assert "新しい案件: 0、0、0、0、0、0、0、0" in shown


def test_who_is_nobody_is_told_nothing(run: Run) -> None:
    assert "今週、手を貸していただきたいことはありません。" in run("post:nobody")


def full(**changes: object) -> Nudge:
    """A nudge with something on each of its lists."""
    line = Line("MIHON-2026-0012", "hokatsu-higashi", DAY - timedelta(days=30), 20, "organisation", True)
    lists = {
        "stuck": Listed((line,), 4, Cells((("jutaku", 5),), UNDER)),
        "waiting": Listed((Line("MIHON-2026-0031", "jiritsu-sodan", DAY, 3),), 0, Cells((), UNDER)),
        "alerted": Listed((Line("MIHON-2026-0040", "gone-desk", DAY, 4),)),
        "reviews": Listed((Line("MIHON-2026-0041", "", DAY, 2),)),
    }
    values = {
        "week": DAY,
        **lists,
        "silent": (Silence("hokatsu-izumi", 0, 4.2, None),),
        "bounces": Cells((("capacity", 6), ("expired", 4)), 3),
        "sent_back": Cells((("consent_first", 3),), UNDER),
        "gaps": Cells((("hikikomori|area-higashi", 4), ("housing_unstable|", 3), ("|", 3)), UNDER),
        "ahead": (Ahead("mt-community-care", DAY + timedelta(days=9), DAY - timedelta(days=1)),),
        "trend": trend((), (), (), DAY, 8),
        "fresh": True,
    }
    return Nudge(**{**values, **changes})  # type: ignore[arg-type]


SENTENCES = [
    "止まっている案件: 5件（下に1件。ほかは案件の一覧にあります）。",
    "ほかの窓口で止まっている案件: 住宅課 5件、そのほかの窓口: 3未満",
    "ほかの窓口で返事のないつなぎ: そのほかの窓口: 3未満",
    "泉地域包括支援センター: 0件（これまでの実績から見込まれるのは4.2件）",
    "定員: 6件", "返事がなく期限切れ: 4件", "そのほかの理由: 合わせて3件",
    "まず本人の同意を確かめてほしい: 3件", "そのほかの理由: 3未満",
    "ひきこもり（東圏域）: 4件", "住まいの不安定: 3件", "課題がまだ読み取れていない相談: 3件", "そのほかの課題: 3未満",
    "、過ぎました）",
    "MIHON-2026-0012　【至急】　東地域包括支援センター　20開庁日動きなし　理由: ②機構: 予算・人員・体制が足りない",
    "MIHON-2026-0031　くらし自立相談センター（自立相談支援機関）　返事なし 3開庁日",
    "MIHON-2026-0040　gone-desk（今の登録にありません）　チームの確認待ち 4開庁日",
    "MIHON-2026-0041　主担当なし　いっしょに確かめる日から2開庁日",
]  # fmt: skip


@pytest.mark.parametrize("sentence", SENTENCES)
def test_each_list_in_words(town: Town, sentence: str) -> None:
    shown = "\n".join(card_lines(town.renderer.card(view_of(full(), 3))))
    assert sentence in shown
    assert "-1" not in shown
    assert "+++" not in shown


def test_every_shipped_code_of_a_cause_has_words(town: Town) -> None:
    from routing.nudge import CAUSES

    cells = Cells(tuple((cause, 3) for cause in CAUSES))
    shown = "\n".join(card_lines(town.renderer.card(view_of(full(bounces=cells), 3))))
    assert shown.count("件") >= len(CAUSES)


def test_every_case_on_a_list_can_be_opened(town: Town) -> None:
    view = view_of(full(), 3)
    rows = (*view.rows, *view.maybes, *view.asides)
    assert [(o.action, o.value) for row in rows for o in row.options] == [
        ("case:show", f"MIHON-2026-00{n}") for n in (12, 31, 40, 41)
    ]
    assert len({row.id for row in rows}) == len(rows)


def test_every_supervisor_of_the_town_can_be_shown(town: Town, run: Run, tmp_path: Path) -> None:
    from bot.app import read_key
    from bot.settings import settings_from

    settings = settings_from({"TSUNAGU_VAR": str(tmp_path), "TSUNAGU_PACK": "mihon"})
    store = open_store(settings.database_url, read_key(settings)[0])
    with store.unit(reading=True) as unit:
        names = supervisors_of(town.catalogue)(unit)
        for name in names:
            town.renderer.card(nudge_view(unit, town, name, DAY, now()))
    store.close()
    assert len(names) == len(set(names)) > 30
