"""Faces by dlib's detector: boxes from its map of scores.

The score map of a tile is positive where a face's centre is. Boxes that lie on each other are one face, the
one of the best score.

References
----------
D. E. King, "Max-Margin Object Detection", arXiv:1502.00046, 2015: the loss, and which boxes are suppressed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vantay.face.dlib_pyramid import DEFAULTS, DlibDetectionParameters, TiledPyramid, tile_pyramid

Float32s = npt.NDArray[np.float32]
ScoreMap = Callable[[Float32s], Float32s]

POINT_SHIFT_PX = 0.3
"""How far a point moves from a copy to the one before, besides being scaled: the original's figure."""


class FaceBox(NamedTuple):
    """A face: first and last row and column of its box in pixels, and the detector's score."""

    left_px: int
    top_px: int
    right_px: int
    bottom_px: int
    score: float


def find_faces(
    image: npt.NDArray[np.uint8],
    score_map: ScoreMap,
    parameters: DlibDetectionParameters = DEFAULTS,
) -> list[FaceBox]:
    """Find faces.

    Parameters
    ----------
    image : (h, w, 3) uint8
        Red, green, blue.
    score_map : callable
        Runs the network: (1, 3, h, w) float32 to (1, 1, rows, columns) float32.
    parameters : DlibDetectionParameters
        Other than the default.

    Returns
    -------
    list of FaceBox
        The best score first; boxes may reach out of the image.

    Raises
    ------
    InvalidSample
        If the image is not of three colours, or a side is not within 10 to 16384 px.
    """
    pyramid = tile_pyramid(image, parameters)
    return decode_scores(score_map(pyramid.tile), pyramid, parameters)


def decode_scores(
    score: Float32s,
    pyramid: TiledPyramid,
    parameters: DlibDetectionParameters = DEFAULTS,
) -> list[FaceBox]:
    """Return the faces that a score map shows; as `find_faces`.

    Parameters
    ----------
    score : (1, 1, rows, columns) float32
        The network's answer to the tile.
    pyramid : TiledPyramid
        What the network was given.
    parameters : DlibDetectionParameters
        As for the tile.
    """
    rows, columns = np.nonzero(score[0, 0] > parameters.score_threshold)
    scores = score[0, 0, rows, columns]
    order = np.argsort(-scores, kind="stable")
    centres = np.column_stack([columns, rows])[order] * parameters.stride_px + parameters.offset_px
    boxes = _boxes_in_image(centres.astype(np.float64), pyramid, parameters)
    kept = _suppress(boxes, parameters)
    return [_face_box(boxes[index], scores[order[index]]) for index in kept]


def _face_box(box: npt.NDArray[np.int64], score: np.float32) -> FaceBox:
    left, top, right, bottom = (int(edge) for edge in box)
    return FaceBox(left, top, right, bottom, float(score))


def _boxes_in_image(
    centres: npt.NDArray[np.float64], pyramid: TiledPyramid, parameters: DlibDetectionParameters
) -> npt.NDArray[np.int64]:
    """Carry windows around (n, 2) x, y in the tile into the image: (n, 4) left, top, right, bottom."""
    places = np.array(pyramid.places, np.float64)
    low, high = places[:, :2], places[:, :2] + places[:, 2:] - 1
    outside = centres[:, None] - np.clip(centres[:, None], low, high)
    copy = np.argmin(np.sum(outside**2, axis=2), axis=1)
    half = (parameters.window_px - 1) / 2
    inside = centres - low[copy]
    corners = np.concatenate([inside - half, inside + half], axis=1)
    n_up = copy + pyramid.n_skipped
    for level in range(int(n_up.max(initial=0))):
        up = corners * parameters.growth + POINT_SHIFT_PX
        corners = np.where((level < n_up)[:, None], up, corners)
    return np.floor(corners + 0.5).astype(np.int64)


def _suppress(boxes: npt.NDArray[np.int64], parameters: DlibDetectionParameters) -> list[int]:
    """Return the numbers of the boxes, best first, that are no second look at a better one."""
    kept: list[int] = []
    for index, box in enumerate(boxes):
        if not any(_is_one_face(boxes[other], box, parameters) for other in kept):
            kept.append(index)
    return kept


def _is_one_face(
    one: npt.NDArray[np.int64], other: npt.NDArray[np.int64], parameters: DlibDetectionParameters
) -> bool:
    low, high = np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])
    if np.any(low > high):
        return False
    shared, area, other_area = (
        int(np.prod(end - start + 1))
        for start, end in ((low, high), (one[:2], one[2:]), (other[:2], other[2:]))
    )
    covered = max(shared / area, shared / other_area)
    union_share = shared / (area + other_area - shared)
    return union_share > parameters.largest_union_share or covered > parameters.largest_covered_share
