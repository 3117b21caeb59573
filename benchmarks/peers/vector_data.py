"""The vectors that all vector peers search: codes of two index fingers of synthetic people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks.peers.peer import Float32s, Rows

from vantay.evaluation.identification import FINGERS
from vantay.evaluation.identification_population import OPTIONS, PopulationSubjects
from vantay.fingerprint.fixed_length import CODE_NUMBERS
from vantay.fingerprint.fixed_length.parameters import code_tables
from vantay.search.indexed.building import ready_finger
from vantay_datasets.synthetic.minutiae import TemplateLevel
from vantay_datasets.synthetic.population import Population

SEED = 1
POSITIONS = FINGERS[2]
N_NEIGHBOURS = 10
"""Nearest vectors by exact inner product, that an approximate search should give as well."""

_CHUNK_ROWS = 1 << 14


@dataclass(frozen=True, slots=True)
class VectorPlan:
    """How many vectors.

    Attributes
    ----------
    n_vectors : int
        Subjects, each by the first encounter.
    n_probes : int
        Of them, searched by the second encounter, at equal distances.
    folder : Path
        Where the vectors are kept: they take a millisecond each.
    """

    n_vectors: int
    n_probes: int
    folder: Path

    @property
    def file(self) -> Path:
        """Where the vectors of this plan are: other code parameters give other ones."""
        tables = code_tables().parameter_hash
        return self.folder / f"codes-{self.n_vectors}-{self.n_probes}-{SEED}-{str(tables)[:12]}.npz"

    def read(self) -> VectorData:
        """Read the vectors; they have to be there."""
        with np.load(self.file) as arrays:
            return VectorData(**{name: arrays[name] for name in arrays.files})


@dataclass(frozen=True, slots=True, eq=False)
class VectorData:
    """Vectors and what should be found.

    Attributes
    ----------
    vectors : (n, 384) float32
        Codes of two fingers, each of length 1, or zeros where a finger gave none.
    probes : (p, 384) float32
    mates : (p,) int64
        Row of the same person as each probe.
    nearest : (p, N_NEIGHBOURS) int64
        Rows of the largest inner products, best first.
    """

    vectors: Float32s
    probes: Float32s
    mates: Rows
    nearest: Rows


def write_vectors(plan: VectorPlan) -> None:
    """Make the vectors of a plan, unless they are there."""
    if plan.file.is_file():
        return
    population = Population(SEED, 2 * plan.n_vectors, options=OPTIONS)
    subjects = PopulationSubjects(population, TemplateLevel.LIVE_SCAN, POSITIONS)
    vectors = np.stack(list(_codes(subjects, 0, plan.n_vectors, 0)))
    mates = np.arange(plan.n_probes, dtype=np.int64) * plan.n_vectors // plan.n_probes
    probes = np.stack([code for row in mates for code in _codes(subjects, int(row), int(row) + 1, 1)])
    plan.folder.mkdir(parents=True, exist_ok=True)
    unfinished = plan.file.with_suffix(".tmp.npz")
    nearest = nearest_rows(vectors, probes, N_NEIGHBOURS)
    np.savez(unfinished, vectors=vectors, probes=probes, mates=mates, nearest=nearest)
    unfinished.rename(plan.file)


def _codes(subjects: PopulationSubjects, first: int, last: int, encounter: int) -> Iterator[Float32s]:
    for capture in subjects.captures(first, last, encounter):
        code = np.zeros(len(POSITIONS) * CODE_NUMBERS, np.float32)
        for block, position in enumerate(POSITIONS):
            if position in capture.fingers:
                finger = ready_finger(capture.fingers[position], position)
                code[block * CODE_NUMBERS : (block + 1) * CODE_NUMBERS] = finger.code
        yield code


def nearest_rows(vectors: Float32s, probes: Float32s, n_best: int) -> Rows:
    """Find the rows of the largest inner products with each probe, exactly.

    Parameters
    ----------
    vectors : (n, d) float32
    probes : (p, d) float32
    n_best : int

    Returns
    -------
    (p, min(n_best, n)) int64
        Best first.
    """
    products = np.concatenate(
        [probes @ vectors[i : i + _CHUNK_ROWS].T for i in range(0, len(vectors), _CHUNK_ROWS)], axis=1
    )
    return np.argsort(-products, axis=1, kind="stable")[:, :n_best].astype(np.int64)
