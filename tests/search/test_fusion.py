"""Fused scores mean what single scores mean: −10·log10 of a false match rate."""

from __future__ import annotations

import dataclasses
import json
import math
import random
from importlib.resources import files
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naive.fusion import correct_one, fuse_one, log_likelihood_ratio
from search.random_fingers import make_finger
from vantay.errors import CallerError
from vantay.evaluation.fusion_correlation import mean_correlation
from vantay.fingerprint.comparison import PARAMETER_HASH, prepare
from vantay.search import (
    FUSION_HASH,
    correct_for_tries,
    face_kinds,
    finger_kinds,
    fuse,
    identification_threshold,
    log_likelihood_ratios,
    reliable_minutiae,
    verification_threshold,
)
from vantay.search.fusion.mated_model import MODEL, MatedScores, read_model
from vantay.search.fusion.null_tail import tail_table

NEPERS_PER_SCORE = math.log(10) / 10
N_KINDS = len(MODEL.mated)
N_FINGER_KINDS = MODEL.n_finger_kinds

SCORES = st.floats(0, 4000) | st.sampled_from([0.0, 1e-9, 40.0, 3000.0])
KINDS = st.integers(0, N_KINDS - 1)
SAMPLES = st.lists(st.tuples(SCORES | st.just(math.nan), KINDS), min_size=1, max_size=11)


def fused(samples: list[tuple[float, int]]) -> float:
    scores, kinds = zip(*samples, strict=True)
    return float(fuse([scores], kinds)[0])


def naively_fused(samples: list[tuple[float, int]]) -> float:
    there = [kind for score, kind in samples if not math.isnan(score)]
    are_fingers = [max(pair) < N_FINGER_KINDS for pair in combinations(there, 2)]
    return fuse_one(
        [score for score, _ in samples],
        [MODEL.mated[kind] for _, kind in samples],
        [MODEL.finger_correlation * is_pair for is_pair in are_fingers],
    )


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.floats(0, 600) | st.just(math.nan), KINDS), min_size=1, max_size=2))
def test_fused_score_of_two_is_the_integral_over_one(samples: list[tuple[float, int]]) -> None:
    assert fused(samples) == pytest.approx(naively_fused(samples), rel=5e-4, abs=0.1, nan_ok=True)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.floats(0, 30), KINDS), min_size=3, max_size=4))
def test_fused_score_of_more_is_the_share_of_all_combinations(samples: list[tuple[float, int]]) -> None:
    assert fused(samples) == pytest.approx(naively_fused(samples), rel=5e-4, abs=0.1)


@given(SCORES, KINDS)
def test_one_sample_keeps_its_score_exactly(score: float, kind: int) -> None:
    assert fuse([[score, math.nan]], [kind, 0])[0] == score


@settings(deadline=None)
@given(SAMPLES, st.integers(0, 10), st.floats(0, 100))
def test_a_higher_score_of_a_sample_never_lowers_the_fused_score(
    samples: list[tuple[float, int]], index: int, gain: float
) -> None:
    better = samples.copy()
    score, kind = better[index % len(samples)]
    better[index % len(samples)] = (score + gain, kind)
    before, after = fused(samples), fused(better)
    assert (math.isnan(before) and math.isnan(after)) or after >= before - 1e-9


@settings(deadline=None)
@given(SAMPLES, st.lists(KINDS, max_size=4))
def test_a_missing_sample_is_as_one_left_out(samples: list[tuple[float, int]], missing: list[int]) -> None:
    there = [sample for sample in samples if not math.isnan(sample[0])] or [(math.nan, 0)]
    assert fused(samples + [(math.nan, kind) for kind in missing]) == pytest.approx(
        fused(there), rel=1e-12, nan_ok=True
    )


@settings(deadline=None)
@given(SAMPLES, st.randoms())
def test_order_of_samples_does_not_matter(samples: list[tuple[float, int]], chance: random.Random) -> None:
    shuffled = samples.copy()
    chance.shuffle(shuffled)
    assert fused(shuffled) == pytest.approx(fused(samples), rel=1e-12, nan_ok=True)


