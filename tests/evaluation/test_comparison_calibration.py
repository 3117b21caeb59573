"""The calibration program finds the tail it is given, and never promises more than a population shows."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from vantay.evaluation import comparison_calibration
from vantay.evaluation.comparison_calibration import (
    KNOT_STEP,
    TAIL_RATE,
    compare_all,
    false_match_rate,
    fit_knots,
    measure_folders,
    measure_synthetic,
    non_mated_scores,
)
from vantay.evaluation.fvc import FvcSet
from vantay.evaluation.impressions import Impression
from vantay.fingerprint.comparison import PARAMETER_HASH, compare, prepare
from vantay.fingerprint.comparison.calibration import Calibration, read_calibration
from vantay.types import MINUTIA_DTYPE, FingerTemplate
from vantay_datasets.fvc import FvcImage

Float64s = npt.NDArray[np.float64]


def exponential(scale: float, n: int = 100_000, seed: int = 1) -> Float64s:
    """Log-odds whose false match rate is exp(−(x + 10) / scale)."""
    return np.asarray(np.random.default_rng(seed).exponential(scale, n) - 10)


def calibration_of(*populations: Float64s) -> Calibration:
    raw, scores, slope = fit_knots(populations)
    return Calibration(raw, scores, slope, PARAMETER_HASH, "made up")


def test_rates_are_counted_where_there_are_many() -> None:
    raw = np.arange(10_000.0)
    at = np.array([-1.0, 0.5, 2499.5, 4999.5, 9000.5])
    np.testing.assert_allclose(false_match_rate(raw, at), [1, 0.9999, 0.75, 0.5, 0.0999])


@pytest.mark.parametrize("scale", [0.7, 1.5, 3.0])
def test_the_tail_of_exponential_scores_has_their_slope_with_a_margin(scale: float) -> None:
    raw, _, slope = fit_knots([exponential(scale)])
    true_slope = 10 / np.log(10) / scale
    # 500 scores make the tail: its mean is raised by 2/√500 = 9 %, and known to 4.5 %
    assert 0.8 * true_slope < slope < true_slope
    start = -10 - scale * np.log(TAIL_RATE)
    assert raw[-1] > start


@pytest.mark.parametrize("share_ended", [0.0, 0.3, 0.9])
def test_comparisons_that_ended_early_count_as_non_matches(share_ended: float) -> None:
    raw = exponential(1.5)
    raw[: int(share_ended * raw.size)] = -np.inf
    at = np.array([-9.5, -8.0, -5.0, -2.0])
    ratio = false_match_rate(raw, at) / ((1 - share_ended) * np.exp(-(at + 10) / 1.5))
    assert np.all((ratio > 0.9) & (ratio < 1.4))  # the tail's margin makes it high rather than low
    assert np.all(np.isfinite(fit_knots([raw])[1]))


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    st.floats(0.3, 3),
    st.floats(-5, 5),
    st.sampled_from([0.0, 0.6]),
    st.integers(0, 1000),
)
def test_knots_ascend_and_their_scores_never_fall(
    scale: float, shift: float, share_ended: float, seed: int
) -> None:
    first, second = exponential(1.5, 20_000, seed), exponential(scale, 20_000, seed + 1) + shift
    second[: int(share_ended * second.size)] = -np.inf
    raw, scores, slope = fit_knots([first, second])
    assert np.allclose(np.diff(raw), KNOT_STEP)
    assert np.all(np.diff(scores) >= 0)
    assert scores[0] >= 0
    assert slope > 0


def test_the_higher_rate_of_two_populations_counts() -> None:
    low, high = exponential(1.0), exponential(2.0) - 1.0
    both, of_low, of_high = calibration_of(low, high), calibration_of(low), calibration_of(high)
    at = np.linspace(-10, 5, 200).astype(np.float32)
    assert np.all(both.score(at) <= of_low.score(at) + 0.2)
    assert np.all(both.score(at) <= of_high.score(at) + 0.2)
    assert both.tail_slope == pytest.approx(of_high.tail_slope, rel=0.01)


def test_a_score_of_30_is_reached_by_at_most_one_in_a_thousand() -> None:
    fitted = calibration_of(exponential(1.5))
    fresh = exponential(1.5, 400_000, seed=2).astype(np.float32)
    for score in (10, 20, 30, 40):
        share = np.mean(fitted.score(fresh) >= score)
        assert 0.25 * 10 ** (-score / 10) <= share <= 1.2 * 10 ** (-score / 10)


def blocks(n_fingers: int, n_each: int, same: tuple[int, int] | None) -> tuple[Float64s, list[str]]:
    """Log-odds of fingers seen several times: 8 with their own and between `same` two, −8 with others."""
    code = np.repeat(np.arange(n_fingers), n_each)
    mated = code[:, None] == code[None, :]
    if same is not None:
        mated |= np.isin(code, same)[:, None] & np.isin(code, same)[None, :]
    return np.where(mated, 8.0, -8.0), [f"finger {c}" for c in code]


def test_scores_of_a_finger_with_itself_are_left_out() -> None:
    raw, names = blocks(4, 3, None)
    kept, same = non_mated_scores(raw, names)
    assert kept.tolist() == [-8.0] * (12 * 9)
    assert same == []


def test_two_names_of_one_finger_are_left_out_and_reported() -> None:
    raw, names = blocks(4, 3, (1, 3))
    kept, same = non_mated_scores(raw, names)
    assert kept.tolist() == [-8.0] * (12 * 9 - 2 * 9)
    assert same == ["finger 1 = finger 3"]


def test_one_high_score_between_fingers_is_a_false_match_and_stays() -> None:
    raw, names = blocks(3, 3, None)
    raw[0, 5] = 9.0
    kept, same = non_mated_scores(raw, names)
    assert np.count_nonzero(kept == 9.0) == 1
    assert same == []


def some_templates(n: int) -> list[FingerTemplate]:
    rng = np.random.default_rng(1)
    templates = []
    for _ in range(n):
        minutiae = np.zeros(8, MINUTIA_DTYPE)
        minutiae["x_px"], minutiae["y_px"] = rng.integers(100, 200, (2, 8))
        minutiae["angle"], minutiae["quality"] = rng.integers(0, 256, 8), 80
        templates.append(FingerTemplate(minutiae, 300, 300))
    return templates


def test_every_template_is_compared_with_every_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison_calibration, "CHUNK", 2)  # several chunks, the last not full
    templates = some_templates(5)
    prepared = [prepare(t) for t in templates]
    with np.errstate(all="ignore"):  # kernels as Python warn where machine code does not
        expected = [[compare(a, b).evidence["log_odds"] for b in prepared] for a in prepared]
        np.testing.assert_array_equal(compare_all(templates), expected)


def test_images_without_a_template_are_left_out_of_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    templates = some_templates(3)
    images = tuple(FvcImage(k, 1, Path(f"{k}_1.tif")) for k in range(1, 5))
    impressions = [
        Impression(image.path, template, "", 0.0)
        for image, template in zip(images, [*templates[:2], None, templates[2]], strict=True)
    ]
    monkeypatch.setattr(comparison_calibration, "extract_impressions", lambda *_, **__: impressions)
    with np.errstate(all="ignore"):
        raw, same = measure_folders([FvcSet("a/b", images, 500.0)], "leader", 1)
        expected = compare_all(templates)[~np.eye(3, dtype=bool)]
    np.testing.assert_array_equal(raw, expected)
    assert same == []


def test_synthetic_prints_are_different_fingers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison_calibration, "N_SYNTHETIC", 3)
    monkeypatch.setattr(
        comparison_calibration, "_synthetic_template", lambda seed, _: some_templates(seed + 1)[seed]
    )
    monkeypatch.setattr(
        comparison_calibration, "ProcessPoolExecutor", lambda n_jobs, _: ThreadPoolExecutor(n_jobs)
    )
    with np.errstate(all="ignore"):
        raw = measure_synthetic("leader", 1)
        expected = compare_all(some_templates(3))[~np.eye(3, dtype=bool)]
    np.testing.assert_array_equal(raw, expected)


def test_the_program_writes_a_calibration_that_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "101_1.tif").write_bytes(b"")
    monkeypatch.setattr(
        comparison_calibration, "measure_folders", lambda *_: (exponential(1.5, 20_000), ["a/1 = b/2"])
    )
    monkeypatch.setattr(comparison_calibration, "measure_synthetic", lambda *_: exponential(1.0, 10_000))
    output = tmp_path / "calibration.json"
    result = CliRunner().invoke(
        comparison_calibration.main, [str(tmp_path / "set"), "--output", str(output)], catch_exceptions=False
    )
    assert result.exit_code == 0
    assert "a/1 = b/2" in result.output
    written = read_calibration(output.read_text(encoding="utf-8"))
    assert written.parameter_hash == PARAMETER_HASH
    assert "20000 non-mated comparisons of" in written.provenance
    assert "10000 of synthetic prints" in written.provenance
    assert json.loads(output.read_text(encoding="utf-8"))["left_out_as_one_finger"] == ["a/1 = b/2"]
    raw, scores, slope = fit_knots([exponential(1.5, 20_000), exponential(1.0, 10_000)])
    np.testing.assert_allclose(written.raw, raw, atol=1e-4)
    np.testing.assert_allclose(written.scores, scores, atol=1e-4)
    assert written.tail_slope == pytest.approx(slope, abs=1e-4)
