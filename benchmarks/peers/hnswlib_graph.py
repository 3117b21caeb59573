"""The package ``hnswlib``: a graph that is walked from neighbour to neighbour.

Settings and why. Inner product; 32 links a vector, twice the default, for vectors of hundreds of numbers; 200
candidates while building, the default; 200 while searching, since it cannot give the 100 that are asked for
with fewer candidates than that. `usearch` gets the same ones.
"""

from __future__ import annotations

import numpy as np
from benchmarks.peers.peer import Float32s, Rows, load_package

N_LINKS = 32
N_CANDIDATES = 200


class HnswlibGraph:
    """An ``hnswlib.Index`` on one thread."""

    def __init__(self) -> None:
        self._package = load_package("hnswlib")

    def build(self, vectors: Float32s) -> None:
        """Link the vectors."""
        n, d = vectors.shape
        self._index = self._package.Index(space="ip", dim=d)
        self._index.init_index(max_elements=n, M=N_LINKS, ef_construction=N_CANDIDATES, random_seed=1)
        self._index.set_num_threads(1)
        self._index.add_items(vectors, num_threads=1)
        self._index.set_ef(N_CANDIDATES)

    def search(self, probe: Float32s, n_best: int) -> Rows:
        """Walk the graph."""
        rows, _ = self._index.knn_query(probe[None], k=n_best, num_threads=1)
        return np.asarray(rows[0], np.int64)
