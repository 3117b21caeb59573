"""The quality of an impression rises with area, clarity and minutiae, and never leaves 0..100."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vantay.fingerprint.quality import (
    COMPONENTS,
    QualityComponents,
    impression_quality,
    quality_components,
    quality_from_components,
)
from vantay.types import MINUTIA_DTYPE, FingerImage


def ridges(height: int = 374, width: int = 388, radius_px: float = 150.0) -> npt.NDArray[np.uint8]:
    """Concentric ridges of 9 px on a white ground: a whorl, more or less."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    distance = np.hypot(x - width / 2, y - height / 2)
    wave = 128 + 100 * np.cos(2 * np.pi * distance / 9.0)
    return np.where(distance < radius_px, wave, 255).astype(np.uint8)


def scatter(n: int, quality: int = 90, seed: int = 1) -> npt.NDArray[np.void]:
    generator = np.random.default_rng(seed)
    minutiae = np.zeros(n, MINUTIA_DTYPE)
    minutiae["x_px"] = generator.normal(194, 50, n).clip(0, 387)
    minutiae["y_px"] = generator.normal(187, 50, n).clip(0, 373)
    minutiae["quality"] = quality
    return minutiae


def quality_of(pixels: npt.NDArray[np.uint8], minutiae: npt.NDArray[np.void]) -> int:
    return impression_quality(FingerImage(pixels, 500.0), minutiae)


def test_clear_print_with_many_minutiae_is_good() -> None:
    assert quality_of(ridges(), scatter(35)) >= 80


def test_blank_image_is_worst() -> None:
    blank = np.full((300, 300), 255, np.uint8)
    assert quality_of(blank, scatter(0)) == 0
    assert quality_components(FingerImage(blank, 500.0), scatter(0)) == QualityComponents(0, 0, 0, 0, 0)


def test_small_contact_is_worse_than_large() -> None:
    assert quality_of(ridges(radius_px=60), scatter(20)) < quality_of(ridges(radius_px=150), scatter(20))


def test_noise_over_the_ridges_lowers_quality() -> None:
    noise = np.random.default_rng(3).normal(0, 60, ridges().shape)
    noisy = (ridges() + noise).clip(0, 255).astype(np.uint8)
    assert quality_of(noisy, scatter(20)) < quality_of(ridges(), scatter(20))


def test_more_and_better_minutiae_raise_quality() -> None:
    pixels = ridges()
    assert quality_of(pixels, scatter(8)) < quality_of(pixels, scatter(30))
    assert quality_of(pixels, scatter(20, quality=40)) < quality_of(pixels, scatter(20, quality=95))


def test_minutiae_far_from_the_centre_do_not_count() -> None:
    near = scatter(20)
    near["x_px"], near["y_px"] = 194, np.arange(170, 190)
    far = near[:3].copy()
    far["x_px"] += 2000
    image = FingerImage(ridges(), 500.0)
    both = np.concatenate([near, far])
    assert quality_components(image, both).reliable_minutiae == pytest.approx(20 * 0.9)


def test_unreported_minutia_quality_stands_in_the_middle() -> None:
    image = FingerImage(ridges(), 500.0)
    assert quality_components(image, scatter(10, quality=0)).minutia_quality == 0.5


def test_foreground_area_is_that_of_the_ridges() -> None:
    area = quality_components(FingerImage(ridges(radius_px=150), 500.0), scatter(0)).foreground_cm2
    assert area == pytest.approx(np.pi * (150 / 500 * 2.54) ** 2, rel=0.15)


@pytest.mark.parametrize("name", COMPONENTS)
def test_each_component_alone_raises_quality(name: str) -> None:
    typical = {
        "foreground_cm2": 2.2,
        "clarity": 0.62,
        "contrast": 0.4,
        "reliable_minutiae": 22.0,
        "minutia_quality": 0.76,
    }
    better = typical | {name: typical[name] * 1.25}
    worse = quality_from_components(QualityComponents(**typical))
    assert quality_from_components(QualityComponents(**better)) > worse


@settings(max_examples=40, deadline=None)
@given(
    pixels=hnp.arrays(np.uint8, st.tuples(st.integers(1, 90), st.integers(1, 90))),
    n=st.integers(0, 255),
    quality=st.integers(0, 100),
)
def test_any_image_gives_a_value_in_range(pixels: npt.NDArray[np.uint8], n: int, quality: int) -> None:
    assert 0 <= quality_of(pixels, scatter(n, quality)) <= 100


def test_quality_does_not_depend_on_opencv_threads() -> None:
    threads = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        one = quality_components(FingerImage(ridges(), 500.0), scatter(20))
        cv2.setNumThreads(2)
        assert quality_components(FingerImage(ridges(), 500.0), scatter(20)) == one
    finally:
        cv2.setNumThreads(threads)
