"""Enrolments from the wire; subjects to the wire."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from vantay.administration import EnrolmentDetails, EnrolmentReceipt
from vantay.intake.samples import Samples
from vantay.store import EncounterRecord, OnConflict, SubjectRecord
from vantay_service.conversion.evidence import write_position, write_probe
from vantay_service.conversion.fields import (
    read_enum,
    read_identifier,
    read_number,
    read_optional_identifier,
    read_optional_time,
    read_text,
)
from vantay_service.conversion.limits import RequestLimits
from vantay_service.conversion.people import (
    WIRE_STATUSES,
    read_biographics,
    read_consent,
    read_documents,
    read_galleries,
    write_biographics,
    write_consent,
    write_document,
    write_time,
)
from vantay_service.conversion.samples import read_samples
from vantay_service.error_status import InvalidField
from vantay_service.v1 import enrolment_pb2 as pb
from vantay_service.v1.evidence_pb2 import ProbeReport
from vantay_service.v1.samples_pb2 import FINGER_POSITION_UNSPECIFIED

ON_CONFLICT: Final = MappingProxyType(
    {
        int(pb.ON_CONFLICT_UNSPECIFIED): OnConflict.FAIL,
        int(pb.ON_CONFLICT_FAIL): OnConflict.FAIL,
        int(pb.ON_CONFLICT_SKIP): OnConflict.SKIP,
        int(pb.ON_CONFLICT_ADD_ENCOUNTER): OnConflict.ADD_ENCOUNTER,
    }
)


@dataclass(frozen=True, slots=True)
class EnrolmentOrder:
    """An enrolment as it was asked for; the samples are no templates yet."""

    subject_id: str
    samples: Samples
    details: EnrolmentDetails
    captured_at: datetime | None
    source: str
    encounter_id: str = ""


def read_enrolment(
    request: pb.EnrolRequest | pb.AddEncounterRequest | pb.BulkRecord, limits: RequestLimits
) -> EnrolmentOrder:
    """Read whom to enrol, or whom to give an encounter.

    Raises
    ------
    InvalidField
        Naming the field that is wrong.
    """
    subject_id = read_identifier("subject_id", request.subject_id)
    if not request.HasField("encounter"):
        raise InvalidField("encounter", "is not set, expected samples")
    captures = request.encounter.captures
    if captures.missing:
        raise InvalidField("encounter.captures.missing", "is not kept of an enrolment, expected none")
    return EnrolmentOrder(
        subject_id,
        read_samples("encounter.captures.samples", captures.samples, limits),
        _read_details(request),
        read_optional_time("encounter.captures.", captures, "captured_at"),
        read_text("encounter.source", request.encounter.source),
        _read_encounter_id(request),
    )


def _read_encounter_id(request: pb.EnrolRequest | pb.AddEncounterRequest | pb.BulkRecord) -> str:
    if not isinstance(request, pb.BulkRecord):
        return ""
    return read_optional_identifier("encounter_id", request.encounter_id)


def _read_details(request: pb.EnrolRequest | pb.AddEncounterRequest | pb.BulkRecord) -> EnrolmentDetails:
    encounter = request.encounter
    captures = encounter.captures
    key = "" if isinstance(request, pb.BulkRecord) else request.idempotency_key
    details = EnrolmentDetails(
        operator=read_text("encounter.captures.operator", captures.operator),
        device=read_text("encounter.captures.device", captures.device),
        consent=read_consent("encounter.consent", encounter.consent)
        if encounter.HasField("consent")
        else None,
        idempotency_key=read_optional_identifier("idempotency_key", key) or None,
    )
    if isinstance(request, pb.AddEncounterRequest):
        return details
    return replace(
        details,
        biographics=read_biographics("biographics", request.biographics),
        documents=read_documents("documents", request.documents),
        galleries=read_galleries("galleries", request.galleries),
    )


def read_on_conflict(options: pb.BulkEnrolOptions) -> OnConflict:
    """Read what to do with subjects that are there."""
    return read_enum("options.on_conflict", options.on_conflict, ON_CONFLICT)


def read_batch_records(options: pb.BulkEnrolOptions, limits: RequestLimits) -> int:
    """Read how many records are written together; as many as may be if it is not said."""
    most = limits.max_batch_records
    return int(read_number("options.batch_records", options.batch_records, 0, most)) or most


def write_samples_of(receipt: EnrolmentReceipt) -> ProbeReport:
    """Tell what became of the samples of an enrolment."""
    encounter = receipt.encounter
    qualities = {template.position: template.quality for template in encounter.templates}
    face_quality = None if encounter.face is None else encounter.face.quality
    return write_probe(qualities, face_quality, receipt.failures)


def write_subject(subject: SubjectRecord) -> pb.ReadResponse:
    """Tell what is known of a subject."""
    return pb.ReadResponse(
        subject_id=subject.subject_id,
        status=WIRE_STATUSES[subject.status],
        created_at=write_time(subject.created_at),
        biographics=write_biographics(subject.biographics),
        documents=[write_document(document) for document in subject.documents],
        galleries=subject.galleries,
        merged_into=subject.merged_into or "",
        encounters=[_write_encounter(encounter) for encounter in subject.encounters],
    )


def _write_encounter(encounter: EncounterRecord) -> pb.Encounter:
    return pb.Encounter(
        encounter_id=encounter.encounter_id,
        captured_at=write_time(encounter.captured_at),
        recorded_at=write_time(encounter.recorded_at),
        source=encounter.source,
        operator=encounter.operator,
        device=encounter.device,
        consent=write_consent(encounter.consent),
        templates=_write_templates(encounter),
    )


def _write_templates(encounter: EncounterRecord) -> list[pb.TemplateSummary]:
    told = [
        pb.TemplateSummary(
            position=write_position(template.position),
            quality=template.quality,
            made_by=template.extractor,
            made_by_version=template.extractor_version,
            n_bytes=template.n_bytes,
        )
        for template in encounter.templates
    ]
    if face := encounter.face:
        told.append(
            pb.TemplateSummary(
                position=FINGER_POSITION_UNSPECIFIED,
                quality=face.quality,
                made_by=face.model,
                made_by_version=face.model_version,
                n_bytes=face.n_bytes,
            )
        )
    return told
