"""What follows from what was found: the one place where an applicant becomes known, new, or a case.

Pure: no clock, no store, no search. `docs/intake.md` has the table of all that can come out, made from here.
"""

from __future__ import annotations

from dataclasses import dataclass

from vantay.intake.findings import ClaimFinding, ClaimStatus, Findings
from vantay.intake.result import Outcome, Reason
from vantay.intake.rules import IntakeRules

__all__ = ["ClaimFinding", "ClaimStatus", "Decision", "Findings", "decide", "find_track"]


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
    conflicts, doubts = _find_conflicts(findings), _find_doubts(findings)
    remarks = _find_remarks(findings.claim)
    if conflicts:
        return _decision(Outcome.CONFLICT, conflicts | doubts | remarks)
    if doubts:
        return _decision(Outcome.INCONCLUSIVE, doubts | remarks)
    if findings.claim is not None:
        return _decision(Outcome.KNOWN, {Reason.CLAIM_VERIFIED} | remarks)
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
        Working days. Of level 2, the longer track is for newcomers alone; while a person has yet to find out
        who it is, the shorter one counts, so that the day is right whatever comes out.
    """
    if level == 1:
        return rules.level_1_working_days
    is_newcomer = decision.outcome is Outcome.NEW
    return rules.new_working_days if is_newcomer else rules.known_working_days


_PLACES = {reason: place for place, reason in enumerate(Reason)}


def _decision(outcome: Outcome, reasons: set[Reason]) -> Decision:
    return Decision(outcome, tuple(sorted(reasons, key=_PLACES.__getitem__)))


def _find_conflicts(findings: Findings) -> set[Reason]:
    reasons = _find_claim_conflicts(findings)
    others = findings.found_others
    if others:
        is_claiming = findings.claim is not None
        reasons.add(Reason.FOUND_UNDER_ANOTHER_IDENTITY if is_claiming else Reason.FOUND_WITHOUT_CLAIM)
    if len(others) > 1:
        reasons.add(Reason.FOUND_SEVERAL)
    if findings.on_watchlist & _who_it_may_be(findings):
        reasons.add(Reason.FOUND_ON_WATCHLIST)
    return reasons


def _find_claim_conflicts(findings: Findings) -> set[Reason]:
    claim = findings.claim
    if claim is None:
        return set()
    if claim.status is ClaimStatus.UNKNOWN:
        return {Reason.CLAIMED_SUBJECT_UNKNOWN}
    if claim.status is ClaimStatus.AMBIGUOUS:
        return {Reason.CLAIMED_DOCUMENT_AMBIGUOUS}
    if claim.status is ClaimStatus.INCOMPARABLE or claim.is_verified or _may_claim_hold(findings):
        return set()
    return {Reason.CLAIM_NOT_VERIFIED}


def _may_claim_hold(findings: Findings) -> bool:
    """Tell a claim that may be true all the same from one that does not hold.

    Where the claimed subject is who was found once the fingers were laid in another order, an officer has
    swapped the hands, and the 1:1 comparison, of the fingers as given, says nothing.
    """
    is_found_otherwise = findings.is_rearranged and any(c.is_claimed for c in findings.found)
    return findings.is_claim_near or is_found_otherwise


def _who_it_may_be(findings: Findings) -> set[str]:
    who = {candidate.subject_id for candidate in findings.found}
    if findings.claim is not None and findings.claim.evidence is not None and findings.claim.is_verified:
        who.add(findings.claim.evidence.subject_id)
    return who


def _find_doubts(findings: Findings) -> set[Reason]:
    claim = findings.claim
    is_incomparable = claim is not None and claim.status is ClaimStatus.INCOMPARABLE
    is_nobody_comparable = findings.n_searched == 0 and not findings.is_gallery_empty
    lacks_face = findings.needs_face and not findings.has_face
    holds = {
        Reason.CLAIM_BETWEEN_THRESHOLDS: findings.is_claim_near,
        Reason.CANDIDATE_BETWEEN_THRESHOLDS: findings.has_others_near,
        Reason.FINGERS_IN_ANOTHER_ORDER: findings.is_rearranged,
        Reason.TOO_FEW_SAMPLES: findings.n_fingers < findings.least_n_fingers or lacks_face,
        Reason.NOTHING_TO_COMPARE: is_incomparable or is_nobody_comparable,
    }
    return {reason for reason, does_hold in holds.items() if does_hold}


def _find_remarks(claim: ClaimFinding | None) -> set[Reason]:
    """Tell what decides nothing and should be known all the same."""
    is_locked = claim is not None and claim.is_locked and claim.is_verified
    return {Reason.CLAIMED_SUBJECT_LOCKED} if is_locked else set()
