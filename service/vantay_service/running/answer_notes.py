"""What may be told of an answer: how long its stages took, its outcome in a word, the quality of captures."""

from __future__ import annotations

from vantay_service.running.call_notes import CallNotes
from vantay_service.running.metrics import Metrics
from vantay_service.v1.enrolment_pb2 import AddEncounterResponse, EnrolResponse
from vantay_service.v1.identification_pb2 import IdentifyResponse
from vantay_service.v1.intake_pb2 import CheckApplicantResponse, Outcome
from vantay_service.v1.samples_pb2 import FINGER_POSITION_UNSPECIFIED
from vantay_service.v1.verification_pb2 import VerifyResponse

TIMED_ANSWERS = (
    AddEncounterResponse,
    CheckApplicantResponse,
    EnrolResponse,
    IdentifyResponse,
    VerifyResponse,
)


def note_answer(answer: object, notes: CallNotes, metrics: Metrics) -> None:
    """Note of an answer what holds nothing personal.

    The stored answer to an application that came before tells only its outcome: the rest was counted then.
    """
    notes.n_messages += 1
    if isinstance(answer, CheckApplicantResponse):
        notes.outcome = Outcome.Name(answer.outcome).removeprefix("OUTCOME_")
        if answer.is_repeat:
            notes.outcome += "_AGAIN"
            return
        _count_qualities(answer, metrics)
    if isinstance(answer, TIMED_ANSWERS):
        for timing in answer.timings:
            notes.add_stage(timing.stage, timing.duration_ms)


def _count_qualities(answer: CheckApplicantResponse, metrics: Metrics) -> None:
    for report in answer.captures:
        if report.HasField("quality"):
            modality = "face" if report.position == FINGER_POSITION_UNSPECIFIED else "finger"
            metrics.quality.labels(modality).observe(report.quality)
