from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vantay.types import ANGLE_UNITS, MinutiaType
from vantay_datasets.synthetic.fingerprint.minutiae import angle_units, crossing_number, find_minutiae
from vantay_datasets.synthetic.fingerprint.parameters import MinutiaeParameters

SIDE = 101
NO_DELTAS = np.zeros((0, 2))


def dislocation(orientation_rad: float, phase: float, sign: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A wave with one ridge more on one side of the middle: the phase turns once around it."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    x, y = columns - SIDE // 2 + 0.31, SIDE // 2 - rows + 0.17
    along = x * np.cos(orientation_rad) + y * np.sin(orientation_rad)
    across = -x * np.sin(orientation_rad) + y * np.cos(orientation_rad)
    relief = np.cos(2 * np.pi * across / 9 + sign * np.arctan2(across, along) + phase).astype(np.float32)
    field = np.full(relief.shape, orientation_rad % np.pi, dtype=np.float32)
    return relief, field, np.ones(relief.shape, dtype=bool)


@given(
    orientation_deg=st.integers(0, 179),
    kind=st.sampled_from([MinutiaType.RIDGE_ENDING, MinutiaType.RIDGE_BIFURCATION]),
    sign=st.sampled_from([1, -1]),
)
@settings(max_examples=60, deadline=None)
def test_dislocation_is_one_minutia_towards_the_side_with_more_ridges(
    orientation_deg: int, kind: MinutiaType, sign: int
) -> None:
    orientation_rad = np.radians(orientation_deg)
    # Across the side ahead the phase gains a turn on the side behind when it turns counter-clockwise: ahead
    # is then one ridge more. It lies on the axis, where the phase is 0 ahead and π behind.
    ahead = sign > 0
    phase = 0.0 if ahead == (kind is MinutiaType.RIDGE_ENDING) else np.pi
    relief, field, skin = dislocation(orientation_rad, phase, sign)
    minutiae = find_minutiae(relief, field, skin, NO_DELTAS, MinutiaeParameters())
    assert len(minutiae) == 1
    minutia = minutiae[0]
    assert minutia["type"] == kind
    assert np.hypot(float(minutia["x_px"]) - SIDE // 2, float(minutia["y_px"]) - SIDE // 2) < 7
    expected_rad = orientation_rad + (0 if ahead else np.pi)
    assert minutia["angle"] == angle_units(expected_rad)


def test_plain_wave_has_no_minutiae() -> None:
    rows = np.mgrid[:SIDE, :SIDE][0]
    relief = np.cos(2 * np.pi * rows / 9).astype(np.float32)
    skin = np.ones(relief.shape, dtype=bool)
    assert len(find_minutiae(relief, np.zeros_like(relief), skin, NO_DELTAS, MinutiaeParameters())) == 0


def test_minutia_at_a_delta_or_at_the_border_is_left_away() -> None:
    relief, field, skin = dislocation(0.5, 0.0, 1)
    parameters = MinutiaeParameters()
    assert len(find_minutiae(relief, field, skin, NO_DELTAS, parameters)) == 1
    delta = np.array([[SIDE / 2, SIDE / 2]])
    assert len(find_minutiae(relief, field, skin, delta, parameters)) == 0
    skin[: SIDE // 2 - 10] = False
    assert len(find_minutiae(relief, field, skin, NO_DELTAS, parameters)) == 0


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        ("...../.###./.....", 2),
        ("....../.##.../......", 1),
        ("#.../.##./#...", 3),
        (".#.../.##../.#...", 3),
        (".../.#./...", 0),
    ],
)
def test_crossing_number_counts_branches(picture: str, expected: int) -> None:
    rows = picture.split("/")
    skeleton = np.array([[mark == "#" for mark in row] for row in rows])
    column = rows[1].index("#") + (expected == 2)
    assert crossing_number(skeleton)[1, column] == expected


@given(st.floats(-50, 50))
def test_angle_units_are_within_half_a_unit(direction_rad: float) -> None:
    unit = int(angle_units(direction_rad))
    difference = (direction_rad - unit * 2 * np.pi / ANGLE_UNITS + np.pi) % (2 * np.pi) - np.pi
    assert 0 <= unit < ANGLE_UNITS
    assert abs(difference) <= np.pi / ANGLE_UNITS + 1e-9
