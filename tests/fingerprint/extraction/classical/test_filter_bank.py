from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from naive.ridge_filter import filter_pixels
from vantay.fingerprint.extraction.classical.enhancement import enhance_ridges
from vantay.fingerprint.extraction.classical.filter_bank import make_filter_bank
from vantay.fingerprint.extraction.classical.flow import RidgeFlow
from vantay.fingerprint.extraction.classical.parameters import EnhancementParameters, FlowParameters

FLOW = FlowParameters()
ENHANCEMENT = EnhancementParameters()
BANK = make_filter_bank(FLOW, ENHANCEMENT)


def test_filters_do_not_answer_to_a_constant() -> None:
    assert np.abs(BANK.sum(axis=(2, 3))).max() < 1e-5


@pytest.mark.parametrize("period_index", [0, 4, 10])
@pytest.mark.parametrize("orientation_index", [0, 5, 16, 31])
def test_filters_let_their_own_wave_through_and_hold_others_back(
    period_index: int, orientation_index: int
) -> None:
    period_px = np.linspace(FLOW.period_min_px, FLOW.period_max_px, ENHANCEMENT.n_periods)[period_index]
    angle = np.pi * orientation_index / ENHANCEMENT.n_orientations
    y, x = np.mgrid[-7:9, -7:9]
    own = np.cos(2 * np.pi * (y * np.cos(angle) - x * np.sin(angle)) / period_px)
    crossing = np.cos(2 * np.pi * (y * np.sin(angle) + x * np.cos(angle)) / period_px)
    taps = BANK[period_index, orientation_index]
    assert (taps * own).sum() == pytest.approx(1, abs=1e-4)
    assert abs((taps * crossing).sum()) < 0.5


@given(st.data())
@settings(max_examples=15, deadline=None)
def test_enhancement_equals_the_sum_of_products(data: st.DataObject) -> None:
    height, width = 4 * data.draw(st.integers(3, 5)), 4 * data.draw(st.integers(3, 5))
    seed = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    image = seed.normal(size=(height, width)).astype(np.float32)
    mask = data.draw(arrays.arrays(np.uint8, (height, width), elements=st.integers(0, 1)))
    orientation = data.draw(st.integers(0, ENHANCEMENT.n_orientations - 1))
    period = data.draw(st.integers(0, ENHANCEMENT.n_periods - 1))
    cells = np.ones((height // FLOW.cell_px, width // FLOW.cell_px), np.float32)
    double_angle = 2 * np.pi * orientation / ENHANCEMENT.n_orientations
    step_px = (FLOW.period_max_px - FLOW.period_min_px) / (ENHANCEMENT.n_periods - 1)
    flow = RidgeFlow(
        cells * np.float32(np.cos(double_angle)),
        cells * np.float32(np.sin(double_angle)),
        cells * np.float32(FLOW.period_min_px + period * step_px),
    )
    expected = filter_pixels(
        image,
        mask,
        np.full(image.shape, orientation, np.uint8),
        np.full(image.shape, period, np.uint8),
        BANK,
    )
    np.testing.assert_allclose(enhance_ridges(image, mask, flow, FLOW, ENHANCEMENT), expected, atol=1e-4)
