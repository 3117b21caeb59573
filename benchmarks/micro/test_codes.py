"""A finger as one vector: cylinders pooled, sketches beside."""

from __future__ import annotations

import pytest
from benchmarks.harness.measurement import Measure, Work
from benchmarks.micro.samples import MADE_MINUTIAE, SIZES, columns, templates

from vantay.fingerprint.comparison.prepared import QUALITY, TABLES, prepare_with_values
from vantay.fingerprint.fixed_length import describe_fingers, finger_code

N_FINGERS = 128


@pytest.mark.parametrize("n_minutiae", SIZES)
def test_describe_fingers(measure: Measure, n_minutiae: int) -> None:
    """Minutiae to sketches and codes, many at once, as an index is built."""
    given = columns(templates(N_FINGERS, n_minutiae))
    work = Work(f"{MADE_MINUTIAE}, {n_minutiae} a template", N_FINGERS, "finger", n_minutiae)
    measure(lambda: describe_fingers(*given), work)


def test_finger_code(measure: Measure) -> None:
    """The pooling alone, one finger after another, as of a probe."""
    ready = [prepare_with_values(one) for one in templates(N_FINGERS, 40)]

    def pool() -> None:
        for prepared, values in ready:
            n = prepared.n_minutiae
            finger_code(values, TABLES.turns[prepared.angle[:n]], prepared.minutiae[QUALITY, :n])

    measure(pool, Work(f"{MADE_MINUTIAE}, 40 a template", N_FINGERS, "finger"))
