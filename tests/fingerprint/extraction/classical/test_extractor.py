"""The extractor as a whole: what is planted is found, what is no finger is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import cv2
import numba
import numpy as np
import pytest

from vantay.errors import ExtractionFailed
from vantay.fingerprint.extraction.classical import ClassicalExtractor, ClassicalParameters
from vantay.fingerprint.extraction.classical.extractor import find_minutiae
from vantay.types import ANGLE_UNITS, MAX_MINUTIAE, FingerImage, FingerPosition, MinutiaType
from vantay_datasets.synthetic.fingerprint import make_impression, make_master

Grating = Callable[..., FingerImage]
ANY_NUMBER = replace(ClassicalParameters(), min_minutiae=0)
needs_jit = pytest.mark.skipif(
    bool(getattr(numba.config, "DISABLE_JIT", 0)), reason="takes minutes without the compiler"
)


def _turn_deg(angle: int, expected_deg: float) -> float:
    turn = math.radians(int(angle) * 360 / ANGLE_UNITS - expected_deg)
    return math.degrees(abs(math.remainder(turn, 2 * math.pi)))


def _patch_of_four(grating: Grating) -> FingerImage:
    return grating(
        angle_deg=20,
        shape=(160, 160),
        dislocations=(
            (50, 50, MinutiaType.RIDGE_ENDING),
            (110, 60, MinutiaType.RIDGE_ENDING),
            (60, 110, MinutiaType.RIDGE_ENDING),
            (110, 110, MinutiaType.RIDGE_ENDING),
        ),
    )


def test_finds_a_planted_minutia_with_place_type_and_direction(grating: Grating) -> None:
    image = grating(angle_deg=30, dislocations=((60, 60, MinutiaType.RIDGE_ENDING),))
    minutiae = find_minutiae(image, ANY_NUMBER)
    assert minutiae.size == 1
    assert math.hypot(minutiae["x_px"][0] - 60, minutiae["y_px"][0] - 60) <= 4
    assert _turn_deg(minutiae["angle"][0], 30) <= 8
    assert minutiae["type"][0] == MinutiaType.RIDGE_ENDING


@needs_jit
@pytest.mark.parametrize("minutia_type", [MinutiaType.RIDGE_ENDING, MinutiaType.RIDGE_BIFURCATION])
@pytest.mark.parametrize("period_px", [7.0, 9.0, 11.0])
@pytest.mark.parametrize("angle_deg", range(0, 360, 15))
def test_finds_minutiae_of_every_kind_and_direction(
    grating: Grating, minutia_type: MinutiaType, period_px: float, angle_deg: int
) -> None:
    image = grating(angle_deg=angle_deg, period_px=period_px, dislocations=((60, 60, minutia_type),))
    minutiae = find_minutiae(image, ANY_NUMBER)
    assert minutiae.size == 1
    assert math.hypot(minutiae["x_px"][0] - 60, minutiae["y_px"][0] - 60) <= 5
    assert _turn_deg(minutiae["angle"][0], angle_deg) <= 8
    assert minutiae["type"][0] == minutia_type
    assert minutiae["quality"][0] >= 80


@needs_jit
def test_grating_without_dislocations_has_no_minutiae(grating: Grating) -> None:
    for angle_deg in (0, 25, 45, 90, 130):
        assert find_minutiae(grating(angle_deg=angle_deg), ANY_NUMBER).size == 0


@needs_jit
@pytest.mark.parametrize("quarter_turns", [1, 2, 3])
def test_turned_image_gives_turned_minutiae(grating: Grating, quarter_turns: int) -> None:
    image = _patch_of_four(grating)
    upright = find_minutiae(image, ANY_NUMBER)
    turned_image = replace(image, pixels=np.ascontiguousarray(np.rot90(image.pixels, quarter_turns)))
    turned = find_minutiae(turned_image, ANY_NUMBER)
    assert upright.size == turned.size == 4
    last = image.pixels.shape[0] - 1
    for minutia in upright:
        x, y = int(minutia["x_px"]), int(minutia["y_px"])
        for _ in range(quarter_turns):
            x, y = y, last - x
        distance = np.hypot(turned["x_px"] - x, turned["y_px"] - y)
        assert distance.min() <= 3
        partner = turned[distance.argmin()]
        expected_deg = int(minutia["angle"]) * 360 / ANGLE_UNITS + 90 * quarter_turns
        assert _turn_deg(partner["angle"], expected_deg) <= 8
        assert partner["type"] == minutia["type"]


@needs_jit
def test_light_ridges_give_the_same_minutiae(grating: Grating) -> None:
    image = _patch_of_four(grating)
    frame = np.full((220, 220), 235, np.uint8)
    frame[30:190, 30:190] = image.pixels
    dark = ClassicalExtractor().extract(replace(image, pixels=frame))
    light = ClassicalExtractor().extract(replace(image, pixels=255 - frame))
    assert np.array_equal(dark.minutiae, light.minutiae)


@needs_jit
@pytest.mark.parametrize("seed", [1, 2, 4])
def test_finds_the_true_minutiae_of_synthetic_impressions(seed: int) -> None:
    impression = make_impression(make_master(seed), seed)
    found = find_minutiae(impression.image, ClassicalParameters())
    true = impression.minutiae
    distance = np.hypot(
        np.subtract.outer(true["x_px"].astype(float), found["x_px"]),
        np.subtract.outer(true["y_px"].astype(float), found["y_px"]),
    )
    turn = np.subtract.outer(true["angle"].astype(int), found["angle"]) * (2 * np.pi / ANGLE_UNITS)
    agrees = (distance <= 8) & (np.cos(turn) >= math.cos(math.radians(20)))
    assert agrees.any(axis=1).mean() >= 0.8
    # Cores, deltas and the rim of the print give some that the master does not have.
    assert agrees.any(axis=0).mean() >= 0.6


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((100, 100), 128, np.uint8),
        np.zeros((64, 64), np.uint8),
        np.tile(np.arange(400) // 2, (200, 1)).astype(np.uint8),
    ],
    ids=["flat", "black", "ramp"],
)
def test_image_without_ridges_has_no_foreground(pixels: np.ndarray) -> None:
    with pytest.raises(ExtractionFailed, match="IMG_7") as failure:
        find_minutiae(FingerImage(pixels, 500.0, name="IMG_7"), ClassicalParameters())
    assert failure.value.reason == "no_foreground"


def test_too_few_minutiae_are_a_failure_that_says_how_many(grating: Grating) -> None:
    image = grating(shape=(80, 80))
    with pytest.raises(
        ExtractionFailed, match="grating: 0 reliable minutiae, expected at least 4"
    ) as failure:
        ClassicalExtractor().extract(image)
    assert failure.value.reason == "too_few_minutiae"


@needs_jit
@pytest.mark.parametrize("shape", [(64, 64), (65, 97), (64, 400), (401, 67)])
def test_small_and_odd_sizes_give_minutiae_inside_of_the_image(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).normal(128, 60, shape)
    pixels = np.clip(cv2.GaussianBlur(noise, (0, 0), 2) * 4 - 384, 0, 255).astype(np.uint8)
    minutiae = find_minutiae(FingerImage(pixels, 500.0), ANY_NUMBER)
    assert (minutiae["x_px"] >= 0).all()
    assert (minutiae["x_px"] < shape[1]).all()
    assert (minutiae["y_px"] >= 0).all()
    assert (minutiae["y_px"] < shape[0]).all()


@needs_jit
def test_large_image_full_of_texture_gives_the_255_best() -> None:
    noise = cv2.GaussianBlur(np.random.default_rng(2).normal(0, 600, (1024, 1024)), (0, 0), 2.5)
    tile = np.clip(noise + 128, 0, 255).astype(np.uint8)
    image = FingerImage(np.tile(tile, (2, 2)), 500.0)
    minutiae = find_minutiae(image, ClassicalParameters())
    assert minutiae.size == MAX_MINUTIAE
    assert (np.diff(minutiae["quality"].astype(int)) <= 0).all()


@needs_jit
def test_template_tells_its_origin_and_is_the_same_on_any_number_of_threads(grating: Grating) -> None:
    image = replace(_patch_of_four(grating), position=FingerPosition.LEFT_THUMB)
    empty = grating(shape=(80, 80))
    one = ClassicalExtractor().extract_many([image, empty, image])
    three = ClassicalExtractor(n_threads=3).extract_many([image, empty, image])
    for first, second in zip(one, three, strict=True):
        if isinstance(first, ExtractionFailed):
            assert isinstance(second, ExtractionFailed)
            assert second.reason == first.reason == "too_few_minutiae"
        else:
            assert first == second
            assert (first.extractor, first.extractor_version) == ("classical", "1")
            assert first.position is FingerPosition.LEFT_THUMB
            assert (first.width_px, first.height_px) == (160, 160)
    assert isinstance(one[1], ExtractionFailed)


@needs_jit
def test_extraction_leaves_the_number_of_opencv_threads_as_it_was(grating: Grating) -> None:
    before = cv2.getNumThreads()
    ClassicalExtractor(n_threads=2).extract_many([_patch_of_four(grating)] * 4)
    assert cv2.getNumThreads() == before
