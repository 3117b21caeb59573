"""Applications from the wire; what a check answers, to the wire."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from vantay.intake.application import (
    Applicant,
    Application,
    CardKind,
    Claim,
    ConsentGiven,
    EnrolIf,
    Guardian,
    ResidenceCard,
    TravelDocument,
)
from vantay.intake.result import CaptureReport, CheckResult, ClaimEvidence, Due, Outcome, Reason
from vantay_service.conversion.evidence import (
    write_checked_candidates,
    write_finger_scores,
    write_position,
    write_timings,
)
from vantay_service.conversion.fields import (
    check_count,
    put_once,
    read_date,
    read_enum,
    read_identifier,
    read_optional_date,
    read_optional_enum,
    read_optional_identifier,
    read_text,
    read_time,
)
from vantay_service.conversion.limits import RequestLimits
from vantay_service.conversion.people import SEXES, read_document_claim
from vantay_service.conversion.samples import read_captures
from vantay_service.error_status import InvalidField
from vantay_service.v1 import intake_pb2 as pb

CARD_KINDS: Final = MappingProxyType(
    {int(pb.CARD_KIND_PERMANENT): CardKind.PERMANENT, int(pb.CARD_KIND_TEMPORARY): CardKind.TEMPORARY}
)
ENROL_IF: Final = MappingProxyType({int(pb.ENROL_IF_NEW): EnrolIf.NEW, int(pb.ENROL_IF_KNOWN): EnrolIf.KNOWN})
CONSENT_GIVERS: Final = MappingProxyType(
    {int(pb.CONSENT_GIVER_APPLICANT): "applicant", int(pb.CONSENT_GIVER_GUARDIAN): "guardian"}
)


def read_application(request: pb.CheckApplicantRequest, limits: RequestLimits) -> Application:
    """Read an application.

    Raises
    ------
    InvalidField
        Naming the field that is wrong.
    """
    reference = read_identifier("application_reference", request.application_reference)
    if request.level not in {1, 2}:
        raise InvalidField("level", f"is {request.level}, expected 1 or 2")
    if not request.HasField("applicant"):
        raise InvalidField("applicant", "is not set, expected who applies")
    return Application(
        reference,
        request.level,
        _read_applicant(request.applicant),
        travel_document=_read_travel_document(request),
        residence_card=_read_residence_card(request),
        guardian=_read_guardian(request),
        consent=_read_consent(request),
        captures=read_captures("captures", request.captures, limits),
        claim=_read_claim(request),
        enrol_if=_read_enrol_if(request),
        subject_id=read_optional_identifier("subject_id", request.subject_id),
    )


def _read_enrol_if(request: pb.CheckApplicantRequest) -> frozenset[EnrolIf]:
    check_count("enrol_if", len(request.enrol_if), len(ENROL_IF))
    read: dict[EnrolIf, int] = {}
    for i, outcome in enumerate(request.enrol_if):
        put_once(f"enrol_if[{i}]", read, read_enum(f"enrol_if[{i}]", outcome, ENROL_IF), i)
    return frozenset(read)


def _read_applicant(applicant: pb.Applicant) -> Applicant:
    nationality = applicant.nationality
    if not (
        1 <= len(nationality) <= 3
        and nationality.isascii()
        and nationality.isalpha()
        and nationality.isupper()
    ):
        raise InvalidField("applicant.nationality", "is no code, expected 1 to 3 capital letters, as KOR")
    return Applicant(
        read_text("applicant.name_reference", applicant.name_reference),
        read_date("applicant.birth_date", applicant.birth_date),
        nationality,
        read_optional_enum("applicant.sex", applicant.sex, SEXES),
        is_represented=applicant.is_represented,
    )


def _read_travel_document(request: pb.CheckApplicantRequest) -> TravelDocument | None:
    if not request.HasField("travel_document"):
        return None
    document = request.travel_document
    return TravelDocument(
        _read_number("travel_document.number", document.number),
        read_text("travel_document.issuer", document.issuer),
        read_date("travel_document.expires_on", document.expires_on),
    )


def _read_residence_card(request: pb.CheckApplicantRequest) -> ResidenceCard | None:
    if not request.HasField("residence_card"):
        return None
    card = request.residence_card
    return ResidenceCard(
        read_enum("residence_card.kind", card.kind, CARD_KINDS),
        _read_number("residence_card.number", card.number),
        read_optional_date("residence_card.expires_on", card.expires_on),
    )


def _read_number(path: str, number: str) -> str:
    text = read_text(path, number, is_required=True)
    if not any(character.isalnum() for character in text):
        raise InvalidField(path, "has no letter and no digit, expected the number of a document")
    return text


def _read_guardian(request: pb.CheckApplicantRequest) -> Guardian | None:
    if not request.HasField("guardian"):
        return None
    guardian = request.guardian
    return Guardian(
        read_text("guardian.name_reference", guardian.name_reference),
        read_text("guardian.phone", guardian.phone),
    )


def _read_consent(request: pb.CheckApplicantRequest) -> ConsentGiven | None:
    if not request.HasField("consent"):
        return None
    consent = request.consent
    return ConsentGiven(
        read_text("consent.reference", consent.reference, is_required=True),
        read_time("consent.", consent, "given_at"),
        read_optional_enum("consent.given_by", consent.given_by, CONSENT_GIVERS) or "applicant",
    )


def _read_claim(request: pb.CheckApplicantRequest) -> Claim | None:
    if not request.HasField("claim"):
        return None
    who = request.claim.WhichOneof("who")
    if who == "subject_id":
        return Claim(read_identifier("claim.subject_id", request.claim.subject_id))
    if who == "document":
        return read_document_claim("claim.document", request.claim.document)
    raise InvalidField("claim", "names nobody, expected subject_id or document")


def write_check_result(result: CheckResult) -> pb.CheckApplicantResponse:
    """Tell what a check answers."""
    return pb.CheckApplicantResponse(
        application_reference=result.reference,
        outcome=write_outcome(result.outcome),
        reasons=[write_reason(reason) for reason in result.reasons],
        candidates=write_checked_candidates(result.candidates),
        claim=_write_claim(result.claim),
        captures=[_write_capture(report) for report in result.captures],
        due=write_due(result.due),
        case_id=result.case_id,
        subject_id=result.subject_id,
        encounter_id=result.encounter_id,
        threshold=result.threshold,
        review_threshold=result.review_threshold,
        n_searched=result.n_searched,
        timings=write_timings(result.timings_ms),
        is_repeat=result.is_repeat,
    )


def write_outcome(outcome: Outcome) -> pb.Outcome.ValueType:
    """Tell an outcome: the wire's names are those of the engine, with a prefix."""
    return pb.Outcome.Value(f"OUTCOME_{outcome.name}")


def write_reason(reason: Reason | None) -> pb.CheckReason.ValueType:
    """Tell a reason, if there is one: the wire's names are those of the engine, with a prefix."""
    if reason is None:
        return pb.CHECK_REASON_UNSPECIFIED
    return pb.CheckReason.Value(f"CHECK_REASON_{reason.name}")


def write_due(due: Due | None) -> pb.Due | None:
    """Tell when an answer is due, if it is."""
    return None if due is None else pb.Due(working_days=due.working_days, due_on=due.on.isoformat())


def _write_claim(claim: ClaimEvidence | None) -> pb.ClaimEvidence | None:
    if claim is None:
        return None
    return pb.ClaimEvidence(
        subject_id=claim.subject_id,
        score=claim.score,
        threshold=claim.threshold,
        is_match=claim.is_match,
        finger_scores=write_finger_scores(claim.finger_scores),
        face_score=claim.face_score,
    )


def _write_capture(report: CaptureReport) -> pb.CaptureReport:
    return pb.CaptureReport(
        position=write_position(report.position),
        quality=report.quality,
        reason=write_reason(report.reason),
        advice=report.advice,
    )
