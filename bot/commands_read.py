"""Commands that only read: assess, explain, find. At the outer edge; no store, no surface."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from bot.assess import assess as assess_text
from bot.assess import assess_lines
from bot.clock import day_of, now
from bot.clock import settings_of as _settings
from bot.explain import explain_lines, marks_of
from bot.settings import SettingsError
from bot.world import open_town
from knowledge.directory.search import Directory
from knowledge.load import PACKS, load
from knowledge.reading.identity import mask


def assess(given: argparse.Namespace) -> int:
    """Messages to proposals."""
    on = day_of(given.on)
    settings = _settings(given)
    town = open_town(settings.pack, settings.packs or PACKS)
    if not given.jsonl:
        text = given.text or sys.stdin.read()
        if not text.strip():
            raise SettingsError('読み取る文がありません（例: tsunagu assess "80代の母と50代の息子…"）。')
        print(json.dumps(assess_text(town, text, on), ensure_ascii=False, indent=2))
        return 0
    all_good = True
    sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    for line, good in assess_lines(town, sys.stdin, on, given.gold_issues):
        sys.stdout.write(line + "\n")
        all_good &= good
    return 0 if all_good else 1


def explain(given: argparse.Namespace) -> int:
    """Why a text is read as it is."""
    settings = _settings(given)
    text = given.text or sys.stdin.read()
    if not text.strip():
        raise SettingsError('読み取る文がありません（例: tsunagu explain "ひきこもりだったが今は働いている"）。')
    town = open_town(settings.pack, settings.packs or PACKS)
    reading = town.reader.read(text, now().date())
    for line in explain_lines(reading, town.renderer, sys.stdout.isatty()):
        print(line)
    if given.html:
        lines = list(explain_lines(reading, town.renderer, False))[1:]
        shown = town.renderer.marked(mask(reading.text, reading.identity), marks_of(reading))
        Path(given.html).write_text(
            town.renderer.page("explain/page.html.j2", parts=shown.parts, lines=lines), encoding="utf-8"
        )
    return 0


def find(given: argparse.Namespace) -> int:
    """Agencies and meeting bodies by the words staff use."""
    settings = _settings(given)
    catalogue = load(settings.pack, settings.packs or PACKS)
    if given.area and given.area not in catalogue.areas:
        raise SettingsError(f"--area {given.area} は登録がありません（使える値: {'; '.join(catalogue.areas)}）。")
    answer = Directory.of(catalogue).search(given.query, area=given.area, on=now().date())
    if not answer.matches:
        print("見つかりませんでした。言い方を変えるか、ふくしの窓口などの総合相談に確かめてください。")
        return 1
    if answer.tie:
        print("近い候補がいくつかあります。選んでください。")
    for match in answer.matches:
        record = catalogue.agencies.get(match.id) or catalogue.meetings[match.id]
        phone = getattr(record, "phone", "") or "要確認"
        print(f"{match.score:.3f}  {match.name}（「{match.matched}」に一致、電話 {phone}）")
    return 0
