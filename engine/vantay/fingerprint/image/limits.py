"""What an image must be to be looked at as a fingerprint."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vantay.errors import InvalidSample
from vantay.types import FingerImage


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """Limits of a sample; those for bytes and sides hold before any pixel is decoded."""

    max_file_bytes: int = 64 * 1024 * 1024
    """Four times the pixels of the largest image, uncompressed."""
    min_side_px: int = 64
    """About 3 mm at 500 ppi: seven ridges, less than any sensor captures."""
    max_side_px: int = 4096
    """A whole hand at 500 ppi, or four fingers at 1000 ppi."""
    min_ppi: float = 250.0
    """Ridges 9 px apart at 500 ppi would be 4.5 px apart: their details are gone below."""
    max_ppi: float = 1200.0
    """Live scanners and latents reach 1000 ppi; more is a wrong unit."""
    min_grey_deviation: float = 2.0
    """Standard deviation of grey levels; the faintest of 320 FVC impressions has 20."""


DEFAULT_LIMITS = ImageLimits()


def check_size(name: str, width_px: int, height_px: int, limits: ImageLimits) -> None:
    """Refuse an image with a side outside the limits.

    Raises
    ------
    InvalidSample
        Naming the size and the limits.
    """
    low, high = limits.min_side_px, limits.max_side_px
    if not (low <= width_px <= high and low <= height_px <= high):
        raise InvalidSample(f"{name}: size is {width_px}×{height_px} px, expected {low} to {high} px a side")


def check_ppi(name: str, ppi: float, limits: ImageLimits) -> None:
    """Refuse a resolution outside the limits, or none at all (NaN).

    Raises
    ------
    InvalidSample
        Naming the resolution and the limits.
    """
    if not limits.min_ppi <= ppi <= limits.max_ppi:
        raise InvalidSample(
            f"{name}: resolution is {ppi:g} ppi, expected {limits.min_ppi:g} to {limits.max_ppi:g} ppi; "
            "if the file is wrong, say its resolution when reading it"
        )


def check_finger_image(image: FingerImage, limits: ImageLimits = DEFAULT_LIMITS) -> None:
    """Refuse an image that cannot be a fingerprint: type, size, resolution, contrast.

    Raises
    ------
    InvalidSample
        Naming the image, the value and what was expected.
    """
    pixels = image.pixels
    if pixels.dtype != np.uint8 or pixels.ndim != 2:
        raise InvalidSample(
            f"{image.name}: pixels are {pixels.dtype} in {pixels.ndim} dimensions, expected uint8 in 2"
        )
    check_size(image.name, pixels.shape[1], pixels.shape[0], limits)
    check_ppi(image.name, image.ppi, limits)
    deviation = float(cv2.meanStdDev(pixels)[1][0, 0])
    if deviation < limits.min_grey_deviation:
        raise InvalidSample(
            f"{image.name}: no contrast, grey values have standard deviation {deviation:.1f}, "
            f"expected at least {limits.min_grey_deviation:g}"
        )
