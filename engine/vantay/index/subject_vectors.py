"""One vector a subject, searched by inner product: coarse codes in FAISS, fine ones beside them.

A vector is a row of blocks, one a finger or the face. A block that a subject or a probe lacks is zero, so
that one inner product adds up the evidence of what both have, and one index serves every kind of probe. The
coarse stage reads half a byte for four numbers and gives a first list; the fine stage reads the bytes of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from vantay.errors import CallerError, DataCorruption
from vantay.index.coarse_codes import GROUP, cut_index, empty_index
from vantay.index.one_thread import search_in_one_thread
from vantay.index.refine_kernel import refine_kernel

Float32s = npt.NDArray[np.float32]

FINE_SPAN = 4.5
"""Fine codes reach this many standard deviations; numbers beyond are cut."""

_ENCODED_AT_ONCE = 1 << 14


SLICE_ROWS = 1 << 16
"""Vectors that one call of FAISS searches: a millisecond or two of one thread."""


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """Coarse codes of some numbers of the vectors, for probes that have no others.

    Attributes
    ----------
    columns : (m,) int64
        Which numbers.
    outside : (d,) bool
        The others.
    indexes : tuple of faiss.IndexIVFPQFastScan
        One a slice of rows.
    """

    columns: npt.NDArray[np.int64]
    outside: npt.NDArray[np.bool_]
    indexes: tuple[Any, ...]

    def serves(self, probe: Float32s) -> bool:
        """Whether a probe is 0 outside."""
        return not probe[self.outside].any()


@dataclass(frozen=True, slots=True, eq=False)
class SubjectVectors:
    """The codes of n vectors of d numbers. Make them with `encode_vectors` or `SubjectVectors.of`.

    Attributes
    ----------
    slices : tuple of slice
        Rows that are searched together, ascending; several threads may search several.
    fine : (n, d) int8
        Each number in steps of `FINE_SPAN`/127 standard deviations.
    deviation : float
        Standard deviation of the numbers of a block that is there.
    """

    _views: tuple[_View, ...]
    slices: tuple[slice, ...]
    fine: npt.NDArray[np.int8]
    deviation: float

    @classmethod
    def of(
        cls, arrays: Mapping[str, npt.NDArray[Any]], views: Sequence[tuple[slice, ...]] = ()
    ) -> SubjectVectors:
        """Take the codes from the arrays that `encode_vectors` made.

        Parameters
        ----------
        arrays : mapping of str to ndarray
        views : sequence of tuple of slice
            Numbers that probes often have alone, the fewest first; multiples of `VIEW_GRAIN`. Their coarse
            codes are held once more, side by side, so that a search by them reads no others.

        Raises
        ------
        DataCorruption
            If the coarse codes are none, or do not go with the fine ones.
        """
        try:
            coarse = faiss.deserialize_index(np.ascontiguousarray(arrays["coarse"]))
        except RuntimeError as error:
            raise DataCorruption("coarse codes cannot be read; rebuild the index") from error
        fine = arrays["fine"]
        if (coarse.ntotal, coarse.d) != fine.shape:
            raise DataCorruption(
                f"coarse codes of {coarse.ntotal} vectors of {coarse.d}, fine ones of {fine.shape}; "
                "rebuild the index"
            )
        slices = tuple(slice(i, min(i + SLICE_ROWS, len(fine))) for i in range(0, len(fine), SLICE_ROWS))
        deviation = float(arrays["deviation"][0])
        everything = (slice(0, coarse.d),)
        cut = tuple(_view(coarse, slices, numbers, deviation) for numbers in (*views, everything))
        return cls(cut, slices, fine, deviation)

    def __len__(self) -> int:
        return int(self.fine.shape[0])

    @property
    def _step(self) -> np.float32:
        return np.float32(FINE_SPAN * self.deviation / 127)

    def vector(self, row: int) -> Float32s:
        """Give the vector of a row as its fine codes have it: (d,) float32."""
        return np.asarray(self.fine[row] * self._step, np.float32)

    def search(
        self, probe: Float32s, n_best: int, *, allowed: npt.NDArray[np.uint8] | None = None
    ) -> tuple[npt.NDArray[np.int64], Float32s]:
        """Find the rows whose coarse codes are most alike a probe.

        Parameters
        ----------
        probe : (d,) float32
            With zeros where it lacks something.
        n_best : int
            How many rows at most.
        allowed : (⌈n/8⌉,) uint8, optional
            A bit a row, least significant first: rows whose bit is 0 are passed over within the search.

        Returns
        -------
        rows : (k,) int64
        scores : (k,) float32
            Approximate inner products, descending.

        Raises
        ------
        CallerError
            If the probe has another length.
        """
        self._check_length(probe)
        found = [
            self.search_slice(
                number, probe, n_best, allowed=None if allowed is None else allowed[rows.start // 8 :]
            )
            for number, rows in enumerate(self.slices)
        ]
        rows = np.concatenate([np.empty(0, np.int64), *(rows for rows, _ in found)])
        scores = np.concatenate([np.empty(0, np.float32), *(scores for _, scores in found)])
        best = np.argsort(-scores, kind="stable")[:n_best]
        return rows[best], scores[best]

    def search_slice(
        self, number: int, probe: Float32s, n_best: int, *, allowed: npt.NDArray[np.uint8] | None = None
    ) -> tuple[npt.NDArray[np.int64], Float32s]:
        """Find the rows of one of the `slices` whose coarse codes are most alike a probe; as `search`.

        FAISS takes no threads beside the calling one. Scores of one probe by several slices, of several
        subjects' vectors too, are what one search of all of them would give.

        Parameters
        ----------
        number : int
            Of the slice.
        probe, n_best
            As for `search`.
        allowed : (⌈n/8⌉,) uint8, optional
            As for `search`, a bit for each row of the slice.
        """
        self._check_length(probe)
        search_in_one_thread()
        parameters = faiss.IVFSearchParameters()
        if allowed is not None:
            # FAISS keeps a pointer: the selector must live until the search is over
            selector = faiss.IDSelectorBitmap(allowed)  # type: ignore[call-arg, arg-type]  # its wrapper takes an array
            parameters.sel = selector
        view = next(view for view in self._views if view.serves(probe))
        coarse, first = view.indexes[number], self.slices[number].start
        vectors = np.ascontiguousarray(probe[None, view.columns], np.float32)
        scores, rows = coarse.search(vectors, min(n_best, coarse.ntotal), params=parameters)
        found = rows[0] >= 0
        return rows[0][found] + first, scores[0][found]

    def refine(self, probe: Float32s, rows: npt.NDArray[np.int64]) -> Float32s:
        """Compute inner products of a probe with the fine codes of some rows.

        Parameters
        ----------
        probe : (d,) float32
        rows : (k,) int64

        Returns
        -------
        (k,) float32

        Raises
        ------
        CallerError
            If the probe has another length, or a row is not there.
        """
        self._check_length(probe)
        if rows.size and not 0 <= rows.min() <= rows.max() < len(self):
            raise CallerError(f"rows {rows.min()} to {rows.max()}, expected 0 to {len(self) - 1}")
        groups = np.flatnonzero(probe.reshape(-1, GROUP).any(axis=1))
        scores = np.empty(rows.shape[0], np.float32)
        refine_kernel(
            np.ascontiguousarray(probe * self._step, np.float32), _runs(groups), self.fine, rows, scores
        )
        return scores

    def _check_length(self, probe: Float32s) -> None:
        if probe.shape != (self.fine.shape[1],):
            raise CallerError(f"probe vector has shape {probe.shape}, expected ({self.fine.shape[1]},)")


def _view(coarse: Any, slices: tuple[slice, ...], numbers: tuple[slice, ...], deviation: float) -> _View:
    columns = np.concatenate([np.arange(some.start, some.stop) for some in numbers])
    outside = np.ones(coarse.d, np.bool_)
    outside[columns] = False
    return _View(columns, outside, cut_index(coarse, slices, numbers, deviation))


def quantised(vectors: Float32s, deviation: float) -> npt.NDArray[np.int8]:
    """Make the fine codes of vectors.

    Parameters
    ----------
    vectors : (n, d) float32
        With zeros for blocks that are not there.
    deviation : float
        Standard deviation of the numbers of a block that is there.

    Returns
    -------
    (n, d) int8
    """
    step = np.float32(FINE_SPAN * deviation / 127)
    return np.asarray(np.clip(np.rint(vectors / step), -127, 127), np.int8)


def encode_vectors(fine: npt.NDArray[np.int8], deviation: float) -> dict[str, npt.NDArray[Any]]:
    """Encode vectors, for a file or for `SubjectVectors.of`.

    Parameters
    ----------
    fine : (n, d) int8
        Their fine codes, from `quantised`; d a multiple of `GROUP`. All else depends on them alone, so that
        merged files are the same as those made at once.
    deviation : float
        As for `quantised`.

    Returns
    -------
    dict of str to ndarray
        ``coarse`` uint8, a serialised FAISS index; ``fine`` (n, d) int8; ``deviation`` (1,) float64.

    Notes
    -----
    FAISS: an inverted file of a single list with product codes of four bits in the layout of its fast scan
    [1]_. The single list costs nothing and brings what the plain index lacks, filters within the search.
    The centres are those of standard normal numbers, which whitened vectors are close to, one of them zero:
    they depend on no data, so that all files go together and a block that is not there adds the same to
    everyone: 0, but for the rounding of the table.

    References
    ----------
    .. [1] F. André, A.-M. Kermarrec, N. Le Scouarnec, "Quicker ADC: Unlocking the Hidden Potential of Product
       Quantization With SIMD", IEEE PAMI 43(5), 2021. DOI 10.1109/TPAMI.2019.2952606
    """
    coarse = empty_index(fine.shape[1], deviation)
    step = np.float32(FINE_SPAN * deviation / 127)
    for first in range(0, fine.shape[0], _ENCODED_AT_ONCE):
        coarse.add(fine[first : first + _ENCODED_AT_ONCE].astype(np.float32) * step)
    return {
        "coarse": faiss.serialize_index(coarse),
        "fine": fine,
        "deviation": np.array([deviation], np.float64),
    }


def _runs(groups: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
    """Turn ascending group numbers into half-open runs of numbers: (r, 2)."""
    if groups.size == 0:
        return np.empty((0, 2), np.int64)
    breaks = np.flatnonzero(np.diff(groups) > 1) + 1
    parts = np.split(groups, breaks)
    return np.array([[part[0] * GROUP, (part[-1] + 1) * GROUP] for part in parts], np.int64)
