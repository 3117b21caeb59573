"""Relaxation gives MCC's supports and score, and seeds that fit different transforms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from fingerprint.comparison import plain_columns
from fingerprint.comparison.strategies import another_impression, examples, odd_templates, random_print
from naive.local_pairs import naive_pair_count
from naive.relaxation import Pair, naive_compatibility, naive_score_range, naive_support
from vantay.fingerprint.comparison import PreparedTemplate, TemplatePack, prepare
from vantay.fingerprint.comparison.local import LocalPairs, LocalTables, find_local_pairs
from vantay.fingerprint.comparison.parameters import PARAMETERS
from vantay.fingerprint.comparison.relaxation import RelaxedPairs, relax_pairs
from vantay.types import FingerTemplate

P = PARAMETERS.relaxation
TABLES = LocalTables(PARAMETERS.local)
FIRST = np.zeros(1, np.int64)
NEAR_PX = 2000
"""Prints of this size keep distances exact to 0.03 px in 32 bits; larger ones are tested on their own."""


def relax(probe: PreparedTemplate, reference: PreparedTemplate) -> tuple[LocalPairs, RelaxedPairs]:
    pack = TemplatePack.of([reference])
    pairs = find_local_pairs(probe, pack, FIRST, TABLES)
    return pairs, relax_pairs(probe, pack, FIRST, pairs, (P, TABLES.pair_counts))


def plain_pairs(probe: PreparedTemplate, reference: PreparedTemplate, pairs: LocalPairs) -> list[Pair]:
    a, b = plain_columns.minutiae(probe), plain_columns.minutiae(reference)
    return [(a[i][:3], b[j][:3]) for i, j in pairs.columns[0, : pairs.n_pairs[0]]]


def assert_as_naive(probe: PreparedTemplate, reference: PreparedTemplate) -> float:
    pairs, relaxed = relax(probe, reference)
    n = int(pairs.n_pairs[0])
    if n < 2:
        assert relaxed.score[0] == 0
        assert not relaxed.support[0].any()
        assert np.all(relaxed.seed[0] == -1)
        return 0.0
    own = [float(s) for s in pairs.similarity[0, :n]]
    expected = naive_support(plain_pairs(probe, reference, pairs), own, P)
    supports = [float(s) for s in relaxed.support[0, :n]]
    assert supports == pytest.approx(expected, abs=1e-3)
    count = naive_pair_count(probe.n_valid, reference.n_valid, PARAMETERS.local)
    low, high = naive_score_range(own, supports, count)
    score = float(relaxed.score[0])
    assert low - 1e-5 <= score <= high + 1e-5
    return score


def is_small(template: FingerTemplate) -> bool:
    m = template.minutiae
    return not m.size or max(np.ptp(m["x_px"]), np.ptp(m["y_px"])) <= NEAR_PX


@given(odd_templates(), odd_templates())
@examples(150)
def test_odd_templates_gain_the_naive_support(a: FingerTemplate, b: FingerTemplate) -> None:
    if is_small(a) and is_small(b):
        assert_as_naive(prepare(a), prepare(b))


@given(odd_templates())
@examples(60)
def test_a_template_against_itself_gains_the_naive_support(a: FingerTemplate) -> None:
    if is_small(a):
        assert_as_naive(prepare(a), prepare(a))


@given(odd_templates(), odd_templates())
@examples(60)
def test_supports_are_finite_and_bounded_however_large_the_print(
    a: FingerTemplate, b: FingerTemplate
) -> None:
    pairs, relaxed = relax(prepare(a), prepare(b))
    n = int(pairs.n_pairs[0])
    assert np.all(np.isfinite(relaxed.support[0]))
    assert np.all(relaxed.support[0] >= 0)
    assert np.all(relaxed.support[0, :n] <= pairs.similarity[0, :n].max(initial=0) + 1e-6)
    assert 0 <= relaxed.score[0] <= 1


@pytest.mark.slow_without_jit
@pytest.mark.parametrize("seed", range(6))
def test_prints_gain_the_naive_support_and_mated_ones_more(seed: int) -> None:
    probe = prepare(random_print(seed, 30 + 3 * seed))
    impression = prepare(another_impression(random_print(seed, 30 + 3 * seed), seed))
    mated = assert_as_naive(probe, impression)
    non_mated = assert_as_naive(probe, prepare(random_print(seed + 50, 40)))
    assert mated > 2 * non_mated


@pytest.mark.parametrize("seed", range(8))
def test_seeds_are_the_best_supported_pairs_that_fit_no_seed_before(seed: int) -> None:
    source = random_print(seed, 20, side_px=180)
    probe, reference = prepare(source), prepare(another_impression(source, seed, kept=0.9, jitter_px=3))
    pairs, relaxed = relax(probe, reference)
    plain = plain_pairs(probe, reference, pairs)
    n = len(plain)
    assert n > 5
    free = np.ones(n, np.bool_)
    for k in range(P.n_seeds):
        best = int(relaxed.seed[0, k])
        if not free.any():
            assert best == -1
            continue
        assert free[best]
        assert relaxed.support[0, best] == relaxed.support[0, :n][free].max()
        fits = relaxed.fits_seed[0, k, :n]
        for t in range(n):
            compatibility = 0.0 if t == best else naive_compatibility(plain[t], plain[best], P)
            assert fits[t] == (compatibility >= P.seed_compatibility) or compatibility == pytest.approx(
                P.seed_compatibility, abs=1e-3
            )
        free &= ~fits
        free[best] = False


def test_pairs_that_share_a_minutia_do_not_support_each_other() -> None:
    a, b, c = (0.0, 0.0, 0.0), (50.0, 0.0, 1.0), (50.0, 0.5, 1.0)
    assert naive_compatibility((a, a), (b, b), P) == pytest.approx(1)
    assert naive_compatibility((a, b), (a, c), P) == 0
