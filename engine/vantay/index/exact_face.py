"""Exact search among face vectors: every inner product."""

from __future__ import annotations

import faiss
import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidTemplate

Float32s = npt.NDArray[np.float32]


class ExactFaceIndex:
    """All face vectors of a gallery. Use `of`.

    Notes
    -----
    FAISS keeps them as float32, 512 bytes for 128 numbers.
    """

    def __init__(self, index: faiss.IndexFlatIP) -> None:
        self._index = index

    @classmethod
    def of(cls, vectors: Float32s) -> ExactFaceIndex:
        """Index vectors.

        Parameters
        ----------
        vectors : (n, d) float32
            Unit vectors; copied.

        Raises
        ------
        InvalidTemplate
            If they are no matrix of finite numbers.
        """
        if vectors.ndim != 2 or vectors.shape[1] == 0:
            raise InvalidTemplate(f"face vectors have shape {vectors.shape}, expected (n, d)")
        rows = np.ascontiguousarray(vectors, np.float32)
        if not np.isfinite(rows).all():
            bad = int(np.flatnonzero(~np.isfinite(rows).all(axis=1))[0])
            raise InvalidTemplate(f"face vector {bad} has a number that is not finite")
        index = faiss.IndexFlatIP(rows.shape[1])
        index.add(rows)
        return cls(index)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def cosines(self, probe: Float32s) -> Float32s:
        """Compute the inner products of a probe with all vectors, in their order.

        Of everyone and not of the best few: fusion with other evidence needs them all.

        Parameters
        ----------
        probe : (d,) float32
            A unit vector.

        Returns
        -------
        (n,) float32

        Raises
        ------
        InvalidTemplate
            If the probe has another length.
        """
        self._check_length(probe)
        products = np.zeros(len(self), np.float32)
        if len(self):
            one = np.ascontiguousarray(probe, np.float32)
            faiss.fvec_inner_products_ny(  # type: ignore[attr-defined]  # in the wrapper, not in its types
                faiss.swig_ptr(products), faiss.swig_ptr(one), self._index.get_xb(), self._index.d, len(self)
            )
        return products

    def _check_length(self, probe: Float32s) -> None:
        if probe.shape != (self._index.d,):
            raise InvalidTemplate(f"face vector has shape {probe.shape}, expected ({self._index.d},)")
