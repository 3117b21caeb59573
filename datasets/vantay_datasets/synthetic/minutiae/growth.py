"""How much smaller the fingers of children are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# Median height of girls and boys (World Health Organization: Child Growth Standards 2006, Growth Reference
# 2007), mean of both, in centimetres.
_AGES_YEARS = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 19.0)
_HEIGHTS_CM = (49.5, 74.9, 87.1, 95.6, 103.0, 109.7, 115.6, 127.0, 138.2, 150.2, 161.5, 167.7, 169.6, 169.9)

_DECIMALS = 9
"""To which scales are rounded, so that no machine's last bit decides."""


def growth_scale(age_years: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Give the size of a finger beside its own as an adult.

    Parameters
    ----------
    age_years : array_like of float
        From 0.

    Returns
    -------
    same shape, float64
        At most 1; fingerprints grow as bodies do, in all directions alike.

    References
    ----------
    C. Gottschlich, T. Hotz, R. Lorenz, S. Bernhardt, M. Hantschel, A. Munk, "Modeling the growth of
    fingerprints improves matching for adolescents", IEEE TIFS 6(3), 2011, doi:10.1109/TIFS.2011.2143406.
    """
    heights = np.interp(np.asarray(age_years, np.float64), _AGES_YEARS, _HEIGHTS_CM)
    return np.round(heights / _HEIGHTS_CM[-1], _DECIMALS).astype(np.float64)
