"""Vantay's own codes: coarse ones of half a byte for four numbers, fine ones of a byte each."""

from __future__ import annotations

import numpy as np
from benchmarks.peers.peer import Float32s, Rows

from vantay.index.subject_vectors import SubjectVectors, encode_vectors, quantised
from vantay.search.indexed.layout import DEVIATION
from vantay.search.indexed.shortlist import shortlist_sizes

N_FINGERS = 2


class VantayVectors:
    """The first two stages of a search by two fingers: a coarse list, ordered by the fine codes.

    The coarse list is as long as it is for a million subjects.
    """

    def __init__(self) -> None:
        self._n_coarse = shortlist_sizes(N_FINGERS).coarse

    def build(self, vectors: Float32s) -> None:
        """Encode vectors."""
        self._vectors = SubjectVectors.of(encode_vectors(quantised(vectors, DEVIATION), DEVIATION))

    def search(self, probe: Float32s, n_best: int) -> Rows:
        """Give the rows most like a probe by their fine codes."""
        rows, _ = self._vectors.search(probe, self._n_coarse)
        order = np.argsort(-self._vectors.refine(probe, rows), kind="stable")[:n_best]
        return rows[order]
