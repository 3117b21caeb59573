"""What is decided from what was found, by example."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from intake.decision_table import CLAIMS, PAGE, SEARCHES, put_tables
from intake.findings_of import (
    CLAIM_REVIEW_THRESHOLD,
    CLAIM_THRESHOLD,
    CLAIMED,
    REVIEW_THRESHOLD,
    THRESHOLD,
    make_candidate,
    make_claim,
    make_findings,
)
from vantay.errors import CallerError
from vantay.intake.decision import ClaimFinding, ClaimStatus, decide, find_track
from vantay.intake.result import ClaimEvidence, Reason
from vantay.intake.rules import load_rules

RULES = load_rules()
STRANGER = make_candidate("stranger", THRESHOLD)
OTHER = make_candidate("other", 200.0)
NEAR = make_candidate("near", REVIEW_THRESHOLD)
SELF = make_candidate(CLAIMED, 300.0)


def decided(**changes: Any) -> tuple[str, list[str]]:
    decision = decide(make_findings(**changes))
    return decision.outcome.value, [reason.value for reason in decision.reasons]


def test_newcomer_is_new() -> None:
    assert decided() == ("NEW", ["NOBODY_FOUND"])
    assert decided(n_searched=0, is_gallery_empty=True) == ("NEW", ["NOBODY_FOUND"])
    far = make_candidate("far", REVIEW_THRESHOLD - 0.01)
    assert decided(candidates=(far,)) == ("NEW", ["NOBODY_FOUND"])


def test_who_matches_the_claimed_record_and_nobody_else_is_known() -> None:
    assert decided(claim=make_claim(CLAIM_THRESHOLD)) == ("KNOWN", ["CLAIM_VERIFIED"])
    assert decided(claim=make_claim(90.0), candidates=(SELF,)) == ("KNOWN", ["CLAIM_VERIFIED"])


def test_that_the_claimed_record_is_locked_is_told() -> None:
    claim = make_claim(90.0, is_locked=True)
    assert decided(claim=claim) == ("KNOWN", ["CLAIM_VERIFIED", "CLAIMED_SUBJECT_LOCKED"])
    assert decided(claim=make_claim(5.0, is_locked=True)) == ("CONFLICT", ["CLAIM_NOT_VERIFIED"])


def test_somebody_else_found_is_a_conflict() -> None:
    assert decided(candidates=(STRANGER,)) == ("CONFLICT", ["FOUND_WITHOUT_CLAIM"])
    assert decided(candidates=(STRANGER, OTHER)) == ("CONFLICT", ["FOUND_WITHOUT_CLAIM", "FOUND_SEVERAL"])
    assert decided(claim=make_claim(90.0), candidates=(SELF, STRANGER)) == (
        "CONFLICT",
        ["FOUND_UNDER_ANOTHER_IDENTITY"],
    )


def test_a_claim_of_somebody_elses_record_is_a_conflict() -> None:
    assert decided(claim=make_claim(CLAIM_REVIEW_THRESHOLD - 0.01)) == ("CONFLICT", ["CLAIM_NOT_VERIFIED"])
    assert decided(claim=make_claim(5.0), candidates=(STRANGER,)) == (
        "CONFLICT",
        ["FOUND_UNDER_ANOTHER_IDENTITY", "CLAIM_NOT_VERIFIED"],
    )


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (ClaimStatus.UNKNOWN, "CLAIMED_SUBJECT_UNKNOWN"),
        (ClaimStatus.AMBIGUOUS, "CLAIMED_DOCUMENT_AMBIGUOUS"),
    ],
)
def test_a_claim_of_nobody_is_a_conflict(status: ClaimStatus, reason: str) -> None:
    assert decided(claim=ClaimFinding(status)) == ("CONFLICT", [reason])


def test_scores_between_the_thresholds_are_for_a_person() -> None:
    assert decided(candidates=(NEAR,)) == ("INCONCLUSIVE", ["CANDIDATE_BETWEEN_THRESHOLDS"])
    assert decided(claim=make_claim(90.0), candidates=(NEAR,)) == (
        "INCONCLUSIVE",
        ["CANDIDATE_BETWEEN_THRESHOLDS"],
    )
    assert decided(claim=make_claim(CLAIM_REVIEW_THRESHOLD)) == (
        "INCONCLUSIVE",
        ["CLAIM_BETWEEN_THRESHOLDS"],
    )
    claimed_near = make_candidate(CLAIMED, REVIEW_THRESHOLD)
    assert decided(claim=make_claim(90.0), candidates=(claimed_near,)) == ("KNOWN", ["CLAIM_VERIFIED"])


def test_a_conflict_outweighs_doubts_which_are_told_too() -> None:
    assert decided(candidates=(STRANGER, NEAR), n_fingers=2) == (
        "CONFLICT",
        ["FOUND_WITHOUT_CLAIM", "CANDIDATE_BETWEEN_THRESHOLDS", "TOO_FEW_SAMPLES"],
    )


def test_too_few_samples_are_for_a_person() -> None:
    assert decided(n_fingers=3) == ("INCONCLUSIVE", ["TOO_FEW_SAMPLES"])
    assert decided(n_fingers=4) == ("NEW", ["NOBODY_FOUND"])
    assert decided(has_face=False) == ("INCONCLUSIVE", ["TOO_FEW_SAMPLES"])
    assert decided(has_face=False, needs_face=False) == ("NEW", ["NOBODY_FOUND"])
    assert decided(claim=make_claim(90.0), n_fingers=0) == ("INCONCLUSIVE", ["TOO_FEW_SAMPLES"])


def test_nothing_to_compare_is_not_the_same_as_nobody_found() -> None:
    assert decided(n_searched=0) == ("INCONCLUSIVE", ["NOTHING_TO_COMPARE"])
    claim = ClaimFinding(ClaimStatus.INCOMPARABLE)
    assert decided(claim=claim) == ("INCONCLUSIVE", ["NOTHING_TO_COMPARE"])


def test_swapped_hands_are_a_doubt_about_the_claim_and_no_proof_against_it() -> None:
    swapped: dict[str, Any] = {"claim": make_claim(2.0), "arrangement": "hands-swapped"}
    assert decided(candidates=(SELF,), **swapped) == ("INCONCLUSIVE", ["FINGERS_IN_ANOTHER_ORDER"])
    assert decided(candidates=(STRANGER,), **swapped) == (
        "CONFLICT",
        ["FOUND_UNDER_ANOTHER_IDENTITY", "CLAIM_NOT_VERIFIED", "FINGERS_IN_ANOTHER_ORDER"],
    )
    assert decided(candidates=(STRANGER,), arrangement="hands-swapped") == (
        "CONFLICT",
        ["FOUND_WITHOUT_CLAIM", "FINGERS_IN_ANOTHER_ORDER"],
    )


def test_whoever_is_on_the_watchlist_is_looked_at() -> None:
    watched = frozenset({CLAIMED, "stranger", "near"})
    assert decided(claim=make_claim(90.0), on_watchlist=watched) == ("CONFLICT", ["FOUND_ON_WATCHLIST"])
    assert decided(candidates=(STRANGER,), on_watchlist=watched) == (
        "CONFLICT",
        ["FOUND_WITHOUT_CLAIM", "FOUND_ON_WATCHLIST"],
    )
    assert decided(candidates=(NEAR,), on_watchlist=watched) == (
        "INCONCLUSIVE",
        ["CANDIDATE_BETWEEN_THRESHOLDS"],
    )
    assert decided(on_watchlist=watched) == ("NEW", ["NOBODY_FOUND"])
    assert decided(claim=make_claim(5.0), on_watchlist=watched) == ("CONFLICT", ["CLAIM_NOT_VERIFIED"])


def test_where_score_and_verdict_contradict_each_other_the_careful_reading_counts() -> None:
    """A claim needs both; somebody else is found by either."""
    for score, is_match in [(CLAIM_THRESHOLD - 1, True), (CLAIM_THRESHOLD, False)]:
        evidence = ClaimEvidence(CLAIMED, score, CLAIM_THRESHOLD, is_match)
        claim = ClaimFinding(ClaimStatus.COMPARED, evidence)
        assert decided(claim=claim) == ("INCONCLUSIVE", ["CLAIM_BETWEEN_THRESHOLDS"])
    for candidate in [replace(NEAR, is_match=True), replace(STRANGER, is_match=False)]:
        assert decided(candidates=(candidate,)) == ("CONFLICT", ["FOUND_WITHOUT_CLAIM"])


def test_one_threshold_may_serve_as_both() -> None:
    """Then nothing is between them."""
    both = {"review_threshold": THRESHOLD, "claim_review_threshold": CLAIM_THRESHOLD}
    below = make_candidate("a", THRESHOLD - 0.01)
    assert decided(candidates=(below,), **both) == ("NEW", ["NOBODY_FOUND"])
    assert decided(claim=make_claim(CLAIM_THRESHOLD), **both) == ("KNOWN", ["CLAIM_VERIFIED"])
    assert decided(claim=make_claim(CLAIM_THRESHOLD - 0.01), **both) == ("CONFLICT", ["CLAIM_NOT_VERIFIED"])


@pytest.mark.parametrize(
    ("changes", "days"),
    [
        ({}, 7),
        ({"claim": make_claim(90.0)}, 3),
        ({"candidates": (STRANGER,)}, 3),
        ({"candidates": (NEAR,)}, 3),
        ({"claim": make_claim(5.0)}, 3),
        ({"claim": ClaimFinding(ClaimStatus.UNKNOWN)}, 3),
        ({"n_searched": 0}, 3),
    ],
)
def test_a_newcomer_is_due_later_and_a_case_as_soon_as_somebody_known(
    changes: dict[str, Any], days: int
) -> None:
    decision = decide(make_findings(**changes))
    assert find_track(decision, RULES) == days
    assert find_track(decision, RULES, level=1) == 1


NAN, INFINITY = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"candidates": (make_candidate("a", NAN),)}, "candidate score is nan"),
        ({"candidates": (make_candidate("a", INFINITY),)}, "candidate score is inf"),
        ({"threshold": NAN}, "search threshold is nan"),
        ({"review_threshold": NAN}, "search review threshold is nan"),
        ({"review_threshold": 81.0}, "at most the threshold"),
        ({"claim": make_claim(90.0), "claim_review_threshold": 41.0}, "at most the threshold"),
        ({"candidates": (SELF,)}, "no enrolled subject is claimed"),
        (
            {"candidates": (SELF,), "claim": ClaimFinding(ClaimStatus.UNKNOWN)},
            "no enrolled subject is claimed",
        ),
        (
            {"candidates": (replace(STRANGER, is_claimed=True),), "claim": make_claim(90.0)},
            "expected only claimed",
        ),
    ],
)
def test_findings_that_would_hide_somebody_are_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(CallerError, match=told):
        make_findings(**changes)


def test_a_claim_has_evidence_if_and_only_if_it_was_compared() -> None:
    with pytest.raises(CallerError, match="without evidence"):
        ClaimFinding(ClaimStatus.COMPARED)
    with pytest.raises(CallerError, match="with evidence"):
        ClaimFinding(ClaimStatus.UNKNOWN, make_claim(1.0).evidence)
    with pytest.raises(CallerError, match="claim score is nan"):
        make_claim(NAN)


def test_the_documented_tables_are_those_of_the_code() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert put_tables(page) == page, "run: PYTHONPATH=tests python -m intake.decision_table"


@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize("search", SEARCHES)
def test_reasons_of_claim_and_search_add_up(claim: str, search: str) -> None:
    """So that the page need not list every pair."""
    of_claim = set(decide(make_findings(claim=CLAIMS[claim])).reasons)
    of_search = set(
        decide(make_findings(claim=CLAIMS[claim] and make_claim(60.0), **SEARCHES[search])).reasons
    )
    both = set(decide(make_findings(claim=CLAIMS[claim], **SEARCHES[search])).reasons)
    good = {Reason.NOBODY_FOUND, Reason.CLAIM_VERIFIED}
    assert both - good == (of_claim | of_search) - good


# Properties, of whatever may be found
