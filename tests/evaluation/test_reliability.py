from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vantay.errors import InvalidSetting
from vantay.evaluation.confidence import exact_interval
from vantay.evaluation.reliability import reliability_of


def test_scores_that_keep_their_promise_lie_on_the_diagonal() -> None:
    """−10·log10 of uniform numbers are such scores."""
    honest = -10 * np.log10(1 - np.random.default_rng(1).random(200_000))
    reliability = reliability_of(honest)
    for rate in (*reliability.points, *reliability.tail):
        assert rate.measured_95.low <= 1.3 * rate.claimed
        assert rate.measured_95.high >= 0.7 * rate.claimed
    assert [rate.claimed for rate in reliability.tail] == pytest.approx([1e-2, 1e-3, 1e-4])


def test_over_confident_scores_lie_above_it() -> None:
    honest = -10 * np.log10(1 - np.random.default_rng(1).random(20_000))
    at_20 = reliability_of(2 * honest).tail[0]
    assert at_20.measured_95.low > 5 * at_20.claimed


@given(st.lists(st.integers(0, 60).map(float), min_size=1, max_size=50))
def test_the_measured_rate_is_the_share_that_reaches_the_score(scores: list[float]) -> None:
    for rate in reliability_of(scores).points:
        n_reaching = sum(score >= rate.score for score in scores)
        assert (rate.n_reaching, rate.measured) == (n_reaching, n_reaching / len(scores))


def test_the_far_end_alone_is_enough_where_the_number_of_comparisons_is_known() -> None:
    scores = -10 * np.log10(1 - np.random.default_rng(2).random(10_000))
    whole = reliability_of(scores)
    far = reliability_of(scores[scores >= 12.5], n_comparisons=10_000, lowest=12.5)
    assert far.points == whole.points[13:]
    assert far.tail == whole.tail
    assert reliability_of(scores[scores >= 25], n_comparisons=10_000, lowest=25).tail == whole.tail[1:]


def test_curve_and_figures_tell_the_same() -> None:
    reliability = reliability_of([0.0, 25.0, 25.0, 35.0])
    curve = reliability.as_curve()
    assert curve["x"][:2] == [1.0, pytest.approx(10**-0.1, rel=1e-5)]
    assert curve["y"][0] == 1.0
    document = reliability.as_json()
    assert document["n_comparisons"] == 4
    assert document["at_score"]["20"]["n_reaching"] == 3  # type: ignore[index]
    assert document["at_score"]["40"]["measured"] == 0.0  # type: ignore[index]


def test_no_comparisons_are_refused() -> None:
    with pytest.raises(InvalidSetting, match="0 non-mated comparisons"):
        reliability_of([])
    with pytest.raises(InvalidSetting, match="1 non-mated comparisons"):
        reliability_of([1.0, 2.0], n_comparisons=1)


@pytest.mark.parametrize("n", [1, 7, 50])
def test_exact_interval_is_where_either_tail_of_the_binomial_is_2_5_percent(n: int) -> None:
    from scipy.stats import binom  # noqa: PLC0415

    for k in range(n + 1):
        low, high = exact_interval(k, n)
        assert 0.0 <= low <= k / n <= high <= 1.0
        if k:
            assert binom.sf(k - 1, n, low) == pytest.approx(0.025)
        if k < n:
            assert binom.cdf(k, n, high) == pytest.approx(0.025)


def test_events_beyond_the_trials_are_refused() -> None:
    with pytest.raises(InvalidSetting, match="3 events in 2 trials"):
        exact_interval(3, 2)
    with pytest.raises(InvalidSetting, match="0 events in 0 trials"):
        exact_interval(0, 0)
