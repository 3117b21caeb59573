"""Searches by threads: one search that several compute, and several searches at once.

    python -m benchmarks.macro.search_threads --folder DIR --subjects 100000 --json FILE

The index is that of `index_scale.py`; what DIR lacks is built. For each kind of probe and number of threads:
*alone*, one search after another by one pool of so many threads; *at once*, as many callers as threads, each
computing its own searches. Times are by the clock and need an idle machine; the first two of a kind are not
timed.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from benchmarks.harness.figures_file import FiguresFile
from benchmarks.harness.printing import make_table, open_console
from rich.console import Console

from vantay.evaluation.identification_index_files import FIRST_STRANGER, open_synthetic_index
from vantay.evaluation.identification_index_runs import KINDS, SearchPlan
from vantay.evaluation.identification_search import Probe
from vantay.search.indexed.search import IndexProbe, identify_indexed
from vantay.search.indexed.snapshot import IndexSnapshot
from vantay.search.workers import Workers

N_WARM = 2

Figures = dict[str, dict[str, dict[str, float]]]


def main(words: Sequence[str] | None = None) -> int:
    """Build what is missing, search, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True, help="of the index, 20 KB a subject")
    parser.add_argument("--subjects", type=int, default=100_000)
    parser.add_argument("--searches", type=int, default=100, help="of each kind, half of them of strangers")
    parser.add_argument("--threads", help="numbers with commas (default: doubled from 1 to all cores)")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args(words)
    file = FiguresFile(arguments)
    index, subjects = open_synthetic_index(arguments.folder)
    index.extend(arguments.subjects, n_threads=len(os.sched_getaffinity(0)))
    plan = SearchPlan(subjects, arguments.subjects, FIRST_STRANGER, max(arguments.searches // 2, 1))
    numbers = [int(part) for part in arguments.threads.split(",")] if arguments.threads else thread_numbers()
    figures = measure(index.snapshot(arguments.subjects), plan, numbers)
    print_figures(open_console(), figures)
    file.write({"subjects": arguments.subjects, **figures})
    return 0


def thread_numbers() -> list[int]:
    """Give 1, 2, 4, … up to the cores that there are, and those."""
    n_cores = len(os.sched_getaffinity(0))
    return sorted({n_cores, *(2**k for k in range(n_cores.bit_length()) if 2**k < n_cores)})


def measure(snapshot: IndexSnapshot, plan: SearchPlan, numbers: Sequence[int]) -> Figures:
    """Search by all kinds of probes and numbers of threads; name the figures."""
    alone: dict[str, dict[str, float]] = {}
    at_once: dict[str, dict[str, float]] = {}
    for kind in KINDS:
        captures = [capture for capture, _ in plan.probes(kind)]
        made = [Probe.of(capture) for capture in captures if not capture.is_empty]
        probes = [IndexProbe(probe.fingers, probe.face) for probe in made]
        for n_threads in numbers:
            name = f"{kind}, {n_threads} thread{'' if n_threads == 1 else 's'}"
            with Workers(n_threads) as workers:
                search = partial(search_ms, snapshot, workers)
                for probe in probes[:N_WARM]:
                    search(probe)
                p50, p99 = np.percentile([search(probe) for probe in probes], [50, 99])
                alone[name] = {"p50_ms": float(p50), "p99_ms": float(p99)}
                at_once[name] = {"searches_per_s": rate_at_once(search, probes, n_threads)}
    return {"alone": alone, "at_once": at_once}


def search_ms(snapshot: IndexSnapshot, workers: Workers, probe: IndexProbe) -> float:
    """Search once; give the time by the clock."""
    start = time.perf_counter()
    with workers.calling():
        identify_indexed(probe, snapshot, workers=workers)
    return (time.perf_counter() - start) * 1e3


def rate_at_once(search: partial[float], probes: Sequence[IndexProbe], n_callers: int) -> float:
    """Make all searches by so many callers; give searches a second."""
    with ThreadPoolExecutor(n_callers) as pool:
        start = time.perf_counter()
        list(pool.map(search, probes))
        return len(probes) / (time.perf_counter() - start)


def print_figures(console: Console, figures: Figures) -> None:
    """Print a row for each kind of probe and number of threads."""
    table = make_table("probe", "alone, p50 ms", "p99 ms", "at once, searches/s")
    for name, alone in figures["alone"].items():
        rate = figures["at_once"][name]["searches_per_s"]
        table.add_row(name, f"{alone['p50_ms']:.1f}", f"{alone['p99_ms']:.1f}", f"{rate:,.1f}")
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
