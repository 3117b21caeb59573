"""How dlib's program shrinks, halves and cuts images, pixel by pixel."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def shrink(planes: Floats, height: int, width: int) -> Floats:
    """Return (c, height, width) by bilinear interpolation, corners on corners."""
    result = np.empty((planes.shape[0], height, width))
    for channel, row, column in np.ndindex(result.shape):
        y = row * (planes.shape[1] - 1) / max(height - 1, 1)
        x = column * (planes.shape[2] - 1) / max(width - 1, 1)
        result[channel, row, column] = bilinear(planes[channel], x, y)
    return result


def bilinear(plane: Floats, x: float, y: float) -> float:
    """Return the value between four pixels; past the last row or column it is that of the last."""
    left, top = math.floor(x), math.floor(y)
    right, bottom = min(left + 1, plane.shape[1] - 1), min(top + 1, plane.shape[0] - 1)
    upper = plane[top, left] + (x - left) * (plane[top, right] - plane[top, left])
    lower = plane[bottom, left] + (x - left) * (plane[bottom, right] - plane[bottom, left])
    return float(upper + (y - top) * (lower - upper))


def halve(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Smooth by 1, 4, 6, 4, 1 in both directions and keep every second pixel that the filter covers."""
    weights = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1])
    height, width = ((side - 3) // 2 for side in image.shape[:2])
    result = np.empty((height, width, image.shape[2]), np.uint8)
    for row, column, color in np.ndindex(result.shape):
        patch = image[2 * row : 2 * row + 5, 2 * column : 2 * column + 5, color].astype(np.int64)
        result[row, column, color] = np.sum(patch * weights) // 256
    return result


def interpolate(
    image: npt.NDArray[np.uint8], origin: Floats, across: Floats, down: Floats, size: int
) -> npt.NDArray[np.uint8]:
    """Return a chip whose pixel (row, column) is at ``origin + column across + row down``, black outside."""
    chip = np.zeros((size, size, image.shape[2]), np.uint8)
    height, width = image.shape[:2]
    for row, column in np.ndindex(size, size):
        x, y = origin + column * across + row * down
        if not (0 <= math.floor(x) < width - 1 and 0 <= math.floor(y) < height - 1):
            continue
        for color in range(image.shape[2]):
            chip[row, column, color] = int(bilinear(image[:, :, color].astype(np.float64), x, y) + 1e-9)
    return chip
