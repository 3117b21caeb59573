"""How even the ground behind a head is, as far as the photo shows it."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from vantay.face.detection import DetectedFace, Pixels

MEASURED_SIDE_PX = 256
"""Longer side of the copy that is measured: grain and fabric are no unevenness."""

HEAD_HALF_WIDTH, HEAD_ABOVE, HEAD_BELOW = 1.9, 2.6, 1.2
"""The head with its hair, in eye distances from the middle of the eyes: to each side, up, and down to where
neck and shoulders begin. Measured on portraits with long and high hair."""

LEAST_SHARE = 0.05
"""Of the photo: less ground than this says nothing."""


def measure_background(pixels: Pixels, face: DetectedFace) -> float | None:
    """Measure how uneven the ground beside and above a head is.

    Parameters
    ----------
    pixels : (h, w, 3) uint8
        The photo: red, green, blue.
    face : DetectedFace
        Where the face is.

    Returns
    -------
    float or None
        Standard deviation of the luminance, 0 to 127; None where head and shoulders fill the photo.
    """
    factor = min(1.0, MEASURED_SIDE_PX / max(pixels.shape[:2]))
    small = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    ground = _ground(
        grey.shape[:2], (face.eyes.mean(axis=0) + 0.5) * factor - 0.5, face.eye_distance_px * factor
    )
    if ground.mean() < LEAST_SHARE:
        return None
    return float(np.std(grey[ground].astype(np.float64)))


def _ground(
    shape: tuple[int, ...], middle: npt.NDArray[np.float64], eye_distance_px: float
) -> npt.NDArray[np.bool_]:
    """Return which pixels are neither head nor below its chin."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    across = np.abs(x - middle[0]) / eye_distance_px
    down = (y - middle[1]) / eye_distance_px
    is_beside = across > HEAD_HALF_WIDTH
    is_above = down < -HEAD_ABOVE
    return np.asarray((is_beside | is_above) & (down < HEAD_BELOW))
