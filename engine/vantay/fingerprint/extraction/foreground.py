"""Where in an image is the finger? A generous box for the network to look at, found in a millisecond."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

SHRINK = 2
"""Ridges 9 px apart are 4.5 px apart at half the size: their contrast is kept, the work is a quarter."""


class Box(NamedTuple):
    """A rectangle of pixels; ``right`` and ``bottom`` are outside. It may reach beyond the image."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True)
class ForegroundParameters:
    """How the finger is told from the background.

    Attributes
    ----------
    window_px : int
        Side of the window in which the deviation of grey values is taken: about three ridges.
    relative_deviation : float
        Foreground deviates at least by this fraction of what the strongest ridges deviate by (0.1 to 0.5).
        Chosen on the FVC sets so that faint parts of wet and dry prints stay in.
    least_deviation : float
        Below this many grey levels it is the noise of the sensor (2 to 10).
    least_part : float
        Parts smaller than this fraction of the largest part are dirt (0 to 0.1).
    margin_px : int
        Added on each side: minutiae at the edge need surroundings (16 to 64).
    """

    window_px: int = 26
    relative_deviation: float = 0.25
    least_deviation: float = 5.0
    least_part: float = 0.02
    margin_px: int = 24


def find_foreground_box(
    pixels: npt.NDArray[np.uint8], parameters: ForegroundParameters | None = None
) -> Box | None:
    """Find the box that holds all ridges, with a margin, cut at the image's borders.

    Parameters
    ----------
    pixels : (h, w) uint8
        Grey values at 500 ppi.
    parameters : ForegroundParameters, optional
        Other than the default.

    Returns
    -------
    Box or None
        None where nothing stands out from an even ground.
    """
    parameters = parameters or ForegroundParameters()
    mask = _ridge_mask(pixels, parameters)
    n_parts, _, boxes, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if n_parts < 2:
        return None
    parts = boxes[1:]
    parts = parts[parts[:, cv2.CC_STAT_AREA] >= parameters.least_part * parts[:, cv2.CC_STAT_AREA].max()]
    low = parts[:, :2].min(axis=0) * SHRINK - parameters.margin_px
    high = (parts[:, :2] + parts[:, 2:4]).max(axis=0) * SHRINK + parameters.margin_px
    height, width = pixels.shape
    return Box(max(0, int(low[0])), max(0, int(low[1])), min(width, int(high[0])), min(height, int(high[1])))


def _ridge_mask(pixels: npt.NDArray[np.uint8], parameters: ForegroundParameters) -> npt.NDArray[np.uint8]:
    """Mark where grey values deviate from the mean around them, at half the size."""
    height, width = pixels.shape
    small = cv2.resize(pixels, (width // SHRINK, height // SHRINK), interpolation=cv2.INTER_AREA)
    grey = small.astype(np.float32)
    side = (parameters.window_px // SHRINK,) * 2
    mean = cv2.blur(grey, side)
    deviation = np.sqrt(np.maximum(cv2.blur(grey * grey, side) - mean * mean, 0))
    strongest = np.percentile(deviation, 95)
    least = max(parameters.least_deviation, parameters.relative_deviation * strongest)
    return np.asarray(deviation >= least, np.uint8)
