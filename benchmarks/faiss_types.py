"""Types of FAISS that could hold one vector a subject, and what can be done with an index of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from vantay.index.coarse_codes import GROUP, empty_index
from vantay.search.indexed.layout import DEVIATION

Vectors = npt.NDArray[np.float32]

FAISS: Any = faiss
"""Its stubs lack half of what is used here."""

N_LISTS = 256
"""Of inverted files: near the square root of 100,000."""

N_TRAINING = 64 * N_LISTS
"""Vectors by which types are trained, at equal distances."""

N_LINKS = 32
"""Of each vertex of a graph."""

N_TRIED = 10
"""Rows that are added once more, and removed."""

FILTER_STEP = 50
"""One row in so many passes the filter that is tried."""

IP = FAISS.METRIC_INNER_PRODUCT
SQ = FAISS.ScalarQuantizer


@dataclass(frozen=True, slots=True)
class CodeType:
    """A type of index.

    Attributes
    ----------
    name : str
    make : callable
        Gives an empty index of vectors of so many numbers.
    settings : tuple of str
        With which it is searched, as FAISS writes them.
    is_binary : bool
        Whether it takes signs, a bit each, instead of numbers.
    is_whole : bool
        Whether it holds all numbers of a vector.
    """

    name: str
    make: Callable[[int], Any]
    settings: tuple[str, ...] = ("",)
    is_binary: bool = False
    is_whole: bool = False

    def built(self, rows: npt.NDArray[Any]) -> Any:
        """Train an index by some rows, and add all."""
        index = self.make(rows.shape[1] * (8 if self.is_binary else 1))
        index.train(rows[:: max(1, len(rows) // N_TRAINING)])
        index.add(rows)
        return index

    def taken(self, vectors: Vectors) -> npt.NDArray[Any]:
        """Give vectors as the index takes them."""
        return np.packbits(vectors > 0, axis=1) if self.is_binary else np.ascontiguousarray(vectors)


def _scalar(quantizer: int) -> Callable[[int], Any]:
    return lambda d: FAISS.IndexScalarQuantizer(d, quantizer, IP)


def _rotated(d: int) -> Any:
    """Make an index of codes of four bits behind a trained rotation."""
    index = FAISS.index_factory(d, f"OPQ{d // GROUP},PQ{d // GROUP}x4fs", IP)
    rotation = FAISS.downcast_VectorTransform(index.chain.at(0))
    rotation.niter, rotation.niter_pq = 2, 4  # instead of 50 and 40, which take most of an hour
    return index


def _inverted_file(d: int) -> Any:
    return FAISS.index_factory(d, f"IVF{N_LISTS},SQ8", IP)


_PROBED = ("nprobe=4", "nprobe=16", "nprobe=64")
_WALKED = ("efSearch=100", "efSearch=400", "efSearch=2000")

CODE_TYPES = (
    CodeType("float32", FAISS.IndexFlatIP),
    CodeType("float16", _scalar(SQ.QT_fp16)),
    CodeType("8 bits a number", _scalar(SQ.QT_8bit)),
    CodeType("4 bits a number", _scalar(SQ.QT_4bit)),
    CodeType("ours: 4 bits for 4 numbers", lambda d: empty_index(d, DEVIATION)),
    CodeType("4 bits for 4 numbers, trained", lambda d: FAISS.IndexPQFastScan(d, d // GROUP, 4, IP)),
    CodeType("… and rotated (OPQ)", _rotated),
    CodeType("8 bits for 8 numbers (PQ)", lambda d: FAISS.IndexPQ(d, d // 8, 8, IP)),
    CodeType("1 bit a number (RaBitQ)", lambda d: FAISS.IndexRaBitQ(d, IP)),
    CodeType("signs, by Hamming distance", FAISS.IndexBinaryFlat, is_binary=True),
    CodeType(f"8 bits, {N_LISTS} lists (IVF)", _inverted_file, _PROBED),
    CodeType(f"8 bits, {N_LISTS} lists, whole", _inverted_file, _PROBED, is_whole=True),
    CodeType("8 bits, graph (HNSW)", lambda d: FAISS.IndexHNSWSQ(d, SQ.QT_8bit, N_LINKS, IP), _WALKED),
)


def try_filter(index: Any, probe: npt.NDArray[Any], n_best: int) -> str:
    """Search among one row of `FILTER_STEP`: yes, ignored, no, or how many of those it should have listed."""
    is_allowed = np.arange(index.ntotal) % FILTER_STEP == 0
    selector = FAISS.IDSelectorBitmap(np.packbits(is_allowed, bitorder="little"))
    n_asked = min(n_best, int(is_allowed.sum()))
    try:
        _, listed = index.search(probe, n_asked, params=_parameters(index, selector))
    except RuntimeError:
        return "no"
    rows = listed[0][listed[0] >= 0]
    if not is_allowed[rows].all():
        return "ignored"
    return "yes" if rows.size == n_asked else f"short: {rows.size} of {n_asked}"


def _parameters(index: Any, selector: Any) -> Any:
    """Give the parameters of a search that a type of index takes, with a filter."""
    if isinstance(index, FAISS.IndexIVF):
        return FAISS.SearchParametersIVF(sel=selector, nprobe=index.nprobe)
    if isinstance(index, FAISS.IndexHNSW):
        return FAISS.SearchParametersHNSW(sel=selector, efSearch=index.hnsw.efSearch)
    if isinstance(index, FAISS.IndexPreTransform):
        return FAISS.SearchParametersPreTransform(index_params=FAISS.SearchParameters(sel=selector))
    return FAISS.SearchParameters(sel=selector)


def try_adding(index: Any, rows: npt.NDArray[Any]) -> str:
    """Add some rows once more, and tell whether searches find them beside the old ones."""
    (*tried, _), n = _tried(rows), index.ntotal
    index.add(rows[tried])
    _, listed = index.search(rows[tried], 2)
    found = [
        set(pair) == {row, n + i} for i, (row, pair) in enumerate(zip(tried, listed.tolist(), strict=True))
    ]
    return "yes" if all(found) else f"found {sum(found)} of {len(tried)}"


def try_removal(index: Any, rows: npt.NDArray[Any]) -> str:
    """Remove some rows, and tell whether others are there and keep their numbers."""
    *removed, other = _tried(rows)
    try:
        n_removed = index.remove_ids(np.array(removed))
    except RuntimeError:
        return "no"
    _, listed = index.search(rows[other : other + 1], 1)
    if n_removed != len(removed) or listed[0, 0] not in {other, other - len(removed)}:
        return "wrong"
    return "yes" if listed[0, 0] == other else "moves"


def _tried(rows: npt.NDArray[Any]) -> list[int]:
    """Pick rows to add and remove, and one to leave; no empty ones, as people without the fingers have."""
    return [int(row) for row in np.flatnonzero(rows.any(axis=1))[: N_TRIED + 1]]
