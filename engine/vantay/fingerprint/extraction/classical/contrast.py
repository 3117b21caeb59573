"""Even contrast: what each pixel says, relative to its neighbourhood."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from vantay.fingerprint.extraction.classical.parameters import ContrastParameters


def normalise_contrast(
    pixels: npt.NDArray[np.float32], parameters: ContrastParameters
) -> npt.NDArray[np.float32]:
    """Bring local mean to 0 and local standard deviation to 1.

    Parameters
    ----------
    pixels : (h, w) float32
        Grey values, 500 ppi.
    parameters : ContrastParameters
        Constants.

    Returns
    -------
    (h, w) float32
        Local deviations, within ± ``clip_deviations``; weaker where the deviation is below the floor.
    """
    window = (parameters.window_px, parameters.window_px)
    detail = pixels - cv2.blur(pixels, window)
    variance = cv2.blur(detail * detail, window)
    # The running sums of a box filter can go below zero by rounding.
    deviation = np.sqrt(np.maximum(variance, parameters.deviation_floor**2))
    limit = parameters.clip_deviations
    return np.clip(detail / deviation, -limit, limit).astype(np.float32, copy=False)
