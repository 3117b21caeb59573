"""Ridge patterns by formula, with minutiae at known places: input of the reference outputs and of tests.

A pattern is the cosine of a phase that grows steadily across the ridges. Adding the angle around a point to
the phase puts one ridge more on one side of it than on the other: a minutia.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

RIDGE_PERIOD_PX = 9.0
"""Mean distance of ridges of an adult at 500 ppi."""


class PlantedMinutia(NamedTuple):
    """Where a ridge starts: x and y in pixels; ``sign`` +1 or −1 says on which side the extra ridge lies."""

    x_px: float
    y_px: float
    sign: int


def draw_ridges(
    height_px: int,
    width_px: int,
    minutiae: Sequence[PlantedMinutia],
    *,
    direction_rad: float = 0.5,
    curvature: float = 0.002,
) -> npt.NDArray[np.uint8]:
    """Draw dark ridges on light ground, fading to white at the border.

    Parameters
    ----------
    height_px, width_px : int
        Size of the image.
    minutiae : sequence of PlantedMinutia
        What to plant.
    direction_rad : float
        Direction across the ridges at the centre, in image coordinates (y down).
    curvature : float
        How fast ridges bend, per pixel.

    Returns
    -------
    (height_px, width_px) uint8
    """
    y, x = np.mgrid[:height_px, :width_px].astype(np.float64)
    across = (x - width_px / 2) * np.cos(direction_rad) + (y - height_px / 2) * np.sin(direction_rad)
    along = (y - height_px / 2) * np.cos(direction_rad) - (x - width_px / 2) * np.sin(direction_rad)
    phase = 2 * np.pi / RIDGE_PERIOD_PX * (across + curvature * along**2)
    for minutia in minutiae:
        phase += minutia.sign * np.arctan2(y - minutia.y_px, x - minutia.x_px)
    edge = np.minimum.reduce([x, y, width_px - 1 - x, height_px - 1 - y])
    contrast = np.clip(edge / 24, 0, 1)
    grey = 255 - contrast * (130 + 100 * np.cos(phase))
    return np.asarray(np.clip(np.rint(grey), 0, 255), np.uint8)
