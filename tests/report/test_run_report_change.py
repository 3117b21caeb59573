"""A verdict on two runs stands on a test that has a name, and on nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from vantay.errors import InvalidSetting
from vantay.report.run_report import Change, Run, Verdict, find_changes, parse_run
from vantay.report.run_report.difference import Test as Basis


def run_of(figures: dict[str, Any], kind: str = "identification") -> Run:
    text = json.dumps({"kind": kind, "format": 1, "figures": figures})
    return parse_run(text, source="run.json", name="run")


def change_of(old: dict[str, Any], new: dict[str, Any]) -> Change:
    changes = find_changes(run_of({"sets": {"a": old}}), run_of({"sets": {"a": new}}))
    assert len(changes) == 1
    return changes[0]


def searches(n_missed: int, n: int = 1000) -> dict[str, Any]:
    return {"n_mated": n, "fnir": n_missed / n}


def test_equal_runs_do_not_differ() -> None:
    change = change_of(searches(10), searches(10))
    assert change.verdict is Verdict.NO_DIFFERENCE
    assert change.difference.value == 0.0


@pytest.mark.parametrize(("n_old", "n_new", "verdict"), [(50, 10, Verdict.BETTER), (10, 50, Verdict.WORSE)])
def test_clearly_different_counts_of_searches_are_significant(
    n_old: int, n_new: int, verdict: Verdict
) -> None:
    change = change_of(searches(n_old), searches(n_new))
    assert (change.verdict, change.difference.test) == (verdict, Basis.FISHER)
    expected = fisher_exact([[n_old, 1000 - n_old], [n_new, 1000 - n_new]]).pvalue
    assert change.difference.p_value == pytest.approx(expected)
    interval = change.difference.interval
    assert interval is not None
    assert interval.low < change.difference.value < interval.high
    assert not interval.low <= 0.0 <= interval.high


def test_one_more_miss_is_not_significant() -> None:
    assert change_of(searches(10), searches(11)).verdict is Verdict.NOT_SIGNIFICANT


def test_higher_is_better_of_a_hit_rate() -> None:
    old, new = ({"n_mated": 1000, "hit_rate_at_rank": {"1": rate}} for rate in (0.90, 0.99))
    assert change_of(old, new).verdict is Verdict.BETTER


def test_newcombe_interval_is_that_of_the_paper() -> None:
    # R. G. Newcombe 1998, table II, method 10, case a: 56/70 − 48/80
    old, new = {"n_mated": 80, "fnir": 48 / 80}, {"n_mated": 70, "fnir": 56 / 70}
    interval = change_of(old, new).difference.interval
    assert interval == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_intervals_of_both_runs_decide_where_comparisons_depend_on_each_other() -> None:
    old = {"eer": 0.020, "eer_95": [0.015, 0.025]}
    far = change_of(old, {"eer": 0.010, "eer_95": [0.008, 0.012]})
    near = change_of(old, {"eer": 0.017, "eer_95": [0.012, 0.022]})
    assert (far.verdict, far.difference.test) == (Verdict.BETTER, Basis.INTERVALS)
    assert (near.verdict, near.difference.test) == (Verdict.NOT_SIGNIFICANT, Basis.INTERVALS)


def test_interval_without_width_proves_nothing() -> None:
    old, new = {"eer": 0.0, "eer_95": [0.0, 0.0]}, {"eer": 0.01, "eer_95": [0.005, 0.02]}
    assert change_of(old, new).verdict is Verdict.NOT_TESTED
    zero = {"n_mated": 100, "fnmr_at_fmr_1e-2": 0.0, "fnmr_at_fmr_1e-2_95": [0.0, 0.0]}
    some = {"n_mated": 100, "fnmr_at_fmr_1e-2": 0.02, "fnmr_at_fmr_1e-2_95": [0.01, 0.03]}
    assert change_of(zero, some).verdict is Verdict.NOT_SIGNIFICANT


def test_counts_of_dependent_comparisons_give_a_hint_at_most() -> None:
    old, new = ({"n_mated": 1000, "fnmr_at_fmr_1e-3": rate} for rate in (0.05, 0.01))
    change = change_of(old, new)
    assert (change.verdict, change.difference.test) == (Verdict.HINT, Basis.FISHER_DEPENDENT)


def test_rate_at_a_threshold_read_off_the_same_searches_is_not_tested_by_counts_alone() -> None:
    old, new = ({"n_mated": 1000, "fnir_at_fpir": {"1e-2": {"fnir": rate}}} for rate in (0.05, 0.01))
    assert change_of(old, new).verdict is Verdict.HINT


def test_what_has_no_interval_gets_no_verdict() -> None:
    change = change_of({"search_ms": {"mean": 10.0}}, {"search_ms": {"mean": 1.0}})
    assert (change.verdict, change.is_tested) == (Verdict.NOT_TESTED, False)


def test_counts_and_thresholds_do_not_change_for_better_or_worse() -> None:
    old, new = ({"n_mated": n, "decision": {"threshold": float(n), "target_fpir": 0.1}} for n in (1, 2))
    assert find_changes(run_of({"sets": {"a": old}}), run_of({"sets": {"a": new}})) == ()


def test_runs_of_two_kinds_are_not_compared() -> None:
    with pytest.raises(InvalidSetting, match="is a run of fvc, expected faces"):
        find_changes(run_of({}, "faces"), run_of({}, "fvc"))


@given(st.integers(0, 60), st.integers(0, 60), st.integers(60, 90), st.integers(60, 90))
def test_verdict_turns_around_with_the_runs(a: int, b: int, n_a: int, n_b: int) -> None:
    there, back = change_of(searches(a, n_a), searches(b, n_b)), change_of(searches(b, n_b), searches(a, n_a))
    opposite = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER}
    assert back.verdict is opposite.get(there.verdict, there.verdict)
    assert there.difference.interval is not None
    assert there.difference.interval.low <= there.difference.value <= there.difference.interval.high
