from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naive.identification_rates import (
    naive_fnir,
    naive_fnir_at_fpir,
    naive_fpir,
    naive_hit_rate,
    naive_selectivity,
    ranked,
)
from vantay.errors import InvalidSetting
from vantay.evaluation.error_rates import fnmr_at_fmr
from vantay.evaluation.identification_figures import bootstrap_fnir, gallery_figures
from vantay.evaluation.open_set import (
    NOBODY,
    NOT_LISTED,
    OpenSetResult,
    fnir,
    fpir,
    hit_counts,
    rank_counts,
    selectivity,
    trade_off,
)

THRESHOLDS = (0.0, 1.0, 2.5, 3.0, 5.0, 99.0)


def make_result(mated: list[list[float]], mates: list[int], non_mated: list[list[float]]) -> OpenSetResult:
    """List everybody, as a search does that is asked for as many candidates as there are subjects."""
    ranks = [ranked(row).index(mate) + 1 for row, mate in zip(mated, mates, strict=True)]
    return OpenSetResult(
        n_subjects=len(mated[0]),
        mate_scores=np.array([row[mate] for row, mate in zip(mated, mates, strict=True)]),
        mate_ranks=np.array(ranks, np.int64),
        non_mated=-np.sort(-np.array(non_mated, np.float64), axis=1),
        stage_ms={},
    )


@st.composite
def score_matrices(draw: st.DrawFn) -> tuple[list[list[float]], list[int], list[list[float]]]:
    """Few distinct scores, so that many are equal."""
    n_subjects = draw(st.integers(1, 5))
    row = st.lists(st.integers(0, 6).map(float), min_size=n_subjects, max_size=n_subjects)
    mated = draw(st.lists(row, min_size=1, max_size=6))
    mates = [draw(st.integers(0, n_subjects - 1)) for _ in mated]
    return mated, mates, draw(st.lists(row, min_size=1, max_size=6))


@given(score_matrices())
def test_rates_are_those_of_the_definitions(
    matrices: tuple[list[list[float]], list[int], list[list[float]]],
) -> None:
    mated, mates, non_mated = matrices
    result = make_result(mated, mates, non_mated)
    n = result.n_subjects
    assert fpir(result, THRESHOLDS) == pytest.approx([naive_fpir(non_mated, t) for t in THRESHOLDS])
    assert selectivity(result, THRESHOLDS) == pytest.approx(
        [naive_selectivity(non_mated, t) for t in THRESHOLDS]
    )
    for rank in range(1, n + 1):
        expected = [naive_fnir(mated, mates, t, rank) for t in THRESHOLDS]
        assert fnir(result, THRESHOLDS, rank) == pytest.approx(expected)
        assert hit_counts(result, n)[rank - 1] / len(mated) == pytest.approx(
            naive_hit_rate(mated, mates, rank)
        )
    for level in (0.0, 0.2, 0.5, 1.0):
        expected_miss = naive_fnir_at_fpir(mated, mates, non_mated, level)
        assert fnmr_at_fmr(trade_off(result), level) == pytest.approx(expected_miss)


@given(score_matrices())
def test_the_trade_off_holds_what_the_rates_say(
    matrices: tuple[list[list[float]], list[int], list[list[float]]],
) -> None:
    result = make_result(*matrices)
    curve = trade_off(result)
    assert curve.fmr == pytest.approx(fpir(result, curve.thresholds))
    assert curve.fnmr == pytest.approx(fnir(result, curve.thresholds))


def _with_failures() -> OpenSetResult:
    """Of four mated searches one lists the mate nowhere; of two others one lists nobody."""
    return OpenSetResult(
        n_subjects=100,
        mate_scores=np.array([50.0, NOBODY, 30.0, 0.0]),
        mate_ranks=np.array([1, NOT_LISTED, 2, 1]),
        non_mated=np.array([[20.0, 10.0], [NOBODY, NOBODY]]),
        stage_ms={"compare": np.array([1.0, 2.0])},
    )


def test_who_is_not_listed_is_missed_at_every_threshold() -> None:
    result = _with_failures()
    assert fnir(result, [0.0, 30.0, 31.0]).tolist() == [0.25, 0.5, 0.75]
    assert fpir(result, [0.0, 20.0, 21.0]).tolist() == [0.5, 0.5, 0.0]
    assert selectivity(result, [0.0, 15.0]).tolist() == [1.0, 0.5]
    assert rank_counts(result, 3).tolist() == [2, 1, 0]
    curve = trade_off(result)
    assert (curve.thresholds[0], curve.fmr[0], curve.fnmr[0]) == (0.0, 0.5, 0.25)


def test_a_rank_beyond_the_list_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="maximum rank is 3, expected 1 to 2"):
        fnir(_with_failures(), [0.0], 3)


def test_figures_at_the_engines_threshold_follow_from_the_lists() -> None:
    """FPIR 10 % and 100 subjects make a threshold of 30."""
    document = gallery_figures(_with_failures(), 0.1).as_json()
    decision = document["decision"]
    assert isinstance(decision, dict)
    assert decision["threshold"] == pytest.approx(30.0)
    assert (decision["fpir"], decision["fnir"], decision["selectivity"]) == (0.0, 0.5, 0.0)
    assert (decision["n_missed"], decision["n_false"]) == (2, 0)
    assert decision["fnir_95"][0] < 0.5 < decision["fnir_95"][1]
    assert document["ranks"] == {"counts": [2, 1], "n_not_listed": 1}
    assert document["hit_rate_at_rank"] == {"1": 0.5, "2": 0.75}
    assert document["fnir_at_fpir"] == {}  # two searches tell no FPIR of 10 % from none


def test_bootstrap_draws_both_kinds_of_searches() -> None:
    rng = np.random.default_rng(5)
    n = 200
    result = OpenSetResult(
        n_subjects=50,
        mate_scores=rng.normal(40, 10, n).clip(0),
        mate_ranks=np.ones(n, np.int64),
        non_mated=rng.normal(20, 5, (n, 1)).clip(0),
        stage_ms={},
    )
    rate = fnmr_at_fmr(trade_off(result), 0.05)
    low, high = bootstrap_fnir(result, 0.05, n_replicates=200)
    assert low < rate < high
    assert (low, high) == bootstrap_fnir(result, 0.05, n_replicates=200)
    # a rate of 200 searches has this standard deviation, to which that of the threshold comes
    assert high - low > 2 * 1.96 * np.sqrt(rate * (1 - rate) / n) * 0.8
