"""A plain FAISS index of float32 numbers: exact, and what most people begin with."""

from __future__ import annotations

from typing import Any

from benchmarks.peers.peer import Float32s, Rows, load_package


class FaissFlat:
    """``IndexFlatIP`` on one thread; it has no settings."""

    def __init__(self) -> None:
        self._package = load_package("faiss")
        self._package.omp_set_num_threads(1)

    def build(self, vectors: Float32s) -> None:
        """Copy the vectors."""
        self._index: Any = self._package.IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)

    def search(self, probe: Float32s, n_best: int) -> Rows:
        """Compute all inner products."""
        _, rows = self._index.search(probe[None], n_best)
        found: Rows = rows[0]
        return found
