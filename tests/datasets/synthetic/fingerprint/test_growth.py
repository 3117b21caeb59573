from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive.synthetic_growth as naive
from vantay_datasets.synthetic.fingerprint.growth import (
    choose_filters,
    filter_locally,
    grow_ridges,
    make_filter_bank,
)
from vantay_datasets.synthetic.fingerprint.parameters import GrowthParameters

LIMITS_PX = (6.5, 13.0)
SMALL = GrowthParameters(n_orientations=8, n_periods=3, reach_px=5)


@given(
    seed=st.integers(0, 2**32 - 1),
    height=st.integers(1, 9),
    width=st.integers(1, 20),
    reach=st.integers(0, 3),
    n_filters=st.integers(1, 3),
)
@settings(max_examples=60, deadline=None)
def test_filter_locally_equals_naive(seed: int, height: int, width: int, reach: int, n_filters: int) -> None:
    rng = np.random.default_rng(seed)
    side = 2 * reach + 1
    bank = np.zeros((n_filters, side, 16), dtype=np.float32)
    bank[:, :, :side] = rng.normal(size=(n_filters, side, side))
    relief = rng.normal(size=(height, width)).astype(np.float32)
    choice = rng.integers(-1, n_filters, (height, width)).astype(np.int32)
    expected = naive.filter_locally(relief, list(bank[:, :, :side].astype(np.float64)), choice)
    np.testing.assert_allclose(filter_locally(relief, bank, choice), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("scale", [0.5, 1.0])
def test_filters_ignore_brightness_and_answer_one_to_their_own_wave(scale: float) -> None:
    bank = make_filter_bank(SMALL, LIMITS_PX, scale)
    side = bank.shape[1]
    reach = side // 2
    np.testing.assert_allclose(bank.sum(axis=(1, 2)), 0, atol=1e-5)
    assert not bank[:, :, side:].any()
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    periods = np.linspace(*LIMITS_PX, SMALL.n_periods) * scale
    for i in range(SMALL.n_orientations):
        angle = np.pi * i / SMALL.n_orientations
        for j, period in enumerate(periods):
            wave = np.cos(2 * np.pi / period * (columns * np.sin(angle) + rows * np.cos(angle)))
            answer = (bank[i * SMALL.n_periods + j, :, :side] * wave).sum()
            assert answer == pytest.approx(1, abs=1e-5)


def test_choose_filters_wraps_orientation_and_leaves_the_ground_out() -> None:
    orientation = np.array([[0.0, np.pi - 0.01, np.pi / 2, 0.3]], dtype=np.float32)
    period = np.array([[6.5, 13.0, 9.8, 9.0]], dtype=np.float32)
    skin = np.array([[True, True, True, False]])
    chosen = choose_filters(orientation, period, skin, LIMITS_PX, SMALL)
    assert chosen.tolist() == [[0, 2, 4 * 3 + 1, -1]]


@pytest.mark.parametrize("angle_deg", [0, 30, 90, 150])
def test_grown_ridges_follow_orientation_and_period(angle_deg: int, jit: None) -> None:
    shape = (128, 128)
    power = np.zeros((96, 96))
    for seed in range(4):
        relief = grow_ridges(
            np.random.default_rng(seed),
            np.full(shape, np.radians(angle_deg), dtype=np.float32),
            np.full(shape, 9.0, dtype=np.float32),
            np.ones(shape, dtype=bool),
            limits_px=LIMITS_PX,
            parameters=GrowthParameters(),
        )
        power += np.abs(np.fft.fft2(relief[16:-16, 16:-16])) ** 2
    down, right = np.meshgrid(np.fft.fftfreq(96), np.fft.fftfreq(96), indexing="ij")
    power[np.hypot(right, down) > 0.2] = 0  # steep sides have harmonics
    mean_frequency = (power * np.hypot(right, down)).sum() / power.sum()
    assert 1 / mean_frequency == pytest.approx(9.0, rel=0.05)
    doubled = (power * np.exp(2j * np.arctan2(-down, right))).sum()
    off_deg = (np.degrees(np.angle(doubled)) / 2 - 90 - angle_deg + 90) % 180 - 90
    assert abs(off_deg) < 4