def test_a_subject_has_the_same_score_whoever_else_is_there() -> None:
    rng = np.random.default_rng(4)
    scores = np.where(rng.random((300, 11)) < 0.2, np.nan, rng.exponential(30, (300, 11)))
    kinds = rng.integers(0, N_KINDS, (300, 11)).astype(np.uint8)
    together = fuse(scores, kinds)
    alone = [fuse(scores[k : k + 1], kinds[k : k + 1])[0] for k in range(300)]
    assert together.tobytes() == np.array(alone).tobytes()


def test_subject_without_a_common_sample_has_no_score() -> None:
    assert math.isnan(fuse([[math.nan, math.nan]], [0, 1])[0])
    assert fuse(np.empty((0, 3)), [0, 1, 2]).shape == (0,)
    assert np.isnan(fuse(np.empty((2, 0)), [])).all()


@pytest.mark.parametrize(
    "kinds",
    [(1, 3), (2,) * 4, (0, 1, 2, 3), (0, N_FINGER_KINDS), (1, 2, 2, 3, 3, 3, 3, 3, 3, 3, N_KINDS - 1)],
)
def test_independent_non_mated_samples_reach_a_fused_score_at_its_rate(kinds: tuple[int, ...]) -> None:
    rng = np.random.default_rng(len(kinds))
    codes = np.array(kinds, np.uint8)
    x = rng.exponential(1, (200_000, len(kinds)))
    evidence = MODEL.log_likelihood_ratios(x, np.broadcast_to(codes, x.shape)).sum(axis=1)
    counts = tuple(np.bincount(codes, minlength=N_KINDS).tolist())
    table = tail_table(counts, dataclasses.replace(MODEL, finger_correlation=0.0))
    for score in (3.0, 10.0, 20.0):
        rate, promised = np.mean(table.score(evidence) >= score), 10 ** (-score / 10)
        deviation = math.sqrt(promised / len(x))
        assert promised * 0.97 - 4 * deviation < rate < promised + 4 * deviation


def test_correlated_non_mated_fingers_do_not_exceed_the_rate() -> None:
    """Each pair of people has a mean of its own for all its fingers, such that they correlate as promised."""
    rng = np.random.default_rng(5)
    spread = MODEL.finger_correlation / (1 - 2 * MODEL.finger_correlation)
    raw = rng.exponential(1, (200_000, 10)) * rng.gamma(1 / spread, spread, (200_000, 1))
    assert mean_correlation(raw) == pytest.approx(MODEL.finger_correlation, abs=0.01)
    rank = np.empty(raw.size)
    rank[np.argsort(-raw, axis=None)] = np.arange(1, raw.size + 1)
    calibrated = -10 * np.log10((rank - 0.5) / raw.size).reshape(raw.shape)
    with_correction = fuse(calibrated, [2] * 10)
    for score in (10.0, 20.0):
        promised = 10 ** (-score / 10)
        assert np.mean(with_correction >= score) < 1.1 * promised + 4 * math.sqrt(promised / len(raw))


def test_the_correction_for_correlation_lowers_scores_of_fingers_only() -> None:
    for counts in ((0, 2, 0, 0, 0, 0, 0), (1, 1, 0, 0, 0, 0, 1), (0, 0, 0, 1, 0, 0, 1)):
        evidence = np.linspace(-5, 60, 20)
        independent = tail_table(counts, dataclasses.replace(MODEL, finger_correlation=0.0)).score(evidence)
        corrected = tail_table(counts).score(evidence)
        if sum(counts[:N_FINGER_KINDS]) > 1:
            assert (corrected[5:] < independent[5:]).all()
        else:
            assert (corrected == independent).all()


@given(SCORES, KINDS)
def test_log_likelihood_ratio_is_that_of_the_densities(score: float, kind: int) -> None:
    found = log_likelihood_ratios([[min(score, 2500.0), math.nan]], kind)[0]
    expected = log_likelihood_ratio(min(score, 2500.0) * NEPERS_PER_SCORE, MODEL.mated[kind])
    assert found[0] == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert found[1] == 0
    assert found[0] < score * NEPERS_PER_SCORE + 1e-9, "no sample is more evidence than its score"


