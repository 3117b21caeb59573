"""Vectors of subjects, and probes of some of their fingers: random numbers, as whitened codes are."""

from __future__ import annotations

from collections.abc import Iterable
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

N_DRAWN = 8192
N_REFINED = 2000
N_LISTS = 16

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
    fine = random_fine_codes(np.random.default_rng(SEED), n)
    return SubjectVectors.of(encode_vectors(fine, DEVIATION), VIEWS)


def random_fine_codes(rng: np.random.Generator, n: int) -> npt.NDArray[np.int8]:
    """Draw fine codes of subjects, (n, 2048); some thousand at a time: numbers take four times the room."""
    fine = np.empty((n, VECTOR_NUMBERS), np.int8)
    for first in range(0, n, N_DRAWN):
        rows = fine[first : first + N_DRAWN]
        drawn = rng.standard_normal(rows.shape, np.float32) * np.float32(DEVIATION)
        rows[:] = quantised(drawn, DEVIATION)
    return fine


def scattered_rows(n: int) -> list[npt.NDArray[np.int64]]:
    """Draw lists of `N_REFINED` rows, so many that none stays in a cache while they are read in turns."""
    rng = np.random.default_rng(SEED)
    lists = (rng.choice(n, N_REFINED, replace=False) for _ in range(N_LISTS))
    return [np.sort(rows).astype(np.int64) for rows in lists]


def probe_of(name: str, number: int = 0) -> Float32s:
    """Make a probe that is zero where it has no finger; another number is other fingers."""
    return random_probe(number, PROBES[name], has_face=name in {"all", "leading"})


def random_probe(number: int, positions: Iterable[FingerPosition], *, has_face: bool) -> Float32s:
    """Draw a probe that is zero where it has no finger or face."""
    drawn = np.random.default_rng([SEED, 1, number]).normal(0, DEVIATION, VECTOR_NUMBERS).astype(np.float32)
    probe = np.zeros_like(drawn)
    for block in [*(finger_block(position) for position in positions), *([FACE_BLOCK] * has_face)]:
        probe[block] = drawn[block]
    return probe
