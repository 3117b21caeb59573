"""Degraded copies of photos: what quality scores have to notice.

Strengths are relative to the photo, so that they mean the same at any resolution. With portraits that show
head and shoulders they range from what hardly matters to what is not recognised.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]


def blurred(pixels: Pixels, share: float) -> Pixels:
    """Blur by a Gaussian whose deviation is a share of the shorter side."""
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), share * min(pixels.shape[:2])), np.uint8)


def darkened(pixels: Pixels, share: float) -> Pixels:
    """Leave a share of the light; what is rounded away is gone."""
    return np.asarray(share * pixels.astype(np.float32), np.uint8)


def reduced(pixels: Pixels, share: float) -> Pixels:
    """Shrink to a share of the size."""
    return np.asarray(cv2.resize(pixels, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8)


def overexposed(pixels: Pixels, factor: float) -> Pixels:
    """Multiply the light; what does not fit is white."""
    return np.asarray(np.minimum(factor * pixels.astype(np.float32), 255), np.uint8)


DEGRADATIONS: dict[str, tuple[Callable[[Pixels, float], Pixels], float]] = {
    "blurred": (blurred, 0.007),
    "very blurred": (blurred, 0.012),
    "darkened": (darkened, 0.12),
    "very dark": (darkened, 0.07),
    "reduced": (reduced, 0.15),
    "very small": (reduced, 0.1),
    "overexposed": (overexposed, 2.5),
}
"""By name: what is done, and how strongly."""


def degrade(pixels: Pixels, name: str) -> Pixels:
    """Make a degraded copy.

    Parameters
    ----------
    pixels : (h, w, 3) uint8
        Red, green, blue.
    name : str
        One of `DEGRADATIONS`.

    Returns
    -------
    (h', w', 3) uint8
        The copy.
    """
    change, strength = DEGRADATIONS[name]
    return change(pixels, strength)