@settings(deadline=None)
@given(SAMPLES)
def test_so_many_times_as_likely_is_at_least_so_rare(samples: list[tuple[float, int]]) -> None:
    """Markov: evidence of t has a rate of e^−t at most among non-mated, before fingers' correlation."""
    scores, kinds = zip(*samples, strict=True)
    counts = tuple(np.bincount([k for s, k in samples if not math.isnan(s)], minlength=N_KINDS).tolist())
    if sum(counts) > 1:
        evidence = log_likelihood_ratios([scores], kinds).sum(axis=1)
        table = tail_table(counts, dataclasses.replace(MODEL, finger_correlation=0.0))
        assert table.score(evidence)[0] >= evidence[0] / NEPERS_PER_SCORE - 0.1


def test_a_finger_that_fails_costs_the_others_little() -> None:
    kinds = [2] * 10
    nine, one_failed = fuse([[60.0] * 9 + [math.nan], [60.0] * 9 + [0.0]], kinds)
    assert 0 < nine - one_failed < 20


def test_a_failed_sample_of_a_good_capture_counts_more_than_one_of_a_bad_capture() -> None:
    for kinds in (range(N_FINGER_KINDS), range(N_FINGER_KINDS, N_KINDS)):
        floors = [log_likelihood_ratios([[0.0]], [kind])[0, 0] for kind in kinds]
        assert floors == sorted(floors, reverse=True)
        assert floors[-1] > -10, "hundreds of samples cannot tell more than this"


def test_mated_scores_are_distributions_that_rise_in_evidence() -> None:
    x = np.linspace(0, 500, 5001)
    for kind, mated in enumerate(MODEL.mated):
        assert np.diff(MODEL.log_likelihood_ratios(x, np.full(x.shape, kind, np.uint8))).min() > 0
        np.testing.assert_allclose(mated.cumulative(x) + mated.survival(x), 1.0, atol=1e-12)
        assert mated.cumulative(x[:1])[0] == 0


def test_without_kinds_all_are_fingers_of_middling_quality() -> None:
    assert fuse([[30.0, 20.0]]) == fuse([[30.0, 20.0]], finger_kinds([30.0, 30.0]))


def test_kinds_are_ranges_of_quality() -> None:
    starts = MODEL.finger_from
    assert finger_kinds([0.0, starts[1] - 0.01, starts[1], 1e3]).tolist() == [0, 0, 1, N_FINGER_KINDS - 1]
    assert face_kinds([0, 100]).tolist() == [N_FINGER_KINDS, N_KINDS - 1]


def test_reliable_minutiae_are_the_sum_of_their_qualities() -> None:
    finger = make_finger(1)
    assert reliable_minutiae(prepare(finger)) == pytest.approx(finger.minutiae["quality"].sum() / 100)


def test_fusion_was_fitted_for_the_comparison_in_use() -> None:
    text = files("vantay.search.fusion").joinpath("mated_scores.json").read_text(encoding="utf-8")
    assert json.loads(text)["parameter_hash"] == PARAMETER_HASH, "run vantay.evaluation.fusion_calibration"
    assert read_model(text).digest() == FUSION_HASH


def test_another_model_has_another_hash() -> None:
    other = (MatedScores(0.1, 3.0, 4.0, 5.0), *MODEL.mated[1:])
    assert dataclasses.replace(MODEL, mated=other).digest() != FUSION_HASH


def test_what_is_no_kind_is_refused() -> None:
    with pytest.raises(CallerError, match=f"kinds of samples go up to {N_KINDS}"):
        fuse([[1.0]], [N_KINDS])
    with pytest.raises(CallerError, match="samples, expected less than"):
        fuse(np.ones((1, 600)), np.zeros(600, np.uint8))


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
    assert identification_threshold(5e-324, 1_000_000) == pytest.approx(3293, abs=1)


@pytest.mark.parametrize("rate", [0.0, -1.0, 1.5, math.nan])
def test_thresholds_refuse_what_is_no_rate(rate: float) -> None:
    with pytest.raises(CallerError, match="target_fpir is"):
        identification_threshold(rate, 10)
    with pytest.raises(CallerError, match="threshold_fmr is"):
        verification_threshold(rate)
