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

VIEW_GRAIN = 2 * GROUP
"""FAISS keeps two codes of 32 vectors together: what can be left out is a multiple of as many numbers."""

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


def cut_index(
    coarse: Any, slices: tuple[slice, ...], numbers: tuple[slice, ...], deviation: float
) -> tuple[Any, ...]:
    """Cut the codes of an index into those of several, of some numbers only.

    Parameters
    ----------
    coarse : faiss.IndexIVFPQFastScan
    slices : tuple of slice
        The rows of each index that is wanted; there they count from 0 on.
    numbers : tuple of slice
        Of the vectors that are kept, one after the other; multiples of `VIEW_GRAIN`.
    deviation : float
        As for `empty_index`.

    Returns
    -------
    tuple of faiss.IndexIVFPQFastScan
        They find, for the same numbers of a probe, what the whole one finds for a probe that is 0 elsewhere.
    """
    kept = np.concatenate([np.arange(some.start, some.stop, VIEW_GRAIN) for some in numbers]) // VIEW_GRAIN
    if len(slices) == 1 and kept.size * VIEW_GRAIN == coarse.d:
        return (coarse,)
    lists: Any = faiss.downcast_InvertedLists(coarse.invlists)
    n_blocks = -(-coarse.ntotal // _BLOCK_ROWS)
    codes = faiss.rev_swig_ptr(lists.get_codes(0), n_blocks * lists.block_size)
    blocks = codes.reshape(n_blocks, coarse.d // VIEW_GRAIN, _BLOCK_ROWS)
    return tuple(
        _index_of(blocks[rows.start // _BLOCK_ROWS : -(-rows.stop // _BLOCK_ROWS)], kept, rows, deviation)
        for rows in slices
    )


def _index_of(
    blocks: npt.NDArray[np.uint8], kept: npt.NDArray[np.int64], rows: slice, deviation: float
) -> Any:
    """Make an index of blocks of codes: (b, d / 8, 32), two codes of 32 vectors in 32 bytes."""
    index = empty_index(kept.size * VIEW_GRAIN, deviation)
    own, n = faiss.downcast_InvertedLists(index.invlists), rows.stop - rows.start
    own.resize(0, n)
    n_bytes = blocks.shape[0] * kept.size * _BLOCK_ROWS
    faiss.rev_swig_ptr(own.get_codes(0), n_bytes)[:] = blocks[:, kept].ravel()
    faiss.rev_swig_ptr(own.get_ids(0), n)[:] = np.arange(n)
    index.ntotal = n
    return index


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
