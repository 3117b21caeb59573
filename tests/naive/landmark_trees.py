"""Regression trees on landmarks, point by point and tree by tree, from the paper."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from vantay.face.landmark_trees import LandmarkTrees

Floats = npt.NDArray[np.float32]


def find_landmarks(image: npt.NDArray[np.uint8], box: tuple[float, ...], trees: LandmarkTrees) -> Floats:
    """Find landmarks as `vantay.face.landmark_trees.find_landmarks` does."""
    points = trees.mean_points.copy()
    for stage in range(len(trees.anchors)):
        turn = _turn(trees.mean_points, points)
        pixels = []
        for anchor, (dx, dy) in zip(trees.anchors[stage], trees.offsets[stage], strict=True):
            u = turn[0, 0] * dx + turn[0, 1] * dy + points[anchor, 0]
            v = turn[1, 0] * dx + turn[1, 1] * dy + points[anchor, 1]
            pixels.append(_grey(image, *_place(box, float(u), float(v))))
        for tree in range(trees.thresholds.shape[1]):
            points = points + _leaf(trees, stage, tree, pixels)
    return np.array([_place(box, float(x), float(y)) for x, y in points], np.float32)


def _turn(start: Floats, now: Floats) -> Floats:
    """Return rotation and scale by Umeyama's method (PAMI 1991, eq. 34 to 43)."""
    x = start.astype(np.float64) - start.mean(axis=0)
    y = now.astype(np.float64) - now.mean(axis=0)
    u, d, vt = np.linalg.svd(y.T @ x / len(x))
    sign = np.diag([1.0, float(np.sign(np.linalg.det(u @ vt)))])
    scale = np.sum(d * np.diag(sign)) / np.mean(np.sum(x**2, axis=1))
    return np.asarray(scale * u @ sign @ vt, np.float32)


def _place(box: tuple[float, ...], u: float, v: float) -> tuple[float, float]:
    left, top, right, bottom = box
    return left + u * (right - left), top + v * (bottom - top)


def _grey(image: npt.NDArray[np.uint8], x: float, y: float) -> int:
    column, row = math.floor(x + 0.5), math.floor(y + 0.5)
    if 0 <= row < image.shape[0] and 0 <= column < image.shape[1]:
        return sum(map(int, image[row, column])) // 3
    return 0


def _leaf(trees: LandmarkTrees, stage: int, tree: int, pixels: list[int]) -> Floats:
    node, n_splits = 0, trees.thresholds.shape[2]
    while node < n_splits:
        first, second = trees.pixel_pairs[stage, tree, node]
        brighter = pixels[first] - pixels[second] > trees.thresholds[stage, tree, node]
        node = 2 * node + 1 if brighter else 2 * node + 2
    return np.asarray(trees.leaves[stage, tree, node - n_splits], np.float32)
