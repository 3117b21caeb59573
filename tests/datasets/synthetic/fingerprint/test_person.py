from __future__ import annotations

import numpy as np
import pytest

from vantay.types import FingerPosition
from vantay_datasets.synthetic.fingerprint import PatternClass, make_person
from vantay_datasets.synthetic.fingerprint.pattern import class_shares, draw_class
from vantay_datasets.synthetic.fingerprint.person import ALL_FINGERS, finger_seed


@pytest.mark.parametrize("position", list(FingerPosition))
def test_class_shares_sum_to_one(position: FingerPosition) -> None:
    shares = class_shares(position)
    assert set(shares) == set(PatternClass)
    assert sum(shares.values()) == pytest.approx(1)


def test_mean_class_shares_are_the_natural_frequencies() -> None:
    shares = class_shares(FingerPosition.UNKNOWN)
    loops = shares[PatternClass.LEFT_LOOP] + shares[PatternClass.RIGHT_LOOP]
    whorls = shares[PatternClass.WHORL] + shares[PatternClass.TWIN_LOOP]
    assert loops == pytest.approx(0.655, abs=0.01)
    assert whorls == pytest.approx(0.279, abs=0.01)
    assert shares[PatternClass.TENTED_ARCH] == pytest.approx(0.029, abs=0.01)
    assert shares[PatternClass.PLAIN_ARCH] == pytest.approx(0.037, abs=0.01)


def test_loops_of_each_hand_open_to_its_little_finger() -> None:
    for position in ALL_FINGERS:
        left, right = (class_shares(position)[p] for p in (PatternClass.LEFT_LOOP, PatternClass.RIGHT_LOOP))
        assert (left > right) == (position >= FingerPosition.LEFT_THUMB)


def test_drawn_classes_have_the_shares_of_the_finger() -> None:
    rng = np.random.default_rng(1)
    drawn = [draw_class(rng, FingerPosition.LEFT_INDEX) for _ in range(4000)]
    for pattern, share in class_shares(FingerPosition.LEFT_INDEX).items():
        assert drawn.count(pattern) / 4000 == pytest.approx(share, abs=0.03)


def test_fingers_of_all_persons_have_seeds_of_their_own() -> None:
    seeds = {finger_seed(person, position) for person in range(50) for position in ALL_FINGERS}
    assert len(seeds) == 500


def test_a_finger_does_not_depend_on_the_others_asked_for(jit: None) -> None:
    right_hand = make_person(3, [FingerPosition.RIGHT_THUMB, FingerPosition.RIGHT_LITTLE])
    alone = make_person(3, [FingerPosition.RIGHT_LITTLE])
    assert list(right_hand) == [FingerPosition.RIGHT_THUMB, FingerPosition.RIGHT_LITTLE]
    thumb, little = right_hand.values()
    assert (alone[FingerPosition.RIGHT_LITTLE].relief == little.relief).all()
    assert little.position is FingerPosition.RIGHT_LITTLE
    assert thumb.silhouette.half_width_px > little.silhouette.half_width_px
