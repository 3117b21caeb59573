"""Fused scores a second: ten fingers and a face of many subjects, of mixed qualities.

    python benchmarks/fusion_speed.py [--subjects 100000] [--json FILE]

Times are processor time a subject: of a first search, which makes the tables of all compositions of qualities
that occur, and with the tables made.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from benchmarks.harness.figures_file import FiguresFile
from benchmarks.harness.timing import least_s

from vantay.search import face_kinds, finger_kinds, fuse
from vantay.search.fusion.null_tail import mated_cells, tail_table

N_REPEATS = 5


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--subjects", type=int, default=100_000)
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args()
    file = FiguresFile(arguments)
    file.print_and_write(measure(arguments.subjects))


def measure(n: int) -> dict[str, float]:
    """Time fusion of `n` subjects with the tables to be made, and with them made."""
    rng = np.random.default_rng(1)
    scores = rng.exponential(10 / np.log(10), (n, 11))
    fingers = finger_kinds(rng.normal(35, 12, (n, 10)))
    mixed = np.column_stack([fingers, face_kinds(rng.normal(75, 15, n))])
    alike = np.concatenate([finger_kinds(np.full(10, 35.0)), face_kinds([75.0])])
    tail_table.cache_clear()
    mated_cells.cache_clear()
    start = time.process_time()
    fuse(scores, mixed)
    first_s = time.process_time() - start
    n_compositions = tail_table.cache_info().currsize
    us = 1e6 / n
    return {
        "n_subjects": n,
        "n_compositions": n_compositions,
        "first_search_us_per_subject": first_s * us,
        "mixed_us_per_subject": least_s(lambda: fuse(scores, mixed), N_REPEATS) * us,
        "one_quality_us_per_subject": least_s(lambda: fuse(scores, alike), N_REPEATS) * us,
    }


if __name__ == "__main__":
    main()
