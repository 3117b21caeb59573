"""Coarse codes in FAISS: their centres, an index of them, and an index cut into several."""

from __future__ import annotations

from functools import cache
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

Float32s = npt.NDArray[np.float32]

GROUP = 4
"""Numbers that share one coarse code. A vector's length must be a multiple of it."""

N_CENTRES = 16
"""Values of a coarse code: four bits, the size whose table of products fits a vector register."""

_BLOCK_ROWS = 32
"""Vectors whose coarse codes FAISS keeps together."""

_TRAINING_SEED = 20061
_N_TRAINING = 1 << 16
_N_ROUNDS = 40


def empty_index(d: int, deviation: float) -> Any:
    """Make a FAISS index of no vectors of d numbers, with the centres that all have; see `encode_vectors`."""
    quantizer = faiss.IndexFlatIP(d)
    index = faiss.IndexIVFPQFastScan(quantizer, d, 1, d // GROUP, 4, faiss.METRIC_INNER_PRODUCT)
    index.by_residual = False
    quantizer.add(np.zeros((1, d), np.float32))
    centres = np.tile(_normal_centres() * np.float32(deviation), (d // GROUP, 1))
    faiss.copy_array_to_vector(centres.ravel(), index.pq.centroids)
    index.is_trained = True
    # Python owns the quantizer until the index does
    index.own_fields = True
    quantizer.this.disown()  # type: ignore[attr-defined]  # of the wrapper
    return index


def cut_index(coarse: Any, slices: tuple[slice, ...], deviation: float) -> tuple[Any, ...]:
    """Cut the codes of an index into those of several, each with rows from 0 on."""
    if len(slices) == 1:
        return (coarse,)
    lists: Any = faiss.downcast_InvertedLists(coarse.invlists)
    block_bytes = lists.block_size
    n_blocks = -(-coarse.ntotal // _BLOCK_ROWS)
    codes = faiss.rev_swig_ptr(lists.get_codes(0), n_blocks * block_bytes)
    cut = []
    for rows in slices:
        part = empty_index(coarse.d, deviation)
        own, n = faiss.downcast_InvertedLists(part.invlists), rows.stop - rows.start
        own.resize(0, n)
        first, last = rows.start // _BLOCK_ROWS * block_bytes, -(-rows.stop // _BLOCK_ROWS) * block_bytes
        faiss.rev_swig_ptr(own.get_codes(0), last - first)[:] = codes[first:last]
        faiss.rev_swig_ptr(own.get_ids(0), n)[:] = np.arange(n)
        part.ntotal = n
        cut.append(part)
    return tuple(cut)


@cache
def _normal_centres() -> Float32s:
    """Centres of four standard normal numbers (Lloyd's algorithm), the first one kept at zero: (16, 4)."""
    random = np.random.Generator(np.random.Philox(_TRAINING_SEED))
    points = random.standard_normal((_N_TRAINING, GROUP))
    centres = np.vstack([np.zeros(GROUP), points[: N_CENTRES - 1]])
    for _ in range(_N_ROUNDS):
        nearest = (np.square(centres).sum(axis=1) - 2 * points @ centres.T).argmin(axis=1)
        counts = np.bincount(nearest, minlength=N_CENTRES)
        sums = np.stack([np.bincount(nearest, points[:, g], N_CENTRES) for g in range(GROUP)], axis=1)
        centres[1:] = sums[1:] / np.maximum(counts[1:], 1)[:, None]
    return centres.astype(np.float32)
