"""From minutiae to scores: cylinders, sketches, the local stage, the whole comparison."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.harness.measurement import Measure, Work
from benchmarks.micro.samples import (
    MADE_MINUTIAE,
    N_PROBES,
    SIZES,
    columns,
    pack,
    prepared_probes,
    templates,
)

from vantay.fingerprint.comparison import TemplatePack, compare, compare_many, prepare, prepare_many
from vantay.fingerprint.comparison.local import local_scores
from vantay.fingerprint.comparison.sketch import Sketches, sketch_scores
from vantay.fingerprint.comparison.stages import LOCAL_TABLES

N_REFERENCES = 64
N_GALLERY = 256
N_SINGLE = 4
N_PREPARED = 32
N_MATES = 16


def work(n_items: int, n_minutiae: int, item: str = "comparison") -> Work:
    return Work(f"{MADE_MINUTIAE}, {n_minutiae} a template", n_items, item, n_minutiae)


@pytest.mark.parametrize("n_minutiae", SIZES)
def test_prepare_one(measure: Measure, n_minutiae: int) -> None:
    """One template after another, as probes come."""
    some = templates(N_PREPARED, n_minutiae)
    measure(lambda: [prepare(one) for one in some], work(N_PREPARED, n_minutiae, "template"))


@pytest.mark.parametrize("n_minutiae", SIZES)
def test_prepare_many(measure: Measure, n_minutiae: int) -> None:
    """Many templates into one pack."""
    given = columns(templates(N_GALLERY, n_minutiae))
    measure(lambda: prepare_many(*given), work(N_GALLERY, n_minutiae, "template"))


@pytest.mark.parametrize("n_minutiae", SIZES)
def test_local_scores(measure: Measure, n_minutiae: int) -> None:
    """The local stage alone, one to many."""
    probes, references = prepared_probes(n_minutiae), pack(N_REFERENCES, n_minutiae)
    which = np.arange(N_REFERENCES, dtype=np.int64)
    measure(
        lambda: [local_scores(probe, references, which, LOCAL_TABLES) for probe in probes],
        work(N_PROBES * N_REFERENCES, n_minutiae),
    )


@pytest.mark.parametrize("n_minutiae", SIZES)
def test_sketch_scores(measure: Measure, n_minutiae: int) -> None:
    """A probe against sketches of 28 cylinders at most."""
    probes = prepared_probes(n_minutiae)
    sketches = Sketches.of([prepare(one) for one in templates(N_REFERENCES, n_minutiae)])
    which = np.arange(N_REFERENCES, dtype=np.int64)
    measure(
        lambda: [sketch_scores(probe, sketches, which) for probe in probes],
        work(N_PROBES * N_REFERENCES, n_minutiae),
    )


@pytest.mark.parametrize("n_minutiae", SIZES)
def test_compare_many(measure: Measure, n_minutiae: int) -> None:
    """All stages, one to many, nobody mated."""
    probes, references = prepared_probes(n_minutiae), pack(N_REFERENCES, n_minutiae)
    measure(
        lambda: [compare_many(probe, references) for probe in probes],
        work(N_PROBES * N_REFERENCES, n_minutiae),
    )


@pytest.mark.parametrize("n_minutiae", SIZES)
def test_compare_mated(measure: Measure, n_minutiae: int) -> None:
    """All stages, one to many, everybody mated: nothing is given up early."""
    tasks = [(probe, TemplatePack.of([probe] * N_MATES)) for probe in prepared_probes(n_minutiae)]
    measure(
        lambda: [compare_many(probe, same) for probe, same in tasks], work(N_PROBES * N_MATES, n_minutiae)
    )


@pytest.mark.parametrize("n_minutiae", SIZES)
def test_compare_one(measure: Measure, n_minutiae: int) -> None:
    """One to one with pairs and evidence, as for an examiner."""
    probes = prepared_probes(n_minutiae)
    references = [prepare(one) for one in templates(N_SINGLE, n_minutiae)]
    measure(
        lambda: [compare(probe, one) for probe in probes for one in references],
        work(N_PROBES * N_SINGLE, n_minutiae),
    )
