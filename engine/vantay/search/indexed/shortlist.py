"""Second stage of a search: of those whose coarse codes are alike, those whose fine codes are most alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vantay.search.indexed.coarse import coarse_list
from vantay.search.indexed.evidence import CODE_DEVIATION, log_likelihood_ratio
from vantay.search.indexed.listed import Bools, Listed, best_of_all, distinct, n_marked
from vantay.search.indexed.part import Rows
from vantay.search.indexed.probe import IndexProbe, n_in_common, probe_vectors
from vantay.search.indexed.snapshot import IndexSnapshot, SnapshotPart
from vantay.search.workers import Workers
from vantay.types import FingerPosition

Float32s = npt.NDArray[np.float32]

_REFINED_AT_LEAST = 1024
"""Rows that a thread refines at once: half a millisecond or more."""


@dataclass(frozen=True, slots=True)
class ShortlistSizes:
    """How many subjects each stage looks at.

    Attributes
    ----------
    coarse : int
        That the coarse codes keep for the fine ones, over all parts.
    sketched : int
        That the fine codes keep for the sketches.
    compared : int
        That the sketches keep for the full comparison.
    """

    coarse: int
    sketched: int
    compared: int


def shortlist_sizes(n_samples: int) -> ShortlistSizes:
    """Say how many subjects to look at, by the number of fingers and faces of the probe."""
    for at_most, sizes in _SIZES:
        if n_samples <= at_most:
            return sizes
    return _SIZES[-1][1]


_SIZES = (
    (1, ShortlistSizes(40_000, 10_000, 40)),
    (2, ShortlistSizes(20_000, 2_000, 16)),
    (4, ShortlistSizes(8_000, 400, 12)),
    (7, ShortlistSizes(4_000, 100, 10)),
    (11, ShortlistSizes(4_000, 50, 10)),
)
"""For a million subjects; docs/search.md has the ranks of mates that they follow from."""


def shortlist(
    probe: IndexProbe,
    snapshot: IndexSnapshot,
    searched: Sequence[Bools],
    sizes: ShortlistSizes,
    workers: Workers,
) -> Listed:
    """Pick the subjects whose codes are most alike, and those whom codes cannot tell about.

    Parameters
    ----------
    probe : IndexProbe
    snapshot : IndexSnapshot
    searched : sequence of (n,) bool
        Which rows of each part.
    sizes : ShortlistSizes
    workers : Workers
        The list does not depend on them.

    Returns
    -------
    Listed
        Ascending.
    """
    if n_marked(searched) <= sizes.sketched:
        return [np.flatnonzero(rows) for rows in searched]
    coarse = coarse_list(probe, snapshot, searched, sizes.coarse, workers)
    fine = best_of_all(_fine_evidence(probe, snapshot, coarse, workers), coarse, sizes.sketched)
    unplaced = [part.part.rows_with(FingerPosition.UNKNOWN) for part in snapshot.parts]
    return [
        distinct([rows, some[marks[some]]])
        for rows, some, marks in zip(fine, unplaced, searched, strict=True)
    ]


def _fine_evidence(
    probe: IndexProbe, snapshot: IndexSnapshot, listed: Listed, workers: Workers
) -> list[Float32s]:
    """Give the evidence of listed rows by their fine codes."""

    def evidence(task: tuple[int, slice]) -> Float32s:
        number, piece = task
        part = snapshot.parts[number]
        return _part_evidence(probe, part, vectors[number], listed[number][piece])

    vectors = [probe_vectors(probe, part.part) for part in snapshot.parts]
    tasks = [
        (number, piece)
        for number, rows in enumerate(listed)
        if rows.size
        for piece in workers.pieces(rows.size, _REFINED_AT_LEAST)
    ]
    found: list[list[Float32s]] = [[np.empty(0, np.float32)] for _ in listed]
    for (number, _), scores in zip(tasks, workers.map(evidence, tasks), strict=True):
        found[number].append(scores)
    return [np.concatenate(scores) for scores in found]


def _part_evidence(
    probe: IndexProbe, part: SnapshotPart, vectors: Sequence[Float32s], rows: Rows
) -> Float32s:
    """Give the evidence of some rows of a part; it minds how many samples are in common."""
    products = np.max([part.part.vectors.refine(vector, rows) for vector in vectors], axis=0)
    return log_likelihood_ratio(products / np.float32(CODE_DEVIATION), n_in_common(probe, part, rows))
