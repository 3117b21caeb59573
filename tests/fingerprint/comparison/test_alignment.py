"""The alignment of each reference is the best that any seed grows into, decision by decision."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given

from fingerprint.comparison import plain_columns
from fingerprint.comparison.strategies import (
    JIT,
    another_impression,
    examples,
    odd_templates,
    random_print,
    template,
)
from naive.alignment import NaiveAlignment, naive_align, naive_prediction
from vantay.fingerprint.comparison import PreparedTemplate, TemplatePack, prepare
from vantay.fingerprint.comparison.parameters import PARAMETERS
from vantay.fingerprint.comparison.stages import Stages, run_stages
from vantay.types import FingerTemplate

P = PARAMETERS.alignment
CLOSE_CALL = 3e-4
"""Decisions nearer than this may go the other way in 32 bits, on prints of some hundred pixels."""


def run(probe: PreparedTemplate, reference: PreparedTemplate) -> Stages:
    return run_stages(probe, TemplatePack.of([reference]), np.zeros(1, np.int64))


def start_of(stages: Stages, k: int) -> dict[int, int]:
    """The seed and the local pairs that fit it; of two that claim a minutia the first stays."""
    columns = [(int(i), int(j)) for i, j in stages.pairs.columns[0, : stages.pairs.n_pairs[0]]]
    seed = int(stages.relaxed.seed[0, k])
    start = dict([columns[seed]])
    for (i, j), fits in zip(columns, stages.relaxed.fits_seed[0, k], strict=False):
        if fits and i not in start and j not in start.values():
            start[i] = j
    return start


def naive_best(stages: Stages, probe: PreparedTemplate, reference: PreparedTemplate) -> NaiveAlignment:
    hulls = (plain_columns.half_planes(probe), plain_columns.half_planes(reference))
    a, b = plain_columns.minutiae(probe), plain_columns.minutiae(reference)
    grown = [
        naive_align(a, b, hulls, start_of(stages, k), P)
        for k in range(PARAMETERS.relaxation.n_seeds)
        if stages.relaxed.seed[0, k] >= 0
    ]
    best = max(grown, key=lambda g: g.fit)
    others = [abs(g.fit - best.fit) for g in grown if g.partner != best.partner]
    best.closest_call = min([g.closest_call for g in grown] + others)
    return best


def assert_as_naive(probe: PreparedTemplate, reference: PreparedTemplate) -> bool:
    """Compare with the naive alignment; return whether no decision was too close to compare."""
    stages = run(probe, reference)
    alignment = stages.alignments
    partner = {i: int(j) for i, j in enumerate(alignment.partner[0]) if j >= 0}
    is_due = stages.pairs.n_pairs[0] >= 2 and stages.relaxed.score[0] >= np.float32(P.min_support)
    assert alignment.is_aligned[0] == is_due
    if not is_due:
        assert (partner, alignment.overlap[0], alignment.fit[0]) == ({}, 0, 0)
        return True
    expected = naive_best(stages, probe, reference)
    if expected.closest_call < CLOSE_CALL:
        return False
    assert partner == expected.partner
    assert alignment.overlap[0] == pytest.approx(expected.overlap, rel=1e-4)
    assert alignment.fit[0] == pytest.approx(expected.fit, rel=1e-3)
    return True


def test_prints_are_aligned_as_the_naive_version_aligns_them() -> None:
    n_prints = 24 if JIT else 8
    n_compared = 0
    for seed in range(n_prints):
        source = random_print(seed, 20 + seed)
        impression = another_impression(source, seed, kept=0.5 + seed / 50, jitter_px=1 + seed % 4)
        n_compared += assert_as_naive(prepare(source), prepare(impression))
    assert n_compared >= n_prints // 2


def test_crowded_strangers_are_aligned_as_the_naive_version_aligns_them() -> None:
    """Where several seeds disagree, and several minutiae lie within reach of a prediction."""
    strangers = [prepare(random_print(seed, 14, side_px=90, apart_px=4)) for seed in range(12)]
    n_aligned = n_compared = 0
    for a, b in itertools.combinations(strangers, 2) if JIT else itertools.pairwise(strangers):
        n_aligned += bool(run(a, b).alignments.is_aligned[0])
        n_compared += assert_as_naive(a, b)
    assert n_aligned >= (20 if JIT else 3)
    assert n_compared >= n_aligned // 2


def test_two_pairs_are_no_alignment() -> None:
    def triangle(moved_px: int) -> PreparedTemplate:
        return prepare(
            template([(300, 300, 0, 1, 90), (340, 310, 20, 1, 90), (310 - moved_px, 350, 40, 1, 90)])
        )

    found = set()
    for moved_px in range(5, 40):
        alignments = run(triangle(0), triangle(moved_px)).alignments
        found.add((bool(alignments.is_aligned[0]), int(np.count_nonzero(alignments.partner[0] >= 0))))
    assert (True, 0) in found
    assert {n_pairs for _, n_pairs in found} == {0, 3}


@given(odd_templates(max_size=20))
@examples(60)
def test_odd_templates_are_aligned_with_themselves_as_the_naive_version_does(a: FingerTemplate) -> None:
    prepared = prepare(a)
    if not a.minutiae.size or max(np.ptp(a.minutiae["x_px"]), np.ptp(a.minutiae["y_px"])) < 500:
        assert_as_naive(prepared, prepared)


@given(odd_templates(), odd_templates())
@examples(150)
def test_pairs_are_one_to_one_and_figures_finite(a: FingerTemplate, b: FingerTemplate) -> None:
    alignment = run(prepare(a), prepare(b)).alignments
    paired = alignment.partner[0][alignment.partner[0] >= 0]
    assert alignment.partner.shape == (1, a.n_minutiae)
    assert len(set(paired.tolist())) == paired.size
    assert paired.size == 0 or (paired.max() < b.n_minutiae and paired.size >= 3)
    assert np.isfinite(alignment.overlap[0])
    assert np.isfinite(alignment.fit[0])
    assert alignment.overlap[0] >= 0


@pytest.mark.parametrize("seed", range(3))
def test_a_moved_and_turned_print_is_paired_minutia_by_minutia(seed: int) -> None:
    source = random_print(seed, 14, side_px=150)
    impression = another_impression(source, seed, kept=1.0, jitter_px=0.5)
    probe, reference = prepare(source), prepare(impression)
    alignment = run(probe, reference).alignments
    quality = np.asarray(source.minutiae["quality"][probe.order])
    paired_quality = np.asarray(impression.minutiae["quality"][reference.order])[alignment.partner[0]]
    assert np.all(alignment.partner[0] >= 0)
    np.testing.assert_array_equal(quality, paired_quality)
    assert alignment.overlap[0] == pytest.approx(quality.sum() / 100, rel=1e-5)


def test_a_rigid_motion_is_predicted_exactly() -> None:
    a = [(0.0, 0.0, 0.3, 1.0), (90.0, 10.0, 1.0, 1.0), (20.0, 70.0, 2.0, 1.0), (60.0, 60.0, 4.0, 1.0)]
    turn, (dx, dy) = 0.4, (33.0, -12.0)
    c, s = math.cos(turn), math.sin(turn)
    b = [(c * x - s * y + dx, s * x + c * y + dy, d + turn, w) for x, y, d, w in a]
    for i in range(4):
        assert naive_prediction(i, a, b, {0: 0, 1: 1, 2: 2}, P) == pytest.approx(b[i][:3])


def test_what_is_too_far_from_every_pair_is_not_predicted() -> None:
    places = [(0, 0), (60, 20), (20, 70), (80, 80), (30, 30)]
    near = [(300 + x, 300 + y, 17 * k, 1, 50) for k, (x, y) in enumerate(places)]
    reach_px = int(P.extrapolation_px)
    for distance_px, is_paired in ((reach_px, True), (reach_px + 1, False)):
        loner = (380 + distance_px, 380, 100, 1, 50)
        prepared = prepare(template([*near, loner]))
        partner = run(prepared, prepared).alignments.partner[0]
        column = prepared.order.tolist().index(5)
        assert (partner[column] == column) == is_paired
        assert np.count_nonzero(partner >= 0) == 5 + is_paired
