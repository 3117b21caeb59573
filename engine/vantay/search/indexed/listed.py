"""Lists of rows over all parts of a snapshot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vantay.search.indexed.part import Rows

Float32s = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

Listed = list[Rows]
"""Rows of each part of a snapshot."""


def n_marked(marks: Sequence[Bools]) -> int:
    """Count the rows that are marked, of all parts."""
    return sum(int(np.count_nonzero(rows)) for rows in marks)


def n_listed(listed: Listed) -> int:
    """Count the rows of a list."""
    return sum(rows.size for rows in listed)


def distinct(rows: Sequence[Rows]) -> Rows:
    """Join rows of one part, in whatever order: ascending, each once."""
    joined = np.sort(np.concatenate([np.empty(0, np.int64), *rows]))  # np.unique would build a hash table
    is_first = np.ones(joined.size, np.bool_)
    np.not_equal(joined[1:], joined[:-1], out=is_first[1:])
    return joined[is_first]


def best_of_all(scores: Sequence[Float32s], listed: Listed, n_best: int) -> Listed:
    """Keep the rows of highest score over all parts; among equals those of the first parts, as they stand.

    Parameters
    ----------
    scores : sequence of (k,) float32
        For each part, of its rows; no NaN.
    listed : Listed
    n_best : int
        How many to keep at most, ≥ 1.
    """
    joined = np.concatenate([np.empty(0, np.float32), *scores])
    if joined.size <= n_best:
        return listed
    last = np.partition(joined, joined.size - n_best)[joined.size - n_best]
    is_best = joined > last
    equals = np.flatnonzero(joined == last)
    is_best[equals[: n_best - np.count_nonzero(is_best)]] = True
    marks = np.split(is_best, np.cumsum([rows.size for rows in listed])[:-1])
    return [rows[mark] for rows, mark in zip(listed, marks, strict=True)]
