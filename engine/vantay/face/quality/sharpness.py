"""How much fine detail a portrait has, compared with its coarse detail.

The ratio of two bands of the same picture does not depend on light and contrast, unlike the variance of a
Laplacian.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

BAND_EDGES_PX = (1.0, 4.0, 16.0)
"""Deviations of the Gaussians between which detail is fine, then coarse, at 90 px between the eyes: 0.7, 2.8
and 11 mm on a face. Finer detail is grain; coarser is the shape of the head and its light. With these bands
the measure falls steadily from a sharp portrait to one blurred by a seventh of the eye distance."""


def measure_sharpness(portrait: npt.NDArray[np.uint8], oval: npt.NDArray[np.bool_]) -> float:
    """Measure the sharpness of a face.

    Parameters
    ----------
    portrait : (n, n) uint8
        Luminance, at 90 px between the eyes.
    oval : (n, n) bool
        Which pixels are face.

    Returns
    -------
    float
        Standard deviation of the fine detail over that of the coarse: 0 without any, about 0.1 to 0.6.
    """
    grey = portrait.astype(np.float32)
    finest, middle, coarsest = (cv2.GaussianBlur(grey, (0, 0), deviation) for deviation in BAND_EDGES_PX)
    fine, coarse = float(np.std((finest - middle)[oval])), float(np.std((middle - coarsest)[oval]))
    return fine / coarse if coarse > 0 else 0.0
