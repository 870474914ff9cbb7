"""How long one message takes, end to end: reading, decision, description. Run: `make bench-assess`.

Prints a table and writes var/bench/assess.json. Latency is measured in this process after warm-up; throughput with two
worker processes; cold start is a fresh `tsunagu assess` process from exec to its first answer.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

from bot.assess import assess
from bot.world import Town, open_town

ON = date(2026, 11, 21)
LENGTH = 235
MESSAGES = 400
_TOWN: Town | None = None


def texts() -> list[str]:
    """Messages of 235 characters, made of the development cases end to end."""
    lines = Path("tests/cases/dev.jsonl").read_text("utf-8").splitlines()
    whole = "。".join(json.loads(line)["text"] for line in lines)
    return [whole[i : i + LENGTH] for i in range(0, len(whole) - LENGTH, LENGTH)]


def _start(pack: str) -> None:
    global _TOWN  # noqa: PLW0603 - one town per worker process
    _TOWN = open_town(pack)


def _work(part: list[str]) -> int:
    assert _TOWN is not None
    for text in part:
        assess(_TOWN, text, ON)
    return len(part)


def throughput(pack: str, sample: list[str]) -> float:
    """Messages a second with two processes that are already warm."""
    work = [(sample * 40)[i::8] for i in range(8)]
    with ProcessPoolExecutor(2, initializer=_start, initargs=(pack,)) as pool:
        list(pool.map(_work, [sample[:2]] * 8))
        begin = time.perf_counter()
        done = sum(pool.map(_work, work))
        return done / (time.perf_counter() - begin)


def cold(pack: str) -> float:
    """Seconds from exec to the first answer of a fresh process, median of three."""
    runs = []
    for _ in range(3):
        begin = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "bot", "assess", "--pack", pack, "母が物忘れ"], check=True, capture_output=True
        )
        runs.append(time.perf_counter() - begin)
    return statistics.median(runs)


def measure(pack: str) -> dict[str, Any]:
    """All figures of one pack."""
    town = open_town(pack)
    sample = texts()
    for text in sample[:10]:
        assess(town, text, ON)
    times = []
    for i in range(MESSAGES):
        begin = time.perf_counter()
        assess(town, sample[i % len(sample)], ON)
        times.append((time.perf_counter() - begin) * 1000)
    times.sort()
    return {
        "p50_ms": round(times[len(times) // 2], 2),
        "p95_ms": round(times[int(len(times) * 0.95)], 2),
        "per_s_2proc": round(throughput(pack, sample), 1),
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "cold_s": round(cold(pack), 2),
    }


def main() -> None:
    """Measure, print, write."""
    os.nice(0)
    result = {pack: measure(pack) for pack in ("mihon", "mihon_large")}
    out = Path(os.environ.get("TSUNAGU_VAR", "var")) / "bench" / "assess.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    names = list(next(iter(result.values())))
    print(f"{'pack':14}" + "".join(f"{name:>13}" for name in names))
    for pack, row in result.items():
        print(f"{pack:14}" + "".join(f"{row[name]:>13}" for name in names))


if __name__ == "__main__":
    main()
