"""Fused scores mean what single scores mean: −10·log10 of a false match rate."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naive.fusion import correct_one, fuse_one
from vantay.errors import CallerError
from vantay.search import correct_for_tries, fuse, identification_threshold, verification_threshold

SCORES = st.floats(0, 4000) | st.sampled_from([0.0, 1e-9, 40.0, 3000.0])
FINGERS = st.lists(SCORES | st.just(math.nan), min_size=1, max_size=11)


@settings(deadline=None)
@given(st.lists(FINGERS, min_size=0, max_size=5))
def test_fuse_is_the_tail_of_the_gamma_distribution(subjects: list[list[float]]) -> None:
    n_columns = max((len(s) for s in subjects), default=1)
    rows = [s + [math.nan] * (n_columns - len(s)) for s in subjects]
    fused = fuse(np.array(rows).reshape(len(rows), n_columns))
    expected = [fuse_one(row) for row in rows]
    np.testing.assert_allclose(fused, expected, rtol=1e-12, atol=1e-9)


@given(SCORES)
def test_one_finger_keeps_its_score_exactly(score: float) -> None:
    assert fuse([[score, math.nan]])[0] == score


@given(st.lists(SCORES, min_size=1, max_size=10), st.integers(0, 9), st.floats(0, 100))
def test_a_higher_finger_score_never_lowers_the_fused_score(
    scores: list[float], index: int, gain: float
) -> None:
    better = scores.copy()
    better[index % len(scores)] += gain
    assert fuse([better])[0] >= fuse([scores])[0] - 1e-9


def test_order_of_fingers_does_not_matter() -> None:
    rng = np.random.default_rng(3)
    scores = rng.exponential(20, (50, 10))
    np.testing.assert_allclose(fuse(scores), fuse(rng.permuted(scores, axis=1)), rtol=1e-12)


def test_subject_without_a_common_finger_has_no_score() -> None:
    assert math.isnan(fuse([[math.nan, math.nan]])[0])
    assert fuse(np.empty((0, 3))).shape == (0,)


@pytest.mark.parametrize("n_fingers", [1, 2, 10])
def test_non_mated_fingers_reach_a_fused_score_at_its_rate(n_fingers: int) -> None:
    rng = np.random.default_rng(n_fingers)
    non_mated = rng.exponential(10 / math.log(10), (200_000, n_fingers))
    fused = fuse(non_mated)
    for score in (3.0, 10.0, 20.0):
        rate = np.mean(fused >= score)
        expected = 10 ** (-score / 10)
        assert abs(rate - expected) < 4 * math.sqrt(expected / fused.size)


@settings(deadline=None)
@given(SCORES, st.integers(1, 30))
def test_correction_is_the_rate_of_the_best_of_many(score: float, n_tries: int) -> None:
    assert correct_for_tries(score, n_tries) == pytest.approx(
        correct_one(score, n_tries), rel=1e-12, abs=1e-9
    )


@given(SCORES)
def test_a_single_try_is_not_corrected(score: float) -> None:
    assert correct_for_tries(score, 1) == score


def test_thresholds_are_scores_of_rates() -> None:
    assert verification_threshold(1e-4) == pytest.approx(40)
    assert verification_threshold(1.0) == 0
    assert identification_threshold(1e-3, 1_000_000) == pytest.approx(90)
    assert identification_threshold(1e-3, 0) == pytest.approx(30)


@pytest.mark.parametrize("rate", [0.0, -1.0, 1.5, math.nan])
def test_thresholds_refuse_what_is_no_rate(rate: float) -> None:
    with pytest.raises(CallerError, match="target_fpir is"):
        identification_threshold(rate, 10)
    with pytest.raises(CallerError, match="threshold_fmr is"):
        verification_threshold(rate)
