"""Helpers for decision tests: a row of rows.toml → Facts, with unknown names refused."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from knowledge.catalogue import Catalogue
from knowledge.load import load
from routing.facts import FACTS, Fact, FactKind, Facts, MemberFact, Origin
from routing.gather import _stage
from routing.policy import Policy, load_policy

ROWS = Path(__file__).parent.parent / "decisions" / "rows.toml"
TODAY = date(2026, 11, 21)
_KEYS = {
    "title", "pack", "on", "facts", "members", "route", "meeting", "reasons", "duties", "cautions", "supports", "missing", "fallback",
}  # fmt: skip


@lru_cache(maxsize=8)
def town(pack: str) -> tuple[Catalogue, Policy]:
    catalogue = load(pack)
    return catalogue, load_policy(catalogue)


def rows() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(ROWS.read_text("utf-8"))["row"]
    for row in found:
        assert set(row) <= _KEYS, f"{row['title']}: unknown keys {set(row) - _KEYS}"
        assert set(row["facts"]) <= set(FACTS), f"{row['title']}: unknown facts {set(row['facts']) - set(FACTS)}"
    return found


def facts_of_row(row: dict[str, Any], catalogue: Catalogue, on: date) -> Facts:
    known: dict[str, Fact] = {}
    for name, value in row["facts"].items():
        values = frozenset(value) if FACTS[name].kind is FactKind.SET else frozenset({value})
        known[name] = Fact(values, Origin.ANSWER)
    for code in row["facts"].get("issues", ()):
        assert code in catalogue.issues, f"{row['title']}: {code}"
    known.setdefault("fields", Fact(frozenset(catalogue.issues[c].fields[0] for c in row["facts"].get("issues", ()))))
    for service in ("multi_agency", "outreach", "participation"):
        known[f"{service}_stage"] = Fact(frozenset({_stage(catalogue, service, on)}), Origin.PACK)
    members = tuple(MemberFact(m[0], m[0], m[1], m[2], tuple(m[3])) for m in row.get("members", ()))
    return Facts(known=known, members=members, household_issues=tuple(row["facts"].get("issues", ())))
