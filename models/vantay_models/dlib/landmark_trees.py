"""Read dlib's landmark predictor, an ensemble of regression trees, into plain arrays.

A cascade of stages moves five points from their mean to where they are. Each stage looks at some pixels near
the points as they stand, sends their grey values down many small binary trees, and adds what it finds at the
leaves.

References
----------
V. Kazemi, J. Sullivan, "One Millisecond Face Alignment with an Ensemble of Regression Trees", CVPR 2014,
DOI 10.1109/CVPR.2014.241.
"""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vantay_models.dlib.stream import FloatArray, Stream

MAX_STAGES, MAX_TREES, MAX_SPLITS, MAX_PIXELS, MAX_POINTS = 100, 5000, 255, 10_000, 500


@dataclass(frozen=True, eq=False)
class LandmarkTrees:
    """The predictor.

    Points are relative to the box of the face: (0, 0) is its upper left, (1, 1) its lower right corner. Split
    n of a tree leads to 2 n + 1 where the grey value of its first pixel is larger by more than the threshold,
    else to 2 n + 2; what lies beyond the splits are the leaves.

    Attributes
    ----------
    mean_points : (p, 2) float32
        x, y of each point at the start.
    anchors : (stages, pixels) int32
        The point near which each pixel lies.
    offsets : (stages, pixels, 2) float32
        x, y from that point to the pixel when the points stand at their means.
    pixel_pairs : (stages, trees, splits, 2) int32
        Numbers of the two pixels that a split compares.
    thresholds : (stages, trees, splits) float32
    leaves : (stages, trees, splits + 1, p, 2) float32
        What each leaf adds to the points.
    """

    mean_points: FloatArray
    anchors: npt.NDArray[np.int32]
    offsets: FloatArray
    pixel_pairs: npt.NDArray[np.int32]
    thresholds: FloatArray
    leaves: FloatArray

    def to_bytes(self) -> bytes:
        """Return the arrays as an ``.npz`` file."""
        file = io.BytesIO()
        np.savez(file, allow_pickle=False, **asdict(self))
        return file.getvalue()


class _Tree(NamedTuple):
    pixel_pairs: list[tuple[int, int]]
    thresholds: list[float]
    leaves: list[FloatArray]


def read_landmark_trees(data: bytes, name: str) -> LandmarkTrees:
    """Read a file of dlib's ``shape_predictor``.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str
        What error messages call it.

    Raises
    ------
    ModelSourceError
        If the bytes are something else, or the trees are not all of one size.
    """
    stream = Stream(data, name)
    stream.expect("the version of the landmark predictor", stream.integer(), 1)
    mean_points = stream.column(2 * MAX_POINTS)
    stages = [
        [_read_tree(stream, mean_points.size) for _ in range(stream.count(MAX_TREES))]
        for _ in range(stream.count(MAX_STAGES))
    ]
    anchors = [
        [stream.count(mean_points.size // 2 - 1) for _ in range(stream.count(MAX_PIXELS))]
        for _ in range(stream.count(MAX_STAGES))
    ]
    offsets = [
        [(stream.number(), stream.number()) for _ in range(stream.count(MAX_PIXELS))]
        for _ in range(stream.count(MAX_STAGES))
    ]
    stream.finish()
    return _to_arrays(stream, mean_points, stages, anchors, offsets)


def _read_tree(stream: Stream, n_values: int) -> _Tree:
    pairs, thresholds = [], []
    for _ in range(stream.count(MAX_SPLITS)):
        pairs.append((stream.count(MAX_PIXELS), stream.count(MAX_PIXELS)))
        thresholds.append(stream.number())
    leaves = [stream.column(n_values) for _ in range(stream.count(MAX_SPLITS + 1))]
    return _Tree(pairs, thresholds, leaves)


def _to_arrays(
    stream: Stream,
    mean_points: FloatArray,
    stages: list[list[_Tree]],
    anchors: list[list[int]],
    offsets: list[list[tuple[float, float]]],
) -> LandmarkTrees:
    try:
        trees = LandmarkTrees(
            mean_points.reshape(-1, 2),
            np.array(anchors, np.int32),
            np.array(offsets, np.float32),
            np.array([[tree.pixel_pairs for tree in stage] for stage in stages], np.int32),
            np.array([[tree.thresholds for tree in stage] for stage in stages], np.float32),
            np.array([[tree.leaves for tree in stage] for stage in stages], np.float32),
        )
    except ValueError as error:
        raise stream.fail(f"trees or stages of different sizes ({error})") from error
    n_stages, n_trees, n_splits = trees.thresholds.shape
    n_pixels = trees.anchors.shape[-1]
    stream.expect(
        "the shape of the leaves", trees.leaves.shape, (n_stages, n_trees, n_splits + 1, mean_points.size)
    )
    stream.expect("the shape of the offsets", trees.offsets.shape, (n_stages, n_pixels, 2))
    stream.expect("the number of a tree's leaves", (n_splits & (n_splits + 1)), 0)
    if trees.pixel_pairs.max(initial=0) >= n_pixels:
        raise stream.fail(f"a split compares pixel {trees.pixel_pairs.max()}, there are {n_pixels}")
    shape = (n_stages, n_trees, n_splits + 1, mean_points.size // 2, 2)
    return LandmarkTrees(**(asdict(trees) | {"leaves": trees.leaves.reshape(shape)}))
