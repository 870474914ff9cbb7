"""The `tsunagu` command. Knows the subcommands and turns typed errors into one clear line; does no work itself."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from bot.settings import SettingsError
from knowledge.errors import KnowledgeError
from routing.errors import RoutingError

_DESCRIPTION = "つなぐ: 市町村の窓口の相談を読み取り、つなぎ先・会議体・多機関協働への引き上げを提案します。"


def _later(module: str, name: str) -> Callable[[argparse.Namespace], int]:
    """The command's function, imported when it is run: a command pays only for what it uses."""

    def run(given: argparse.Namespace) -> int:
        return int(getattr(import_module(module), name)(given))

    return run


def parser() -> argparse.ArgumentParser:
    """The command line, every subcommand with examples."""
    top = argparse.ArgumentParser(prog="tsunagu", description=_DESCRIPTION)
    commands = top.add_subparsers(dest="command", required=True, metavar="コマンド")

    def add(name: str, help_text: str, example: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            help=help_text,
            description=help_text,
            epilog=f"例:\n{example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    serve = add(
        "serve", "ウェブの相談画面を開きます（この端末の中だけ）。", "  tsunagu serve\n  PORT=8081 tsunagu serve"
    )
    serve.set_defaults(run=_later("bot.commands_run", "serve"))
    chat = add(
        "chat", "同じ相談を端末で行います。", "  tsunagu chat --pack mihon\n  tsunagu chat --transcript talk.txt"
    )
    chat.add_argument("--pack", default="", help="知識パック（既定は TSUNAGU_PACK、なければ mihon）")
    chat.add_argument("--transcript", default="", help="終わった相談を、再生できる記録としてこのファイルに書きます")
    chat.set_defaults(run=_later("bot.commands_run", "chat"))
    assess = add(
        "assess",
        "文を読み取り、提案を JSON で出します。",
        '  tsunagu assess --pack mihon --jsonl < messages.jsonl > out.jsonl\n  tsunagu assess "80代の母と50代の息子…"',
    )
    assess.add_argument("text", nargs="?", default="", help="読み取る文（--jsonl のときは不要）")
    assess.add_argument("--pack", default="", help="知識パック")
    assess.add_argument("--jsonl", action="store_true", help="標準入力から 1 行に 1 件 {id, text} を読みます")
    assess.add_argument(
        "--gold-issues", action="store_true", help="課題は読み取らず、各行の issues をそのまま使います（検証用）"
    )
    assess.add_argument("--on", default="", help="判断する日（例: 2026-04-01。既定は今日）")
    assess.set_defaults(run=_later("bot.commands_read", "assess"))
    explain = add(
        "explain",
        "文をどう読み取ったかを、根拠の言葉とともに示します。",
        '  tsunagu explain "ひきこもりだったが今は働いている、ただ借金が"\n  tsunagu explain --html out.html < message.txt',
    )
    explain.add_argument("text", nargs="?", default="", help="読み取る文（省くと標準入力）")
    explain.add_argument("--pack", default="", help="知識パック")
    explain.add_argument("--html", default="", help="同じ内容をこのファイルに HTML で書きます")
    explain.set_defaults(run=_later("bot.commands_read", "explain"))
    find = add(
        "find",
        "窓口や会議体を、通称・よみ・困りごとの言葉から探します。",
        '  tsunagu find 包括\n  tsunagu find "借金の相談" --area 東',
    )
    find.add_argument("query", help="探す言葉")
    find.add_argument("--pack", default="", help="知識パック")
    find.add_argument("--area", default="", help="圏域の ID（わかっているとき）")
    find.set_defaults(run=_later("bot.commands_read", "find"))
    knowledge = add(
        "knowledge",
        "知識パックを確かめ、読み込みます。言い回しの新しい行を試し、いまの行の成績を見ます。",
        "  tsunagu knowledge check\n  tsunagu knowledge check mihon okinawa\n  tsunagu knowledge load mihon\n"
        '  tsunagu knowledge try "debt,phrase,(闇金|ヤミ金)"\n  tsunagu knowledge try --file rows.csv\n'
        "  tsunagu knowledge rows --code debt",
    )
    knowledge.add_argument(
        "what",
        choices=("check", "load", "try", "rows"),
        help="check: 問題をすべて示す / load: 内容の件数を示す / try: 新しい行で何が変わるか / rows: 行ごとの成績",
    )
    knowledge.add_argument(
        "packs", nargs="*", help="パックの名前（省くとすべて）。try では「コード,型,表現[,極性,強さ]」の行"
    )
    knowledge.add_argument("--file", default="", help="try: 行を並べた CSV（- は標準入力）")
    knowledge.add_argument("--code", default="", help="rows: この課題コードの行だけ")
    knowledge.set_defaults(run=_later("bot.commands_run", "knowledge"))
    database = add(
        "db",
        "データベースの形を今の版に上げます。",
        "  tsunagu db upgrade\n  DATABASE_URL=postgresql://… tsunagu db upgrade",
    )
    database.add_argument("what", choices=("upgrade",), help="upgrade: 今の版に上げる")
    database.set_defaults(run=_later("bot.commands_run", "database"))
    _surfaces(add)
    from bot import commands_backup, commands_policy, commands_reminders, commands_replay

    commands_backup.register(add)
    commands_policy.register(add)
    commands_reminders.register(add)
    commands_replay.register(add)
    return top


def _surfaces(add: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    """The commands that set the chat surfaces up."""
    slack = add(
        "slack",
        "Slack アプリの設定を出し、使えるかを確かめます。",
        "  tsunagu slack manifest > manifest.yaml\n  tsunagu slack manifest --url https://tsunagu.example.lg.jp\n  tsunagu slack doctor",
    )
    slack.add_argument(
        "what",
        choices=("manifest", "doctor"),
        help="manifest: アプリの設定を出す / doctor: トークン、権限、知らせ先を確かめる",
    )
    slack.add_argument("--url", default="", help="manifest: HTTP で受けるときの、外から届く https のアドレス")
    slack.add_argument("--pack", default="", help="知識パック")
    slack.set_defaults(run=_later("bot.commands_slack", "slack"))
    teams = add(
        "teams",
        "Teams アプリのパッケージを作り、使えるかを確かめます。",
        "  tsunagu teams manifest --out tsunagu-teams.zip\n  tsunagu teams doctor",
    )
    teams.add_argument(
        "what",
        choices=("manifest", "doctor"),
        help="manifest: アプリのパッケージを作る / doctor: 認証、鍵、知らせ先を確かめる",
    )
    teams.add_argument("--out", default="tsunagu-teams.zip", help="manifest: 書き出すファイル")
    teams.add_argument("--url", default="", help="manifest: 外から届く https のアドレス（既定は TSUNAGU_URL）")
    teams.add_argument("--pack", default="", help="知識パック")
    teams.set_defaults(run=_later("bot.commands_teams", "teams"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Returns 0 when all went well, 1 when something could not be done, 2 for a wrong command line."""
    given = parser().parse_args(arguments)
    try:
        return int(given.run(given))
    except (SettingsError, KnowledgeError, RoutingError) as error:
        print(str(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1


if __name__ == "__main__":
    sys.exit(main())
