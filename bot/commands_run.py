"""What each subcommand does, at the outer edge: the clock, the environment, standard input and output."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app import App, assemble
from bot.clock import now
from bot.clock import settings_of as _settings
from bot.commands_knowledge import show_rows, try_rows
from bot.console import Console
from bot.delivery import Channel
from bot.logs import configure
from bot.settings import Settings, SettingsError
from bot.slack.settings import SlackSettings, slack_settings_from
from bot.teams.settings import TeamsSettings, teams_settings_from
from bot.views import View
from knowledge.errors import PackError
from knowledge.load import PACKS, load, pack_names
from knowledge.reading.examples import misread
from routing.errors import PolicyError
from routing.follow_up import load_follow_up
from routing.policy import load_policy
from routing.reminders import load_reminders
from routing.store import upgrade

if TYPE_CHECKING:
    from bot.reminding import Beside
    from bot.web.server import Wrap


def serve(_: argparse.Namespace) -> int:
    """The web chat on loopback, and Slack and Teams beside it when they are set up."""
    settings = _settings()
    _port_is_free(settings)
    slack_settings = slack_settings_from(os.environ, f"http://{settings.host}:{settings.port}")
    teams_settings = teams_settings_from(os.environ, f"http://{settings.host}:{settings.port}")
    configure(settings.log)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # told to stop before the server listens: that is no failure
    from bot.health import Pulse, health_of
    from bot.reminding import beside, replica_of
    from bot.web.server import run_server

    app = assemble(settings, migrate=True)
    if app.key_created:
        print(
            f"氏名などを暗号化する鍵を {settings.key_file} に作りました。なくすと氏名・住所・元の文は読めなくなります。"
            " 実際に使うときは TSUNAGU_KEY に鍵を設定し、別の場所にも控えてください。",
            file=sys.stderr,
        )
    wrap, also, channels = _chats(app, slack_settings, teams_settings)
    replica = replica_of(app, now, channels)
    gc.freeze()  # what was built so far lives as long as the process: looking through it again slows every sweep down
    ticker = replica.ticker
    health = health_of(app, now, Pulse(replica.rounds, lambda: ticker.age))
    return run_server(app, now, wrap, beside(replica, also), health)


def _chats(
    app: App, slack_settings: SlackSettings | None, teams_settings: TeamsSettings | None
) -> tuple[Wrap, Beside | None, list[Channel]]:
    """The chats that are set up: what goes in front of the web chat, what runs beside it, and where messages can go."""
    from bot.web.server import alone, in_front

    wrap: Wrap = alone
    also: Beside | None = None
    channels: list[Channel] = []
    if teams_settings is not None:
        from bot.teams.serve import teams_of

        teams = teams_of(app, teams_settings, now)
        wrap = teams.wrap
        channels.append(teams.channel)
    if slack_settings is not None:
        from bot.slack.serve import slack_of

        slack = slack_of(app, slack_settings, now)
        wrap, also = in_front(slack.wrap, wrap), slack.beside
        channels.append(slack.surface.channel)
    return wrap, also, channels


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


def knowledge(given: argparse.Namespace) -> int:
    """Check packs as a whole, say what is in them, or what their rows do."""
    settings = _settings()
    root = settings.packs or PACKS
    if given.what == "try":
        return try_rows(given, settings.pack, root)
    if given.what == "rows":
        return show_rows(given, settings.pack, root)
    failed, tried = False, set()
    for name in given.packs or pack_names(root):
        try:
            catalogue = load(name, root)
            policy = load_policy(catalogue)
            load_follow_up(catalogue, [share.rule.id for share in policy.shares])
            load_reminders(catalogue)
        except (PackError, PolicyError) as error:
            print(error, file=sys.stderr)
            failed = True
            continue
        rows = (catalogue.expressions, catalogue.signals, catalogue.scope_cues)  # most packs share those of national
        wrong = [] if rows in tried else list(misread(catalogue))
        tried.add(rows)
        if wrong:
            print(f"知識パック「{name}」に、例のとおりに読まれない行が {len(wrong)} 件あります。", file=sys.stderr)
            for target, pattern, example in wrong:
                print(
                    f"  {target}「{pattern}」: 例「{example}」を、書いたとおりに読めるようにしてください。",
                    file=sys.stderr,
                )
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
