"""How many subjects of the synthetic population are made in a second: ten fingers and a face, templates only.

Run ``python benchmarks/population_speed.py [--subjects N] [--threads T] [--json FILE]``. Figures of one core
are processor time, the best of several repeats; those of several threads are wall time and need an idle
machine. Compilation is not part of them. ``to_file`` is all of ``vantay datasets make``: records, checks and
compression too. The sort measured in the same run is the reference for machines of other speed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from benchmarks.harness.figures_file import FiguresFile
from benchmarks.harness.timing import least_s

from vantay.evaluation.population_file import PopulationFilePlan, write_population
from vantay_datasets.synthetic.minutiae import TemplateLevel
from vantay_datasets.synthetic.population import ALL_FINGERS, Population


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subjects", type=int, default=1024, help="how many at a time (default 1024)")
    parser.add_argument("--threads", type=int, default=2, help="of the last figures (default 2)")
    parser.add_argument("--repeats", type=int, default=3, help="of each figure (default 3)")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args()
    file = FiguresFile(arguments)
    figures = measure(Population(1, arguments.subjects), arguments.threads, arguments.repeats)
    file.print_and_write(figures)


def measure(population: Population, n_threads: int, n_repeats: int) -> dict[str, float]:
    """Return the figures by name."""
    n = population.size

    def per_s(call: Callable[[], object], clock: Callable[[], float]) -> int:
        return round(n / least_s(call, n_repeats, clock=clock))

    def write(n_writers: int) -> None:
        with tempfile.TemporaryDirectory() as folder:
            plan = PopulationFilePlan(n_threads=n_writers)
            write_population(population, Path(folder) / "people.parquet", plan)

    words = np.random.default_rng(1).integers(1 << 62, size=1 << 20)
    return {
        "n_subjects": n,
        "subjects_per_core_s": per_s(lambda: make(population, 1), time.process_time),
        "subjects_fvc_hard_per_core_s": per_s(
            lambda: make(population, 1, level=TemplateLevel.FVC_HARD), time.process_time
        ),
        "faces_only_per_core_s": per_s(lambda: make(population, 1, with_fingers=False), time.process_time),
        "biographics_only_per_core_s": per_s(lambda: list(population.subjects()), time.process_time),
        "subjects_to_file_per_core_s": per_s(lambda: write(1), time.process_time),
        "n_threads": n_threads,
        "subjects_per_s": per_s(lambda: make(population, n_threads), time.perf_counter),
        "subjects_to_file_per_s": per_s(lambda: write(n_threads), time.perf_counter),
        "reference_sort_ms": round(least_s(lambda: np.sort(words), n_repeats) * 1e3, 1),
    }


def make(
    population: Population,
    n_threads: int,
    *,
    level: TemplateLevel = TemplateLevel.LIVE_SCAN,
    with_fingers: bool = True,
) -> int:
    """Make one encounter of everyone, as arrays; return how many fingers that were."""
    positions = ALL_FINGERS if with_fingers else ()
    batches = population.iter_encounters(level=level, positions=positions, n_threads=n_threads)
    return sum(len(batch.held) for batch in batches)


if __name__ == "__main__":
    main()
