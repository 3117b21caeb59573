"""What an intake check answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from vantay.types import FingerPosition


class Outcome(StrEnum):
    """The answer in one word."""

    KNOWN = "KNOWN"
    """Verified against the claimed record, and nobody else is found."""
    NEW = "NEW"
    """No record claimed, nobody found."""
    CONFLICT = "CONFLICT"
    """Found under another identity, or the claimed record does not match: a person must decide."""
    INCONCLUSIVE = "INCONCLUSIVE"
    """Scores between the two thresholds, or too little to go by: a person must decide."""
    RECAPTURE = "RECAPTURE"
    """Captures are not good enough."""
    REFUSED = "REFUSED"
    """Not eligible, no consent, no guardian."""


class Reason(StrEnum):
    """Why; machine-readable, several at once."""

    # KNOWN
    CLAIM_VERIFIED = "CLAIM_VERIFIED"
    CLAIMED_SUBJECT_LOCKED = "CLAIMED_SUBJECT_LOCKED"
    # NEW
    NOBODY_FOUND = "NOBODY_FOUND"
    # CONFLICT
    FOUND_WITHOUT_CLAIM = "FOUND_WITHOUT_CLAIM"
    FOUND_UNDER_ANOTHER_IDENTITY = "FOUND_UNDER_ANOTHER_IDENTITY"
    FOUND_SEVERAL = "FOUND_SEVERAL"
    FOUND_ON_WATCHLIST = "FOUND_ON_WATCHLIST"
    CLAIM_NOT_VERIFIED = "CLAIM_NOT_VERIFIED"
    CLAIMED_SUBJECT_UNKNOWN = "CLAIMED_SUBJECT_UNKNOWN"
    CLAIMED_DOCUMENT_AMBIGUOUS = "CLAIMED_DOCUMENT_AMBIGUOUS"
    # INCONCLUSIVE
    CLAIM_BETWEEN_THRESHOLDS = "CLAIM_BETWEEN_THRESHOLDS"
    CANDIDATE_BETWEEN_THRESHOLDS = "CANDIDATE_BETWEEN_THRESHOLDS"
    FINGERS_IN_ANOTHER_ORDER = "FINGERS_IN_ANOTHER_ORDER"
    TOO_FEW_SAMPLES = "TOO_FEW_SAMPLES"
    NOTHING_TO_COMPARE = "NOTHING_TO_COMPARE"
    # RECAPTURE
    FINGER_UNUSABLE = "FINGER_UNUSABLE"
    FINGER_QUALITY_LOW = "FINGER_QUALITY_LOW"
    FINGER_NOT_CAPTURED = "FINGER_NOT_CAPTURED"
    FACE_UNUSABLE = "FACE_UNUSABLE"
    FACE_QUALITY_LOW = "FACE_QUALITY_LOW"
    FACE_NOT_CAPTURED = "FACE_NOT_CAPTURED"
    # REFUSED
    NO_CONSENT = "NO_CONSENT"
    CONSENT_IN_THE_FUTURE = "CONSENT_IN_THE_FUTURE"
    CONSENT_TOO_OLD = "CONSENT_TOO_OLD"
    CONSENT_NOT_BY_GUARDIAN = "CONSENT_NOT_BY_GUARDIAN"
    NO_RESIDENCE_CARD = "NO_RESIDENCE_CARD"
    RESIDENCE_CARD_EXPIRED = "RESIDENCE_CARD_EXPIRED"
    NO_TRAVEL_DOCUMENT = "NO_TRAVEL_DOCUMENT"
    TRAVEL_DOCUMENT_EXPIRED = "TRAVEL_DOCUMENT_EXPIRED"
    TOO_YOUNG_FOR_LEVEL = "TOO_YOUNG_FOR_LEVEL"
    BIRTH_DATE_IN_THE_FUTURE = "BIRTH_DATE_IN_THE_FUTURE"
    NO_GUARDIAN = "NO_GUARDIAN"
    GUARDIAN_PHONE_MISSING = "GUARDIAN_PHONE_MISSING"


@dataclass(frozen=True, slots=True)
class CaptureReport:
    """What became of one capture.

    Attributes
    ----------
    position : FingerPosition, optional
        Which finger; None for the face.
    quality : int, optional
        0 (worst) to 100; None if it gave no template.
    reason : Reason, optional
        What is wrong with it; None if nothing is.
    advice : str
        For the officer, in a sentence; empty if nothing is wrong.
    """

    position: FingerPosition | None
    quality: int | None
    reason: Reason | None = None
    advice: str = ""


@dataclass(frozen=True, slots=True)
class CheckedCandidate:
    """Somebody enrolled who is like the applicant.

    Attributes
    ----------
    subject_id : str
    score : float
        Fused, −10·log10(FMR).
    is_match : bool
        Whether it reaches the search's threshold.
    is_claimed : bool
        Whether the applicant claims to be this one.
    finger_scores : mapping of FingerPosition to float
    face_score : float, optional
    """

    subject_id: str
    score: float
    is_match: bool
    is_claimed: bool
    finger_scores: Mapping[FingerPosition, float] = field(default_factory=dict)
    face_score: float | None = None


@dataclass(frozen=True, slots=True)
class ClaimEvidence:
    """The 1:1 comparison with the claimed record; its threshold beside it."""

    subject_id: str
    score: float
    threshold: float
    is_match: bool
    finger_scores: Mapping[FingerPosition, float] = field(default_factory=dict)
    face_score: float | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """When the answer to the application is due.

    Attributes
    ----------
    working_days : int
        The track, by the rules: 1 for level 1; for level 2 3, or 7 for newcomers.
    on : date
        The last day, in Vietnam.
    """

    working_days: int
    on: date


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The answer to an application.

    Attributes
    ----------
    reference : str
        The application's.
    outcome : Outcome
    reasons : tuple of Reason
        At least one.
    candidates : tuple of CheckedCandidate
        Best first; empty if nobody was searched.
    claim : ClaimEvidence, optional
        If a record was claimed and compared.
    captures : tuple of CaptureReport
        One a capture, and one for each that is missing without a reason.
    due : Due, optional
        None for RECAPTURE and REFUSED.
    case_id : str
        Of the case that a person must decide; empty if there is none.
    subject_id : str
        Who the applicant is, for KNOWN and for NEW that was enrolled; empty otherwise.
    encounter_id : str
        Of the encounter that was stored; empty if none was.
    threshold, review_threshold : float
        Of the search: a match; a case for a person. 0 if nobody was searched.
    n_searched : int
        Subjects that were compared.
    timings_ms : mapping of str to float
        Wall-clock time by stage.
    is_repeat : bool
        Whether this is the stored answer to an application that came before.
    """

    reference: str
    outcome: Outcome
    reasons: tuple[Reason, ...]
    candidates: tuple[CheckedCandidate, ...] = ()
    claim: ClaimEvidence | None = None
    captures: tuple[CaptureReport, ...] = ()
    due: Due | None = None
    case_id: str = ""
    subject_id: str = ""
    encounter_id: str = ""
    threshold: float = 0.0
    review_threshold: float = 0.0
    n_searched: int = 0
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    is_repeat: bool = False
