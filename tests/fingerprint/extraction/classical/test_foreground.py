from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from vantay.fingerprint.extraction.classical.contrast import normalise_contrast
from vantay.fingerprint.extraction.classical.flow import estimate_flow
from vantay.fingerprint.extraction.classical.foreground import find_foreground
from vantay.fingerprint.extraction.classical.parameters import (
    ContrastParameters,
    FlowParameters,
    ForegroundParameters,
)
from vantay.types import FingerImage

Grating = Callable[..., FingerImage]


def test_foreground_is_where_the_ridges_are(grating: Grating) -> None:
    pixels = np.full((300, 280), 220, np.uint8)
    pixels[80:240, 64:200] = grating(shape=(160, 136), angle_deg=60).pixels
    foreground = find_foreground(pixels, ForegroundParameters())
    assert foreground is not None
    found = np.zeros(pixels.shape, np.uint8)
    height, width = foreground.mask.shape
    found[foreground.y_px : foreground.y_px + height, foreground.x_px : foreground.x_px + width] = (
        foreground.mask
    )
    expected = np.zeros(pixels.shape, np.uint8)
    expected[80:240, 64:200] = 1
    assert (found & expected).sum() > 0.95 * expected.sum()
    assert (found & ~expected & 1).sum() < 0.25 * expected.sum()
    assert (foreground.pixels == pixels[foreground.y_px :, foreground.x_px :][:height, :width]).all()


def test_speck_is_no_foreground_and_hole_is(grating: Grating) -> None:
    pixels = np.full((320, 320), 220, np.uint8)
    pixels[80:280, 80:280] = grating(shape=(200, 200)).pixels
    pixels[160:176, 160:176] = 220  # a hole
    pixels[16:24, 16:24] = 0  # a speck
    foreground = find_foreground(pixels, ForegroundParameters())
    assert foreground is not None
    assert foreground.mask[168 - foreground.y_px, 168 - foreground.x_px] == 1
    assert foreground.y_px >= 56
    assert foreground.x_px >= 56


def test_image_of_odd_size_is_padded_with_background(grating: Grating) -> None:
    foreground = find_foreground(grating(shape=(99, 101)).pixels, ForegroundParameters())
    assert foreground is not None
    assert foreground.mask.shape == (104, 104)
    assert foreground.mask[99:].sum() == foreground.mask[:, 101:].sum() == 0
    assert foreground.mask[:99, :101].all()
    assert foreground.border_px[98, 50] == pytest.approx(1, abs=0.1)


def test_contrast_does_not_depend_on_brightness_and_pressure(grating: Grating) -> None:
    pixels = grating(shape=(128, 128)).pixels.astype(np.float32)
    normal = normalise_contrast(pixels, ContrastParameters())
    faint = normalise_contrast(0.3 * pixels + 100, ContrastParameters())
    np.testing.assert_allclose(faint, normal, atol=1e-3)
    assert abs(float(normal.mean())) < 0.1
    assert float(normal.std()) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("angle_deg", [0, 30, 45, 90, 150])
@pytest.mark.parametrize("period_px", [6.0, 9.0, 12.0])
def test_flow_of_a_grating_is_its_orientation_and_period(
    grating: Grating, angle_deg: int, period_px: float
) -> None:
    pixels = grating(angle_deg=angle_deg, period_px=period_px).pixels.astype(np.float32)
    mask = np.ones(pixels.shape, np.uint8)
    flow = estimate_flow(normalise_contrast(pixels, ContrastParameters()), mask, FlowParameters())
    inner = (slice(8, -8), slice(8, -8))
    # In image coordinates y points down, so that the angle has the other sign.
    turn = np.angle((flow.cos2 + 1j * flow.sin2)[inner] * np.exp(2j * np.radians(angle_deg))) / 2
    assert np.degrees(np.abs(turn)).max() < 2
    assert np.abs(flow.period_px[inner] / period_px - 1).max() < 0.15
