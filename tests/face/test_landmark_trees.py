"""Landmarks by regression trees: the kernels against the obvious version, and refusals."""

from __future__ import annotations

import io
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive.landmark_trees as naive
from vantay.errors import InvalidSample, InvalidTemplate
from vantay.face.landmark_trees import LandmarkTrees, find_landmarks, read_landmark_trees

N_STAGES, N_PIXELS, N_TREES, N_SPLITS, N_POINTS = 3, 20, 6, 7, 5


def make_trees(seed: int, step: float = 0.05) -> LandmarkTrees:
    rng = np.random.default_rng(seed)
    return LandmarkTrees(
        mean_points=rng.uniform(0.2, 0.8, (N_POINTS, 2)).astype(np.float32),
        anchors=rng.integers(0, N_POINTS, (N_STAGES, N_PIXELS)).astype(np.int32),
        offsets=rng.normal(0, 0.3, (N_STAGES, N_PIXELS, 2)).astype(np.float32),
        pixel_pairs=rng.integers(0, N_PIXELS, (N_STAGES, N_TREES, N_SPLITS, 2)).astype(np.int32),
        thresholds=rng.normal(0, 40, (N_STAGES, N_TREES, N_SPLITS)).astype(np.float32),
        leaves=rng.normal(0, step, (N_STAGES, N_TREES, N_SPLITS + 1, N_POINTS, 2)).astype(np.float32),
    )


def to_bytes(trees: LandmarkTrees) -> bytes:
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **asdict(trees))
    return file.getvalue()


edges = st.floats(-30, 60).map(lambda edge: round(edge, 2))
sizes = st.floats(5, 80).map(lambda size: round(size, 2))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 50), edges, edges, sizes, sizes, st.integers(1, 50), st.integers(1, 50))
def test_landmarks_are_those_of_the_obvious_version(
    seed: int, left: float, top: float, width: float, height: float, n_rows: int, n_columns: int
) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (n_rows, n_columns, 3)).astype(np.uint8)
    box = (left, top, left + width, top + height)
    trees = make_trees(seed)
    found = find_landmarks(image, box, trees)
    expected = naive.find_landmarks(image, box, trees)
    # A pixel whose place rounds the other way sends a tree another way: rare, and then far off.
    if np.abs(found - expected).max() > 1e-3:
        shifted = naive.find_landmarks(image, (left + 1e-5, top + 1e-5, *box[2:]), trees)
        assert np.abs(found - shifted).max() < 1e-2
    assert found.shape == (N_POINTS, 2)


def test_landmarks_stay_at_their_means_where_leaves_add_nothing() -> None:
    trees = make_trees(1, step=0.0)
    found = find_landmarks(np.zeros((10, 10, 3), np.uint8), (10, 20, 110, 220), trees)
    np.testing.assert_allclose(found, trees.mean_points * [100, 200] + [10, 20], rtol=1e-6)


def test_landmarks_move_with_image_and_box() -> None:
    trees = make_trees(2)
    rng = np.random.default_rng(2)
    image = rng.integers(0, 256, (60, 60, 3)).astype(np.uint8)
    large = np.zeros((90, 100, 3), np.uint8)
    large[20:80, 30:90] = image
    found = find_landmarks(image, (5, 8, 45, 48), trees)
    moved = find_landmarks(large, (35, 28, 75, 68), trees)
    np.testing.assert_allclose(moved, found + np.array([30, 20]), atol=1e-4)


def test_model_file_is_read() -> None:
    trees = make_trees(3)
    read = read_landmark_trees(to_bytes(trees))
    for name, values in asdict(trees).items():
        np.testing.assert_array_equal(getattr(read, name), values)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 not an archive", to_bytes(make_trees(0))[:2000]])
def test_bytes_that_are_no_trees_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidTemplate, match="landmark trees are not readable"):
        read_landmark_trees(data)


def test_archive_of_other_arrays_is_refused() -> None:
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, other=np.zeros(3))
    with pytest.raises(InvalidTemplate, match="unexpected keyword argument 'other'"):
        read_landmark_trees(file.getvalue())


@pytest.mark.parametrize(
    ("shape", "dtype", "box"),
    [
        ((8, 8), np.uint8, (0, 0, 5, 5)),
        ((8, 8, 3), np.float32, (0, 0, 5, 5)),
        ((8, 8, 4), np.uint8, (0, 0, 5, 5)),
        ((8, 8, 3), np.uint8, (5, 0, 5, 5)),
        ((8, 8, 3), np.uint8, (0, 0, 5, float("nan"))),
    ],
)
def test_unusable_image_or_box_is_refused(
    shape: tuple[int, ...], dtype: type, box: tuple[float, float, float, float]
) -> None:
    with pytest.raises(InvalidSample, match="expected"):
        find_landmarks(np.zeros(shape, dtype), box, make_trees(0))
