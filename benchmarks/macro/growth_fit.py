"""How something grows with the number of subjects: two laws, how far each is off, and what they come to."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

MIN_POINTS = 2

POWER_LAW = "power law"
STRAIGHT_LINE = "straight line"

Float64s = npt.NDArray[np.float64]
Law = Callable[[Float64s], Float64s]


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
        ``exponent`` (0: it does not grow, 1: in proportion); ``per_subject``, the b of the straight line,
        whose points count by their relative distance. Where there are three points or more, also
        ``exponent_error``, its standard error; ``power_law_error`` and ``straight_line_error``, the relative
        distance of the points from either, root mean square over n − 2. Empty if there are fewer than
        `MIN_POINTS` sizes, or a value is not positive.

    Examples
    --------
    >>> fit = fit_growth([10, 100, 1000], [20.0, 200.0, 2000.0])
    >>> round(fit["exponent"], 6), round(fit["per_subject"], 6)
    (1.0, 2.0)
    """
    if len(set(sizes)) < MIN_POINTS or min(values) <= 0:
        return {}
    n, found = np.asarray(sizes, np.float64), np.asarray(values, np.float64)
    exponent, constant = _power_law(n, found)
    fit = {"exponent": float(exponent), "per_subject": float(_straight_line(n, found)[0])}
    if n.size > MIN_POINTS:
        x = np.log(n)
        left = np.square(np.log(found) - constant - exponent * x).sum() / (n.size - 2)
        fit["exponent_error"] = math.sqrt(left / np.square(x - x.mean()).sum())
        for name, law in _laws(n, found).items():
            distance = (law(n) - found) / found
            fit[f"{name.replace(' ', '_')}_error"] = math.sqrt(np.square(distance).sum() / (n.size - 2))
    return fit


def extrapolate(sizes: Sequence[int], values: Sequence[float], n_subjects: int) -> Mapping[str, float]:
    """Say what both laws give for another size, the one that fits better first.

    Parameters
    ----------
    sizes, values
        As for `fit_growth`, which tells the errors by which the laws are ordered. Two points tell neither
        from the other: then the larger value comes first.
    n_subjects : int
        The other size.

    Returns
    -------
    mapping of str to float
        Two values by `POWER_LAW` and `STRAIGHT_LINE`; empty where there is no fit.
    """
    fit = fit_growth(sizes, values)
    if not fit:
        return {}
    there = np.array([n_subjects], np.float64)
    laws = _laws(np.asarray(sizes, np.float64), np.asarray(values, np.float64))
    given = {name: float(law(there)[0]) for name, law in laws.items()}

    def order(name: str) -> tuple[float, float]:
        return fit.get(f"{name.replace(' ', '_')}_error", 0.0), -given[name]

    return {name: given[name] for name in sorted(given, key=order)}


def _laws(n: Float64s, found: Float64s) -> dict[str, Law]:
    exponent, constant = _power_law(n, found)
    slope, offset = _straight_line(n, found)
    return {
        POWER_LAW: lambda sizes: np.exp(constant) * sizes**exponent,
        STRAIGHT_LINE: lambda sizes: offset + slope * sizes,
    }


def _power_law(n: Float64s, found: Float64s) -> Float64s:
    """Give exponent, and logarithm of the factor."""
    return np.asarray(np.polyfit(np.log(n), np.log(found), 1))


def _straight_line(n: Float64s, found: Float64s) -> Float64s:
    """Give slope and offset."""
    return np.asarray(np.polyfit(n, found, 1, w=1 / found))
