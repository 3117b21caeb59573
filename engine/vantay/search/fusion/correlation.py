"""Fingers of the same two people are not quite independent: Brown's extension of Fisher's method."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import gammaincc

Float64s = npt.NDArray[np.float64]

_X = np.linspace(0.0, 600.0, 12_001)
"""Nepers; the tail at the end is e^-600, which a float64 still holds, and straight beyond."""


def variance_ratio(n_fingers: int, n_samples: int, correlation: float) -> float:
    """Variance of the sum of x over what it would be if all were independent.

    Parameters
    ----------
    n_fingers, n_samples : int
        Fingers; fingers and faces, ≥ 1.
    correlation : float
        Between any two fingers. A face has none with fingers.
    """
    return 1.0 + n_fingers * (n_fingers - 1) * correlation / n_samples


def correct_tail(log_tail: Float64s, n_samples: int, ratio: float) -> Float64s:
    """Widen the tail of a sum by its variance ratio.

    Parameters
    ----------
    log_tail : (m,) float64
        Natural logarithms of tail probabilities for independent samples, ≤ 0.
    n_samples : int
        Of how many samples.
    ratio : float
        From `variance_ratio`, ≥ 1.

    Returns
    -------
    (m,) float64
        Natural logarithms.

    Notes
    -----
    Brown replaces a Gamma(n, 1) sum by ratio·Gamma(n/ratio, 1), which has the same mean and `ratio` times the
    variance. Our sum is none of exponentials, so the correction is made on the sum of n exponentials that is
    as rare.

    References
    ----------
    .. [1] M. B. Brown, "A method for combining non-independent, one-sided tests of significance",
       Biometrics 31(4), 1975. DOI 10.2307/2529826
    """
    if ratio == 1.0:
        return log_tail
    independent, widened = _depths(n_samples, ratio)
    depth = -log_tail
    slope = (widened[-1] - widened[-2]) / (independent[-1] - independent[-2])
    beyond = np.maximum(depth - independent[-1], 0.0)
    return np.asarray(-(np.interp(depth, independent, widened) + slope * beyond))


@lru_cache(maxsize=256)
def _depths(n_samples: int, ratio: float) -> tuple[Float64s, Float64s]:
    """−ln of the tail of Gamma(n, 1), and of ratio·Gamma(n/ratio, 1), at the same places."""
    return -np.log(gammaincc(n_samples, _X)), -np.log(gammaincc(n_samples / ratio, _X / ratio))
