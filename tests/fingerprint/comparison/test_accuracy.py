"""The comparison with LEADER's minutiae on a public set stays as accurate as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from vantay.evaluation.error_rates import equal_error_rate, error_curve, fnmr_at_fmr
from vantay.evaluation.fvc import evaluate_set, open_fvc_sets


@pytest.mark.slow_without_jit
def test_error_rates_on_fvc2002_db1_b(eval_data: Path, model_dir: Path) -> None:
    (fvc_set,) = open_fvc_sets([str(eval_data / "fingerprints" / "fvc2002" / "DB1_B")])
    result = evaluate_set(fvc_set, "leader")
    table = result.scores
    curve = error_curve(table.mated, table.non_mated)
    assert (table.mated.size, table.non_mated.size) == (280, 2880)
    assert equal_error_rate(curve) <= 0.01
    assert fnmr_at_fmr(curve, 1e-3) <= 0.02
    # a score of 30 promises one false match in 1,000; these fingers were among those it was fitted on
    assert (table.non_mated >= 30).mean() <= 2e-3
