"""What each subcommand does, at the outer edge: the clock, the environment, standard input and output."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.app import assemble
from bot.assess import assess as assess_text
from bot.assess import assess_lines
from bot.console import Console
from bot.settings import Settings, SettingsError, settings_from
from bot.views import View
from bot.world import open_town
from knowledge.errors import PackError
from knowledge.load import PACKS, load, pack_names
from routing.policy import load_policy
from routing.store import upgrade

TOKYO = ZoneInfo("Asia/Tokyo")


def now() -> datetime:
    """The moment, in Japan's time zone."""
    return datetime.now(TOKYO)


def _settings(given: argparse.Namespace | None = None) -> Settings:
    environment: Mapping[str, str] = os.environ
    settings = settings_from(environment)
    pack = getattr(given, "pack", "")
    return replace(settings, pack=pack) if pack else settings


def serve(_: argparse.Namespace) -> int:
    """The web chat on loopback."""
    from bot.web.server import run_server

    settings = _settings()
    _port_is_free(settings)
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

    try:
        on = date.fromisoformat(given.on) if given.on else now().date()
    except ValueError as error:
        raise SettingsError(f"--on {given.on} は日付として読めません（例: --on 2026-04-01）。") from error
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
    for line, good in assess_lines(town, sys.stdin, on):
        sys.stdout.write(line + "\n")
        all_good &= good
    return 0 if all_good else 1


def knowledge(given: argparse.Namespace) -> int:
    """Check packs as a whole, or say what is in them."""
    root = _settings().packs or PACKS
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
