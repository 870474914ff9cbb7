"""The administrator's guides name every setting, every figure and every code that the program has, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.health import TICKER_SILENT
from bot.metrics import FALLBACKS
from routing.errors import StoreError

ROOT = Path(__file__).parents[2]
ADMIN = (ROOT / "docs/admin.md").read_text("utf-8")
OPERATIONS = (ROOT / "docs/operations.md").read_text("utf-8")
READ = re.compile(r"""(?:environment\.get\(|_secret\(environment, )\s*"([A-Z_]+)\"""")


def settings() -> set[str]:
    """Every name that the program asks the environment for."""
    found = {name for path in (ROOT / "bot").rglob("*.py") for name in READ.findall(path.read_text("utf-8"))}
    assert {"PORT", "TSUNAGU_KEY", "TSUNAGU_SLACK_BOT_TOKEN", "TSUNAGU_TEAMS_APP_ID", "TSUNAGU_LOG"} <= found
    return found


def test_every_setting_is_in_the_guide_and_the_guide_names_no_other() -> None:
    told = set(re.findall(r"^\| `([A-Z_]+)` \|", ADMIN, re.M))
    assert told == settings()


def test_every_figure_is_in_the_guide_and_the_guide_names_no_other() -> None:
    source = (ROOT / "bot/metrics.py").read_text("utf-8")
    made = set(re.findall(r'(?:_gauge\(|_by\(|GaugeMetricFamily\()\s*"(?:tsunagu_)?([a-z_]+)"', source))
    counted = {"delivery", "fallback"}
    made = {f"{name}_total" if name in counted else name for name in made}
    table = OPERATIONS.partition("| 数（")[2].partition("\n\n")[0]
    told = {name for cell in re.findall(r"^\| (`.+?) \|", table, re.M) for name in re.findall(r"`([a-z_]+)", cell)}
    assert told == made
    assert all(f"`{word}`" in table for word in FALLBACKS)


@pytest.mark.parametrize(
    "code", sorted({each.code for each in [StoreError, *StoreError.__subclasses__()]} | {TICKER_SILENT})
)
def test_every_reason_for_not_being_ready_is_explained(code: str) -> None:
    assert f"`{code}`" in OPERATIONS
