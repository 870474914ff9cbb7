"""What each subcommand does, at the outer edge: the clock, the environment, standard input and output."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from pathlib import Path

from bot.app import assemble
from bot.assess import assess as assess_text
from bot.assess import assess_lines
from bot.clock import day_of, now
from bot.clock import settings_of as _settings
from bot.commands_knowledge import show_rows, try_rows
from bot.console import Console
from bot.explain import explain_lines, marks_of
from bot.settings import Settings, SettingsError
from bot.views import View
from bot.world import open_town
from knowledge.directory.search import Directory
from knowledge.errors import PackError
from knowledge.load import PACKS, load, pack_names
from knowledge.reading.identity import mask
from routing.policy import load_policy
from routing.store import upgrade


def serve(_: argparse.Namespace) -> int:
    """The web chat on loopback."""
    settings = _settings()
    _port_is_free(settings)
    from bot.web.server import run_server

    app = assemble(settings, migrate=True)
    if app.key_created:
        print(
            f"氏名などを暗号化する鍵を {settings.key_file} に作りました。なくすと氏名・住所・元の文は読めなくなります。"
            " 実際に使うときは TSUNAGU_KEY に鍵を設定し、別の場所にも控えてください。",
            file=sys.stderr,
        )
    return run_server(app, now)


def _port_is_free(settings: Settings) -> None:
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise SettingsError(
                f"ポート {settings.port} は使われています。別の番号で起動してください（例: PORT={settings.port + 1} make run）。"
            ) from error


def chat(given: argparse.Namespace) -> int:
    """The same talk in a terminal."""
    settings = _settings(given)
    app = assemble(settings, migrate=True)

    def ask(prompt: str) -> str | None:
        try:
            return input(prompt)
        except EOFError:
            return None

    console = Console(app.conversation, app.town.renderer, ask, print, now)
    try:
        talk = f"console:{os.getpid()}:{now().timestamp()}"
        console.run(talk, f"console:{os.getuid()}", app.town.renderer.card(View("start", {"note": ""})))
    finally:
        app.store.close()
        if given.transcript:
            Path(given.transcript).write_text("\n".join(console.transcript) + "\n", encoding="utf-8")
    return 0


def assess(given: argparse.Namespace) -> int:
    """Messages to proposals."""
    import json

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


def knowledge(given: argparse.Namespace) -> int:
    """Check packs as a whole, say what is in them, or what their rows do."""
    settings = _settings()
    root = settings.packs or PACKS
    if given.what == "try":
        return try_rows(given, settings.pack, root)
    if given.what == "rows":
        return show_rows(given, settings.pack, root)
    failed = False
    for name in given.packs or pack_names(root):
        try:
            catalogue = load(name, root)
            policy = load_policy(catalogue)
        except PackError as error:
            print(error, file=sys.stderr)
            failed = True
            continue
        counts = "、".join(
            f"{label} {len(part)}"
            for label, part in (
                ("機関", catalogue.agencies),
                ("会議体", catalogue.meetings),
                ("自治会・字", catalogue.neighborhoods),
                ("資源", catalogue.resources),
            )
        )
        words = f"言い回し {len(catalogue.expressions)}、規則 {len(policy.routes) + len(policy.duties)}"
        print(f"{name}: 問題ありません（{counts}、{words}、版 {catalogue.digest[:12]}）")
    return 1 if failed else 0


def database(_: argparse.Namespace) -> int:
    """Bring the schema up to date."""
    settings = _settings()
    settings.var.mkdir(parents=True, exist_ok=True)
    print(f"データベースは版 {upgrade(settings.database_url)} です。")
    return 0
