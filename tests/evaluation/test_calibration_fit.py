"""The fit finds the tail it is given, and never promises more than any population shows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vantay.evaluation.calibration_fit import LOG_ODDS, TAIL_RATE, false_match_rate, fit_table
from vantay.fingerprint.comparison import PARAMETER_HASH
from vantay.fingerprint.comparison.calibration import Calibration

Float64s = npt.NDArray[np.float64]

COLUMNS = np.linspace(*LOG_ODDS)


def exponential(scale: float, n: int = 100_000, seed: int = 1) -> Float64s:
    """Log-odds whose false match rate is exp(−(x + 10) / scale)."""
    return np.asarray(np.random.default_rng(seed).exponential(scale, n) - 10)


def calibration_of(populations: dict[int, list[Float64s]]) -> Calibration:
    scores, tail_slope = fit_table(populations)
    n_minutiae = np.array(sorted(populations), np.float64)
    return Calibration(n_minutiae, COLUMNS, scores, tail_slope, PARAMETER_HASH, "made up")


def share_reaching(calibration: Calibration, log_odds: Float64s, n: int, score: float) -> float:
    scores = calibration.score(log_odds.astype(np.float32), np.full(log_odds.size, n, np.int32))
    return float(np.mean(scores >= score))


def test_rates_are_counted_where_there_are_many() -> None:
    log_odds = np.arange(10_000.0)
    at = np.array([-1.0, 0.5, 2499.5, 4999.5, 9000.5])
    np.testing.assert_allclose(false_match_rate(log_odds, at), [1, 0.9999, 0.75, 0.5, 0.0999])


@pytest.mark.parametrize("scale", [0.7, 1.5, 3.0])
def test_the_tail_of_exponential_scores_has_their_slope_with_a_margin(scale: float) -> None:
    _, (slope, _) = fit_table({10: [exponential(scale)], 20: [exponential(scale)]})
    true_slope = 10 / np.log(10) / scale
    # 500 scores make the tail: its mean is raised by 2/√500 = 9 %, and known to 4.5 %
    assert 0.8 * true_slope < slope < true_slope


@pytest.mark.parametrize("share_ended", [0.0, 0.3, 0.9, 0.997])
def test_comparisons_that_ended_early_count_as_non_matches(share_ended: float) -> None:
    log_odds = exponential(1.5)
    log_odds[: int(share_ended * log_odds.size)] = -np.inf
    at = np.array([-9.5, -8.0, -5.0, -2.0])
    ratio = false_match_rate(log_odds, at) / ((1 - share_ended) * np.exp(-(at + 10) / 1.5))
    # the tail's margin makes it high rather than low; 300 scores are left of 100,000 at the most
    assert np.all((ratio > 0.85) & (ratio < 2.5))


def test_the_tail_goes_on_where_counting_ends() -> None:
    log_odds = exponential(1.5)
    start = float(np.quantile(log_odds, 1 - TAIL_RATE))
    below, above = false_match_rate(log_odds, np.array([start - 1e-6, start + 1e-6]))
    assert above == pytest.approx(below, rel=0.01)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.floats(0.3, 3), st.floats(-5, 5), st.sampled_from([0.0, 0.6]), st.integers(0, 1000))
def test_scores_rise_along_both_axes(scale: float, shift: float, share_ended: float, seed: int) -> None:
    first, second = exponential(1.5, 20_000, seed), exponential(scale, 20_000, seed + 1) + shift
    second[: int(share_ended * second.size)] = -np.inf
    scores, slopes = fit_table({12: [first, second], 6: [first], 30: [second]})
    assert scores.shape == (3, LOG_ODDS[2])
    assert np.all(np.diff(scores, axis=1) >= 0)
    assert np.all(np.diff(scores, axis=0) >= 0)
    assert np.all(scores >= 0)
    assert np.all(np.isfinite(scores))
    assert np.all(slopes > 0)


def test_the_higher_rate_of_two_populations_counts() -> None:
    low, high = exponential(1.0), exponential(2.0) - 1.0
    both, _ = fit_table({10: [low, high], 20: [low, high]})
    for one in (low, high):
        alone, _ = fit_table({10: [one], 20: [one]})
        assert np.all(both <= alone)
    assert np.all(both[0] >= np.minimum(fit_table({10: [low]})[0][0], fit_table({10: [high]})[0][0]) - 1e-9)


def test_a_score_of_30_is_reached_by_at_most_one_in_a_thousand() -> None:
    fitted = calibration_of({10: [exponential(3.0)], 20: [exponential(1.5)]})
    for n, scale in ((10, 3.0), (20, 1.5), (50, 1.5)):
        fresh = exponential(scale, 400_000, seed=2)
        for score in (10, 20, 30, 40):
            promised = 10 ** (-score / 10)
            assert 0.25 * promised <= share_reaching(fitted, fresh, n, score) <= 1.2 * promised


def test_no_row_promises_more_than_its_own_population_shows() -> None:
    """Rows are made to rise with the number of minutiae by lowering scores, not by raising them."""
    rates_rise_and_fall = {6: [exponential(1.0)], 12: [exponential(2.0)], 30: [exponential(1.5)]}
    fitted = calibration_of(rates_rise_and_fall)
    for n, scale in ((6, 1.0), (12, 2.0), (30, 1.5)):
        assert share_reaching(fitted, exponential(scale, 400_000, seed=2), n, 30) <= 1.2e-3
