"""Many scores of one subject become one."""

from __future__ import annotations

import numpy as np
from benchmarks.harness.measurement import Measure, Work
from benchmarks.micro.samples import SEED

from vantay.search.fusion import face_kinds, finger_kinds, fuse

N_SUBJECTS = 2000


def test_fuse(measure: Measure) -> None:
    """Ten fingers and a face of mixed qualities, none of them mated."""
    rng = np.random.default_rng(SEED)
    scores = rng.exponential(10 / np.log(10), (N_SUBJECTS, 11))
    fingers = finger_kinds(rng.normal(35, 12, (N_SUBJECTS, 10)))
    kinds = np.column_stack([fingers, face_kinds(rng.normal(75, 15, N_SUBJECTS))])
    measure(lambda: fuse(scores, kinds), Work(f"random scores, seed {SEED}", N_SUBJECTS, "subject"))
