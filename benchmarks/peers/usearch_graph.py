"""The package ``usearch``: a graph of the same kind, with the settings of `hnswlib_graph`, in float32."""

from __future__ import annotations

import numpy as np
from benchmarks.peers.hnswlib_graph import N_CANDIDATES, N_LINKS
from benchmarks.peers.peer import Float32s, Rows, load_package


class UsearchGraph:
    """A ``usearch.index.Index`` on one thread."""

    def __init__(self) -> None:
        self._package = load_package("usearch.index")

    def build(self, vectors: Float32s) -> None:
        """Link the vectors."""
        n, d = vectors.shape
        self._index = self._package.Index(
            ndim=d,
            metric="ip",
            dtype="f32",
            connectivity=N_LINKS,
            expansion_add=N_CANDIDATES,
            expansion_search=N_CANDIDATES,
        )
        self._index.add(np.arange(n), vectors, threads=1)

    def search(self, probe: Float32s, n_best: int) -> Rows:
        """Walk the graph."""
        return np.asarray(self._index.search(probe, n_best, threads=1).keys, np.int64)
