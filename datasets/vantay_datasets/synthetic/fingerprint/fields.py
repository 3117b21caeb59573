"""Fields: one value a pixel. Smooth random ones, blurred ones, squeezed ones."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Field = npt.NDArray[np.float32]
"""(h, w) float32, one value a pixel."""


Mask = npt.NDArray[np.bool_]
"""(h, w) bool."""


def smooth_field(rng: np.random.Generator, shape: tuple[int, int], scale_px: float) -> Field:
    """Draw a smooth random field: independent normal values on a coarse grid, cubic in between.

    Parameters
    ----------
    rng : Generator
    shape : (int, int)
        Height and width of the field.
    scale_px : float
        Grid step: bumps are about this wide.

    Returns
    -------
    (h, w) float32
        Mean near 0; standard deviation near 1 at the grid points.
    """
    height, width = shape
    rows, columns = int(np.ceil(height / scale_px)) + 2, int(np.ceil(width / scale_px)) + 2
    grid = rng.standard_normal((rows, columns), dtype=np.float32)
    field = cv2.resize(grid, None, fx=scale_px, fy=scale_px, interpolation=cv2.INTER_CUBIC)
    margin = int(scale_px)  # cubic interpolation flattens out at the border: leave it away
    return np.ascontiguousarray(field[margin : margin + height, margin : margin + width], dtype=np.float32)


def blur(field: Field, radius_px: float) -> Field:
    """Blur a field by a Gaussian of this standard deviation.

    Parameters
    ----------
    field : (h, w) float32
    radius_px : float

    Returns
    -------
    (h, w) float32
    """
    return cv2.GaussianBlur(field, (0, 0), radius_px).astype(np.float32, copy=False)


def logistic(field: Field) -> Field:
    """Squeeze a field smoothly into 0 to 1, with 0 at one half.

    Parameters
    ----------
    field : (h, w) float32

    Returns
    -------
    (h, w) float32
    """
    squeezed: Field = np.reciprocal(1 + np.exp(np.clip(-field, -30, 30)))
    return squeezed
