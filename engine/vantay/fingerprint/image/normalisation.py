"""Any accepted finger image to 500 ppi with dark ridges."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from vantay.fingerprint.image.limits import check_finger_image
from vantay.fingerprint.image.polarity import has_light_ridges
from vantay.types import TEMPLATE_PPI, FingerImage

_AREA_BELOW_SCALE = 0.75
"""Averaging is needed against aliasing when pixels are dropped in number; between 0.75 and 1 the ridges are
far below the new sampling limit, and cubic interpolation keeps them crisper."""


def normalise_finger_image(image: FingerImage) -> FingerImage:
    """Bring an image to 500 ppi and to dark ridges on a light ground.

    Parameters
    ----------
    image : FingerImage
        Any polarity, 250 to 1200 ppi.

    Returns
    -------
    FingerImage
        Same finger and name. An image that is normalised already keeps its pixels, bit for bit.

    Raises
    ------
    InvalidSample
        If pixels, size, resolution or contrast are outside of `ImageLimits`.
    """
    check_finger_image(image)
    pixels = rescale_to_ppi(image.pixels, image.ppi, TEMPLATE_PPI)
    if has_light_ridges(pixels):
        pixels = cv2.bitwise_not(pixels).astype(np.uint8)
    return replace(image, pixels=pixels, ppi=float(TEMPLATE_PPI))


def rescale_to_ppi(pixels: npt.NDArray[np.uint8], from_ppi: float, to_ppi: float) -> npt.NDArray[np.uint8]:
    """Resample an image to another resolution.

    Parameters
    ----------
    pixels : (h, w) uint8
        Grey values at ``from_ppi``.
    from_ppi, to_ppi : float
        Resolutions in pixels per inch.

    Returns
    -------
    (h', w') uint8
        Grey values at ``to_ppi``; the input itself where no side would change by a pixel.
    """
    scale = to_ppi / from_ppi
    height_px, width_px = pixels.shape
    if round(width_px * scale) == width_px and round(height_px * scale) == height_px:
        return pixels
    method = cv2.INTER_AREA if scale < _AREA_BELOW_SCALE else cv2.INTER_CUBIC
    # Given as factors, not as a size, so that the scale is exact and equal in both directions.
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=method).astype(np.uint8)
