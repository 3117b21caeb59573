"""Latencies in bins of equal relative width, so that any percentile can be read off afterwards."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

RATIO = 1.05
"""Of a bin's upper edge to the one before."""

LEAST_MS = 1e-3
"""Whatever is shorter counts in the bin of this."""

DIGITS = 4
"""Of the edges."""

Histogram = dict[str, list[float] | list[int]]


def make_histogram(values_ms: Sequence[float] | npt.NDArray[np.float64]) -> Histogram:
    """Count times in bins whose edges are powers of `RATIO`, the same bins for all runs.

    Parameters
    ----------
    values_ms : sequence of float
        Finite.

    Returns
    -------
    dict
        ``upper_ms``, the upper edge of each bin, which belongs to it, and ``count``, from the first bin that
        is not empty to the last one. Both are empty if there are no values.

    Examples
    --------
    >>> make_histogram([1.0, 1.04, 1.05, 1.1])
    {'upper_ms': [1.0, 1.05, 1.103], 'count': [1, 2, 1]}
    """
    values = np.maximum(np.asarray(values_ms, np.float64), LEAST_MS)
    if not values.size:
        return {"upper_ms": [], "count": []}
    first, last = (np.log(edge) / np.log(RATIO) for edge in (values.min(), values.max()))
    exponents = range(int(np.floor(first)) - 1, int(np.ceil(last)) + 2)
    upper_ms = np.array([float(f"{RATIO**k:.{DIGITS}g}") for k in exponents])
    counts = np.bincount(np.searchsorted(upper_ms, values), minlength=upper_ms.size)
    (filled,) = np.nonzero(counts)
    kept = slice(filled[0], filled[-1] + 1)
    return {"upper_ms": upper_ms[kept].tolist(), "count": counts[kept].tolist()}
