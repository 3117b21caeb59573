"""The raw score is what the docstrings say: weighted similarity of pairs, overlap, support."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from fingerprint.comparison import plain_columns
from fingerprint.comparison.strategies import another_impression, examples, odd_templates, random_print
from naive.evidence import naive_log_odds, naive_paired_similarity
from vantay.fingerprint.comparison import PreparedTemplate, TemplatePack, prepare
from vantay.fingerprint.comparison.parameters import PARAMETERS
from vantay.fingerprint.comparison.stages import run_stages
from vantay.types import FingerTemplate


def assert_as_naive(probe: PreparedTemplate, reference: PreparedTemplate) -> float:
    stages = run_stages(probe, TemplatePack.of([reference]), np.zeros(1, np.int64))
    partner = {i: int(j) for i, j in enumerate(stages.alignments.partner[0]) if j >= 0}
    bits = (plain_columns.cylinders(probe), plain_columns.cylinders(reference))
    weights = (
        [w for *_, w in plain_columns.minutiae(probe)],
        [w for *_, w in plain_columns.minutiae(reference)],
    )
    paired = naive_paired_similarity(partner, bits, weights)
    assert stages.paired[0] == pytest.approx(paired, rel=1e-5, abs=1e-6)
    if not stages.alignments.is_aligned[0]:
        assert stages.log_odds[0] == -np.inf
        return 0.0
    overlap, support = float(stages.alignments.overlap[0]), float(stages.relaxed.score[0])
    expected = naive_log_odds(paired, overlap, support, PARAMETERS.score)
    assert stages.log_odds[0] == pytest.approx(expected, rel=1e-5, abs=1e-4)
    return paired


@given(odd_templates(max_size=20))
@examples(60)
def test_odd_templates_against_themselves_have_the_naive_evidence(a: FingerTemplate) -> None:
    assert_as_naive(prepare(a), prepare(a))


@pytest.mark.parametrize("seed", range(3))
def test_prints_have_the_naive_evidence(seed: int) -> None:
    source = random_print(seed, 14, side_px=140)
    probe = prepare(source)
    assert assert_as_naive(probe, prepare(another_impression(source, seed))) > 1
    assert assert_as_naive(probe, prepare(random_print(seed + 50, 14, side_px=140))) >= 0
