"""The calibrated score is a monotone map of the log-odds, fitted with the parameters in use."""

from __future__ import annotations

import json
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fingerprint.comparison.strategies import examples
from vantay.fingerprint.comparison import PARAMETER_HASH
from vantay.fingerprint.comparison.calibration import CALIBRATION, Calibration, read_calibration

SMALL = Calibration(np.array([-2.0, 0.0, 1.0]), np.array([1.0, 2.0, 10.0]), 3.0, "hash", "made up")


def test_the_calibration_in_use_was_fitted_with_the_parameters_in_use() -> None:
    assert CALIBRATION.parameter_hash == PARAMETER_HASH


def test_the_calibration_in_use_says_on_what_it_was_fitted() -> None:
    assert "non-mated comparisons of" in CALIBRATION.provenance


def test_the_calibration_in_use_is_monotone_and_positive() -> None:
    assert np.all(np.diff(CALIBRATION.raw) > 0)
    assert np.all(np.diff(CALIBRATION.scores) >= 0)
    assert np.all(CALIBRATION.scores >= 0)
    assert CALIBRATION.tail_slope > 0


@given(st.lists(st.floats(-1e4, 1e4, width=32) | st.just(-np.inf), min_size=2, max_size=20))
@examples(200)
def test_scores_rise_with_log_odds_and_are_never_negative(raw: list[float]) -> None:
    scores = CALIBRATION.score(np.sort(np.array(raw, np.float32)))
    assert scores.dtype == np.float32
    assert np.all(np.isfinite(scores))
    assert np.all(scores >= 0)
    assert np.all(np.diff(scores) >= 0)


def test_scores_are_interpolated_between_knots_and_extrapolated_beyond_the_last() -> None:
    raw = np.array([-np.inf, -2.001, -2.0, -1.0, 0.0, 0.5, 1.0, 3.0], np.float32)
    assert SMALL.score(raw) == pytest.approx([0.0, 0.0, 1.0, 1.5, 2.0, 6.0, 10.0, 16.0])


def test_nothing_has_no_scores() -> None:
    assert SMALL.score(np.empty(0, np.float32)).shape == (0,)


def test_a_calibration_is_read_as_it_was_written() -> None:
    text = files("vantay.fingerprint.comparison").joinpath("calibration.json").read_text(encoding="utf-8")
    read, fields = read_calibration(text), json.loads(text)
    assert read.raw.tolist() == fields["raw"]
    assert read.scores.tolist() == fields["scores"]
    assert (read.tail_slope, read.provenance) == (fields["tail_slope"], fields["provenance"])
