"""What follows from what was found: the one place where an applicant becomes known, new, or a case.

Pure: no clock, no store, no search. `docs/intake.md` has the table of all that can come out, made from here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from vantay.errors import CallerError
from vantay.intake.result import CheckedCandidate, ClaimEvidence, Outcome, Reason
from vantay.intake.rules import IntakeRules

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
            _check_score("claim threshold", self.evidence.threshold)


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
        If a score or threshold is no finite number, or the review threshold is above the threshold:
        comparing with NaN is false, so that a broken search would make everybody new.
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
        _check_thresholds("search", self.review_threshold, self.threshold)
        if self.claim is not None and self.claim.evidence is not None:
            _check_thresholds("claim", self.claim_review_threshold, self.claim.evidence.threshold)


@dataclass(frozen=True, slots=True)
class Decision:
    """An outcome and why.

    Attributes
    ----------
    outcome : Outcome
        KNOWN, NEW, CONFLICT or INCONCLUSIVE.
    reasons : tuple of Reason
        At least one; in the order in which `Reason` names them.
    """

    outcome: Outcome
    reasons: tuple[Reason, ...]


def decide(findings: Findings) -> Decision:
    """Decide who the applicant is.

    Parameters
    ----------
    findings : Findings
        What the comparison with the claimed record and the search of everyone found.

    Returns
    -------
    Decision
        CONFLICT if something contradicts what the applicant says; else INCONCLUSIVE if something is in doubt;
        else KNOWN if a record was claimed and NEW if none was.

    Notes
    -----
    A contradiction outweighs a doubt, and both are told. More evidence that somebody else is enrolled never
    turns a case into KNOWN or NEW.
    """
    doubts, conflicts = _find_doubts(findings), _find_conflicts(findings)
    locked = _locked(findings)
    if conflicts:
        return _decision(Outcome.CONFLICT, conflicts | doubts | locked)
    if doubts:
        return _decision(Outcome.INCONCLUSIVE, doubts | locked)
    if findings.claim is not None:
        return _decision(Outcome.KNOWN, {Reason.CLAIM_VERIFIED} | locked)
    return _decision(Outcome.NEW, {Reason.NOBODY_FOUND})


def find_track(decision: Decision, rules: IntakeRules, *, level: int = 2) -> int:
    """Tell within how many working days the application must be answered.

    Parameters
    ----------
    decision : Decision
    rules : IntakeRules
    level : int
        Level of the digital identity that is asked for, 1 or 2.

    Returns
    -------
    int
        Working days. Of level 2, the longer track is for those who are not in the database; while a person
        has yet to find out, the shorter one counts, so that the day is right whatever comes out.
    """
    if level == 1:
        return rules.level_1_working_days
    if set(decision.reasons) <= _NOT_IN_THE_DATABASE:
        return rules.new_working_days
    return rules.known_working_days


_NOT_IN_THE_DATABASE = frozenset(
    {
        Reason.NOBODY_FOUND,
        Reason.CLAIM_NOT_VERIFIED,
        Reason.CLAIMED_SUBJECT_UNKNOWN,
        Reason.CLAIMED_DOCUMENT_AMBIGUOUS,
    }
)
"""Reasons that leave no room for the face and the fingerprints being there already."""

_ORDER = {reason: place for place, reason in enumerate(Reason)}


def _decision(outcome: Outcome, reasons: set[Reason]) -> Decision:
    return Decision(outcome, tuple(sorted(reasons, key=_ORDER.__getitem__)))


def _find_conflicts(findings: Findings) -> set[Reason]:
    reasons = _claim_conflicts(findings)
    found = [candidate for candidate in findings.candidates if _is_found(candidate, findings)]
    others = {candidate.subject_id for candidate in found if not candidate.is_claimed}
    if others:
        is_claiming = findings.claim is not None
        reasons.add(Reason.FOUND_UNDER_ANOTHER_IDENTITY if is_claiming else Reason.FOUND_WITHOUT_CLAIM)
    if len(others) > 1:
        reasons.add(Reason.FOUND_SEVERAL)
    if findings.on_watchlist & ({candidate.subject_id for candidate in found} | _verified(findings)):
        reasons.add(Reason.FOUND_ON_WATCHLIST)
    return reasons


def _claim_conflicts(findings: Findings) -> set[Reason]:
    claim = findings.claim
    if claim is None:
        return set()
    if claim.status is ClaimStatus.UNKNOWN:
        return {Reason.CLAIMED_SUBJECT_UNKNOWN}
    if claim.status is ClaimStatus.AMBIGUOUS:
        return {Reason.CLAIMED_DOCUMENT_AMBIGUOUS}
    if claim.evidence is None or _is_verified(claim.evidence) or _is_claim_in_doubt(findings):
        return set()
    return {Reason.CLAIM_NOT_VERIFIED}


def _find_doubts(findings: Findings) -> set[Reason]:
    reasons = set()
    if _is_between(findings):
        reasons.add(Reason.CLAIM_BETWEEN_THRESHOLDS)
    if any(_is_near(candidate, findings) for candidate in findings.candidates):
        reasons.add(Reason.CANDIDATE_BETWEEN_THRESHOLDS)
    if findings.arrangement != AS_GIVEN:
        reasons.add(Reason.FINGERS_IN_ANOTHER_ORDER)
    if findings.n_fingers < findings.least_n_fingers or (findings.needs_face and not findings.has_face):
        reasons.add(Reason.TOO_FEW_SAMPLES)
    if _has_nothing_to_compare(findings):
        reasons.add(Reason.NOTHING_TO_COMPARE)
    return reasons


def _has_nothing_to_compare(findings: Findings) -> bool:
    is_claim_incomparable = findings.claim is not None and findings.claim.status is ClaimStatus.INCOMPARABLE
    return is_claim_incomparable or (findings.n_searched == 0 and not findings.is_gallery_empty)


def _is_claim_in_doubt(findings: Findings) -> bool:
    """Tell a claim that may be true all the same from one that does not hold."""
    return _is_between(findings) or _is_claimed_found_otherwise(findings)


def _is_claimed_found_otherwise(findings: Findings) -> bool:
    """Whether the claimed subject is who was found once the fingers were laid in another order.

    Then an officer has swapped the hands, and the 1:1 comparison, of the fingers as given, says nothing.
    """
    return findings.arrangement != AS_GIVEN and any(
        candidate.is_claimed and _is_found(candidate, findings) for candidate in findings.candidates
    )


def _is_between(findings: Findings) -> bool:
    evidence = None if findings.claim is None else findings.claim.evidence
    if evidence is None or _is_verified(evidence):
        return False
    return evidence.score >= findings.claim_review_threshold


def _is_verified(evidence: ClaimEvidence) -> bool:
    return evidence.is_match and evidence.score >= evidence.threshold


def _is_found(candidate: CheckedCandidate, findings: Findings) -> bool:
    return candidate.is_match or candidate.score >= findings.threshold


def _is_near(candidate: CheckedCandidate, findings: Findings) -> bool:
    is_near = candidate.score >= findings.review_threshold and not _is_found(candidate, findings)
    return is_near and not candidate.is_claimed


def _verified(findings: Findings) -> set[str]:
    evidence = None if findings.claim is None else findings.claim.evidence
    return {evidence.subject_id} if evidence is not None and _is_verified(evidence) else set()


def _locked(findings: Findings) -> set[Reason]:
    is_locked = findings.claim is not None and findings.claim.is_locked
    return {Reason.CLAIMED_SUBJECT_LOCKED} if is_locked and _verified(findings) else set()


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
