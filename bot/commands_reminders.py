"""`tsunagu reminders`: why a case's reminders were or were not sent, and what a supervisor's week would say now."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from bot.app import read_key
from bot.clock import now, settings_of
from bot.console import card_lines
from bot.nudges import is_wanted, nudge_view, nudged_of
from bot.reminders_why import why
from bot.render import Renderer
from bot.world import open_town
from knowledge.load import PACKS, load
from routing.errors import UnknownCase
from routing.policy import load_policy
from routing.progress import nudge_day
from routing.reminders import load_reminders
from routing.store import open_store
from routing.worktime import local

Add = Callable[[str, str, str], argparse.ArgumentParser]
_EXAMPLES = "  tsunagu reminders why MIHON-2026-0001\n  tsunagu reminders why MIHON-2026-0001 --person agency:houkatsu\n  tsunagu reminders week"
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
    week_ = parts.add_parser(
        "week", help="管理職への週のまとめを、いま送るとしたら誰に何を知らせるか、示します。送りません。"
    )
    week_.add_argument("recipient", nargs="?", default="", help="宛て先（post:… か person:…）。なければ、宛て先の一覧")
    week_.add_argument("--pack", default="", help="知識パック")
    week_.set_defaults(run=show_week)


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


def show_week(given: argparse.Namespace) -> int:
    """The weekly nudge of one recipient as text, or who would get one. Reads only."""
    settings = settings_of(given)
    town = open_town(settings.pack, settings.packs or PACKS)
    store = open_store(settings.database_url, read_key(settings)[0])
    at = now()
    week = nudge_day(local(at).date(), town.rules.hours.closures)
    try:
        with store.unit(reading=True) as unit:
            if given.recipient:
                card = town.renderer.card(nudge_view(unit, town, given.recipient, week, at))
                print("\n".join(card_lines(card)))
                return 0
            every = nudged_of(unit, town.catalogue)
            told = [(each.recipient, is_wanted(unit, town, each.agencies, week, at)) for each in every]
    finally:
        store.close()
    print(town.renderer.text("reminders/week.j2", week=week, told=told))
    return 0
