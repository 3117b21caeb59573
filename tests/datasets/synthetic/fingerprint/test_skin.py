from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vantay_datasets.synthetic.fingerprint.impression_parameters import (
    IMPRESSION_PARAMETERS,
    ContactParameters,
    ImpressionLevel,
)
from vantay_datasets.synthetic.fingerprint.skin import Places, draw_skin_map

SHAPE = (416, 384)
ORIGIN_PX = np.array([208.0, 280.0])
RIGID = ContactParameters(
    half_width_px=(140.0, 140.0),
    half_height_px=(170.0, 170.0),
    shift_sd_px=0.0,
    rotation_sd_rad=0.0,
    traction_sd_px=0.0,
    torsion_sd_rad=0.0,
    elasticity_px=0.0,
)


@given(seed=st.integers(0, 2**32 - 1), level=st.sampled_from(list(ImpressionLevel)))
@settings(max_examples=60, deadline=None)
def test_to_image_inverts_to_master(seed: int, level: ImpressionLevel) -> None:
    rng = np.random.default_rng(seed)
    skin_map = draw_skin_map(rng, SHAPE, ORIGIN_PX, IMPRESSION_PARAMETERS[level].contact)
    image_px = rng.uniform((0, 0), (384, 416), (40, 2))
    np.testing.assert_allclose(skin_map.to_image(skin_map.to_master(image_px)), image_px, atol=0.01)


def test_without_spread_the_map_is_a_shift() -> None:
    skin_map = draw_skin_map(np.random.default_rng(0), SHAPE, ORIGIN_PX, RIGID)
    image_px = np.array([[0.0, 0.0], [100.0, 50.0], [383.0, 415.0]])
    np.testing.assert_allclose(skin_map.to_master(image_px), image_px - skin_map.centre_px + ORIGIN_PX)


def test_skin_sticks_in_the_middle_and_slips_outside() -> None:
    slipping = replace(RIGID, traction_sd_px=8.0)
    skin_map = draw_skin_map(np.random.default_rng(3), SHAPE, ORIGIN_PX, slipping)

    def moved(place: Places) -> Places:
        moved_px: Places = skin_map.to_master(place) - (place - skin_map.centre_px + ORIGIN_PX)
        return moved_px

    middle, edge = skin_map.centre_px, skin_map.centre_px + np.array([145.0, 0.0])
    np.testing.assert_allclose(moved(middle), 0, atol=1e-9)
    np.testing.assert_allclose(moved(edge), skin_map.traction_px)
    between = np.linalg.norm(moved((middle + edge) / 2))
    assert 0 < between < np.linalg.norm(skin_map.traction_px)


def test_positive_rotation_turns_the_finger_counter_clockwise() -> None:
    turned = replace(RIGID, rotation_sd_rad=0.3)
    skin_map = draw_skin_map(np.random.default_rng(5), SHAPE, ORIGIN_PX, turned)
    right_of_middle = skin_map.to_image(ORIGIN_PX + np.array([100.0, 0.0])) - skin_map.centre_px
    seen_rad = np.arctan2(-right_of_middle[1], right_of_middle[0])
    assert seen_rad == pytest.approx(skin_map.rotation_rad)
