"""The stages of a search that look at vectors: coarse codes, fine codes, faces."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.faiss_types import CODE_TYPES
from benchmarks.harness.measurement import Measure, Work
from benchmarks.harness.reference import Reference
from benchmarks.micro.samples import N_PROBES, SEED
from benchmarks.micro.vectors import (
    N_BEST,
    N_REFINED,
    PROBES,
    VECTORS,
    probe_of,
    scattered_rows,
    subject_vectors,
)

from vantay.index.exact_face import ExactFaceIndex
from vantay.search.indexed.layout import DEVIATION, VIEWS

N_VECTORS = 65_536
N_FACES = 100_000
N_NEAR_FACES = 1_000
"""Half a megabyte: they stay in a cache of the core's own. The last one is shared with others."""

FACE_NUMBERS = 128
N_TYPED = 2_048
"""As few as the faces: the codes of the largest type stay in a cache of the core's own."""

N_BEST_TYPED = 50
TWO_FINGERS = sum(block.stop - block.start for block in VIEWS[0])
TYPES = {
    "8-bit": "8 bits a number",
    "4-bit": "4 bits a number",
    "ours": "ours: 4 bits for 4 numbers",
    "rabitq": "1 bit a number (RaBitQ)",
    "signs": "signs, by Hamming distance",
}
"""Some of those of `benchmarks.code_types`, which has all, with the mates that each finds."""


@pytest.mark.parametrize("n_vectors", [4_096, 16_384, N_VECTORS])
@pytest.mark.parametrize("probe_name", PROBES)
def test_search_coarse(measure: Measure, probe_name: str, n_vectors: int) -> None:
    """FAISS over the coarse codes of everybody, best 4,000."""
    vectors = subject_vectors(n_vectors)
    probes = [probe_of(probe_name, number) for number in range(N_PROBES)]
    work = Work(VECTORS, N_PROBES * n_vectors, "vector", n_vectors, N_PROBES)
    measure(lambda: [vectors.search(probe, N_BEST) for probe in probes], work)


@pytest.mark.parametrize("type_name", TYPES)
def test_search_by_type(measure: Measure, type_name: str) -> None:
    """FAISS by what it keeps of a vector: the numbers of two fingers, best 50."""
    code_type = next(one for one in CODE_TYPES if one.name == TYPES[type_name])
    rng = np.random.default_rng(SEED)
    vectors = rng.normal(0, DEVIATION, (N_TYPED + N_PROBES, TWO_FINGERS)).astype(np.float32)
    index = code_type.built(code_type.taken(vectors[:N_TYPED]))
    probes = code_type.taken(vectors[N_TYPED:])
    work = Work(f"random vectors of {TWO_FINGERS}, seed {SEED}", N_PROBES * N_TYPED, "vector")
    measure(lambda: [index.search(probe[None], N_BEST_TYPED) for probe in probes], work)


@pytest.mark.parametrize("probe_name", PROBES)
def test_refine(measure: Measure, probe_name: str) -> None:
    """Fine codes of rows scattered over 65,536."""
    vectors, probe = subject_vectors(N_VECTORS), probe_of(probe_name)
    lists = scattered_rows(N_VECTORS)

    def refine() -> None:
        for rows in lists:
            vectors.refine(probe, rows)

    measure(refine, Work(VECTORS, len(lists) * N_REFINED, "vector"))


@pytest.mark.parametrize("n_faces", [N_NEAR_FACES, N_FACES])
def test_search_faces_exactly(measure: Measure, n_faces: int) -> None:
    """Cosines with all faces."""
    rng = np.random.default_rng(SEED)
    vectors = rng.normal(0, 1, (n_faces, FACE_NUMBERS)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = ExactFaceIndex.of(vectors)
    data = f"random unit vectors of {FACE_NUMBERS}, seed {SEED}"
    measure(
        lambda: [index.cosines(probe) for probe in vectors[:N_PROBES]],
        Work(data, N_PROBES * n_faces, "face", n_faces, N_PROBES),
        Reference.MEMORY if n_faces == N_FACES else Reference.INTEGER,
    )
