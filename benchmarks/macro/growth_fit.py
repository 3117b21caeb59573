"""How something grows with the number of subjects: a power law, and what one subject more costs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

MIN_POINTS = 2


def fit_growth(sizes: Sequence[int], values: Sequence[float]) -> Mapping[str, float]:
    """Fit value = c · n^e by least squares of the logarithms, and value = a + b · n.

    Parameters
    ----------
    sizes : sequence of int
        n, positive.
    values : sequence of float
        Positive.

    Returns
    -------
    mapping of str to float
        ``exponent`` (0: it does not grow, 1: in proportion); ``exponent_error``, its standard error, where
        there are three points or more; ``per_subject``, the b of the straight line, whose points count by
        their relative distance. Empty if there are fewer than `MIN_POINTS` sizes, or a value is not positive.

    Examples
    --------
    >>> fit = fit_growth([10, 100, 1000], [20.0, 200.0, 2000.0])
    >>> round(fit["exponent"], 6), round(fit["per_subject"], 6)
    (1.0, 2.0)
    """
    if len(set(sizes)) < MIN_POINTS or min(values) <= 0:
        return {}
    x, y = np.log(np.asarray(sizes, np.float64)), np.log(np.asarray(values, np.float64))
    exponent, constant = np.polyfit(x, y, 1)
    slope = np.polyfit(sizes, values, 1, w=1 / np.asarray(values))[0]
    fit = {"exponent": float(exponent), "per_subject": float(slope)}
    if len(sizes) > MIN_POINTS:
        left = np.square(y - constant - exponent * x).sum() / (len(sizes) - 2)
        fit["exponent_error"] = math.sqrt(left / np.square(x - x.mean()).sum())
    return fit
