"""How good the proposal is, before and after the dialogue, and how long deciding takes. Run: `make bench-decision`.

Prints tables and writes var/bench/decision.json. Figures of labelled messages carry bootstrap intervals (95 %, fixed seed).
"""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from bot.assess import assess
from bot.world import Town, open_town
from knowledge.training.data import NATURAL
from routing.decision import decide
from routing.gather import facts_of
from tests.bench.clerk import Outcome, cases, duty_codes, meeting_label, talk
from tests.bench.decision_left_out import proposals_left_out
from tests.cases.score import score

ON = date(2026, 11, 21)
DEV = Path("tests/cases/dev.jsonl")


def interval(items: Sequence[Any], figure: Callable[[Sequence[Any]], float], times: int = 400) -> tuple[float, float]:
    """Bootstrap 95 % interval."""
    chance = random.Random(7)
    values = sorted(figure([chance.choice(items) for _ in items]) for _ in range(times))
    return round(values[int(times * 0.025)], 3), round(values[int(times * 0.975)], 3)


def dialogue_figures(town: Town, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Decision, meeting and duties before and after, and the questions it took."""

    def right(which: str) -> Callable[[Sequence[Outcome]], float]:
        return lambda some: sum(getattr(o, which).route == o.case["decision"] for o in some) / len(some)

    def meetings(which: str) -> float:
        some = [o for o in outcomes if o.case["decision"] != "single_window"]
        return sum(meeting_label(town, getattr(o, which)) == o.case["meeting"] for o in some) / len(some)

    def duties(which: str) -> tuple[float, float]:
        wanted = sum(len(o.case["duties"]) for o in outcomes)
        hit = sum(len(set(o.case["duties"]) & duty_codes(town, getattr(o, which))) for o in outcomes)
        extra = sum(len(duty_codes(town, getattr(o, which)) - set(o.case["issues"])) for o in outcomes)
        return hit / wanted, 100 * extra / len(outcomes)

    counts = [len(o.asked) for o in outcomes]
    out: dict[str, Any] = {"cases": len(outcomes)}
    for which in ("before", "after"):
        out[f"decision_{which}"] = round(right(which)(outcomes), 3)
        out[f"decision_{which}_interval"] = interval(outcomes, right(which))
        out[f"meeting_{which}"] = round(meetings(which), 3)
        recall, false = duties(which)
        out[f"duties_recall_{which}"] = round(recall, 3)
        out[f"duties_false_per_100_{which}"] = round(false, 2)
    out["questions_mean"] = round(sum(counts) / len(counts), 2)
    out["questions_most"] = max(counts)
    out["questions_by_id"] = dict(Counter(q for o in outcomes for q in o.asked).most_common())
    return out


def on_messages(town: Town, path: Path, *, gold_issues: bool = False) -> list[tuple[Any, Any]]:
    """(gold, what `assess` says) of labelled messages; `gold_issues`: the issues are given, all else is read."""
    gold = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return [(g, {"id": g["id"], **assess(town, g["text"], ON, g["issues"] if gold_issues else None)}) for g in gold]


def message_figures(pairs: Sequence[tuple[Any, Any]]) -> dict[str, Any]:
    """score.py on (gold, said), with an interval for the decision."""
    result = score([g for g, _ in pairs], [p for _, p in pairs])
    result["decision_interval"] = interval(
        pairs,
        lambda some: sum(g["decision"] == p["decision"] for g, p in some) / len(some),
        400 if len(pairs) < 1000 else 100,
    )
    return {
        key: value
        for key, value in result.items()
        if key.startswith(("messages", "decision", "over", "missed", "meeting", "field", "confusion"))
    }


def latency(town: Town) -> dict[str, float]:
    """Milliseconds from facts to proposal."""
    p = town.policy
    facts = [
        facts_of(town.reader.read(c["first"], ON), town.catalogue, ON, p.sure, p.ask_issue_from, p.lean)
        for c in cases()
    ]
    times = []
    for one in facts * 5:
        begin = time.perf_counter()
        decide(one, town.policy, town.catalogue, ON)
        times.append((time.perf_counter() - begin) * 1000)
    times.sort()
    return {
        "proposal_p50_ms": round(times[len(times) // 2], 3),
        "proposal_p99_ms": round(times[int(len(times) * 0.99)], 3),
    }


def main() -> None:
    """Measure, print, write."""
    town = open_town("mihon")
    outcomes = [talk(town, case, ON) for case in cases()]
    result = {
        "dialogue": dialogue_figures(town, outcomes),
        "dev": message_figures(on_messages(town, DEV)),
        "dev, issues given": message_figures(on_messages(town, DEV, gold_issues=True)),
        **latency(town),
    }
    others = list(proposals_left_out(town, ON))
    if others:
        result["writers left out"] = message_figures(others)
        result["natural ones of them"] = message_figures([(g, p) for g, p in others if g["source"] in NATURAL])
    else:
        print("writers left out: no var/train for this corpus; run `make train` first")
    out = Path(os.environ.get("TSUNAGU_VAR", "var")) / "bench" / "decision.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n", "utf-8")
    for part, figures in result.items():
        if isinstance(figures, dict):
            print(part)
            for key, value in figures.items():
                print(f"  {key:32} {value}")
        else:
            print(f"{part:34} {figures}")


if __name__ == "__main__":
    main()
