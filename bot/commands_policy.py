"""`tsunagu policy check | diff | show | overrides`, at the outer edge: arguments, files, clock, output."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from bot.app import read_key
from bot.clock import day_of, settings_of
from bot.policy_cases import cases_of
from bot.policy_drawing import svg
from bot.policy_pages import items_of
from bot.policy_words import Words
from bot.render import Renderer
from bot.settings import Settings, SettingsError
from knowledge.catalogue import Catalogue
from knowledge.load import PACKS, load, pack_names
from knowledge.reading.identity import mask
from knowledge.reading.reader import Reader
from routing.cases import EventKind
from routing.errors import PolicyError
from routing.facts import Facts
from routing.gather import facts_of
from routing.overrides import Other, others_of, send_backs_of, suggest
from routing.policy import Policy, compile_policy, load_policy, own_rules, read_policies
from routing.policy_check import check_policy
from routing.policy_diff import compare
from routing.store import open_store

Add = Callable[[str, str, str], argparse.ArgumentParser]

_EXAMPLES = """  tsunagu policy check
  tsunagu policy check national okinawa
  tsunagu policy diff mihon new/policy.toml --cases messages.jsonl
  tsunagu policy show mihon --svg graph.svg > policy.md
  tsunagu policy overrides"""


def register(add: Add) -> None:
    """The subcommand with its own subcommands."""
    top = add("policy", "判断の方針（規則）を確かめ、比べ、読み物や図にします。", _EXAMPLES)
    parts = top.add_subparsers(dest="what", required=True, metavar="すること")
    check_ = parts.add_parser("check", help="規則の例・出番のない規則・矛盾・抜けを確かめます。")
    check_.add_argument("packs", nargs="*", help="パックの名前（省くとすべて）")
    check_.set_defaults(run=check)
    diff_ = parts.add_parser("diff", help="方針を替えると、どの案件の提案が変わるかを示します。")
    diff_.add_argument("old", help="今の方針（パックの名前か policy.toml）")
    diff_.add_argument("new", help="新しい方針（パックの名前か policy.toml）")
    diff_.add_argument("--cases", required=True, help='1 行に 1 件の {"id", "text"} か {"id", "facts"}')
    diff_.add_argument("--pack", default="", help="機関や会議体のパック（既定は OLD がパックならそれ）")
    diff_.add_argument("--on", default="", help="判断する日（既定は今日）")
    diff_.set_defaults(run=diff)
    show_ = parts.add_parser("show", help="方針を読み物（Markdown）にします。--svg で流れ図も書きます。")
    show_.add_argument("pack", nargs="?", default="", help="パックの名前")
    show_.add_argument("--svg", default="", help="流れ図をこのファイルに書きます")
    show_.add_argument("--on", default="", help="見る日（既定は今日）")
    show_.set_defaults(run=show)
    overrides_ = parts.add_parser("overrides", help="提案と違う決め方をした案件を、規則と理由でまとめます。")
    overrides_.add_argument("--pack", default="", help="パックの名前")
    overrides_.set_defaults(run=overrides)


def check(given: argparse.Namespace) -> int:
    """Everything that is wrong with the policies of packs."""
    root = settings_of().packs or PACKS
    failed = False
    for name in given.packs or pack_names(root):
        catalogue = load(name, root)
        try:
            policy = load_policy(catalogue)
        except PolicyError as error:
            print(f"{name}: {error}", file=sys.stderr)
            failed = True
            continue
        flaws = check_policy(policy, catalogue)
        graves = sum(flaw.grave for flaw in flaws)
        rules = [rule.rule for group in policy.groups.values() for rule in group]
        print(
            Renderer(catalogue, policy).text(
                "policy/check.j2",
                flaws=flaws,
                graves=graves,
                words=Words(catalogue),
                pack=name,
                rules=len(rules),
                examples=sum(len(rule.example) for rule in rules),
                version=policy.version,
                digest=policy.digest,
            ),
            end="\n",
        )
        failed |= graves > 0
    return 1 if failed else 0


def policy_of(name: str, catalogue: Catalogue, root: Path) -> Policy:
    """The policy of a pack's name, or of a file: a whole policy as it is, a part laid over the national one."""
    if name in pack_names(root):
        folders = [Path(folder) for folder in load(name, root).folders]
        raw, digest = read_policies(folder / "policy.toml" for folder in folders)
        return compile_policy(raw, digest, catalogue)
    path = Path(name)
    if not path.is_file():
        packs = "; ".join(pack_names(root))
        raise SettingsError(f"「{name}」という方針がありません。ファイルか、パックの名前（{packs}）を書いてください。")
    raw, digest = read_policies([path])
    if not any(not rule.get("when") for rule in raw.get("route", ())):
        raw, digest = read_policies([root / "national" / "policy.toml", path])
    return compile_policy(raw, digest, catalogue)


