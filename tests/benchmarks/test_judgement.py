"""What is slower is seen, what is noise is not."""

from __future__ import annotations

import pytest
from benchmarks.harness.judgement import (
    ENOUGH_PASSES,
    FEW_PASSES_TOLERANCE,
    LARGEST_TOLERANCE,
    LEAST_TOLERANCE,
    Verdict,
    fails,
    find_gone,
    judge,
    judge_documents,
    suspects,
    tolerance_of,
    too_noisy,
    with_best,
)
from benchmarks.harness.reference import REFERENCE_VERSION, Reference
from benchmarks.harness.result import Result, details_of, read_results
from benchmarks.harness.run_document import committed_folder, read_document
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.made_up_results import look, result


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
    noisy = result(spread=0.12)
    assert verdict_of(result(ratio=1.15 * noisy.ratio), noisy) is Verdict.SAME
    assert verdict_of(result(ratio=1.21 * noisy.ratio), noisy) is Verdict.SLOWER


def test_a_few_passes_do_not_tell_how_noisy_a_benchmark_is() -> None:
    single = result(spread=0.0, n_passes=1)
    assert verdict_of(result(ratio=1.14 * single.ratio), single) is Verdict.SAME
    assert verdict_of(result(ratio=1.16 * single.ratio), single) is Verdict.SLOWER
    assert tolerance_of(result(spread=0.0, n_passes=ENOUGH_PASSES - 1)) == FEW_PASSES_TOLERANCE
    assert tolerance_of(result(spread=0.0, n_passes=ENOUGH_PASSES)) == LEAST_TOLERANCE


def test_what_is_noisier_than_any_tolerance_is_named() -> None:
    results = [result("quiet", spread=0.16), result("noisy", spread=0.17)]
    assert [one.name for one in too_noisy(results)] == ["noisy"]


def test_a_slower_machine_is_no_regression() -> None:
    before = result()
    now = result(time_ms=3 * before.time_ms, reference_ms=3 * before.reference_ms)
    assert verdict_of(now, before) is Verdict.SAME


def test_another_kind_of_machine_is_not_judged() -> None:
    assert verdict_of(result(ratio=100.0), result(), is_same_machine=False) is Verdict.OTHER_MACHINE


def test_what_was_not_there_is_new() -> None:
    assert verdict_of(result("a/b"), result()) is Verdict.NEW


@pytest.mark.parametrize("before", [result(reference=Reference.MEMORY), result(reference_version=1)])
def test_ratios_to_another_reference_are_not_judged(before: Result) -> None:
    (judgement,) = judge([result(ratio=100.0)], [before])
    assert (judgement.verdict, judgement.change) == (Verdict.OTHER_REFERENCE, None)


def test_what_was_not_measured_now_is_missing_and_what_has_no_model_is_left_out() -> None:
    committed = [result("a"), result("b"), result("c")]
    gone = find_gone([result("a"), result("new")], committed, left_out=["c"])
    assert [(one.result.name, one.verdict) for one in gone] == [
        ("b", Verdict.MISSING),
        ("c", Verdict.LEFT_OUT),
    ]
    assert all(one.change is None for one in gone)


@pytest.mark.parametrize(
    ("left_out", "is_whole", "is_failing"), [([], True, True), (["b"], True, False), ([], False, False)]
)
def test_a_whole_run_fails_for_what_is_missing(left_out: list[str], is_whole: bool, is_failing: bool) -> None:
    before = {"details": details_of([result("a"), result("b")])}
    now = {"details": details_of([result("a")]), "left_out": left_out}
    assert fails(judge_documents(now, before, is_whole=is_whole)) is is_failing


def test_documents_of_other_machines_are_not_judged() -> None:
    before = {"details": details_of([result()]), "machine": {"processor": "slow"}}
    now = {"details": details_of([result(ratio=80.0)]), "machine": {"processor": "fast"}}
    assert [one.verdict for one in judge_documents(now, before)] == [Verdict.OTHER_MACHINE]
    assert [one.verdict for one in judge_documents(now, now | before | {"machine": now["machine"]})] == [
        Verdict.SLOWER
    ]


@given(spread=st.floats(0, 10), n_passes=st.integers(1, 5))
def test_tolerance_stays_within_its_limits(spread: float, n_passes: int) -> None:
    given_room = tolerance_of(result(spread=spread, n_passes=n_passes))
    assert LEAST_TOLERANCE <= given_room <= LARGEST_TOLERANCE


@given(change=st.floats(0.01, 100), spread=st.floats(0, 1))
def test_no_change_is_both_slower_and_faster_seen_from_the_other_side(change: float, spread: float) -> None:
    before, now = result(spread=spread), result(ratio=result().ratio * change, spread=spread)
    both = {verdict_of(now, before), verdict_of(before, now)}
    assert both in ({Verdict.SAME}, {Verdict.SLOWER, Verdict.FASTER})


def test_only_what_is_slower_is_looked_at_again() -> None:
    committed = [result("a"), result("b"), result("c")]
    now = [result("a", ratio=9.9), result("b"), result("c", ratio=1.0)]
    assert [one.result.name for one in suspects(judge(now, committed))] == ["a"]


def test_the_best_call_and_the_best_reference_of_all_looks_count() -> None:
    first = [look("a", call_ms=9.0, reference_ms=2.0), look("b", call_ms=2.0, reference_ms=1.0)]
    again = [look("a", call_ms=8.0, reference_ms=2.5), look("c", call_ms=1.0, reference_ms=1.0)]
    a, b = with_best(first, again)
    assert (a.time_ms, a.reference_ms, a.ratio) == (8.0, 2.0, 4.0)
    assert b == first[1]


def test_a_slow_reference_does_not_hide_a_slow_call() -> None:
    committed = [result("a", time_ms=1.0, reference_ms=1.0, ratio=1.0)]
    slower = look("a", call_ms=1.3, reference_ms=1.0)
    disturbed = look("a", call_ms=1.35, reference_ms=1.4)
    assert disturbed.ratio < 1.0
    for first, again in ((slower, disturbed), (disturbed, slower)):
        (judgement,) = judge(with_best([first], [again]), committed)
        assert judgement.verdict is Verdict.SLOWER
        assert judgement.change == pytest.approx(1.3)


def test_a_disturbed_call_is_forgiven_once_it_was_not() -> None:
    committed = [result("a", time_ms=1.0, reference_ms=1.0, ratio=1.0)]
    looks = [look("a", call_ms=1.5, reference_ms=1.0)], [look("a", call_ms=1.04, reference_ms=1.04)]
    assert [one.verdict for one in judge(looks[0], committed)] == [Verdict.SLOWER]
    assert [one.verdict for one in judge(with_best(*looks), committed)] == [Verdict.SAME]


def test_items_of_a_call_are_counted_in_the_best_ratio() -> None:
    first = result("a", time_ms=0.01, n_items=256, reference_ms=0.32, ratio=8.0)
    (best,) = with_best([first], [first])
    assert best.ratio == pytest.approx(8.0)


def test_the_committed_results_show_a_small_change_of_most_benchmarks() -> None:
    committed = read_results(read_document(committed_folder() / "micro.json"))
    tolerances = sorted(tolerance_of(one) for one in committed)
    assert tolerances[len(tolerances) // 2] <= 0.1
    assert sum(tolerance <= 0.15 for tolerance in tolerances) >= 0.8 * len(tolerances)
    assert {one.reference_version for one in committed} == {REFERENCE_VERSION}
