"""Ridge patterns with known minutiae."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from vantay.types import FingerImage, MinutiaType

Grating = Callable[..., FingerImage]


def make_grating(
    *,
    angle_deg: float = 0.0,
    period_px: float = 9.0,
    shape: tuple[int, int] = (120, 120),
    dislocations: tuple[tuple[float, float, MinutiaType], ...] = (),
) -> FingerImage:
    """Dark ridges along an ISO direction; each dislocation (x, y, type) adds one on its far side.

    A term atan2 in the phase adds one period on the side where the direction points: there a ridge begins,
    or, half a period on, a valley, which is a bifurcation.
    """
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float64)
    along, across = _along_and_across(x, y, angle_deg)
    phase = 2 * np.pi * across / period_px
    for x0, y0, minutia_type in dislocations:
        along0, across0 = _along_and_across(np.array(x0), np.array(y0), angle_deg)
        phase += np.arctan2(across - across0, along - along0) - 2 * np.pi * across0 / period_px
        phase += np.pi * (minutia_type is MinutiaType.RIDGE_BIFURCATION)
    pixels = np.rint(127 - 100 * np.cos(phase)).astype(np.uint8)
    return FingerImage(pixels, 500.0, name="grating")


def _along_and_across(
    x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], angle_deg: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    cos, sin = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    return x * cos - y * sin, x * sin + y * cos


@pytest.fixture
def grating() -> Grating:
    return make_grating