def diff(given: argparse.Namespace) -> int:
    """Which cases would change, and by which rules."""
    settings, on = settings_of(given), day_of(given.on)
    root = settings.packs or PACKS
    pack = given.pack or (given.old if given.old in pack_names(root) else settings.pack)
    catalogue = load(pack, root)
    old, new = policy_of(given.old, catalogue, root), policy_of(given.new, catalogue, root)
    path = Path(given.cases)
    if not path.is_file():
        raise SettingsError(f"--cases {given.cases} というファイルがありません。")
    lines = path.read_text("utf-8-sig", errors="replace").splitlines()
    compared = compare(cases_of(lines, catalogue, on, _reading(catalogue, on, old)), old, new, catalogue, on)
    changed = [case for case in compared if case.changes]
    counts = Counter(change.part for case in changed for change in case.changes)
    print(
        Renderer(catalogue, new).text(
            "policy/diff.j2",
            old=f"{given.old}（{old.id} {old.version}）",
            new=f"{given.new}（{new.id} {new.version}）",
            pack=catalogue.pack.name,
            on=on,
            changed=changed,
            counts=dict(counts),
            total=len(compared),
            words=Words(catalogue),
        )
    )
    return 0


def _reading(catalogue: Catalogue, on: date, policy: Policy) -> Callable[[str], Facts]:
    """Reads messages; the reader is opened for the first one only."""
    opened: list[Reader] = []

    def read(text: str) -> Facts:
        if not opened:
            opened.append(Reader(catalogue))
        return facts_of(opened[0].read(text, on), catalogue, on, policy.sure, policy.ask_issue_from, policy.lean)

    return read


def show(given: argparse.Namespace) -> int:
    """The policy as a document, and as a graph."""
    settings, on = settings_of(given), day_of(given.on)
    catalogue = load(settings.pack, settings.packs or PACKS)
    policy = load_policy(catalogue)
    renderer, words = Renderer(catalogue, policy), Words(catalogue)
    items = items_of(policy, catalogue, own_rules(catalogue), words, on)
    if given.svg:
        Path(given.svg).write_text(svg(policy, catalogue, items, renderer, on), encoding="utf-8")
    print(renderer.text("policy/show.md.j2", policy=policy, groups=items, words=words, on=on))
    return 0


def overrides(given: argparse.Namespace) -> int:
    """What clerks decided otherwise, as suggestions."""
    settings = settings_of(given)
    catalogue = load(settings.pack, settings.packs or PACKS)
    policy = load_policy(catalogue)
    renderer = Renderer(catalogue, policy)
    others = _masked(_others(settings, renderer), catalogue)
    print(
        renderer.text(
            "policy/overrides.j2",
            suggestions=suggest(others),
            total=len(others),
            pack=catalogue.pack.name,
            words=Words(catalogue),
        )
    )
    return 0


def _others(settings: Settings, renderer: Renderer) -> tuple[Other, ...]:
    """Overridden proposals, and what the project team sent back with its reasons in words."""
    key, _ = read_key(settings)
    store = open_store(settings.database_url, key)
    try:
        with store.unit(reading=True) as unit:
            overridden = others_of(unit.cases.with_event(settings.pack, EventKind.OVERRIDDEN))
            back = unit.cases.with_event(settings.pack, EventKind.SENT_BACK)
            returned = send_backs_of([(case, unit.cases.events(case.id)) for case in back])
            named = (
                replace(o, reason="・".join(renderer.label(f"send_back:{code}") for code in o.reason.split()))
                for o in returned
            )
            return (*overridden, *named)
    finally:
        store.close()


def _masked(others: tuple[Other, ...], catalogue: Catalogue) -> tuple[Other, ...]:
    """Reasons are typed freely: a name in one does not come out."""
    if not others:
        return others
    reader = Reader(catalogue)
    found = []
    for other in others:
        reading = reader.read(other.reason, date.min) if other.reason.strip() else None
        found.append(replace(other, reason=mask(reading.text, reading.identity)) if reading else other)
    return tuple(found)
