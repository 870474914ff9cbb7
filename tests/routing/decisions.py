"""Helpers for decision tests: rows of tests/decisions/*.toml → Facts, with unknown names refused."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from knowledge.catalogue import Catalogue
from knowledge.load import load
from routing.facts import Facts, MemberFact, plain_facts
from routing.gather import complete
from routing.policy import Policy, load_policy

FOLDER = Path(__file__).parent.parent / "decisions"
TODAY = date(2026, 11, 21)
EXACT = ("reasons", "duties", "cautions", "supports", "shares")
_KEYS = {
    "title", "pack", "on", "facts", "members", "working", "refused", "route", "meeting", "body", "next_on", "instead", "missing", "fallback",
    "weight", "targets", "first", "holders", "receivers", "resources", "why_not", *EXACT, *(f"has_{name}" for name in EXACT),
    *(f"no_{name}" for name in EXACT),
}  # fmt: skip


@lru_cache(maxsize=8)
def town(pack: str) -> tuple[Catalogue, Policy]:
    catalogue = load(pack)
    return catalogue, load_policy(catalogue)


def rows() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for path in sorted(FOLDER.glob("*.toml")):
        for row in tomllib.loads(path.read_text("utf-8"))["row"]:
            assert set(row) <= _KEYS, f"{path.name}: {row['title']}: unknown keys {set(row) - _KEYS}"
            assert set(row) - {"title", "pack", "on", "facts", "members", "working", "refused"}, (
                f"{row['title']}: expects nothing"
            )
            found.append(row)
    titles = [row["title"] for row in found]
    assert len(titles) == len(set(titles)), sorted({title for title in titles if titles.count(title) > 1})
    return found


def facts_of_row(row: dict[str, Any], catalogue: Catalogue, on: date) -> Facts:
    plain = plain_facts(row["facts"])
    members = tuple(
        MemberFact(m[0], m[0], *(age if age >= 0 else None for age in m[1:3]), tuple(m[3]))
        for m in row.get("members", ())
    )
    for code in (
        *plain.set_of("issues"),
        *(code for member in members for code in member.issues),
        *plain.get("issues").possible,
    ):
        assert code in catalogue.issues, f"{row['title']}: {code}"
    for kind in (*row.get("working", ()), *row.get("refused", ())):
        assert kind in catalogue.agency_kinds, f"{row['title']}: {kind}"
    facts = replace(
        plain, members=members, working=tuple(row.get("working", ())), refused=tuple(row.get("refused", ()))
    )
    return complete(facts, catalogue, on)
