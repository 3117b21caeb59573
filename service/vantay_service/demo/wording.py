"""What answers mean, in the words of an officer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from vantay.report.page import Tone
from vantay.report.score_words import rarity_words
from vantay_service.v1 import evidence_pb2, samples_pb2
from vantay_service.v1 import intake_pb2 as pb

_PREFIXES = {"outcome": "OUTCOME_", "reason": "CHECK_REASON_", "position": "FINGER_POSITION_"}


class OutcomeWords(NamedTuple):
    """An outcome for people.

    Attributes
    ----------
    meaning : str
        What it says of the applicant.
    next_step : str
        What the officer does now.
    tone : Tone
        Colour on the page.
    style : str
        On the terminal.
    """

    meaning: str
    next_step: str
    tone: Tone
    style: str


OUTCOMES: Mapping[int, OutcomeWords] = {
    pb.OUTCOME_KNOWN: OutcomeWords(
        "The applicant is who they say, and is enrolled under no other identity.",
        "Accept the application.",
        "good",
        "bold white on dark_green",
    ),
    pb.OUTCOME_NEW: OutcomeWords(
        "Nobody who is enrolled has these fingers or this face: this is a new person.",
        "Accept the application; the applicant is enrolled now.",
        "new",
        "bold white on dark_blue",
    ),
    pb.OUTCOME_CONFLICT: OutcomeWords(
        "What the applicant says and what is enrolled contradict each other.",
        "Accept the papers and promise nothing: an examiner decides.",
        "bad",
        "bold white on dark_red",
    ),
    pb.OUTCOME_INCONCLUSIVE: OutcomeWords(
        "What was found is not enough to decide.",
        "Accept the papers and promise nothing: an examiner decides.",
        "unsure",
        "bold white on dark_orange3",
    ),
    pb.OUTCOME_RECAPTURE: OutcomeWords(
        "Some captures are not good enough; nothing was searched or stored.",
        "Capture again what is named here, and send the application again under the same reference.",
        "unsure",
        "bold white on dark_orange3",
    ),
    pb.OUTCOME_REFUSED: OutcomeWords(
        "The application cannot be taken as it is; nothing was searched or stored.",
        "Say what is missing. The application may come again under the same reference.",
        "refused",
        "bold white on grey37",
    ),
}

REASONS: Mapping[int, str] = {
    pb.CHECK_REASON_CLAIM_VERIFIED: "Fingers and face are those of the claimed record.",
    pb.CHECK_REASON_CLAIMED_SUBJECT_LOCKED: "The claimed record is locked.",
    pb.CHECK_REASON_NOBODY_FOUND: "Nobody who is enrolled comes near.",
    pb.CHECK_REASON_FOUND_WITHOUT_CLAIM: "The applicant says never to have been enrolled, and is.",
    pb.CHECK_REASON_FOUND_UNDER_ANOTHER_IDENTITY: "The applicant is enrolled, but as somebody else.",
    pb.CHECK_REASON_FOUND_SEVERAL: "The applicant seems to be enrolled more than once.",
    pb.CHECK_REASON_FOUND_ON_WATCHLIST: "A person must look at this record whenever it is found.",
    pb.CHECK_REASON_CLAIM_NOT_VERIFIED: "Fingers and face are not those of the claimed record.",
    pb.CHECK_REASON_CLAIMED_SUBJECT_UNKNOWN: "Nobody is enrolled as the applicant claims.",
    pb.CHECK_REASON_CLAIMED_DOCUMENT_AMBIGUOUS: "Several people are enrolled with this document.",
    pb.CHECK_REASON_CLAIM_BETWEEN_THRESHOLDS: "The likeness to the claimed record is not clear.",
    pb.CHECK_REASON_CANDIDATE_BETWEEN_THRESHOLDS: "Somebody who is enrolled is alike, but not clearly.",
    pb.CHECK_REASON_FINGERS_IN_ANOTHER_ORDER: "Somebody is found only if the fingers were captured in "
    "another order than they were filed, as with swapped hands.",
    pb.CHECK_REASON_TOO_FEW_SAMPLES: "There is too little to go by.",
    pb.CHECK_REASON_NOTHING_TO_COMPARE: "Nobody who is enrolled has a finger or a face to compare with.",
    pb.CHECK_REASON_FINGER_UNUSABLE: "A finger cannot be read at all.",
    pb.CHECK_REASON_FINGER_QUALITY_LOW: "A finger can hardly be read.",
    pb.CHECK_REASON_FINGER_NOT_CAPTURED: "A finger is missing without a reason.",
    pb.CHECK_REASON_FACE_UNUSABLE: "The photo cannot be used.",
    pb.CHECK_REASON_FACE_QUALITY_LOW: "The photo is not good enough.",
    pb.CHECK_REASON_FACE_NOT_CAPTURED: "There is no photo.",
    pb.CHECK_REASON_NO_CONSENT: "There is no consent of someone who may give it.",
    pb.CHECK_REASON_CONSENT_IN_THE_FUTURE: "The consent is dated later than now.",
    pb.CHECK_REASON_CONSENT_TOO_OLD: "The consent was given too long ago.",
    pb.CHECK_REASON_CONSENT_NOT_BY_GUARDIAN: "The consent must be the guardian's.",
    pb.CHECK_REASON_NO_RESIDENCE_CARD: "There is no residence card that allows it.",
    pb.CHECK_REASON_RESIDENCE_CARD_EXPIRED: "The residence card has expired.",
    pb.CHECK_REASON_NO_TRAVEL_DOCUMENT: "There is no passport.",
    pb.CHECK_REASON_TRAVEL_DOCUMENT_EXPIRED: "The passport has expired.",
    pb.CHECK_REASON_TOO_YOUNG_FOR_LEVEL: "The applicant is too young for this level.",
    pb.CHECK_REASON_BIRTH_DATE_IN_THE_FUTURE: "The date of birth lies in the future.",
    pb.CHECK_REASON_NO_GUARDIAN: "A guardian has to come along and answer for the applicant.",
    pb.CHECK_REASON_GUARDIAN_PHONE_MISSING: "The guardian's phone number is missing.",
}


def outcome_name(outcome: pb.Outcome.ValueType) -> str:
    """Name an outcome: ``KNOWN``."""
    return pb.Outcome.Name(outcome).removeprefix(_PREFIXES["outcome"])


def reason_name(reason: pb.CheckReason.ValueType) -> str:
    """Name a reason: ``CLAIM_VERIFIED``."""
    return pb.CheckReason.Name(reason).removeprefix(_PREFIXES["reason"])


def finger_words(position: int) -> str:
    """Name a finger, or the face, which has no position: ``right index``."""
    if not position:
        return "photo"
    name = samples_pb2.FingerPosition.Name(samples_pb2.FingerPosition.ValueType(position))
    return name.removeprefix(_PREFIXES["position"]).replace("_", " ").lower()


def due_words(due: pb.Due) -> str:
    """Say until when an application must be answered."""
    day = date.fromisoformat(due.due_on)
    return f"by {day:%A}, {day.day} {day:%B %Y}: within {due.working_days} working days"


def candidate_words(candidate: evidence_pb2.Candidate, threshold: float) -> str:
    """Say how alike somebody is."""
    verdict = "a match" if candidate.is_match else "no match"
    whose = ", whom the applicant claims to be" if candidate.is_claimed else ""
    return (
        f"{candidate.subject_id}{whose}: score {candidate.score:.0f}, {verdict} (threshold {threshold:.0f}). "
        f"Different people score as high in {rarity_words(candidate.score)}."
    )


def claim_words(claim: pb.ClaimEvidence) -> str:
    """Say whether the claimed record fits."""
    verdict = "fits" if claim.is_match else "does not fit"
    return (
        f"The record of {claim.subject_id}, which is claimed, {verdict}: score {claim.score:.0f}, "
        f"threshold {claim.threshold:.0f}."
    )


def search_words(answer: pb.CheckApplicantResponse) -> str:
    """Say who was searched."""
    found = (
        ""
        if answer.candidates
        else f"; nobody reaches {answer.review_threshold:.0f}, from which a person looks"
    )
    return f"{answer.n_searched:,} people were searched{found}."


def timing_words(answer: pb.CheckApplicantResponse, round_trip_ms: float) -> str:
    """Say where the time went."""
    stages = ", ".join(f"{one.stage} {one.duration_ms:,.0f}" for one in answer.timings)
    return f"{round_trip_ms:,.0f} ms" + (f" ({stages})" if stages else " (nothing was searched)")


def capture_words(report: pb.CaptureReport) -> str:
    """Say how good a capture is."""
    quality = f"quality {report.quality}" if report.HasField("quality") else "unreadable"
    return f"{finger_words(report.position)}, {quality}"
