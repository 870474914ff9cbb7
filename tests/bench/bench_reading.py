"""How well and how fast messages are read, beside peers, and what more writing would bring. Run: `make bench-reading`.

Prints tables and writes var/bench/reading.json. Every figure comes with counts and a bootstrap interval (fixed seed), on
tests/cases/dev.jsonl (other hands, small) and on corpus writers left out (needs var/train, which `make train` leaves).
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.assess import assess
from bot.world import Town, open_town
from knowledge.reading.identity import find_identity
from knowledge.reading.measure import DAY, lines_of, messages
from knowledge.reading.morphology import tokenize
from knowledge.text import tidy
from knowledge.training.data import FIRST_PLAIN, NATURAL
from tests.bench.bench_assess import ON, texts
from tests.bench.reading_figures import figures, issue_counts, printed, whole_counts
from tests.bench.reading_left_out import left_out
from tests.bench.reading_peers import compare, curve
from tests.knowledge.reading.odd_texts import odd_texts

DEV = Path("tests/cases/dev.jsonl")
ROUNDS, RANDOM = 8, 2000
_FRESH = """
import time, json
begin = time.perf_counter()
from knowledge.load import load
from knowledge.reading.reader import Reader
from datetime import date
imported = time.perf_counter()
catalogue = load("mihon")
loaded = time.perf_counter()
reader = Reader(catalogue)
built = time.perf_counter()
reader.read("80代の母と50代の息子、家賃を滞納", date(2026, 11, 21))
first = time.perf_counter()
for line in open("tests/cases/dev.jsonl", encoding="utf-8"):
    reader.read(json.loads(line)["text"], date(2026, 11, 21))
held = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith(("VmRSS", "RssAnon"))}
print(json.dumps({"import_s": round(imported - begin, 3), "load_pack_s": round(loaded - imported, 3),
    "build_reader_s": round(built - loaded, 3), "first_message_s": round(first - built, 3), "rss_mb": round(held["VmRSS"], 1),
    "own_mb": round(held["RssAnon"], 1), "mapped_dictionary_mb": round(held["VmRSS"] - held["RssAnon"], 1)}))
"""


def on_dev(town: Town, dev: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The figures of the whole product on dev."""
    rows = []
    for gold in dev:
        said = assess(town, gold["text"], ON)
        firm, maybe = ({item["code"] for item in said[name]} for name in ("issues", "maybe"))
        rows.append(
            {
                **issue_counts(gold, firm, maybe),
                **whole_counts(gold, said["consent"] or "unknown", bool(said["urgent"])),
            }
        )
    return figures(rows)


def speed(town: Town) -> dict[str, float]:
    """Milliseconds of `Reader.read` for 235 characters, and of the slowest of many odd texts."""
    sample = texts()
    for text in sample:
        town.reader.read(text, ON)
    times = sorted(_timed(town, text) for _ in range(ROUNDS) for text in sample)
    odd = sorted((_timed(town, text), text) for text in odd_texts(random.Random(7), RANDOM, longest=600))
    return {
        "p50_ms": round(statistics.median(times), 2), "p95_ms": round(times[int(len(times) * 0.95)], 2),
        "slowest_random_ms": round(odd[-1][0], 2), "slowest_random_length": len(odd[-1][1]), "load_1min": round(os.getloadavg()[0], 2),
    }  # fmt: skip


def _timed(town: Town, text: str) -> float:
    begin = time.perf_counter()
    town.reader.read(text, ON)
    return (time.perf_counter() - begin) * 1000


def fresh() -> dict[str, float]:
    """A process that only reads: seconds to be ready and memory; the middle one of three."""
    runs = [
        json.loads(subprocess.run([sys.executable, "-c", _FRESH], check=True, capture_output=True, text=True).stdout)
        for _ in range(3)
    ]
    return sorted(runs, key=lambda run: run["build_reader_s"])[1]


def identity_alarms(corpus: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Marks by kind over the corpus, whose people are invented: most names are true finds, the other kinds are rare."""
    n: dict[str, int] = {"messages": len(corpus)}
    for message in corpus:
        tidied = tidy(message["text"]).text
        for mark in find_identity(tidied, tokenize(tidied)):
            n[mark.kind.value] = n.get(mark.kind.value, 0) + 1
    return n


def main() -> None:
    """Measure, print, write."""
    corpus, dev = list(messages()), list(lines_of(DEV))
    town = open_town("mihon")
    result: dict[str, Any] = {"on": str(DAY), "dev": on_dev(town, dev)}
    groups = {"dev": result["dev"]}
    others = left_out()
    if others is not None:
        groups["writers left out"] = result["left_out"] = figures([row for _, row in others])
        groups["plain ones of them"] = result["left_out_plain"] = figures([r for v, r in others if v >= FIRST_PLAIN])
        groups["natural ones"] = result["left_out_natural"] = figures([r for v, r in others if v in NATURAL])
        result["left_out_by_writer"] = {
            w: figures([r for v, r in others if v == w]) for w in sorted({v for v, _ in others})
        }
    print(printed(groups))
    if others is None:
        print("writers left out: no var/train for this corpus; run `make train` first")
    result["speed"], result["fresh"] = speed(town), fresh()
    result["identity_marks_on_corpus"] = identity_alarms(corpus)
    for name in ("speed", "fresh", "identity_marks_on_corpus"):
        print(f"\n{name}: " + "  ".join(f"{key} {value}" for key, value in result[name].items()))
    held = [m for m in corpus if m["source"] > "w16"][::8]
    result["peers"] = compare(town.catalogue, corpus, {"dev": dev, "plain voices": held})
    _print_peers(result)
    result["curve"] = curve(corpus, dev)
    print("\nlearning curve (character n-grams alone)")
    for row in result["curve"]:
        print("  " + "  ".join(f"{name} {value}" for name, value in row.items()))
    out = Path(os.environ.get("TSUNAGU_VAR", "var")) / "bench" / "reading.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _print_peers(result: Mapping[str, Any]) -> None:
    own = result["dev"]["issue F1"]["value"], result["speed"]["p50_ms"]
    print(f"\npeers ({result['peers']['words']} words)   precision  recall  F1   ours/theirs F1   ms   theirs/ours ms")
    for name in ("substring", "partial_ratio", "bm25s"):
        for label, row in result["peers"][name].items():
            p, r, f = (row["figures"][f"issue {what}"]["value"] for what in ("precision", "recall", "F1"))
            ours = own[0] if label == "dev" else result.get("left_out", {}).get("issue F1", {}).get("value", 0.0)
            print(
                f"  {name:14} {label:14} {p:.3f}  {r:.3f}  {f:.3f}  {ours / max(f, 0.001):6.2f}  {row['ms']:8.2f}  {row['ms'] / own[1]:6.2f}"
            )


if __name__ == "__main__":
    main()
