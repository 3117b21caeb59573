"""Chips for dlib's embedding."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive.dlib_images as naive
from vantay.errors import InvalidSample
from vantay.face import dlib_chip
from vantay.face.dlib_chip import CHIP_SIZE_PX, MEAN_LANDMARKS, cut_chip


def place_landmarks(scale: float, angle_rad: float, x_px: float, y_px: float) -> npt.NDArray[np.float64]:
    """Return the mean landmarks, scaled and turned, with the chip's corner (not its first pixel) at x, y."""
    chip = (MEAN_LANDMARKS + 0.25) / 1.5 * CHIP_SIZE_PX
    cosine, sine = scale * np.cos(angle_rad), scale * np.sin(angle_rad)
    return np.asarray(chip @ np.array([[cosine, sine], [-sine, cosine]]) + [x_px, y_px])


def noise(height: int, width: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def test_face_in_mean_pose_is_the_image_itself() -> None:
    image = noise(200, 210)
    chip = cut_chip(image, place_landmarks(1.0, 0.0, 29.5, 19.5))
    # Values are rounded down: a place a hair off a pixel may give one less.
    np.testing.assert_allclose(chip.astype(int), image[20:170, 30:180], atol=1)


def test_turned_face_comes_upright() -> None:
    image = noise(150, 150)
    turned = np.rot90(image)
    chip = cut_chip(turned, place_landmarks(1.0, -np.pi / 2, -0.5, 149.5))
    inner = slice(1, -1)
    np.testing.assert_allclose(chip[inner, inner].astype(int), image[inner, inner], atol=1)


def test_large_face_is_smoothed_not_sampled() -> None:
    # A checkerboard of single pixels: sampled it stays black and white, smoothed it becomes grey.
    rows, columns = np.mgrid[:800, :800]
    image = np.repeat(((rows + columns) % 2 * 255).astype(np.uint8)[..., None], 3, axis=2)
    chip = cut_chip(image, place_landmarks(4.5, 0.1, 60, 10))
    inner = chip[5:-5, 5:-5]
    assert inner.min() > 100
    assert inner.max() < 150


def test_what_the_image_has_not_is_black() -> None:
    image = np.full((100, 100, 3), 200, np.uint8)
    chip = cut_chip(image, place_landmarks(1.0, 0.0, -75, -75))
    assert not chip[:70, :70].any()
    assert (chip[80:140, 80:140] == 200).all()


def test_chip_does_not_depend_on_what_lies_far_from_the_face() -> None:
    image = noise(500, 500)
    landmarks = place_landmarks(1.8, 0.2, 120, 90)
    around = image.copy()
    around[:40], around[:, :40], around[450:], around[:, 450:] = 0, 0, 0, 0
    np.testing.assert_array_equal(cut_chip(image, landmarks), cut_chip(around, landmarks))


@settings(max_examples=20, deadline=None)
@given(st.integers(9, 30), st.integers(9, 30), st.integers(0, 99))
def test_halving_is_that_of_the_obvious_version(height: int, width: int, seed: int) -> None:
    image = noise(height, width, seed)
    np.testing.assert_array_equal(dlib_chip._halve(image), naive.halve(image))


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 30), st.integers(2, 30), st.floats(0.3, 3), st.floats(-3, 3), st.integers(0, 99))
def test_interpolation_is_that_of_the_obvious_version(
    height: int, width: int, scale: float, angle: float, seed: int
) -> None:
    image = noise(height, width, seed)
    across = scale * np.array([np.cos(angle), np.sin(angle)])
    down = scale * np.array([-np.sin(angle), np.cos(angle)])
    origin = np.random.default_rng(seed).uniform(-5, 20, 2)
    size = 12
    chip = np.zeros((size, size, 3), np.uint8)
    dlib_chip._interpolate_kernel(image, origin, across, down, chip)
    expected = naive.interpolate(image, origin, across, down, size)
    assert np.abs(chip.astype(int) - expected).max() <= 1
    assert np.mean(chip != expected) < 0.05


@pytest.mark.parametrize(
    "landmarks", [np.zeros((5, 2)), np.zeros((4, 2)), np.full((5, 2), np.nan), np.zeros((5, 3))]
)
def test_impossible_landmarks_are_refused(landmarks: npt.NDArray[np.float64]) -> None:
    with pytest.raises(InvalidSample, match=r"expected (five finite points|a face)"):
        cut_chip(noise(50, 50), landmarks)


def test_grey_image_is_refused() -> None:
    with pytest.raises(InvalidSample, match=r"expected \(height, width, 3\) uint8"):
        cut_chip(np.zeros((50, 50), np.uint8), place_landmarks(1, 0, 0, 0))


def test_face_far_outside_the_image_gives_a_black_chip() -> None:
    assert not cut_chip(noise(50, 50), place_landmarks(1.0, 0.0, 500, 500)).any()
    assert not cut_chip(noise(50, 50), place_landmarks(9.0, 0.0, -5000, -5000)).any()
