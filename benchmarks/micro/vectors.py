"""Vectors of subjects, and probes of some of their fingers: random numbers, as whitened codes are."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from benchmarks.micro.samples import SEED

from vantay.index.subject_vectors import SubjectVectors, encode_vectors, quantised
from vantay.search.indexed.layout import (
    DEVIATION,
    FACE_BLOCK,
    FINGERS,
    LEADING,
    VECTOR_NUMBERS,
    VIEWS,
    finger_block,
)
from vantay.types import FingerPosition

Float32s = npt.NDArray[np.float32]

VECTORS = f"random vectors of {VECTOR_NUMBERS}, seed {SEED}"
N_BEST = 4000
"""That a search keeps of them, by four fingers or more."""

N_REFINED = 2000
N_LISTS = 16
N_PROBES = 8
"""Searched by in turns: of one alone, a processor comes to know which rows are kept, and guesses right."""

INDEX_FINGERS = (FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX)
PROBES = {
    "all": FINGERS,
    "leading": LEADING,
    "two": INDEX_FINGERS,
    "one": INDEX_FINGERS[:1],
}
"""Fingers of a probe. The first two have a face too; all but the first have a view of their own to search,
that of one finger is the view of two."""


@cache
def subject_vectors(n: int) -> SubjectVectors:
    """Encode random vectors with the views that a part of a gallery has."""
    rng = np.random.default_rng(SEED)
    fine = np.concatenate(
        [
            quantised(
                rng.normal(0, DEVIATION, (min(8192, n - first), VECTOR_NUMBERS)).astype(np.float32), DEVIATION
            )
            for first in range(0, n, 8192)
        ]
    )
    return SubjectVectors.of(encode_vectors(fine, DEVIATION), VIEWS)


def scattered_rows(n: int) -> list[npt.NDArray[np.int64]]:
    """Draw lists of `N_REFINED` rows, so many that none stays in a cache while they are read in turns."""
    rng = np.random.default_rng(SEED)
    lists = (rng.choice(n, N_REFINED, replace=False) for _ in range(N_LISTS))
    return [np.sort(rows).astype(np.int64) for rows in lists]


def probe_of(name: str, number: int = 0) -> Float32s:
    """Make a probe that is zero where it has no finger; another number is other fingers."""
    drawn = np.random.default_rng([SEED, 1, number]).normal(0, DEVIATION, VECTOR_NUMBERS).astype(np.float32)
    probe = np.zeros_like(drawn)
    blocks = [finger_block(position) for position in PROBES[name]]
    for block in [*blocks, FACE_BLOCK] if name in {"all", "leading"} else blocks:
        probe[block] = drawn[block]
    return probe
