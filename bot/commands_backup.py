"""`tsunagu backup` and `tsunagu restore`: everything into one file, and back, also into the other kind of database."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from bot.app import read_key
from bot.clock import now, settings_of
from bot.rounds import AUDIT
from bot.settings import Settings
from routing.digest import DIGEST, WEEKLY
from routing.store import Manifest, check_backup, keep_key, key_of, restore, write_backup
from routing.worktime import local

Add = Callable[[str, str, str], argparse.ArgumentParser]
CONFIRMED = "置き換える"
_BACKUP = (
    "  tsunagu backup /backup/tsunagu-2026-11-20.zip\n"
    "  DATABASE_URL=postgresql://… tsunagu backup /backup/tsunagu-2026-11-20.zip"
)
_RESTORE = (
    "  tsunagu restore /backup/tsunagu-2026-11-20.zip --check   # 読めるかだけを確かめます\n"
    "  tsunagu restore /backup/tsunagu-2026-11-20.zip           # 空のデータベースに戻します\n"
    f"  tsunagu restore /backup/tsunagu-2026-11-20.zip --replace # 今の記録を消して戻します（「{CONFIRMED}」と入力）"
)


def register(add: Add) -> None:
    """The two subcommands."""
    make = add("backup", "いまの記録すべての控えを、1 つのファイルに取ります（動かしたまま取れます）。", _BACKUP)
    make.add_argument("file", help="書き出すファイル（もうあれば断ります）")
    make.add_argument(
        "--with-key",
        action="store_true",
        help="暗号の鍵も控えに入れます。控えを手にした人は、氏名も読めるようになります",
    )
    make.set_defaults(run=backup)
    back = add("restore", "控えから戻します。SQLite の控えを PostgreSQL へ、その逆へも戻せます。", _RESTORE)
    back.add_argument("file", help="控えのファイル")
    back.add_argument("--check", action="store_true", help="壊れていないか、この鍵で開けるかだけを確かめます")
    back.add_argument("--replace", action="store_true", help="いまの記録を消して戻します（入力で確かめます）")
    back.set_defaults(run=put_back)


def backup(given: argparse.Namespace) -> int:
    """Write a backup of the settings' database. Raises `BackupRefused` and the store's errors."""
    settings = settings_of()
    key = read_key(settings)[0] if settings.key or settings.key_file.exists() else ""
    made = write_backup(settings.database_url, key, Path(given.file), settings.pack, now(), with_key=given.with_key)
    print(f"控えを {given.file} に取りました。{_words(made)}")
    if given.with_key:
        print("この控えには鍵が入っています。氏名・住所・元の文まで読めるものとして保管してください。", file=sys.stderr)
    else:
        print(
            f"戻すには鍵（目印 {'、'.join(made.keys)}）が要ります。控えとは別の場所に、鍵の控えがあるか確かめてください。"
        )
    return 0


def put_back(given: argparse.Namespace) -> int:
    """Restore into the settings' database. Raises `BackupRefused` and the store's errors."""
    settings, path = settings_of(), Path(given.file)
    settings, found = _key_for(settings, path)
    if given.check:
        print(f"控え {path} は最後まで読め、この鍵で開けます。{_words(check_backup(path, settings.key))}")
        return 0
    if given.replace and not _confirmed():
        print(f"「{CONFIRMED}」と入力されなかったため、何も変えませんでした。", file=sys.stderr)
        return 1
    settings.var.mkdir(parents=True, exist_ok=True)
    at = now()
    done = restore(settings.database_url, settings.key, path, at, stale_at(at), replace=given.replace)
    if found:
        keep_key(settings.key_file, settings.key)
        print(f"控えに入っていた鍵を {settings.key_file} に置きました。", file=sys.stderr)
    print(f"控え {path} から戻しました。{_words(done)}")
    print(
        f"控えを取った {_when(done)} より後の記録は戻っていません。紙のつなぐシートや連絡先の窓口と照らして、足してください。\n"
        "送信の途中だったお知らせは、もう届いていないかを送り先に確かめてから送ります。過ぎた日のまとめのお知らせは送らず、"
        "今日の分から一人 1 日 1 通で届きます。"
    )
    return 0


def stale_at(at: datetime) -> Mapping[str, datetime]:
    """From when on messages of a kind must have been due to be worth sending still: today's digests, this week's nudges."""
    today = local(at).replace(hour=0, minute=0, second=0, microsecond=0)
    return {DIGEST: today, WEEKLY: today - timedelta(days=today.weekday()), AUDIT: at}


def _key_for(settings: Settings, path: Path) -> tuple[Settings, bool]:
    """The settings with the key to restore with: the setting, the key file, else the backup's own; whether it was its own."""
    if not settings.key and not settings.key_file.exists():
        key = key_of(path)
        return replace(settings, key=key), bool(key)
    return replace(settings, key=read_key(settings)[0]), False


def _confirmed() -> bool:
    print(f"いまの記録をすべて消して、控えで置き換えます。よければ「{CONFIRMED}」と入力してください。", file=sys.stderr)
    return sys.stdin.readline().strip() == CONFIRMED


def _words(made: Manifest) -> str:
    counts = {member.name: member.rows for member in made.tables}
    return (
        f"（{_when(made)} 時点、パック {made.pack}、データベースの版 {made.schema}、"
        f"案件 {counts.get('case_file', 0)}、お知らせ {counts.get('outbox', 0)}、全 {made.rows} 件）"
    )


def _when(made: Manifest) -> str:
    return f"{local(datetime.fromisoformat(made.created_at)):%Y-%m-%d %H:%M}"
