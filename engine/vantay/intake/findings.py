"""What a check found out about an applicant: all that its decision rests on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from vantay.errors import CallerError
from vantay.intake.result import CheckedCandidate, ClaimEvidence

AS_GIVEN = "as-given"
"""The arrangement of a search that needed no other order of the fingers."""


class ClaimStatus(StrEnum):
    """What became of the claim to be somebody who is enrolled."""

    UNKNOWN = "unknown"
    """No enrolled subject has that identifier or document."""
    AMBIGUOUS = "ambiguous"
    """Several subjects have that document."""
    INCOMPARABLE = "incomparable"
    """The record and the captures have no sample in common."""
    COMPARED = "compared"
    """The 1:1 comparison was made: `ClaimFinding.evidence` has it."""


@dataclass(frozen=True, slots=True)
class ClaimFinding:
    """What was found about a claim.

    Attributes
    ----------
    status : ClaimStatus
    evidence : ClaimEvidence, optional
        The comparison, if and only if the status is COMPARED.
    is_locked : bool
        Whether the claimed subject is locked.

    Raises
    ------
    CallerError
        If status and evidence do not go together, or the evidence has a score that is no number.
    """

    status: ClaimStatus
    evidence: ClaimEvidence | None = None
    is_locked: bool = False

    def __post_init__(self) -> None:
        if (self.status is ClaimStatus.COMPARED) != (self.evidence is not None):
            raise CallerError(
                f"claim is {self.status} {'with' if self.evidence else 'without'} evidence, "
                "expected evidence if and only if it was compared"
            )
        if self.evidence is not None:
            _check_score("claim score", self.evidence.score)

    @property
    def is_verified(self) -> bool:
        """Whether the 1:1 comparison was made and reached its threshold."""
        evidence = self.evidence
        return evidence is not None and evidence.is_match and evidence.score >= evidence.threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All that a decision rests on. Scores and thresholds are −10·log10(FMR).

    Attributes
    ----------
    claim : ClaimFinding, optional
        None if the applicant claims nothing.
    claim_review_threshold : float
        From this score on, up to the threshold that stands in the evidence, a person must decide.
    candidates : tuple of CheckedCandidate
        Whom the 1:N search found, in any order; those below the review threshold count for nothing.
    threshold : float
        Of the search: a candidate at or above it is found.
    review_threshold : float
        Of the search: at or above it, and below the threshold, a person must decide.
    n_fingers : int
        Usable templates of fingers.
    least_n_fingers : int
        So many are needed to decide without a person: `capture_gate.least_n_fingers`.
    has_face : bool
        Whether the photo gave a template.
    needs_face : bool
        Whether it has to: `IntakeRules.needs_face`.
    n_searched : int
        Subjects that were compared in the search.
    is_gallery_empty : bool
        Whether there was nobody to be found: then 0 compared means that the applicant is new.
    arrangement : str
        How the fingers had to be laid to find somebody: ``as-given``, or another order.
    on_watchlist : frozenset of str
        Those of the candidates, and the claimed subject, who are on a watchlist.

    Raises
    ------
    CallerError
        If a score or threshold is no finite number, or a review threshold is above its threshold:
        comparing with NaN is false, so that a broken search would make everybody new. If a candidate is said
        to be the claimed subject, and is not.
    """

    claim: ClaimFinding | None = None
    claim_review_threshold: float = 0.0
    candidates: tuple[CheckedCandidate, ...] = ()
    threshold: float
    review_threshold: float
    n_fingers: int
    least_n_fingers: int
    has_face: bool
    needs_face: bool = True
    n_searched: int
    is_gallery_empty: bool = False
    arrangement: str = AS_GIVEN
    on_watchlist: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for candidate in self.candidates:
            _check_score("candidate score", candidate.score)
            _check_claimed(candidate, self.claim)
        _check_thresholds("search", self.review_threshold, self.threshold)
        if self.claim is not None and self.claim.evidence is not None:
            _check_thresholds("claim", self.claim_review_threshold, self.claim.evidence.threshold)

    @property
    def is_rearranged(self) -> bool:
        """Whether the fingers had to be laid in another order to find somebody."""
        return self.arrangement != AS_GIVEN

    @property
    def found(self) -> tuple[CheckedCandidate, ...]:
        """The candidates that the search takes for the applicant."""
        return tuple(c for c in self.candidates if c.is_match or c.score >= self.threshold)

    @property
    def found_others(self) -> frozenset[str]:
        """Who of those found is not the claimed subject."""
        return frozenset(c.subject_id for c in self.found if not c.is_claimed)

    @property
    def has_others_near(self) -> bool:
        """Whether somebody else than the claimed subject stands between the two thresholds of the search."""
        return any(
            self.review_threshold <= c.score < self.threshold and not (c.is_claimed or c.is_match)
            for c in self.candidates
        )

    @property
    def is_claim_near(self) -> bool:
        """Whether the claim stands between the two thresholds of the 1:1 comparison."""
        if self.claim is None or self.claim.evidence is None or self.claim.is_verified:
            return False
        return self.claim.evidence.score >= self.claim_review_threshold


def _check_score(name: str, value: float) -> None:
    if not math.isfinite(value):
        raise CallerError(f"{name} is {value}, expected a finite number")


def _check_thresholds(name: str, review: float, threshold: float) -> None:
    _check_score(f"{name} review threshold", review)
    _check_score(f"{name} threshold", threshold)
    if review > threshold:
        raise CallerError(
            f"{name} review threshold is {review:.6g}, expected at most the threshold, {threshold:.6g}"
        )


def _check_claimed(candidate: CheckedCandidate, claim: ClaimFinding | None) -> None:
    """Refuse a candidate that would pass for the claimed subject without being it."""
    if not candidate.is_claimed:
        return
    if claim is None or claim.status in {ClaimStatus.UNKNOWN, ClaimStatus.AMBIGUOUS}:
        raise CallerError(f"candidate {candidate.subject_id} is_claimed, but no enrolled subject is claimed")
    if claim.evidence is not None and claim.evidence.subject_id != candidate.subject_id:
        raise CallerError(
            f"candidate {candidate.subject_id} is_claimed, expected only {claim.evidence.subject_id}"
        )
