"""What leaves a score as it is, or nearly so: motions, the order of minutiae, changing places."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given

from fingerprint.comparison.strategies import (
    another_impression,
    examples,
    moved,
    odd_templates,
    random_print,
    small_prints,
    turned,
)
from vantay.fingerprint.comparison import compare, prepare
from vantay.types import FingerTemplate


def score(probe: FingerTemplate, reference: FingerTemplate) -> float:
    return compare(prepare(probe), prepare(reference)).score


MOTIONS: dict[str, Callable[[FingerTemplate], FingerTemplate]] = {
    "moved by a pixel": lambda t: moved(t, 1, 1),
    "moved by 9,000 pixels": lambda t: moved(t, 9000, 5000),
    "turned by 90°": lambda t: turned(t, 64),
    "turned by 180°": lambda t: turned(t, 128),
    "turned by 270°": lambda t: turned(t, 192),
}


@pytest.mark.parametrize("motion", MOTIONS)
def test_a_motion_of_both_prints_that_keeps_whole_pixels_keeps_the_score(motion: str) -> None:
    fingers, impressions = small_prints()
    for finger, impression in zip(fingers[:4], impressions[:4], strict=True):
        before = score(finger, impression)
        after = score(MOTIONS[motion](finger), MOTIONS[motion](impression))
        assert before > 0
        assert after == pytest.approx(before, abs=0.01)


@pytest.mark.slow_without_jit
def test_a_move_of_one_print_keeps_the_score() -> None:
    for seed in range(10):
        source = random_print(seed)
        impression = another_impression(source, seed)
        expected = pytest.approx(score(source, impression), abs=0.01)
        assert score(source, moved(impression, 333, 77)) == expected
        assert score(source, moved(impression, 14000, 9000)) == expected


@pytest.mark.slow_without_jit
@pytest.mark.parametrize("turn_units", [1, 7, 100, 250])
def test_a_turn_of_both_prints_changes_the_score_by_what_rounding_places_does(turn_units: int) -> None:
    changes = []
    for seed in range(20):
        source = random_print(seed)
        impression = another_impression(source, seed)
        before = score(source, impression)
        changes.append(score(turned(source, turn_units), turned(impression, turn_units)) - before)
    # seen: 11 at most of some 140, 3 at the median
    assert np.abs(changes).max() < 20
    assert np.median(np.abs(changes)) < 6


@given(odd_templates(), odd_templates())
@examples(80)
def test_the_order_of_minutiae_does_not_matter(a: FingerTemplate, b: FingerTemplate) -> None:
    def reversed_order(t: FingerTemplate) -> FingerTemplate:
        return FingerTemplate(t.minutiae[::-1], t.width_px, t.height_px)

    assert score(reversed_order(a), reversed_order(b)) == score(a, b)


def test_the_order_of_coinciding_minutiae_of_unlike_quality_does_not_matter() -> None:
    source = random_print(1, 12, side_px=130)
    again = source.minutiae.copy()
    again["quality"] = 130 - again["quality"]
    doubled = np.concatenate([source.minutiae, again])
    probe = FingerTemplate(doubled, 500, 500)
    backwards = FingerTemplate(doubled[::-1], 500, 500)
    reference = another_impression(source, 1)
    assert score(probe, reference) == score(backwards, reference)


@pytest.mark.slow_without_jit
def test_probe_and_reference_may_change_places_without_much_change() -> None:
    changes = []
    for seed in range(40):
        source = random_print(seed, 20 + seed // 2)
        impression = another_impression(source, seed, kept=0.4 + seed / 80)
        changes.append(score(source, impression) - score(impression, source))
    # seen: 2.7 at most, most of them 0
    assert np.abs(changes).max() < 8
    assert np.median(np.abs(changes)) < 0.1
