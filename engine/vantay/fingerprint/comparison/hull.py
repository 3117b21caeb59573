"""The convex hull of a print's minutiae, as half-planes: where the finger certainly touched the sensor."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from vantay.fingerprint.comparison.arrays import Float32s

_HALF_WIDTH_PX = 0.01


def hull_half_planes(x_px: Float32s, y_px: Float32s) -> Float32s:
    """Half-planes whose intersection is the convex hull of points.

    Parameters
    ----------
    x_px, y_px : (n,) float32
        Points; y may point up or down.

    Returns
    -------
    (e, 3) float32
        Rows (nx, ny, d) with unit outward normals: a point lies nx·x + ny·y − d pixels outside the edge.
        Points that coincide or lie on a line give a box 0.02 px wide; no points give no rows.
    """
    if x_px.shape[0] == 0:
        return np.empty((0, 3), np.float32)
    corners = (
        cv2.convexHull(np.column_stack([x_px, y_px]).astype(np.float32)).reshape(-1, 2).astype(np.float64)
    )
    if corners.shape[0] < 3:
        corners = _box(corners)
    if _signed_area(corners) < 0:
        corners = corners[::-1]
    edge = np.roll(corners, -1, axis=0) - corners
    normal = np.column_stack([edge[:, 1], -edge[:, 0]]) / np.hypot(edge[:, 0], edge[:, 1])[:, None]
    return np.column_stack([normal, (normal * corners).sum(axis=1)]).astype(np.float32)


def _box(corners: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Give a point or a segment a little width, so that it has an inside."""
    low, high = corners[0], corners[-1]
    length = float(np.hypot(*(high - low)))
    along = (high - low) / length if length > 0 else np.array([1.0, 0.0])
    along = along * _HALF_WIDTH_PX
    across = np.array([-along[1], along[0]])
    return np.array(
        [low - along - across, high + along - across, high + along + across, low - along + across]
    )


def _signed_area(corners: npt.NDArray[np.float64]) -> float:
    x, y = corners.T
    return float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2
