"""What is decided from what was found; by example, and by properties that no findings may break."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

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
from vantay.intake.decision import ClaimFinding, ClaimStatus, Findings, decide, find_track
from vantay.intake.result import CheckedCandidate, ClaimEvidence, Outcome, Reason
from vantay.intake.rules import load_rules

RULES = load_rules()
AUTOMATIC = {Outcome.KNOWN, Outcome.NEW}
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

CONFLICTS = {
    Reason.FOUND_WITHOUT_CLAIM,
    Reason.FOUND_UNDER_ANOTHER_IDENTITY,
    Reason.FOUND_SEVERAL,
    Reason.FOUND_ON_WATCHLIST,
    Reason.CLAIM_NOT_VERIFIED,
    Reason.CLAIMED_SUBJECT_UNKNOWN,
    Reason.CLAIMED_DOCUMENT_AMBIGUOUS,
}
DOUBTS = {
    Reason.CLAIM_BETWEEN_THRESHOLDS,
    Reason.CANDIDATE_BETWEEN_THRESHOLDS,
    Reason.FINGERS_IN_ANOTHER_ORDER,
    Reason.TOO_FEW_SAMPLES,
    Reason.NOTHING_TO_COMPARE,
}
SEVERITY = {Outcome.NEW: 0, Outcome.KNOWN: 0, Outcome.INCONCLUSIVE: 1, Outcome.CONFLICT: 2}
SCORES = st.sampled_from([-5.0, 0.0, 19.9, 20.0, 39.9, 40.0, 69.9, 70.0, 79.9, 80.0, 500.0])
PEOPLE = st.sampled_from([CLAIMED, "a", "b", "c"])
USUALLY_TRUE = st.sampled_from([True, True, True, False])


@st.composite
def claims(draw: st.DrawFn) -> ClaimFinding | None:
    status = draw(st.sampled_from([None, None, ClaimStatus.COMPARED, ClaimStatus.COMPARED, *ClaimStatus]))
    if status is None:
        return None
    if status is not ClaimStatus.COMPARED:
        return ClaimFinding(status, is_locked=draw(st.booleans()))
    return ClaimFinding(status, draw(evidences()), draw(st.booleans()))


@st.composite
def evidences(draw: st.DrawFn) -> ClaimEvidence:
    score = draw(SCORES)
    is_match = (score >= CLAIM_THRESHOLD) == draw(USUALLY_TRUE)  # the two may contradict each other
    return ClaimEvidence(CLAIMED, score, CLAIM_THRESHOLD, is_match)


@st.composite
def candidates(draw: st.DrawFn, *, may_be_claimed: bool) -> CheckedCandidate:
    subject_id, score = draw(PEOPLE), draw(SCORES)
    is_match = (score >= THRESHOLD) == draw(USUALLY_TRUE)
    return CheckedCandidate(subject_id, score, is_match, may_be_claimed and subject_id == CLAIMED)


@st.composite
def any_findings(draw: st.DrawFn) -> Findings:
    claim = draw(claims())
    may_be_claimed = claim is not None and claim.status in {ClaimStatus.COMPARED, ClaimStatus.INCOMPARABLE}
    findings = make_findings(
        claim=claim,
        candidates=tuple(draw(st.lists(candidates(may_be_claimed=may_be_claimed), max_size=3))),
        on_watchlist=draw(st.frozensets(PEOPLE, max_size=1)),
    )
    if draw(USUALLY_TRUE):
        return findings
    return replace(
        findings,
        n_fingers=draw(st.integers(0, 5)),
        has_face=draw(USUALLY_TRUE),
        needs_face=draw(st.booleans()),
        n_searched=draw(st.sampled_from([0, 1000])),
        is_gallery_empty=draw(st.booleans()),
        arrangement=draw(st.sampled_from(["as-given", "hands-swapped"])),
    )


properties = settings(max_examples=200, deadline=None)


@properties
@given(any_findings())
def test_any_findings_have_a_decision_whose_reasons_go_with_it(findings: Findings) -> None:
    decision = decide(findings)
    reasons = set(decision.reasons)
    assert list(decision.reasons) == [reason for reason in Reason if reason in reasons]
    has_conflict, has_doubt = bool(reasons & CONFLICTS), bool(reasons & DOUBTS)
    assert (decision.outcome is Outcome.CONFLICT) == has_conflict
    assert (decision.outcome is Outcome.INCONCLUSIVE) == (has_doubt and not has_conflict)
    assert (decision.outcome is Outcome.KNOWN) == (Reason.CLAIM_VERIFIED in reasons)
    assert (decision.outcome is Outcome.NEW) == (reasons == {Reason.NOBODY_FOUND})
    rest = reasons - CONFLICTS - DOUBTS
    assert rest <= {Reason.CLAIM_VERIFIED, Reason.NOBODY_FOUND, Reason.CLAIMED_SUBJECT_LOCKED}


@properties
@given(any_findings())
def test_known_is_a_verified_claim_with_nobody_else_near_and_nothing_else(findings: Findings) -> None:
    evidence = None if findings.claim is None else findings.claim.evidence
    assert (decide(findings).outcome is Outcome.KNOWN) == (
        evidence is not None
        and evidence.is_match
        and evidence.score >= evidence.threshold
        and evidence.subject_id not in findings.on_watchlist
        and not _near([c for c in findings.candidates if not c.is_claimed], findings)
        and _is_sound(findings)
    )


@properties
@given(any_findings())
def test_new_is_no_claim_with_nobody_near_and_nothing_else(findings: Findings) -> None:
    assert (decide(findings).outcome is Outcome.NEW) == (
        findings.claim is None and not _near(findings.candidates, findings) and _is_sound(findings)
    )


@properties
@given(any_findings(), st.data())
def test_more_evidence_for_somebody_else_never_makes_it_simpler(
    findings: Findings, data: st.DataObject
) -> None:
    others = [k for k, candidate in enumerate(findings.candidates) if not candidate.is_claimed]
    assume(others)
    raised, which = list(findings.candidates), data.draw(st.sampled_from(others))
    more = data.draw(st.sampled_from([0.1, 10.0, 50.0, 400.0]))
    raised[which] = replace(raised[which], score=raised[which].score + more)
    before, after = decide(findings), decide(replace(findings, candidates=tuple(raised)))
    assert SEVERITY[after.outcome] >= SEVERITY[before.outcome]
    assert set(before.reasons) & CONFLICTS <= set(after.reasons)


@properties
@given(any_findings(), candidates(may_be_claimed=False))
def test_one_more_candidate_never_makes_it_simpler(findings: Findings, one_more: CheckedCandidate) -> None:
    after = decide(replace(findings, candidates=(*findings.candidates, one_more)))
    assert SEVERITY[after.outcome] >= SEVERITY[decide(findings).outcome]


@properties
@given(any_findings())
def test_the_order_of_the_candidates_makes_no_difference(findings: Findings) -> None:
    assert decide(replace(findings, candidates=findings.candidates[::-1])) == decide(findings)


def _near(found: Iterable[CheckedCandidate], findings: Findings) -> bool:
    return any(c.is_match or c.score >= findings.review_threshold for c in found)


def _is_sound(findings: Findings) -> bool:
    """Whether captures and search are such that they can be relied on."""
    return (
        findings.n_fingers >= findings.least_n_fingers
        and (findings.has_face or not findings.needs_face)
        and (findings.n_searched > 0 or findings.is_gallery_empty)
        and findings.arrangement == "as-given"
    )
