"""The calibrated score rises with log-odds, and was fitted with the parameters in use."""

from __future__ import annotations

import json
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fingerprint.comparison.strategies import examples
from vantay.fingerprint.comparison import PARAMETER_HASH
from vantay.fingerprint.comparison.calibration import CALIBRATION, Calibration, read_calibration

SMALL = Calibration(
    n_minutiae=np.array([4.0, 8.0, 10.0]),
    log_odds=np.array([-2.0, 0.0, 2.0]),
    scores=np.array([[0.0, 1.0, 3.0], [1.0, 5.0, 11.0], [2.0, 10.0, 20.0]]),
    tail_slope=np.array([1.0, 3.0, 5.0]),
    parameter_hash="hash",
    provenance="made up",
)


def score(calibration: Calibration, log_odds: list[float], n_smaller: list[int]) -> npt.NDArray[np.float32]:
    return calibration.score(np.array(log_odds, np.float32), np.array(n_smaller, np.int32))


def test_the_calibration_in_use_was_fitted_with_the_parameters_in_use() -> None:
    assert CALIBRATION.parameter_hash == PARAMETER_HASH


def test_the_calibration_in_use_says_on_what_it_was_fitted() -> None:
    assert "by leader" in CALIBRATION.provenance
    assert "by classical" in CALIBRATION.provenance


def test_the_calibration_in_use_has_ascending_axes_and_scores_that_never_fall() -> None:
    assert np.all(np.diff(CALIBRATION.n_minutiae) > 0)
    assert np.allclose(np.diff(CALIBRATION.log_odds), CALIBRATION.log_odds[1] - CALIBRATION.log_odds[0])
    assert CALIBRATION.scores.shape == (CALIBRATION.n_minutiae.size, CALIBRATION.log_odds.size)
    assert np.all(np.diff(CALIBRATION.scores, axis=1) >= 0)
    assert np.all(CALIBRATION.scores >= 0)
    assert np.all(CALIBRATION.tail_slope > 0)


@given(
    st.lists(st.floats(-1e4, 1e4, width=32) | st.just(-np.inf), min_size=2, max_size=20), st.integers(0, 255)
)
@examples(200)
def test_scores_rise_with_log_odds_and_are_never_negative(log_odds: list[float], n: int) -> None:
    scores = score(CALIBRATION, sorted(log_odds), [n] * len(log_odds))
    assert scores.dtype == np.float32
    assert np.all(np.isfinite(scores))
    assert np.all(scores >= 0)
    assert np.all(np.diff(scores) >= 0)


def test_scores_are_interpolated_between_columns_and_extrapolated_beyond_the_last() -> None:
    log_odds = [-np.inf, -2.01, -2.0, -1.0, 0.0, 1.5, 2.0, 4.0]
    assert score(SMALL, log_odds, [8] * 8) == pytest.approx([0, 0, 1, 3, 5, 9.5, 11, 17])


def test_scores_are_interpolated_between_rows_and_the_last_holds_for_more() -> None:
    assert score(SMALL, [0.0] * 5, [4, 5, 8, 9, 10]) == pytest.approx([1, 2, 5, 7.5, 10])
    assert score(SMALL, [3.0] * 4, [4, 6, 10, 255]) == pytest.approx([4, 9, 25, 25])


def test_fewer_minutiae_than_the_first_row_score_nothing() -> None:
    assert score(SMALL, [1e3] * 4, [0, 1, 2, 3]).tolist() == [0, 0, 0, 0]


def test_nothing_has_no_scores() -> None:
    assert score(SMALL, [], []).shape == (0,)


def test_a_calibration_is_read_as_it_was_written() -> None:
    text = files("vantay.fingerprint.comparison").joinpath("calibration.json").read_text(encoding="utf-8")
    read, fields = read_calibration(text), json.loads(text)
    assert read.n_minutiae.tolist() == fields["n_minutiae"]
    assert (read.log_odds[0], read.log_odds[-1], read.log_odds.size) == tuple(fields["log_odds"])
    assert read.scores.tolist() == fields["scores"]
    assert read.tail_slope.tolist() == fields["tail_slope"]
    assert (read.parameter_hash, read.provenance) == (fields["parameter_hash"], fields["provenance"])
