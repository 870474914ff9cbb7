"""`tsunagu replay NUMBER`: a stored case decided again, at the outer edge: store, kept versions, output."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from bot.app import read_key
from bot.clock import day_of, settings_of
from bot.commands_policy import policy_of
from bot.policy_words import Words
from bot.render import Renderer
from bot.settings import Settings
from knowledge.catalogue import Catalogue
from knowledge.errors import PackError
from knowledge.load import PACKS, load
from routing.cases import Case
from routing.documents import PACK, POLICY, pack_from, policy_from
from routing.errors import UnknownCase, VersionMissing
from routing.policy import Policy, load_policy
from routing.ports import UnitOfWork
from routing.proposal import Reason
from routing.replay import replay as play
from routing.store import open_store

Add = Callable[[str, str, str], argparse.ArgumentParser]


def register(add: Add) -> None:
    """The subcommand."""
    command = add(
        "replay",
        "登録した案件を、その日のパックと方針で判断し直します。--policy で別の方針なら何と言うかを並べます。",
        "  tsunagu replay MIHON-2026-0001\n  tsunagu replay MIHON-2026-0001 --policy next/policy.toml --on 2027-04-01",
    )
    command.add_argument("number", help="案件の番号")
    command.add_argument("--policy", default="", help="別の方針（policy.toml かパックの名前）")
    command.add_argument("--on", default="", help="別の日（既定はその案件の判断の日）")
    command.set_defaults(run=replay)


def replay(given: argparse.Namespace) -> int:
    """Returns 1 when the versions of the day do not give the stored proposal."""
    settings = settings_of()
    case, catalogue, then = _of_the_day(settings, given.number.strip())
    on = day_of(given.on) if given.on else case.on
    now = policy_of(given.policy, catalogue, settings.packs or PACKS) if given.policy else then
    result = play(case, catalogue, now, on)
    other = given.policy or (given.on and given.on != case.on.isoformat() and then.id)
    renderers = {policy.digest: Renderer(catalogue, policy) for policy in (then, now)}

    def say(policy: Policy, reason: Reason) -> str:
        about = {name: list(codes) for name, codes in reason.about.items()}
        return renderers[policy.digest].reason({"rule": reason.rule, "about": about})

    print(
        renderers[now.digest].text(
            "policy/replay.j2",
            number=case.number,
            case_on=case.on,
            on=on,
            result=result,
            other=other,
            then=then,
            now=now,
            say=say,
            words=Words(catalogue),
        )
    )
    return 0 if result.same or other else 1


def _of_the_day(settings: Settings, number: str) -> tuple[Case, Catalogue, Policy]:
    """The case with the pack and policy it was decided with. Raises `UnknownCase`, `VersionMissing`."""
    key, _ = read_key(settings)
    store = open_store(settings.database_url, key)
    try:
        with store.unit(reading=True) as unit:
            case = unit.cases.by_number(number)
            if case is None:
                raise UnknownCase(f"「{number}」という案件はありません。番号を確かめてください。")
            catalogue = _pack(unit, case, settings)
            return case, catalogue, _policy(unit, case, catalogue)
    finally:
        store.close()


def _pack(unit: UnitOfWork, case: Case, settings: Settings) -> Catalogue:
    """The kept pack; a case from before packs were kept may still have its own on disk."""
    kept = unit.versions.get(PACK, case.pack_digest)
    if kept is not None:
        return pack_from(kept, case.pack_digest)
    try:
        catalogue = load(case.pack, settings.packs or PACKS)
    except PackError as error:
        raise VersionMissing(PACK, case.pack_digest) from error
    if catalogue.digest != case.pack_digest:
        raise VersionMissing(PACK, case.pack_digest)
    return catalogue


def _policy(unit: UnitOfWork, case: Case, catalogue: Catalogue) -> Policy:
    kept = unit.versions.get(POLICY, case.policy_digest)
    if kept is not None:
        return policy_from(kept, case.policy_digest, catalogue)
    policy = load_policy(catalogue) if catalogue.folders else None
    if policy is None or policy.digest != case.policy_digest:
        raise VersionMissing(POLICY, case.policy_digest)
    return policy
