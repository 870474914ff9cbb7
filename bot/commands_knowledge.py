"""`tsunagu knowledge try` and `rows`: what a new row of the expression tables would change, and what each row does."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from bot.render import Renderer
from bot.settings import SettingsError
from knowledge.load import load
from knowledge.reading.measure import CORPUS, lines_of, messages
from knowledge.reading.row_cells import parse_rows
from knowledge.reading.rows import BAR, RowBench
from routing.policy import load_policy

DEV = Path("tests/cases/dev.jsonl")


def try_rows(given: argparse.Namespace, pack: str, root: Path) -> int:
    """Say what new rows would change. Returns 0 when all of them pass the bar, else 1."""
    catalogue = load(pack, root)
    rows = parse_rows(_lines(given), catalogue.issues, catalogue.word_groups)
    if not rows:
        raise SettingsError('確かめる行がありません（例: tsunagu knowledge try "debt,phrase,闇金"）。')
    bench = RowBench(catalogue, messages(folder=CORPUS), lines_of(DEV))
    renderer = Renderer(catalogue, load_policy(catalogue))
    passed = True
    for row in rows:
        trial = bench.trial(row)
        passed &= trial.passes
        print(renderer.text("knowledge/try.j2", trial=trial), end="")
    return 0 if passed else 1


def show_rows(given: argparse.Namespace, pack: str, root: Path) -> int:
    """Every row with what it does on the corpus today."""
    catalogue = load(pack, root)
    if given.code and given.code not in catalogue.issues:
        raise SettingsError(
            f"--code {given.code} という課題コードはありません（使える値: {'; '.join(catalogue.issues)}）。"
        )
    bench = RowBench(catalogue, messages(folder=CORPUS), ())
    renderer = Renderer(catalogue, load_policy(catalogue))
    print(renderer.text("knowledge/rows.j2", rows=bench.rows(given.code), bar=BAR), end="")
    return 0


def _lines(given: argparse.Namespace) -> Iterable[str]:
    if not given.file:
        return list(given.packs)
    if given.file == "-":
        return sys.stdin.read().splitlines()
    try:
        return Path(given.file).read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise SettingsError(f"--file {given.file} を読めません（{error.strerror}）。") from error
