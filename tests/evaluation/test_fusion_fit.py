"""The fit of mated scores finds what they were drawn from, and claims no more than the data hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import gamma

from vantay.evaluation.fusion_calibration import MAX_PERSONS, describe, pool_samples, write_model
from vantay.evaluation.fusion_correlation import correlation_by_class, jackknife_error, mean_correlation
from vantay.evaluation.fusion_fit import MatedSample, fit_kinds, pool_falling
from vantay.evaluation.fusion_simulation import (
    draw_subjects,
    fisher,
    fisher_brown,
    impression_correlation,
)
from vantay.search.fusion.mated_model import MIN_SCALE, MODEL, MatedScores, read_model
from vantay_datasets.synthetic.fingerprint import PatternClass

TRUE = MatedScores(weak_share=0.1, weak_mean=6.0, shape=6.0, scale=4.0)


def draw(n: int, mated: MatedScores, quality: float, rng: np.random.Generator) -> MatedSample:
    is_weak = rng.random(n) < mated.weak_share
    x = np.where(is_weak, rng.exponential(mated.weak_mean, n), rng.gamma(mated.shape, mated.scale, n))
    return MatedSample(x, np.full(n, quality), np.arange(n))


def join(*samples: MatedSample) -> MatedSample:
    return MatedSample(
        *(np.concatenate([getattr(s, k) for s in samples]) for k in ("x", "quality", "person"))
    )


def test_fit_finds_the_distribution_that_scores_were_drawn_from() -> None:
    (fitted,) = fit_kinds(draw(20_000, TRUE, 10.0, np.random.default_rng(1)), [0.0]).values()
    assert fitted.weak_mean in {4.0, 6.0, 8.0}, "the tail of the weak hides under the others"
    assert fitted.weak_share == pytest.approx(TRUE.weak_share, abs=0.03)
    x = np.linspace(0, 60, 100)
    np.testing.assert_allclose(fitted.cumulative(x), TRUE.cumulative(x), atol=0.01)


def test_ranges_whose_scores_do_not_rise_are_pooled() -> None:
    rng = np.random.default_rng(2)
    sample = join(*(draw(300, TRUE, quality, rng) for quality in (5.0, 15.0, 25.0)))
    better = MatedSample(sample.x + np.where(sample.quality == 25.0, 9.0, 0.0), sample.quality, sample.person)
    worse = MatedSample(better.x - np.where(sample.quality == 15.0, 2.0, 0.0), sample.quality, sample.person)
    assert list(fit_kinds(worse, [0.0, 10.0, 20.0])) == [0.0, 20.0]


def test_that_no_sample_was_weak_says_no_more_than_their_number() -> None:
    rng = np.random.default_rng(3)
    x = rng.gamma(30.0, 1.0, 2000)
    for n_persons in (10, 100):
        sample = MatedSample(x, np.zeros(2000), np.arange(2000) % n_persons)
        (fitted,) = fit_kinds(sample, [0.0]).values()
        assert fitted.weak_share == pytest.approx(0.5 / (n_persons + 1), rel=0.05)
        assert fitted.scale >= MIN_SCALE, "however narrow the mated scores were"


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.1, 10)), min_size=1, max_size=8))
def test_pooled_values_fall_and_keep_their_mean(rows: list[tuple[float, float]]) -> None:
    values, weights = np.array(rows).T
    pooled = pool_falling(values, weights)
    assert (np.diff(pooled) <= 1e-12).all()
    assert pooled @ weights == pytest.approx(values @ weights, abs=1e-9)
    if (np.diff(values) <= 0).all():
        np.testing.assert_allclose(pooled, values)


def test_model_is_read_as_it_was_written(tmp_path: Path) -> None:
    fields = {
        "finger_kinds": describe(dict(zip(MODEL.finger_from, MODEL.mated, strict=False))),
        "face_kinds": describe(dict(zip(MODEL.face_from, MODEL.mated[MODEL.n_finger_kinds :], strict=True))),
        "finger_correlation": MODEL.finger_correlation,
    }
    write_model(tmp_path / "model.json", fields)
    assert read_model((tmp_path / "model.json").read_text(encoding="utf-8")) == MODEL


def test_a_finger_is_one_person_by_either_extractor() -> None:
    one, other = draw(3, TRUE, 1.0, np.random.default_rng(4)), draw(2, TRUE, 1.0, np.random.default_rng(5))
    pooled = pool_samples({"a": [one, other], "b": [one]})
    assert pooled.person.tolist() == [0, 1, 2, MAX_PERSONS, MAX_PERSONS + 1, 0, 1, 2]
    assert pooled.n_persons == 5


def test_simulated_subjects_have_different_fingers_of_one_set() -> None:
    persons = np.repeat(np.arange(10), 4)
    place = np.tile(np.arange(4), 10)
    numbers = (10 * persons + place).astype(np.float64)
    sets = [MatedSample(numbers + first, np.full(40, 30.0), persons) for first in (1000.0, 2000.0)]
    scores, kinds = draw_subjects(sets, None, 5, np.random.default_rng(6))
    x = np.round(scores * np.log(10) / 10).astype(int)
    assert (np.ptp(x // 1000, axis=1) == 0).all(), "of one set"
    assert (np.ptp(x % 10, axis=1) == 0).all(), "of the same two impressions"
    assert all(len(set(row)) == 5 for row in (x[:500] % 1000 // 10).tolist()), "different fingers"
    assert set(np.unique(x // 1000)) == {1, 2}
    assert kinds.shape == scores.shape


def test_fingers_of_the_same_impressions_correlate_as_far_as_they_have_something_in_common() -> None:
    rng = np.random.default_rng(9)
    persons = np.repeat(np.arange(20), 30)
    press, own = rng.normal(size=30), rng.normal(size=600)
    same_press = MatedSample(20 + np.tile(press, 20) + own, np.full(600, 30.0), persons)
    is_good = np.tile(press, 20) > 0
    by_quality = MatedSample(20 + 10.0 * is_good + own, np.where(is_good, 50.0, 10.0), persons)
    assert impression_correlation([same_press]) == pytest.approx((0.5, 0.5), abs=0.15)
    raw, within = impression_correlation([by_quality])
    assert raw > 0.9
    assert within == pytest.approx(0, abs=0.05)


def test_fisher_is_the_tail_of_the_gamma_distribution() -> None:
    scores = np.random.default_rng(7).exponential(20, (50, 4))
    expected = -10 * gamma.logsf(scores.sum(axis=1) * np.log(10) / 10, 4) / np.log(10)
    kinds = np.full(scores.shape, 1, np.uint8)
    np.testing.assert_allclose(fisher(scores, kinds), expected, rtol=1e-9)
    assert (fisher_brown(scores, kinds) < expected).mean() > 0.9


def test_correlation_is_measured_with_an_error_of_its_size() -> None:
    rng = np.random.default_rng(8)
    one, other = np.triu_indices(60, 1)
    person = rng.normal(size=60)
    values = 0.5 * (person[one] + person[other])[:, None] + rng.normal(size=(one.size, 10))
    expected = 0.5 / 1.5
    error = jackknife_error(values, 60)
    assert 0.01 < error < 0.2
    assert mean_correlation(values) == pytest.approx(expected, abs=3 * error)


def test_effects_of_classes_make_no_correlation_where_there_are_none() -> None:
    effects = {frozenset({a, b}): 0.7 for a in PatternClass for b in PatternClass}
    np.testing.assert_allclose(correlation_by_class(effects, 1.0, 8), (0.0, 0.0), atol=1e-12)
    effects[frozenset({PatternClass.WHORL})] = 1.4
    of_people, of_one_class = correlation_by_class(effects, 1.0, 30)
    assert 0 < of_people < of_one_class
