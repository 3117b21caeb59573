"""Properties of decisions that no findings may break."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from intake.findings_of import (
    CLAIM_THRESHOLD,
    CLAIMED,
    THRESHOLD,
    make_findings,
)
from vantay.intake.decision import ClaimFinding, ClaimStatus, Findings, decide
from vantay.intake.result import CheckedCandidate, ClaimEvidence, Outcome, Reason

AUTOMATIC = {Outcome.KNOWN, Outcome.NEW}
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
