"""What is slower is seen, what is noise is not."""

from __future__ import annotations

import pytest
from benchmarks.harness.judgement import (
    LARGEST_TOLERANCE,
    LEAST_TOLERANCE,
    Verdict,
    judge,
    suspects,
    tolerance_of,
    with_best,
)
from benchmarks.harness.reference import Reference
from benchmarks.harness.result import Result
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.made_up_results import result


def verdict_of(now: Result, before: Result, *, is_same_machine: bool = True) -> Verdict:
    (judgement,) = judge([now], [before], is_same_machine=is_same_machine)
    return judgement.verdict


@pytest.mark.parametrize(
    ("change", "verdict"),
    [(1.0, "same"), (1.07, "same"), (1.12, "SLOWER"), (2.0, "SLOWER"), (0.94, "same"), (0.8, "faster")],
)
def test_a_quiet_benchmark_is_judged_by_the_least_tolerance(change: float, verdict: str) -> None:
    before = result(spread=0.01)
    assert verdict_of(result(ratio=before.ratio * change), before) == verdict


def test_a_noisy_benchmark_is_given_more_room() -> None:
    noisy = result(spread=0.2)
    assert verdict_of(result(ratio=1.25 * noisy.ratio), noisy) is Verdict.SAME
    assert verdict_of(result(ratio=1.35 * noisy.ratio), noisy) is Verdict.SLOWER


def test_a_slower_machine_is_no_regression() -> None:
    before = result()
    now = result(time_ms=3 * before.time_ms, reference_ms=3 * before.reference_ms)
    assert verdict_of(now, before) is Verdict.SAME


def test_another_kind_of_machine_is_not_judged() -> None:
    assert verdict_of(result(ratio=100.0), result(), is_same_machine=False) is Verdict.OTHER_MACHINE


def test_what_was_not_there_is_new() -> None:
    assert verdict_of(result("a/b"), result()) is Verdict.NEW


def test_another_reference_makes_a_benchmark_new() -> None:
    assert verdict_of(result(reference=Reference.MEMORY, ratio=0.1), result()) is Verdict.NEW


@given(spread=st.floats(0, 10))
def test_tolerance_stays_within_its_limits(spread: float) -> None:
    assert LEAST_TOLERANCE <= tolerance_of(result(spread=spread)) <= LARGEST_TOLERANCE


@given(change=st.floats(0.01, 100), spread=st.floats(0, 1))
def test_no_change_is_both_slower_and_faster_seen_from_the_other_side(change: float, spread: float) -> None:
    before, now = result(spread=spread), result(ratio=result().ratio * change, spread=spread)
    both = {verdict_of(now, before), verdict_of(before, now)}
    assert both in ({Verdict.SAME}, {Verdict.SLOWER, Verdict.FASTER})


def test_only_what_is_slower_is_looked_at_again() -> None:
    committed = [result("a"), result("b"), result("c")]
    now = [result("a", ratio=9.9), result("b"), result("c", ratio=1.0)]
    assert [one.result.name for one in suspects(judge(now, committed))] == ["a"]


def test_the_better_of_two_looks_counts() -> None:
    first = [result("a", ratio=9.0), result("b", ratio=2.0)]
    again = [result("a", ratio=8.1), result("b", ratio=2.5), result("c")]
    assert [one.ratio for one in with_best(first, again)] == [8.1, 2.0]
