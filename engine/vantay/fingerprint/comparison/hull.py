"""The convex hull of a print's minutiae, as half-planes: where the finger certainly touched the sensor."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from vantay.fingerprint.comparison.arrays import Float32s, Float64s, Int64s, Integer, Real

_HALF_WIDTH_PX = 0.01
_BOX_EDGES = 4


def hull_half_planes(x_px: Float32s, y_px: Float32s) -> Float32s:
    """Half-planes whose intersection is the convex hull of points.

    Parameters
    ----------
    x_px, y_px : (n,) float32
        Points in whole pixels, −32768..32767; y may point up or down.

    Returns
    -------
    (e, 3) float32
        Rows (nx, ny, d) with unit outward normals: a point lies nx·x + ny·y − d pixels outside the edge.
        Points that coincide or lie on a line give a box 0.02 px wide; no points give no rows.
    """
    return hulls_of_many(x_px, y_px, np.array([0, x_px.shape[0]]))[0]


def hulls_of_many(x_px: Float32s, y_px: Float32s, offsets: Int64s) -> tuple[Float32s, Int64s]:
    """Half-planes of the convex hulls of many sets of points.

    Parameters
    ----------
    x_px, y_px : (n,) float32
        As for `hull_half_planes`, of all sets one after another.
    offsets : (t + 1,) int64
        First point of each set.

    Returns
    -------
    half_planes : (e, 3) float32
        As `hull_half_planes` gives them, of all sets one after another.
    start : (t + 1,) int64
        First half-plane of each set.

    References
    ----------
    A. M. Andrew, "Another efficient algorithm for convex hulls in two dimensions", Information Processing
    Letters 9(5), 1979. DOI 10.1016/0020-0190(79)90072-3
    """
    room = x_px.shape[0] + (_BOX_EDGES - 1) * offsets.shape[0]
    half_planes, start = np.empty((room, 3), np.float32), np.zeros_like(offsets)
    _hull_kernel(x_px, y_px, offsets, half_planes, start)
    return half_planes[: start[-1]].copy(), start


@njit(cache=True, nogil=True, error_model="numpy")
def _sort_points(x: Float32s, y: Float32s, first: Integer, n: Integer, points: Int64s) -> None:
    """Fill `points` with the points in order of x, then y, each packed into one number."""
    for i in range(n):
        point = (np.int64(x[first + i]) << 16) + np.int64(y[first + i]) + 32768
        k = i
        while k > 0 and points[k - 1] > point:
            points[k] = points[k - 1]
            k -= 1
        points[k] = point


@njit(cache=True, nogil=True, error_model="numpy")
def _x_of(point: Integer) -> Integer:
    return point >> 16


@njit(cache=True, nogil=True, error_model="numpy")
def _y_of(point: Integer) -> Integer:
    return (point & 0xFFFF) - 32768


@njit(cache=True, nogil=True, error_model="numpy")
def _is_left_turn(a: Integer, b: Integer, c: Integer) -> Integer:
    """Whether c lies left of the way from a to b; in whole numbers, so that lines are lines."""
    across = (_x_of(b) - _x_of(a)) * (_y_of(c) - _y_of(a))
    return across - (_y_of(b) - _y_of(a)) * (_x_of(c) - _x_of(a)) > 0


@njit(cache=True, nogil=True, error_model="numpy")
def _find_corners(points: Int64s, n: Integer, corners: Int64s) -> Integer:
    """Put the corners of sorted points into `corners`, counter-clockwise; return how many.

    Points on a line have two, equal points one.
    """
    if n == 0 or points[0] == points[n - 1]:
        corners[0] = points[0]
        return min(n, 1)
    n_corners = 0
    for side in range(2):
        kept = n_corners
        for i in range(n):
            point = points[i] if side == 0 else points[n - 1 - i]
            while n_corners - kept > 1 and not _is_left_turn(
                corners[n_corners - 2], corners[n_corners - 1], point
            ):
                n_corners -= 1
            corners[n_corners] = point
            n_corners += 1
        n_corners -= 1  # the last point of a side is the first of the next
    return n_corners


@njit(cache=True, nogil=True, error_model="numpy")
def _write_edge(x0: Real, y0: Real, x1: Real, y1: Real, row: Float32s) -> None:
    """Half-plane of the edge from (x0, y0) to (x1, y1), the inside on its left."""
    dx, dy = x1 - x0, y1 - y0
    length = math.sqrt(dx * dx + dy * dy)
    nx, ny = dy / length, -dx / length
    row[0], row[1], row[2] = nx, ny, nx * x0 + ny * y0


@njit(cache=True, nogil=True, error_model="numpy")
def _box(low: Integer, high: Integer, box: Float64s) -> None:
    """Corners about a point or a segment, counter-clockwise: a little width, so that it has an inside."""
    x0, y0, x1, y1 = float(_x_of(low)), float(_y_of(low)), float(_x_of(high)), float(_y_of(high))
    length = math.sqrt((x1 - x0) ** 2 + (y1 - y0) ** 2)
    ux, uy = ((x1 - x0) / length, (y1 - y0) / length) if length > 0 else (1.0, 0.0)
    ux, uy = ux * _HALF_WIDTH_PX, uy * _HALF_WIDTH_PX
    box[0, 0], box[0, 1] = x0 - ux + uy, y0 - uy - ux
    box[1, 0], box[1, 1] = x1 + ux + uy, y1 + uy - ux
    box[2, 0], box[2, 1] = x1 + ux - uy, y1 + uy + ux
    box[3, 0], box[3, 1] = x0 - ux - uy, y0 - uy + ux


@njit(cache=True, nogil=True, error_model="numpy")
def _hull_kernel(x: Float32s, y: Float32s, offsets: Int64s, half_planes: Float32s, start: Int64s) -> None:
    room = 0
    for t in range(offsets.shape[0] - 1):
        room = max(room, offsets[t + 1] - offsets[t])
    points, corners = np.empty(room + 1, np.int64), np.empty(2 * room + 2, np.int64)
    box = np.empty((_BOX_EDGES, 2), np.float64)
    n_edges = np.int64(0)
    for t in range(offsets.shape[0] - 1):
        n = offsets[t + 1] - offsets[t]
        _sort_points(x, y, offsets[t], n, points)
        n_corners = _find_corners(points, n, corners)
        if n_corners > 2:
            for k in range(n_corners):
                a, b = corners[k], corners[k + 1 if k + 1 < n_corners else 0]
                _write_edge(
                    float(_x_of(a)), float(_y_of(a)), float(_x_of(b)), float(_y_of(b)), half_planes[n_edges]
                )
                n_edges += 1
        elif n_corners > 0:
            _box(corners[0], corners[n_corners - 1], box)
            for k in range(_BOX_EDGES):
                a, b = k, (k + 1) % _BOX_EDGES
                _write_edge(box[a, 0], box[a, 1], box[b, 0], box[b, 1], half_planes[n_edges])
                n_edges += 1
        start[t + 1] = n_edges
