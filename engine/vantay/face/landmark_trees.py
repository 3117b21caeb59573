"""Five landmarks of a face by an ensemble of regression trees: eye corners and the base of the nose.

References
----------
V. Kazemi, J. Sullivan, "One Millisecond Face Alignment with an Ensemble of Regression Trees", CVPR 2014,
DOI 10.1109/CVPR.2014.241. How pixels are addressed relative to the moving points is section 2.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSample, InvalidTemplate

Float32s = npt.NDArray[np.float32]
Int32s = npt.NDArray[np.int32]

N_LANDMARKS = 5
"""Outer, inner corner of the eye at the image's right; of the eye at its left; the base of the nose."""


@dataclass(frozen=True, slots=True, eq=False)
class LandmarkTrees:
    """The arrays of a model file; `vantay_models.dlib.landmark_trees` makes and explains it.

    Attributes
    ----------
    mean_points : (p, 2) float32
    anchors : (stages, pixels) int32
    offsets : (stages, pixels, 2) float32
    pixel_pairs : (stages, trees, splits, 2) int32
    thresholds : (stages, trees, splits) float32
    leaves : (stages, trees, splits + 1, p, 2) float32
    """

    mean_points: Float32s
    anchors: Int32s
    offsets: Float32s
    pixel_pairs: Int32s
    thresholds: Float32s
    leaves: Float32s


def read_landmark_trees(data: bytes) -> LandmarkTrees:
    """Return the trees of an ``.npz`` model file, whose checksum the caller has compared.

    Raises
    ------
    InvalidTemplate
        If the bytes are not these arrays.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return LandmarkTrees(**{name: np.ascontiguousarray(arrays[name]) for name in arrays.files})
    except (ValueError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise InvalidTemplate(f"the landmark trees are not readable: {error}") from error


def find_landmarks(
    image: npt.NDArray[np.uint8], box: tuple[float, float, float, float], trees: LandmarkTrees
) -> Float32s:
    """Find the landmarks of one face.

    Parameters
    ----------
    image : (h, w, 3) uint8
        Red, green, blue.
    box : tuple of float
        First column, first row, last column, last row of the face in pixels; it may reach out of the image.
    trees : LandmarkTrees
        The model.

    Returns
    -------
    (5, 2) float32
        x, y in pixels, pixel centres at whole numbers. The original program rounds to whole pixels.

    Raises
    ------
    InvalidSample
        If the image is not of three colours, or the box is empty.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise InvalidSample(f"an image of {image.shape} {image.dtype}, expected (height, width, 3) uint8")
    left, top, right, bottom = box
    if not (left < right and top < bottom):
        raise InvalidSample(f"a face box of {box}, expected left < right and top < bottom")
    points = trees.mean_points.copy()
    pixels = np.empty(trees.anchors.shape[1], np.float32)
    corners = np.array(box, np.float64)
    for stage in range(trees.anchors.shape[0]):
        motion = _motion(trees.mean_points, points)
        _sample_kernel(image, corners, points, motion, trees.anchors[stage], trees.offsets[stage], pixels)
        _descend_kernel(
            pixels, trees.pixel_pairs[stage], trees.thresholds[stage], trees.leaves[stage], points
        )
    size = corners[2:] - corners[:2]
    return np.asarray(points * size + corners[:2], np.float32)


def _motion(start: Float32s, now: Float32s) -> Float32s:
    """Return the (2, 2) turn and scale that best carries the points from their start to now.

    Least squares over similarities: with centred points as complex numbers z and w, the factor is Σ z̄w / Σ
    z̄z.
    """
    z = (start - start.mean(axis=0)).astype(np.float64) @ np.array([1, 1j])
    w = (now - now.mean(axis=0)).astype(np.float64) @ np.array([1, 1j])
    factor = np.vdot(z, w) / np.vdot(z, z).real
    return np.array([[factor.real, -factor.imag], [factor.imag, factor.real]], np.float32)


@numba.njit(cache=True, nogil=True)
def _sample_kernel(
    image: npt.NDArray[np.uint8],
    box: npt.NDArray[np.float64],
    points: Float32s,
    motion: Float32s,
    anchors: Int32s,
    offsets: Float32s,
    pixels: Float32s,
) -> None:
    """Read the mean of the colours, rounded down, of each pixel near the points; 0 outside the image."""
    height, width, _ = image.shape
    for index in range(anchors.size):
        dx, dy = offsets[index, 0], offsets[index, 1]
        u = motion[0, 0] * dx + motion[0, 1] * dy + points[anchors[index], 0]
        v = motion[1, 0] * dx + motion[1, 1] * dy + points[anchors[index], 1]
        x = int(np.floor(u * (box[2] - box[0]) + box[0] + 0.5))
        y = int(np.floor(v * (box[3] - box[1]) + box[1] + 0.5))
        pixels[index] = 0
        if 0 <= x < width and 0 <= y < height:
            pixels[index] = (int(image[y, x, 0]) + int(image[y, x, 1]) + int(image[y, x, 2])) // 3


@numba.njit(cache=True, nogil=True)
def _descend_kernel(
    pixels: Float32s, pixel_pairs: Int32s, thresholds: Float32s, leaves: Float32s, points: Float32s
) -> None:
    """Go down every tree of a stage and add what its leaf says to the points, one tree after the other."""
    n_trees, n_splits = thresholds.shape
    for tree in range(n_trees):
        node = 0
        while node < n_splits:
            pair = pixel_pairs[tree, node]
            is_brighter = pixels[pair[0]] - pixels[pair[1]] > thresholds[tree, node]
            node = 2 * node + (1 if is_brighter else 2)
        leaf = leaves[tree, node - n_splits]
        for point in range(points.shape[0]):
            points[point, 0] += leaf[point, 0]
            points[point, 1] += leaf[point, 1]
