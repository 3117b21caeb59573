"""Findings in a few words, for tests of decisions and for the table in the documentation."""

from __future__ import annotations

from typing import Any

from vantay.intake.decision import ClaimFinding, ClaimStatus, Findings
from vantay.intake.result import CheckedCandidate, ClaimEvidence

THRESHOLD, REVIEW_THRESHOLD = 80.0, 70.0
CLAIM_THRESHOLD, CLAIM_REVIEW_THRESHOLD = 40.0, 20.0
CLAIMED = "claimed"


def make_findings(**changes: Any) -> Findings:
    """Ten fingers and a face, searched among a thousand."""
    values: dict[str, Any] = {
        "threshold": THRESHOLD,
        "review_threshold": REVIEW_THRESHOLD,
        "claim_review_threshold": CLAIM_REVIEW_THRESHOLD,
        "n_fingers": 10,
        "least_n_fingers": 4,
        "has_face": True,
        "n_searched": 1000,
    }
    return Findings(**values | changes)


def make_candidate(subject_id: str, score: float) -> CheckedCandidate:
    return CheckedCandidate(subject_id, score, score >= THRESHOLD, subject_id == CLAIMED)


def make_claim(score: float, *, is_locked: bool = False) -> ClaimFinding:
    evidence = ClaimEvidence(CLAIMED, score, CLAIM_THRESHOLD, score >= CLAIM_THRESHOLD)
    return ClaimFinding(ClaimStatus.COMPARED, evidence, is_locked)
