"""What a database of n subjects costs, and how that grows: time, memory and disk, with fitted exponents.

    python -m benchmarks.macro.growth --sizes 1000,3000,10000 --json FILE

For each size a new SQLite database is loaded with ten fingers and a face a subject, by one worker. Then, each
in a fresh process: the first answer when there is no index, which is derived and written; the first answer
when there is one, which is a restart; and searches by ten fingers and a face of people who are enrolled, with
the memory after them. An exponent of 1 is growth in proportion, 0 is none. What makes the first two answers
wait is by the clock and needs an idle machine. The index alone, of larger galleries: `index_scale.py`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from benchmarks.bulk_load import cpu_s
from benchmarks.harness.figures_file import FiguresFile
from benchmarks.harness.printing import make_table, open_console
from benchmarks.index_scale import in_fresh_process, memory_bytes
from benchmarks.macro.growth_fit import fit_growth
from rich.console import Console

from vantay import Engine
from vantay.evaluation.identification_population import OPTIONS
from vantay.evaluation.population_file import write_population
from vantay.settings import EngineSettings
from vantay.store import Store
from vantay.transfer import LoadPlan, find_source, load_sources
from vantay_datasets.synthetic.population import Population

SEED = 1
N_WARM = 3


def main(words: Sequence[str] | None = None) -> int:
    """Measure every size, fit, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="1000,3000,10000", help="subjects, with commas")
    parser.add_argument("--searches", type=int, default=50)
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args(words)
    file = FiguresFile(arguments)
    sizes = [int(text) for text in arguments.sizes.split(",")]
    measured = {}
    for n in sizes:
        with tempfile.TemporaryDirectory(prefix="vantay-growth-") as folder:
            measured[n] = measure(Path(folder), n, arguments.searches)
        print(f"{n:,} subjects measured", file=sys.stderr)
    figures = figures_of(measured)
    print_growth(open_console(), figures)
    file.write(figures)
    return 0


def measure(folder: Path, n_subjects: int, n_searches: int) -> dict[str, float]:
    """Load, start twice, search; give the figures of a size by name."""
    database = folder / "people.db"
    source = folder / "people.parquet"
    write_population(people(n_subjects), source)
    load_s = in_fresh_process(load, database, source, folder)
    source.unlink()
    start = time.perf_counter()
    in_fresh_process(answer, database, n_subjects, 1)
    derive_s = time.perf_counter() - start
    start = time.perf_counter()
    in_fresh_process(answer, database, n_subjects, 1)
    restart_s = time.perf_counter() - start
    searched = in_fresh_process(answer, database, n_subjects, n_searches)
    return {
        "load_processor_s": load_s,
        "first_answer_without_index_s": derive_s,
        "first_answer_after_restart_s": restart_s,
        "database_bytes": bytes_of(path for path in folder.glob("people.db*") if path.is_file()),
        "index_bytes": bytes_of(path for path in folder.rglob("*.index/*") if path.is_file()),
        **searched,
    }


def people(n_subjects: int) -> Population:
    """Give the population that evaluations use: without the mistakes of clerks."""
    return Population(SEED, n_subjects, options=OPTIONS)


def bytes_of(paths: Iterable[Path]) -> float:
    """Add the sizes of files up."""
    return float(sum(path.stat().st_size for path in paths))


def load(database: Path, source: Path, folder: Path) -> float:
    """Load a population; give the processor time of all processes that took part."""
    start = cpu_s()
    plan = LoadPlan(rejects=folder / "rejects.jsonl", progress=folder / "progress", n_workers=1)
    with Store.open(database) as store:
        load_sources(store, [find_source(source)], plan, EngineSettings())
    return cpu_s() - start


def answer(database: Path, n_subjects: int, n_searches: int) -> dict[str, float]:
    """Open the engine and search; give the processor time of a search and the memory after all of them."""
    population = people(n_subjects)
    times_ms, n_found = [], 0
    with Engine.open(settings=EngineSettings(database=database)) as engine:
        for number in range(min(N_WARM, n_searches - 1) + n_searches):
            person = number * n_subjects // (N_WARM + n_searches)
            encounter = population.encounter(person, 1)
            if not encounter.fingers and encounter.face is None:
                continue
            start = time.process_time()
            found = engine.identify(dict(encounter.fingers), face=encounter.face)
            times_ms.append((time.process_time() - start) * 1e3)
            n_found += bool(found.matches)
        memory = memory_bytes()
    return {
        "search_ms": float(np.mean(times_ms[min(N_WARM, n_searches - 1) :])),
        "found": n_found / len(times_ms),
        "own_memory_bytes": float(memory["own"]),
    }


def figures_of(measured: Mapping[int, Mapping[str, float]]) -> dict[str, dict[str, object]]:
    """Turn sizes with their figures into figures with their sizes, and fit each."""
    sizes = sorted(measured)
    names = [name for name in measured[sizes[0]] if name != "found"]
    values = {name: [measured[n][name] for n in sizes] for name in names}
    return {
        "sizes": {str(n): dict(measured[n]) for n in sizes},
        "fit": {name: dict(fit_growth(sizes, values[name])) for name in names},
        "growth_ms": {"search": {str(n): measured[n]["search_ms"] for n in sizes}},
    }


def print_growth(console: Console, figures: Mapping[str, Mapping[str, object]]) -> None:
    """Print a row for each figure: by size, then the fits."""
    sizes = figures["sizes"]
    sizes_told = (f"{int(n):,}" for n in sizes)
    table = make_table("figure", *sizes_told, "exponent", "± standard error", "a subject more")
    for name, fit in figures["fit"].items():
        assert isinstance(fit, dict)
        row = [f"{values[name]:,.4g}" for values in sizes.values() if isinstance(values, dict)]
        told = [
            f"{fit[key]:.3g}" if key in fit else "" for key in ("exponent", "exponent_error", "per_subject")
        ]
        table.add_row(name, *row, *told)
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
