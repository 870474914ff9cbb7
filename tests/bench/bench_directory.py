"""Speed and recall of the directory at 500,000 rows and for one town, and of tantivy on the same rows and queries.

Run as `python -m tests.bench.bench_directory`; writes var/bench/directory.json. All names are made up (national.py).
Tantivy is measured only where it is installed, both as it ranks by itself and with the municipality as a filter.
"""

from __future__ import annotations

import gc
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from knowledge.directory import Directory, Entry, build, open_folder
from knowledge.directory.keys import key
from knowledge.directory.tables import key_blobs, tables
from tests.bench.national import Query, country, queries

OUT = Path(__file__).parents[2] / "var" / "bench" / "directory.json"
SEEDS = (99, 2024)
QUERIES = 500
Search = Callable[[Query], list[tuple[str, tuple[str, ...]]]]
Row = tuple[bool, bool, bool, float, float]


def measure(search: Search, asked: Sequence[Query]) -> list[Row]:
    """Per query: was the area typed, found first, found among five, milliseconds by the clock and of the processor. The first 50 only warm up."""
    rows = []
    for number, query in enumerate([*asked[:50], *asked]):
        start, busy = time.perf_counter(), time.thread_time()
        found = search(query)
        took, used = (time.perf_counter() - start) * 1000, (time.thread_time() - busy) * 1000
        right = [name == query.name and (not query.area or query.area in areas) for name, areas in found]
        if number >= 50:
            rows.append((bool(query.area), any(right[:1]), any(right[:5]), took, used))
    return rows


def figures(rows: list[Row], prefix: str = "") -> dict[str, float]:
    """Percentiles and recall, without and with the area."""
    p50, p95, p99 = np.percentile([row[3] for row in rows], [50, 95, 99]).tolist()
    without, inside = [r for r in rows if not r[0]], [r for r in rows if r[0]]
    found = {
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
        "p50_cpu_ms": float(np.percentile([row[4] for row in rows], 50)),
        "p95_cpu_ms": float(np.percentile([row[4] for row in rows], 95)),
        "recall1": mean(r[1] for r in without),
        "recall5": mean(r[2] for r in without),
        "recall1_area": mean(r[1] for r in inside),
        "recall5_area": mean(r[2] for r in inside),
        "recall5_all": mean(r[2] for r in rows),
    }
    return {prefix + name: round(value, 3) for name, value in found.items()}


def ours(directory: Directory, rows: dict[str, Entry]) -> Search:
    """The directory as a bench function."""

    def search(query: Query) -> list[tuple[str, tuple[str, ...]]]:
        matches = directory.search(query.text, area=query.area).matches
        return [(match.name, rows[match.id].areas) for match in matches]

    return search


def tantivy_index(rows: list[Entry], folder: str) -> tuple[Any, Any]:
    """Schema and index of tantivy with ngram(2,2) over the same keys."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("keys", stored=False, tokenizer_name="bigram", index_option="freq")
    builder.add_text_field("area", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("row", stored=True)
    schema = builder.build()
    index = tantivy.Index(schema, path=folder)
    index.register_tokenizer("bigram", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(2, 2, False)).build())
    writer = index.writer(heap_size=200_000_000, num_threads=2)
    for number, (row, blob) in enumerate(zip(rows, key_blobs(rows, ()), strict=True)):
        writer.add_document(tantivy.Document(keys=blob.strip("\n").split("\n"), area=list(row.areas), row=number))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return schema, index


def tantivy_search(rows: list[Entry], folder: str) -> tuple[Callable[[bool], Search], float]:
    """Tantivy as a bench function: `True` makes the municipality a filter, `False` a weight."""
    import tantivy

    start = time.perf_counter()
    schema, index = tantivy_index(rows, folder)
    took = time.perf_counter() - start
    searcher = index.searcher()
    occur, make = tantivy.Occur, tantivy.Query

    def with_filter(strict: bool) -> Search:
        def search(query: Query) -> list[tuple[str, tuple[str, ...]]]:
            text = key(query.text)
            grams = dict.fromkeys(a + b for a, b in pairwise(text))
            asked: Any = make.boolean_query([(occur.Should, make.term_query(schema, "keys", g, "freq")) for g in grams])
            if query.area:
                area = make.term_query(schema, "area", query.area, "basic")
                asked = make.boolean_query([(occur.Must, asked), (occur.Must if strict else occur.Should, area)])
            hits = [rows[searcher.doc(place)["row"][0]] for _, place in searcher.search(asked, 5, count=False).hits]
            return [(row.name, row.areas) for row in hits]

        return search

    return with_filter, took


def national(report: dict[str, float]) -> None:
    """Half a million rows on disk, then tantivy."""
    made = country()
    rows = {row.id: row for row in made.rows}
    asked = [query for seed in SEEDS for query in queries(made.rows, QUERIES, seed)]
    with tempfile.TemporaryDirectory() as folder:
        gc.collect()
        start = time.perf_counter()
        build(made.rows, Path(folder), kinds=made.kinds)
        report["build_s"] = round(time.perf_counter() - start, 1)
        report["disk_mb"] = round(sum(f.stat().st_size for f in Path(folder).iterdir()) / 1e6, 1)
        gc.collect()
        start = time.perf_counter()
        directory = open_folder(Path(folder))
        directory.search("社協")
        report["open_ms"] = round((time.perf_counter() - start) * 1000, 1)
        report |= figures(measure(ours(directory, rows), asked))
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
            report["rss_bare_mb"], report["rss_mb"] = fresh.submit(resident, folder, asked).result()
    with tempfile.TemporaryDirectory() as folder:
        try:
            with_filter, report["tantivy_build_s"] = tantivy_search(made.rows, folder)
        except ImportError:
            return
        report |= figures(measure(with_filter(False), asked), "tantivy_")
        report |= figures(measure(with_filter(True), asked), "tantivy_filter_")


def resident(folder: str, asked: Sequence[Query]) -> tuple[float, float]:
    """Megabytes of a fresh process before opening the directory and after all queries, mapped pages included."""

    def now() -> float:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmRSS:")[1].split()[0]) / 1000

    before = now()
    directory = open_folder(Path(folder))
    for query in asked:
        directory.search(query.text, area=query.area)
    return before, now()


def town(report: dict[str, float]) -> None:
    """One town of 1,600 rows, in memory."""
    made = country(1_600, 8)
    directory = Directory(tables(made.rows, made.kinds))
    rows = {row.id: row for row in made.rows}
    found = figures(measure(ours(directory, rows), list(queries(made.rows, QUERIES, SEEDS[0]))), "town_")
    report |= found


def main() -> None:
    """Measure, print, write."""
    report: dict[str, float] = {}
    gc.freeze()  # what was imported is not garbage
    town(report)
    national(report)
    for name, value in report.items():
        print(f"{name:32} {value:10.3f}")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
