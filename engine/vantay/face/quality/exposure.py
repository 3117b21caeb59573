"""Light on a face: enough of it, and not too much."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

WHITE_LEVEL = 250
BLACK_LEVEL = 8
"""Luminance from which on, and up to which, a sensor shows no detail."""


class Exposure(NamedTuple):
    """Light on a face.

    Attributes
    ----------
    bright_share, dark_share : float
        Of the face's pixels, those at the white and at the black end, 0 to 1.
    light : float
        95th percentile of the luminance, 0 to 255.
    """

    bright_share: float
    dark_share: float
    light: float


def measure_exposure(portrait: npt.NDArray[np.uint8], oval: npt.NDArray[np.bool_]) -> Exposure:
    """Measure the light on a face.

    Parameters
    ----------
    portrait : (n, n) uint8
        Luminance.
    oval : (n, n) bool
        Which pixels are face.

    Returns
    -------
    Exposure
        Shares and level.
    """
    face = portrait[oval]
    return Exposure(
        float(np.mean(face >= WHITE_LEVEL)),
        float(np.mean(face <= BLACK_LEVEL)),
        float(np.percentile(face, 95)),
    )
