"""Fused scores a second: ten fingers and a face of many subjects, of mixed qualities.

python benchmarks/fusion_speed.py [--subjects 100000]
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np

from vantay.search import face_kinds, finger_kinds, fuse
from vantay.search.fusion.null_tail import mated_cells, tail_table

N_REPEATS = 5


def main() -> int:
    """Time fusion with the tables of all compositions to be made, and with them made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subjects", type=int, default=100_000)
    n = parser.parse_args().subjects
    rng = np.random.default_rng(1)
    scores = rng.exponential(10 / np.log(10), (n, 11))
    fingers = finger_kinds(rng.normal(35, 12, (n, 10)))
    mixed = np.column_stack([fingers, face_kinds(rng.normal(75, 15, n))])
    alike = np.concatenate([finger_kinds(np.full(10, 35.0)), face_kinds([75.0])])
    tail_table.cache_clear()
    mated_cells.cache_clear()
    first_s = _seconds(scores, mixed)
    print(
        f"first search: {first_s * 1e6 / n:.2f} µs a subject, {tail_table.cache_info().currsize} compositions"
    )
    for name, kinds in (("mixed qualities", mixed), ("one quality", alike)):
        best_s = min(_seconds(scores, kinds) for _ in range(N_REPEATS))
        print(f"{name}: {best_s * 1e6 / n:.2f} µs a subject")
    return 0


def _seconds(scores: np.ndarray, kinds: np.ndarray) -> float:
    start = time.process_time()
    fuse(scores, kinds)
    return time.process_time() - start


if __name__ == "__main__":
    sys.exit(main())
