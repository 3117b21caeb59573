import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naive.error_rates import (
    naive_equal_error_rate,
    naive_fmr,
    naive_fnmr,
    naive_fnmr_at_fmr,
    naive_points,
)
from vantay.errors import InvalidSetting
from vantay.evaluation.error_rates import (
    equal_error_rate,
    error_curve,
    fnmr_at_fmr,
    rates_at_threshold,
    threshold_at_fmr,
)

# few distinct values, so that ties within and between the kinds are the rule
tied_scores = st.lists(st.integers(-3, 6).map(float), min_size=1, max_size=30)
free_scores = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30)
scores = tied_scores | free_scores


@given(scores, scores)
def test_curve_has_the_rates_of_every_threshold(mated: list[float], non_mated: list[float]) -> None:
    curve = error_curve(mated, non_mated)
    expected = np.array(naive_points(mated, non_mated))
    np.testing.assert_allclose(curve.fmr, expected[:, 0], atol=1e-12)
    np.testing.assert_allclose(curve.fnmr, expected[:, 1], atol=1e-12)


@given(scores, scores)
def test_equal_error_rate_agrees_with_the_naive_one(mated: list[float], non_mated: list[float]) -> None:
    assert equal_error_rate(error_curve(mated, non_mated)) == pytest.approx(
        naive_equal_error_rate(mated, non_mated), abs=1e-9
    )


@given(scores, scores, st.sampled_from([0.0, 1e-3, 1e-2, 0.1, 0.25, 0.5, 1.0]))
def test_fnmr_at_fmr_is_the_best_that_the_limit_allows(
    mated: list[float], non_mated: list[float], max_fmr: float
) -> None:
    curve = error_curve(mated, non_mated)
    threshold = threshold_at_fmr(curve, max_fmr)
    assert naive_fmr(non_mated, threshold) <= max_fmr
    assert fnmr_at_fmr(curve, max_fmr) == pytest.approx(naive_fnmr(mated, threshold))
    assert fnmr_at_fmr(curve, max_fmr) == pytest.approx(naive_fnmr_at_fmr(mated, non_mated, max_fmr))


@given(scores, scores, st.integers(-8, 14).map(lambda n: n / 2) | st.floats(-2e6, 2e6))
def test_rates_at_a_threshold_are_counted(
    mated: list[float], non_mated: list[float], threshold: float
) -> None:
    fmr, fnmr = rates_at_threshold(error_curve(mated, non_mated), threshold)
    assert fmr == pytest.approx(naive_fmr(non_mated, threshold))
    assert fnmr == pytest.approx(naive_fnmr(mated, threshold))


@given(scores, scores)
def test_rates_depend_on_the_order_of_scores_alone(mated: list[float], non_mated: list[float]) -> None:
    values = np.unique([*mated, *non_mated])
    rank_mated, rank_non_mated = np.searchsorted(values, mated), np.searchsorted(values, non_mated)
    of_ranks = error_curve(10.0 * rank_mated - 7.0, 10.0 * rank_non_mated - 7.0)
    assert equal_error_rate(of_ranks) == equal_error_rate(error_curve(mated, non_mated))


def test_separated_scores_have_no_errors() -> None:
    curve = error_curve([5.0, 6.0, 7.0], [1.0, 2.0])
    assert equal_error_rate(curve) == 0.0
    assert fnmr_at_fmr(curve, 0.0) == 0.0
    assert threshold_at_fmr(curve, 0.0) == 5.0


def test_reversed_scores_are_all_errors() -> None:
    curve = error_curve([1.0, 2.0], [5.0, 6.0, 7.0])
    assert equal_error_rate(curve) == 1.0
    assert fnmr_at_fmr(curve, 0.0) == 1.0


def test_one_common_score_is_a_coin_toss() -> None:
    curve = error_curve([3.0] * 4, [3.0] * 9)
    assert equal_error_rate(curve) == 0.5
    assert threshold_at_fmr(curve, 0.1) == math.inf


def test_equal_error_rate_is_interpolated_between_operating_points() -> None:
    # at threshold 2: FMR 1/2, FNMR 1/4; at 3: FMR 0, FNMR 1/2; they meet a third of the way along
    curve = error_curve([1.0, 2.0, 3.0, 4.0], [0.0, 2.0])
    assert equal_error_rate(curve) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("mated", "non_mated", "message"),
    [
        ([], [1.0], "no mated scores"),
        ([1.0], [], "no non-mated scores"),
        ([1.0, math.nan], [1.0], r"mated score 1 is nan"),
        ([1.0], [math.inf], r"non-mated score 0 is inf"),
    ],
)
def test_scores_that_are_none_are_refused(mated: list[float], non_mated: list[float], message: str) -> None:
    with pytest.raises(InvalidSetting, match=message):
        error_curve(mated, non_mated)


@pytest.mark.parametrize("max_fmr", [-0.1, 1.1, math.nan])
def test_a_false_match_rate_that_is_no_fraction_is_refused(max_fmr: float) -> None:
    curve = error_curve([2.0], [1.0])
    with pytest.raises(InvalidSetting, match="expected a fraction"):
        fnmr_at_fmr(curve, max_fmr)
