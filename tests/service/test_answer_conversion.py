"""What a check answers is told on the wire, whole."""

from __future__ import annotations

from datetime import date

import pytest

from vantay.intake.result import (
    CaptureReport,
    CheckedCandidate,
    CheckResult,
    ClaimEvidence,
    Due,
    Outcome,
    Reason,
)
from vantay.types import FingerPosition
from vantay_service.conversion.checks import write_check_result
from vantay_service.v1 import intake_pb2, samples_pb2

INDEX = FingerPosition.RIGHT_INDEX


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("reason", list(Reason))
def test_every_outcome_and_reason_is_told(outcome: Outcome, reason: Reason) -> None:
    told = write_check_result(CheckResult("A-1", outcome, (reason,)))
    assert intake_pb2.Outcome.Name(told.outcome) == f"OUTCOME_{outcome.name}"
    assert intake_pb2.CheckReason.Name(told.reasons[0]) == f"CHECK_REASON_{reason.name}"


def test_answer_is_told_whole() -> None:
    told = write_check_result(
        CheckResult(
            "A-1",
            Outcome.CONFLICT,
            (Reason.CLAIM_NOT_VERIFIED,),
            (CheckedCandidate("S-1", 90.5, is_match=True, is_claimed=False, finger_scores={INDEX: 50.0}),),
            ClaimEvidence("S-2", 3.0, 40.0, is_match=False, face_score=0.0),
            (
                CaptureReport(INDEX, None, Reason.FINGER_UNUSABLE, "Dry the finger."),
                CaptureReport(None, 0),
            ),
            Due(7, date(2026, 8, 11)),
            "case-1",
            "S-1",
            "E-1",
            80.0,
            70.0,
            6,
            {"extract": 1.5},
            is_repeat=True,
        )
    )
    candidate = told.candidates[0]
    assert (candidate.rank, candidate.subject_id, candidate.HasField("face_score")) == (1, "S-1", False)
    assert candidate.finger_scores[0].position == samples_pb2.FINGER_POSITION_RIGHT_INDEX
    assert told.claim.HasField("face_score")
    assert not told.captures[0].HasField("quality")
    assert told.captures[1].HasField("quality")
    assert told.captures[1].position == samples_pb2.FINGER_POSITION_UNSPECIFIED
    assert (told.due.working_days, told.due.due_on) == (7, "2026-08-11")
    assert (told.case_id, told.subject_id, told.encounter_id) == ("case-1", "S-1", "E-1")
    assert (told.threshold, told.review_threshold, told.n_searched) == (80.0, 70.0, 6)
    assert [(t.stage, t.duration_ms) for t in told.timings] == [("extract", 1.5)]
    assert told.is_repeat
