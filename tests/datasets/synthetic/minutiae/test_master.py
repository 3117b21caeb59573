from __future__ import annotations

import numpy as np
import pytest

from vantay.errors import InvalidSetting
from vantay.types import FingerPosition
from vantay_datasets.synthetic.fingerprint.pattern import class_shares
from vantay_datasets.synthetic.minutiae import (
    MasterParameters,
    finger_seeds,
    make_finger_minutiae,
    seeds_of_ten,
)
from vantay_datasets.synthetic.minutiae.classes import PATTERNS
from vantay_datasets.synthetic.minutiae.growth import growth_scale
from vantay_datasets.synthetic.minutiae.master import MasterBatch, make_masters
from vantay_datasets.synthetic.minutiae.master_kernel import DIRECTION, X, Y

PARAMETERS = MasterParameters()


def _masters(n: int, position: int, person_bits: int | None = None) -> MasterBatch:
    seeds = np.random.default_rng(3).integers(0, 2**64, n, np.uint64)
    if person_bits is not None:
        seeds = (seeds & np.uint64(2**48 - 1)) | np.uint64(person_bits << 48)
    return make_masters(seeds, np.full(n, position, np.uint8), np.full(n, 30.0))


def test_a_finger_is_the_same_alone_and_among_others() -> None:
    batch = _masters(6, FingerPosition.LEFT_RING)
    seeds = np.random.default_rng(3).integers(0, 2**64, 6, np.uint64)
    for i, seed in enumerate(seeds):
        alone = make_finger_minutiae(int(seed), FingerPosition.LEFT_RING)
        np.testing.assert_array_equal(alone.points, batch.points[i, : batch.counts[i]])
        assert alone.pattern is PATTERNS[batch.patterns[i]]


def test_seeds_that_differ_in_one_bit_are_different_fingers() -> None:
    fingers = [make_finger_minutiae(1 << bit, FingerPosition.RIGHT_THUMB) for bit in range(64)]
    places = [tuple(finger.points[0, :2]) for finger in fingers]
    assert len(set(places)) == 64


def test_no_two_minutiae_are_nearer_than_the_hard_core() -> None:
    batch = _masters(20, FingerPosition.RIGHT_INDEX)
    for points, count in zip(batch.points, batch.counts, strict=True):
        places = points[:count, :2].astype(np.float64)
        distance = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
        assert distance[~np.eye(count, dtype=bool)].min() > PARAMETERS.hard_core_px - 1e-3


def test_minutiae_lie_on_a_fingertip() -> None:
    batch = _masters(50, FingerPosition.RIGHT_MIDDLE)
    used = np.arange(batch.points.shape[1]) < batch.counts[:, None]
    points = batch.points[used]
    assert np.abs(points[:, X]).max() < 1.5 * PARAMETERS.half_width_px
    assert points[:, Y].max() < 1.5 * PARAMETERS.tip_px
    assert points[:, Y].min() > -1.5 * (PARAMETERS.middle_px + PARAMETERS.base_px)
    assert ((points[:, DIRECTION] >= 0) & (points[:, DIRECTION] <= 1)).all()
    assert 60 < batch.counts.mean() < 110


@pytest.mark.parametrize("position", [FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_RING])
def test_classes_have_the_shares_of_the_finger(position: FingerPosition) -> None:
    batch = _masters(3000, position)
    for code, pattern in enumerate(PATTERNS):
        share = float((batch.patterns == code).mean())
        assert share == pytest.approx(class_shares(position)[pattern], abs=0.03), pattern


def test_fingers_of_one_person_tend_to_one_class() -> None:
    people = np.arange(2000, dtype=np.uint64)
    seeds = seeds_of_ten(people)[:, [0, 5]]
    thumbs = [
        make_masters(seeds[:, k], np.full(2000, p, np.uint8), np.full(2000, 30.0))
        for k, p in ((0, 1), (1, 6))
    ]
    whorls = [np.isin(batch.patterns, (4, 5)) for batch in thumbs]
    both, shuffled = np.mean(whorls[0] & whorls[1]), np.mean(whorls[0] & np.roll(whorls[1], 1))
    assert both > shuffled + 0.04


def test_seeds_of_a_person_share_their_upper_bits_only() -> None:
    seeds = finger_seeds(12)
    assert len(set((seeds >> np.uint64(48)).tolist())) == 1
    assert len(set(seeds.tolist())) == 10
    assert finger_seeds(13)[0] != seeds[0]


def test_a_child_has_the_same_finger_smaller() -> None:
    child, adult = (make_finger_minutiae(9, FingerPosition.RIGHT_INDEX, age_years=age) for age in (6, 30))
    assert child.scale == pytest.approx(0.68, abs=0.01)
    np.testing.assert_allclose(child.points[:, :2], adult.points[:, :2] * child.scale, atol=1e-3)
    np.testing.assert_array_equal(child.points[:, 2:], adult.points[:, 2:])


def test_fingers_grow_until_adulthood() -> None:
    scales = growth_scale(np.arange(0, 90))
    assert (np.diff(scales) >= 0).all()
    assert scales[20:] == pytest.approx(1)


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_refuses_seeds_out_of_range(seed: int) -> None:
    with pytest.raises(InvalidSetting, match="seed"):
        make_finger_minutiae(seed, FingerPosition.RIGHT_INDEX)
    with pytest.raises(InvalidSetting, match="seed"):
        finger_seeds(seed)


def test_refuses_ages_positions_and_lengths_out_of_range() -> None:
    one = np.ones(1, np.uint64)
    with pytest.raises(InvalidSetting, match="age"):
        make_masters(one, np.ones(1, np.uint8), np.array([-1.0]))
    with pytest.raises(InvalidSetting, match="position"):
        make_masters(one, np.array([11], np.uint8), np.array([30.0]))
    with pytest.raises(InvalidSetting, match="same number"):
        make_masters(one, np.ones(2, np.uint8), np.array([30.0]))
