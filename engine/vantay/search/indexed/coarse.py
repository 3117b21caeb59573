"""First stage of a search: the rows of all parts whose coarse codes are most alike the probe.

Centres of coarse codes are the same in all parts, so that scores of several parts compare. Faces are coded
by the spread of each part's own, once it has enough; scores of parts that have too few are another thing,
and such parts are listed apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vantay.search.indexed.listed import Bools, Listed, best_of_all, distinct
from vantay.search.indexed.part import Rows
from vantay.search.indexed.probe import IndexProbe, n_in_common, probe_vectors
from vantay.search.indexed.snapshot import IndexSnapshot, SnapshotPart
from vantay.search.workers import Workers

Float32s = npt.NDArray[np.float32]

FEW_IN_COMMON = 0.5
"""Subjects with less than this share of the probe's samples are listed apart."""

MAX_READ_WHOLE = 20_000
"""So many rows are sooner read than searched."""

MAX_PART_READ_WHOLE = 512
"""Rows of one part that are sooner read than searched: those who were enrolled just now are all looked at."""

_SPARE_SHARE, _SPARE_ROWS = 2, 256
"""A slice is asked for so many times its share of the best, and so many more."""


@dataclass(frozen=True, slots=True, eq=False)
class _Scan:
    """A slice of a part that is searched by a vector.

    Attributes
    ----------
    part_number : int
    part : SnapshotPart
    slice_number : int
    vector : (2048,) float32
    n_allowed : int
        Rows that are searched.
    allowed : (⌈n/8⌉,) uint8, optional
        A bit a row of the slice; None if all are searched.
    """

    part_number: int
    part: SnapshotPart
    slice_number: int
    vector: Float32s
    n_allowed: int
    allowed: npt.NDArray[np.uint8] | None

    def best(self, n_best: int) -> tuple[Rows, Float32s]:
        """Search."""
        vectors = self.part.part.vectors
        return vectors.search_slice(self.slice_number, self.vector, n_best, allowed=self.allowed)


def coarse_list(
    probe: IndexProbe, snapshot: IndexSnapshot, searched: Sequence[Bools], n_best: int, workers: Workers
) -> Listed:
    """Pick the rows whose coarse codes are most alike a probe.

    Parameters
    ----------
    probe : IndexProbe
    snapshot : IndexSnapshot
    searched : sequence of (n,) bool
        Which rows of each part.
    n_best : int
        How many to pick of those with many samples in common with the probe, and of the others.
    workers : Workers
        The list does not depend on them.

    Returns
    -------
    Listed
        Ascending; of small parts all who are searched.

    Notes
    -----
    Coarse codes cannot tell a sample that is missing from one that is not alike. Who has few samples in
    common with the probe, a child enrolled by its face for instance, would lie behind the luckiest of all
    who have many; such rows are searched apart, and by all samples of the probe. The many are searched by
    the leading ones, if the probe has these.
    """
    leading = probe.leading()
    has_few = [n_in_common(leading, part) < FEW_IN_COMMON * leading.n_samples for part in snapshot.parts]
    with_many = [rows & ~few for rows, few in zip(searched, has_few, strict=True)]
    with_few = [rows & few for rows, few in zip(searched, has_few, strict=True)]
    lists = [
        _best_rows(by, snapshot, some, n_best, workers)
        for by, some in ((leading, with_many), (probe, with_few))
    ]
    return [distinct(rows) for rows in zip(*lists, strict=True)]


def _best_rows(
    probe: IndexProbe, snapshot: IndexSnapshot, searched: Sequence[Bools], n_best: int, workers: Workers
) -> Listed:
    counts = [int(np.count_nonzero(rows)) for rows in searched]
    is_small = sum(counts) <= min(n_best, MAX_READ_WHOLE)
    is_read = [is_small or n <= MAX_PART_READ_WHOLE for n in counts]
    lists = [
        [np.flatnonzero(rows) if whole else np.empty(0, np.int64)]
        for rows, whole in zip(searched, is_read, strict=True)
    ]
    scans: dict[tuple[bool, int], list[_Scan]] = {}
    for number, part in enumerate(snapshot.parts):
        if not is_read[number]:
            for key, some in _scans(probe, number, part, searched[number]).items():
                scans.setdefault(key, []).extend(some)
    for some in scans.values():
        for number, rows in _best_of_scans(some, n_best, workers):
            lists[number].append(rows)
    return [distinct(rows) for rows in lists]


def _scans(
    probe: IndexProbe, number: int, part: SnapshotPart, searched: Bools
) -> dict[tuple[bool, int], list[_Scan]]:
    """Lay out the search of a part, by what compares with each other: the spread of faces, and the vector."""
    is_plain = probe.face is not None and part.part.face_space().is_plain
    bits = np.packbits(searched, bitorder="little")
    slices = part.part.vectors.slices
    counts = [int(np.count_nonzero(searched[rows])) for rows in slices]
    return {
        (is_plain, v): [
            _Scan(number, part, s, vector, n, None if n == rows.stop - rows.start else _bits_of(bits, rows))
            for s, (rows, n) in enumerate(zip(slices, counts, strict=True))
            if n
        ]
        for v, vector in enumerate(probe_vectors(probe, part.part))
    }


def _bits_of(bits: npt.NDArray[np.uint8], rows: slice) -> npt.NDArray[np.uint8]:
    return bits[rows.start // 8 : -(-rows.stop // 8)]


def _best_of_scans(scans: Sequence[_Scan], n_best: int, workers: Workers) -> list[tuple[int, Rows]]:
    """Search slices that compare with each other, and keep the best rows of all, with the number of the part.

    To sort the best of a slice takes longer than to find them. Each slice is asked for somewhat more than
    its share, and asked again if that turns out to be less than it has among the best.
    """
    n_allowed = sum(scan.n_allowed for scan in scans)
    shares = [_SPARE_SHARE * n_best * scan.n_allowed // n_allowed + _SPARE_ROWS for scan in scans]
    asked = [min(share, n_best) for share in shares]
    found = workers.map(lambda i: scans[i].best(asked[i]), range(len(scans)))
    last = _score_of_rank([scores for _, scores in found], n_best)
    short = [
        i
        for i, (_, scores) in enumerate(found)
        if asked[i] < min(n_best, scans[i].n_allowed) and scores[-1] >= last
    ]
    for i, again in zip(short, workers.map(lambda i: scans[i].best(n_best), short), strict=True):
        found[i] = again
    best = best_of_all([scores for _, scores in found], [rows for rows, _ in found], n_best)
    return [(scan.part_number, rows) for scan, rows in zip(scans, best, strict=True)]


def _score_of_rank(scores: Sequence[Float32s], rank: int) -> float:
    """Give the score that so many reach; −∞ if there are fewer."""
    joined = np.concatenate(scores)
    return (
        float(np.partition(joined, joined.size - rank)[joined.size - rank])
        if joined.size >= rank
        else -np.inf
    )
