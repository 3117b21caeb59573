"""Cases: verdicts from the wire, cases to the wire."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

import numpy as np

from vantay.intake.capture_file import CapturedSamples
from vantay.intake.case_desk import CaseFile
from vantay.intake.verdict import CaseDecision, Verdict, VerdictKind
from vantay.store.cases import StoredCase
from vantay.types import FaceTemplate
from vantay_service.conversion.checks import write_check_result, write_due, write_outcome
from vantay_service.conversion.evidence import write_position
from vantay_service.conversion.fields import read_identifier, read_number, read_optional_enum
from vantay_service.conversion.limits import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from vantay_service.conversion.people import write_time
from vantay_service.error_status import InvalidField
from vantay_service.v1 import cases_pb2 as pb
from vantay_service.v1 import samples_pb2
from vantay_service.v1.intake_pb2 import Outcome

_STATUSES: Final = MappingProxyType(
    {int(pb.CASE_STATUS_OPEN): "open", int(pb.CASE_STATUS_DECIDED): "decided"}
)
_WIRE_STATUSES: Final = MappingProxyType({"open": pb.CASE_STATUS_OPEN, "decided": pb.CASE_STATUS_DECIDED})


def read_case_status(request: pb.ListCasesRequest) -> str | None:
    """Read which cases to list; None for all."""
    return read_optional_enum("status", request.status, _STATUSES)


def read_page_size(request: pb.ListCasesRequest) -> int:
    """Read how many cases to list."""
    return int(read_number("page_size", request.page_size, 0, MAX_PAGE_SIZE)) or DEFAULT_PAGE_SIZE


def read_verdict(request: pb.DecideCaseRequest) -> Verdict:
    """Read what the examiner found."""
    match request.WhichOneof("verdict"):
        case "same_person":
            same = request.same_person
            subject_id = read_identifier("same_person.subject_id", same.subject_id)
            return Verdict(VerdictKind.SAME_PERSON, subject_id, merges_claimed=same.merge_claimed)
        case "different_person":
            return Verdict(VerdictKind.DIFFERENT_PERSON)
        case _:
            raise InvalidField("verdict", "is not set, expected same_person or different_person")


def write_cases(cases: list[StoredCase], page_size: int) -> pb.ListCasesResponse:
    """Tell of a page of cases; a full page may have a next one."""
    return pb.ListCasesResponse(
        cases=[write_case(case) for case in cases],
        next_page_token=cases[-1].case_id if len(cases) == page_size else "",
    )


def write_case(case: StoredCase) -> pb.CaseSummary:
    """Tell what stands of a case in a list."""
    verdict = Verdict.from_text(case.verdict) if case.verdict else None
    return pb.CaseSummary(
        case_id=case.case_id,
        application_reference=case.reference,
        kind=Outcome.Value(f"OUTCOME_{case.kind}"),
        status=_WIRE_STATUSES[case.status],
        opened_at=write_time(case.opened_at),
        subject_ids=case.subject_ids,
        decided_at=write_time(case.decided_at),
        examiner=case.examiner,
        verdict=pb.VERDICT_UNSPECIFIED if verdict is None else pb.Verdict.Value(f"VERDICT_{verdict.kind}"),
        verdict_subject_id="" if verdict is None else verdict.subject_id,
        verdict_reason=case.verdict_reason,
    )


def write_case_file(file: CaseFile) -> pb.ReadCaseResponse:
    """Tell a case with what was found, and captured if that was asked for."""
    return pb.ReadCaseResponse(
        summary=write_case(file.case),
        result=None if file.result is None else write_check_result(file.result),
        captures=None if file.captures is None else _write_captures(file.captures),
        arrangement=file.arrangement,
    )


def _write_captures(captures: CapturedSamples) -> samples_pb2.Samples:
    return samples_pb2.Samples(
        fingers=[
            samples_pb2.FingerSample(position=write_position(t.position), template_record=t.record)
            for t in captures.templates
        ],
        face=None if captures.face is None else _write_face(captures.face),
    )


def _write_face(face: FaceTemplate) -> samples_pb2.FaceSample:
    template = samples_pb2.FaceTemplate(
        vector=face.vector.astype(np.dtype("<f2")).tobytes(),
        model=face.model,
        model_version=face.model_version,
        quality=face.quality,
    )
    return samples_pb2.FaceSample(template=template)


def write_decision(decision: CaseDecision) -> pb.DecideCaseResponse:
    """Tell what a verdict did."""
    return pb.DecideCaseResponse(
        case_id=decision.case_id,
        application_reference=decision.reference,
        outcome=write_outcome(decision.outcome),
        subject_id=decision.subject_id,
        encounter_id=decision.encounter_id,
        due=write_due(decision.due),
        is_repeat=decision.is_repeat,
    )
