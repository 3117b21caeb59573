"""What enrolment and search cost each other: enrolments alone, searches alone, both at once.

    python -m benchmarks.macro.enrolment_under_search --subjects 2000 --searchers 2 --seconds 20 --json FILE

Everyone has ten fingers and a face. One thread enrols newcomers without a pause, each in a transaction of its
own; others search for people who are enrolled. At the end newcomers are enrolled one at a time and searched
for at once: all that reach the threshold by themselves have to be found by that first search. Whether answers
are right while people are erased too is what `search_under_writes.py` looks at. Exit code 1 if a newcomer was
not found.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import numpy as np
from benchmarks.harness.figures_file import FiguresFile

from vantay import Engine
from vantay.settings import EngineSettings
from vantay.types import FaceTemplate, FingerPosition, FingerTemplate
from vantay_datasets.synthetic.population import Population

SEED = 11
N_SEARCHED = 200
"""People who are searched for, in turn; they are made before anything is timed."""

Samples = tuple[dict[FingerPosition, FingerTemplate], FaceTemplate | None]


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print and write; 1 if a newcomer was not found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--subjects", type=int, default=2000, help="enrolled before (default 2000)")
    parser.add_argument("--searchers", type=int, default=2, help="threads that search (default 2)")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each part (default 20)")
    parser.add_argument("--newcomers", type=int, default=50, help="searched for at once (default 50)")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args(words)
    file = FiguresFile(arguments)
    with tempfile.TemporaryDirectory(prefix="vantay-enrol-") as folder:
        settings = EngineSettings(database=Path(folder) / "people.db")
        with Engine.open(settings=settings) as engine:
            figures = measure(engine, arguments)
    file.print_and_write(figures)
    return int(bool(figures["newcomers"]["n_not_found"]))


def measure(engine: Engine, arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Return the figures of each part."""
    population = Population(SEED, 1_000_000)
    for index in range(arguments.subjects):
        enrol(engine, index, samples_of(population, index, 0))
    probes = [samples_of(population, i, 1) for i in range(min(N_SEARCHED, arguments.subjects))]
    probes = [one for one in probes if one[0] or one[1] is not None]
    search(engine, probes[0])  # compiles, and derives the index
    numbers = count(arguments.subjects)
    newcomers = iter(lambda: next(numbers), None)

    def write() -> float:
        index = next(newcomers)
        samples = samples_of(population, index, 0)
        start = time.perf_counter()
        enrol(engine, index, samples)
        return time.perf_counter() - start

    turn = count()

    def read() -> float:
        start = time.perf_counter()
        search(engine, probes[next(turn) % len(probes)])
        return time.perf_counter() - start

    readers = [read] * arguments.searchers
    writes, _ = together([write], [], arguments.seconds)
    _, reads = together([], readers, arguments.seconds)
    both_writes, both_reads = together([write], readers, arguments.seconds)
    return {
        "run": {"n_subjects": arguments.subjects, "n_searchers": arguments.searchers},
        "enrolments_alone": told(writes, arguments.seconds),
        "searches_alone": told(reads, arguments.seconds),
        "enrolments_under_search": told(both_writes, arguments.seconds),
        "searches_under_enrolment": told(both_reads, arguments.seconds),
        "newcomers": find_newcomers(
            engine, population, [next(newcomers) for _ in range(arguments.newcomers)]
        ),
    }


def samples_of(population: Population, index: int, number: int) -> Samples:
    """Capture a person."""
    encounter = population.encounter(index, number)
    return dict(encounter.fingers), encounter.face


def enrol(engine: Engine, index: int, samples: Samples) -> None:
    """Enrol a person."""
    fingers, face = samples
    if fingers or face is not None:
        engine.enrol(f"P{index:07}", fingers, face=face)


def search(engine: Engine, samples: Samples) -> set[str]:
    """Search for a person; name those who are found."""
    fingers, face = samples
    return {one.subject_id for one in engine.identify(fingers, face=face).matches}


def together(
    writers: Sequence[Callable[[], float]], readers: Sequence[Callable[[], float]], seconds: float
) -> tuple[list[float], list[float]]:
    """Call each in a thread of its own until the time is over; give the seconds of their calls."""
    until = time.monotonic() + seconds
    lists: tuple[list[float], list[float]] = ([], [])

    def repeat(call: Callable[[], float], times_s: list[float]) -> None:
        while time.monotonic() < until:
            times_s.append(call())

    tasks = [
        (call, times_s) for calls, times_s in zip((writers, readers), lists, strict=True) for call in calls
    ]
    with ThreadPoolExecutor(len(tasks)) as pool:
        for done in [pool.submit(repeat, *task) for task in tasks]:
            done.result()  # an error of a thread is ours
    return lists


def told(times_s: Sequence[float], seconds: float) -> dict[str, float]:
    """Give the rate, the median and the 99th percentile of calls."""
    p50, p99 = np.percentile(times_s, [50, 99]) * 1e3
    return {"per_s": len(times_s) / seconds, "p50_ms": float(p50), "p99_ms": float(p99)}


def find_newcomers(engine: Engine, population: Population, indices: Sequence[int]) -> dict[str, float]:
    """Enrol people and search for each at once, by another encounter."""
    times_ms, n_not_found, n_searched = [], 0, 0
    for index in indices:
        first, again = samples_of(population, index, 0), samples_of(population, index, 1)
        if not first[0] or not again[0]:
            continue
        start = time.perf_counter()
        enrol(engine, index, first)
        found = search(engine, again)
        times_ms.append((time.perf_counter() - start) * 1e3)
        n_searched += 1
        n_not_found += f"P{index:07}" not in found and reaches(engine, index, again)
    return {
        "n_searched": n_searched,
        "n_not_found": n_not_found,
        "enrol_and_find_p50_ms": float(np.median(times_ms)),
    }


def reaches(engine: Engine, index: int, samples: Samples) -> bool:
    """Tell whether a person would be found if only the comparison counted."""
    fingers, face = samples
    threshold = engine.identify(fingers, face=face).threshold
    return engine.verify(f"P{index:07}", fingers, face=face).score >= threshold


if __name__ == "__main__":
    sys.exit(main())
