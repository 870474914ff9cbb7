"""`tsunagu reminders`: why a case's reminders were or were not sent."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from bot.app import read_key
from bot.clock import settings_of
from bot.reminders_why import why
from bot.render import Renderer
from knowledge.load import PACKS, load
from routing.errors import UnknownCase
from routing.policy import load_policy
from routing.reminders import load_reminders
from routing.store import open_store

Add = Callable[[str, str, str], argparse.ArgumentParser]
_EXAMPLES = "  tsunagu reminders why MIHON-2026-0001\n  tsunagu reminders why MIHON-2026-0001 --person agency:houkatsu"
_NOT_FOUND = "番号「{number}」の案件は見つかりません。番号を確かめてください（例: MIHON-2026-0001）。"


def register(add: Add) -> None:
    """The subcommand with its own."""
    top = add("reminders", "お知らせの記録を見ます。", _EXAMPLES)
    parts = top.add_subparsers(dest="what", required=True, metavar="すること")
    why_ = parts.add_parser(
        "why", help="案件のお知らせを、いつ、どの規則で、誰に送ったか・送らなかったか、すべて示します。"
    )
    why_.add_argument("case", help="案件番号")
    why_.add_argument("--person", default="", help="この宛て先の分だけ（person:…、post:…、agency:…）")
    why_.add_argument("--pack", default="", help="知識パック")
    why_.set_defaults(run=show)


def show(given: argparse.Namespace) -> int:
    """Every occurrence of a case. Raises `UnknownCase`."""
    settings = settings_of(given)
    catalogue = load(settings.pack, settings.packs or PACKS)
    reminders = load_reminders(catalogue)
    store = open_store(settings.database_url, read_key(settings)[0])
    try:
        with store.unit(reading=True) as unit:
            case = unit.cases.by_number(given.case.strip().upper())
            if case is None:
                raise UnknownCase(_NOT_FOUND.format(number=given.case))
            entries = why(unit, case.id, reminders, given.person)
    finally:
        store.close()
    renderer = Renderer(catalogue, load_policy(catalogue))
    print(renderer.text("reminders/why.j2", number=case.number, entries=entries))
    return 0
