"""What is less accurate than the committed results fails a run; what could not be judged is told."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from benchmarks.harness.catalogue import read_catalogue
from benchmarks.harness.program import Program
from benchmarks.harness.program_run import Outcome
from benchmarks.harness.program_verdict import GUARDED, Accuracy, judge_accuracy, word_of_change
from benchmarks.harness.run_document import committed_folder, read_document

FVC: dict[str, Any] = {
    "machine": {"processor": "fast"},
    "figures": {"pooled": {"eer": 0.00625, "fnmr_at_fmr_1e-3": 8 / 1120, "fte": 0.0}},
}


def searches(**missed: int) -> dict[str, Any]:
    """Make up the figures of searches: how many of 50 were missed, by kind of probe."""
    kinds = {
        kind.replace("_", " "): {
            "fnir_at_fpir": {"1e-1": {"fnir": n / 50}},
            "decision": {"fnir": n / 50, "fpir": 0.0},
            "n_lost": 0,
        }
        for kind, n in missed.items()
    }
    return {"machine": {"processor": "fast"}, "figures": {"searches": kinds}}


def outcome(name: str, document: dict[str, Any], state: str = "done") -> Outcome:
    return Outcome(Program(name, ("x.py",)), state, document)


def verdicts_of(name: str, now: dict[str, Any], before: dict[str, Any]) -> dict[str, Accuracy]:
    found = judge_accuracy([outcome(name, now)], {name: before})
    assert found.not_judged == {}
    return {one.name: one.verdict for one in found.figures}


def with_pooled(**changes: float) -> dict[str, Any]:
    changed = copy.deepcopy(FVC)
    changed["figures"]["pooled"] |= changes
    return changed


def test_the_same_accuracy_passes() -> None:
    assert set(verdicts_of("fvc", FVC, FVC).values()) == {Accuracy.SAME}
    assert judge_accuracy([outcome("fvc", FVC)], {"fvc": FVC}).failing == []


@pytest.mark.parametrize(
    ("eer", "verdict"),
    [
        (0.00625 + 2 / 11520, "same"),
        (0.00625 + 3 / 11520, "LESS ACCURATE"),
        (0.00625 - 3 / 11520, "more accurate"),
    ],
)
def test_two_non_mated_pairs_may_move_an_equal_error_rate_and_no_more(eer: float, verdict: str) -> None:
    assert verdicts_of("fvc", with_pooled(eer=eer), FVC)["fvc: pooled.eer"] == verdict


def test_one_more_finger_that_is_lost_fails() -> None:
    found = judge_accuracy(
        [outcome("fvc_classical", with_pooled(**{"fnmr_at_fmr_1e-3": 9 / 1120}))], {"fvc_classical": FVC}
    )
    assert [one.name for one in found.failing] == ["fvc_classical: pooled.fnmr_at_fmr_1e-3"]


def test_what_fails_to_enrol_fails() -> None:
    worse = verdicts_of("fvc", with_pooled(fte=1 / 320), FVC)
    assert worse["fvc: pooled.fte"] is Accuracy.WORSE


def test_one_more_search_that_misses_its_mate_fails() -> None:
    before = searches(ten=0, ten__face=0, one=2)
    found = verdicts_of("index_small", searches(ten=1, ten__face=0, one=1), before)
    assert found["index_small: searches.ten.decision.fnir"] is Accuracy.WORSE
    assert found["index_small: searches.one.decision.fnir"] is Accuracy.BETTER
    assert found["index_small: searches.ten  face.decision.fnir"] is Accuracy.SAME
    assert len(found) == 12


def test_a_figure_that_is_not_told_any_more_fails() -> None:
    found = judge_accuracy([outcome("index_small", searches(ten=0))], {"index_small": searches(ten=0, one=2)})
    assert len(found.failing) == 4
    assert {one.verdict for one in found.failing} == {Accuracy.MISSING}
    assert all(one.name.startswith("index_small: searches.one.") for one in found.failing)


def test_what_was_left_out_is_not_judged_and_told() -> None:
    outcomes = [
        outcome("fvc", {}, "left out: it needs the fingerprint sets"),
        outcome("fvc_classical", FVC),
        outcome("index_small", searches(ten=5) | {"machine": {"processor": "slow"}}),
        outcome("limits", {"figures": {}}),
    ]
    found = judge_accuracy(outcomes, {"fvc": FVC, "index_small": searches(ten=0)})
    assert found.figures == []
    assert found.not_judged == {
        "fvc": "left out: it needs the fingerprint sets",
        "fvc_classical": "there is no committed result",
        "index_small": "the committed result is of another processor",
    }


@pytest.mark.parametrize("name", GUARDED)
def test_committed_results_have_every_figure_that_is_guarded(name: str) -> None:
    committed = read_document(committed_folder() / f"{name}.json")
    assert name in read_catalogue()
    told = verdicts_of(name, committed, committed)
    assert set(told.values()) == {Accuracy.SAME}
    for guarded in GUARDED[name]:
        assert any(each.endswith(guarded.path[-1]) for each in told), guarded.path


@pytest.mark.parametrize(
    ("figure", "if_more"),
    [
        ("images_per_s", "better"),
        ("efficiency", "better"),
        ("goodput_share", "better"),
        ("p99_ms", "worse"),
        ("warm_s", "worse"),
        ("resident_mib", "worse"),
        ("n_lost", "worse"),
        ("eer", "worse"),
        ("fnmr_at_fmr_1e-3", "worse"),
        ("findings", "worse"),
        ("ratio", "!"),
        ("limit_per_s", "!"),
        ("deadline_s", "!"),
    ],
)
def test_the_unit_of_a_figure_says_which_way_is_better(figure: str, if_more: str) -> None:
    opposite = {"better": "worse", "worse": "better", "!": "!"}
    assert word_of_change(figure, 2.0, 1.0) == if_more
    assert word_of_change(figure, 1.0, 2.0) == opposite[if_more]
