"""What the original networks give for drawn faces, and the proofs that the written models give the same."""

from __future__ import annotations

import io
from dataclasses import dataclass
from importlib import resources

import numpy as np
import numpy.typing as npt

from vantay_models.dlib.landmark_trees import LandmarkTrees
from vantay_models.errors import ModelFileError
from vantay_models.session import open_session

FILE = "reference.npz"

PIXEL_MEAN = (122.782, 117.001, 104.298)
OUTER_PADDING_PX, STRIDE_PX, OFFSET_PX, HALF_WINDOW_PX = 11, 8, 14, 39.5

SCORE_TOLERANCE = 1e-4
EMBEDDING_TOLERANCE = 1e-4
LANDMARK_TOLERANCE_PX = 0.6
"""The original rounds landmarks to whole pixels."""


@dataclass(frozen=True, eq=False)
class Reference:
    """Drawn faces and what the original program gives for them.

    Attributes
    ----------
    image : (h, w, 3) uint8
        A face of 80 px, the size that the detector finds in the image itself.
    box : (4,) int64
        Its first column, first row, last column, last row.
    score : float
        The detector's.
    landmarks : (5, 2) int64
    chips : (n, 150, 150, 3) uint8
    embeddings : (n, 128) float64
    """

    image: npt.NDArray[np.uint8]
    box: npt.NDArray[np.int64]
    score: float
    landmarks: npt.NDArray[np.int64]
    chips: npt.NDArray[np.uint8]
    embeddings: npt.NDArray[np.float64]


def read_reference() -> Reference:
    """Return the stored outputs of the original networks."""
    with resources.files("vantay_models.dlib").joinpath(FILE).open("rb") as file, np.load(file) as arrays:
        named = {name: arrays[name] for name in arrays.files}
    return Reference(**(named | {"score": float(named["score"])}))


def prove_detector(data: bytes) -> None:
    """Check that a detector's best score lies where the original found the face, and is the same.

    Raises
    ------
    ModelFileError
        If the place differs, or the score by more than `SCORE_TOLERANCE`.
    """
    reference = read_reference()
    pixels = reference.image.astype(np.float32) - np.array(PIXEL_MEAN, np.float32)
    pad = (OUTER_PADDING_PX, OUTER_PADDING_PX)
    tile = np.pad(pixels.transpose(2, 0, 1), ((0, 0), pad, pad))[None]
    (score,) = open_session(data).run(["score"], {"tile": tile})
    row, column = np.unravel_index(np.argmax(score[0, 0]), score.shape[2:])
    centre = np.array([column, row]) * STRIDE_PX + OFFSET_PX - OUTER_PADDING_PX
    if np.any(np.abs(centre - HALF_WINDOW_PX - reference.box[:2]) > 0.5):
        raise _difference("detector", f"the face lies around {centre}, expected in {reference.box}")
    _compare("detector", float(score.max()) - reference.score, SCORE_TOLERANCE)


def prove_embedding(data: bytes) -> None:
    """Check that an embedding gives the stored vectors; error if a value is off by `EMBEDDING_TOLERANCE`."""
    reference = read_reference()
    (found,) = open_session(data).run(["embedding"], {"chip": reference.chips})
    _compare("embedding", found - reference.embeddings, EMBEDDING_TOLERANCE)


def prove_landmarks(data: bytes) -> None:
    """Check that landmark trees give the stored points; error if one is off by `LANDMARK_TOLERANCE_PX`."""
    reference = read_reference()
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        trees = LandmarkTrees(**{name: arrays[name] for name in arrays.files})
    found = predict_landmarks(reference.image, reference.box.astype(np.float64), trees)
    _compare("landmarks", found - reference.landmarks, LANDMARK_TOLERANCE_PX)


def predict_landmarks(
    image: npt.NDArray[np.uint8], box: npt.NDArray[np.float64], trees: LandmarkTrees
) -> npt.NDArray[np.float64]:
    """Run landmark trees, all trees of a stage at once: plain numpy, slow, for proofs.

    Parameters
    ----------
    image : (h, w, 3) uint8
        Red, green, blue.
    box : (4,) float64
        First column, first row, last column, last row.
    trees : LandmarkTrees

    Returns
    -------
    (p, 2) float64
        x, y in pixels.
    """
    grey = image.sum(axis=2, dtype=np.int64) // 3
    points = trees.mean_points.astype(np.float64)
    start = points - points.mean(axis=0)
    for stage in range(trees.anchors.shape[0]):
        now = points - points.mean(axis=0)
        # The similarity that best carries the start to now: rows of the matrix are (a, -b) and (b, a).
        a = np.sum(start * now) / np.sum(start**2)
        b = np.sum(start[:, 0] * now[:, 1] - start[:, 1] * now[:, 0]) / np.sum(start**2)
        near = trees.offsets[stage] @ np.array([[a, b], [-b, a]]) + points[trees.anchors[stage]]
        values = _sample(grey, near * (box[2:] - box[:2]) + box[:2])
        node = np.zeros(trees.thresholds.shape[1], np.int64)
        every = np.arange(node.size)
        while node[0] < trees.thresholds.shape[2]:
            first, second = trees.pixel_pairs[stage, every, node].T
            is_brighter = values[first] - values[second] > trees.thresholds[stage, every, node]
            node = 2 * node + np.where(is_brighter, 1, 2)
        points = points + trees.leaves[stage, every, node - trees.thresholds.shape[2]].sum(axis=0)
    return np.asarray(points * (box[2:] - box[:2]) + box[:2])


def _sample(grey: npt.NDArray[np.int64], places: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return the grey values at the nearest pixels of (n, 2) x, y; 0 outside."""
    x, y = np.floor(places + 0.5).astype(np.int64).T
    inside = (x >= 0) & (y >= 0) & (x < grey.shape[1]) & (y < grey.shape[0])
    values = np.zeros(x.size, np.int64)
    values[inside] = grey[y[inside], x[inside]]
    return values


def _compare(what: str, difference: npt.ArrayLike, tolerance: float) -> None:
    worst = float(np.max(np.abs(difference)))
    if not worst <= tolerance:
        raise _difference(what, f"a value is off by {worst:.2g}, expected at most {tolerance:g}")


def _difference(what: str, reason: str) -> ModelFileError:
    return ModelFileError(
        f"the {what} of dlib does not give the stored output ({reason}): "
        "does this machine compute wrongly with this onnxruntime?"
    )
