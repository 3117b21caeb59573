"""`VerificationService` and `IdentificationService`: tell whether it is who they say, and who it is."""

from __future__ import annotations

from vantay.intake.records_desk import RecordsDesk, Verified
from vantay.intake.samples import Samples
from vantay.store import Actor
from vantay_service.conversion.fields import read_identifier
from vantay_service.conversion.limits import RequestLimits
from vantay_service.conversion.people import read_document_claim
from vantay_service.conversion.samples import read_samples
from vantay_service.conversion.searches import (
    read_filter,
    read_max_candidates,
    read_target_fpir,
    read_threshold_fmr,
    write_identify_result,
    write_verify_result,
)
from vantay_service.error_status import AnyContext, InvalidField, answering_errors
from vantay_service.handlers.desk_calls import DeskCalls
from vantay_service.v1.identification_pb2 import IdentifyRequest, IdentifyResponse
from vantay_service.v1.identification_pb2_grpc import IdentificationServiceServicer
from vantay_service.v1.verification_pb2 import VerifyRequest, VerifyResponse
from vantay_service.v1.verification_pb2_grpc import VerificationServiceServicer


class VerificationHandlers(VerificationServiceServicer):
    """Answers by the records desk."""

    def __init__(self, desk: RecordsDesk, calls: DeskCalls, limits: RequestLimits) -> None:
        self._desk = desk
        self._calls = calls
        self._limits = limits

    async def Verify(self, request: VerifyRequest, context: AnyContext) -> VerifyResponse:  # noqa: N802
        """Compare samples with a subject, the owner of a document, or other samples."""
        async with answering_errors(context):
            probe = read_samples("probe", request.probe, self._limits)
            rate = read_threshold_fmr(request)
            match request.WhichOneof("reference"):
                case "subject_id":
                    subject_id = read_identifier("subject_id", request.subject_id)
                    verified = await self._calls.run(
                        context, lambda actor: self._desk.verify(actor, subject_id, probe, threshold_fmr=rate)
                    )
                case "document":
                    claim = read_document_claim("document", request.document)
                    verified = await self._calls.run(
                        context,
                        lambda actor: self._desk.verify_document(actor, claim, probe, threshold_fmr=rate),
                    )
                case "samples":
                    reference = read_samples("samples", request.samples, self._limits)
                    verified = await self._calls.run(
                        context, lambda actor: self._compare(actor, probe, reference, rate)
                    )
                case _:
                    raise InvalidField("reference", "is not set, expected subject_id, document or samples")
            return write_verify_result(verified.result, verified.subject_id)

    def _compare(self, actor: Actor, probe: Samples, reference: Samples, rate: float | None) -> Verified:
        return Verified("", self._desk.compare_samples(actor, probe, reference, threshold_fmr=rate))


class IdentificationHandlers(IdentificationServiceServicer):
    """Answers by the records desk."""

    def __init__(self, desk: RecordsDesk, calls: DeskCalls, limits: RequestLimits) -> None:
        self._desk = desk
        self._calls = calls
        self._limits = limits

    async def Identify(self, request: IdentifyRequest, context: AnyContext) -> IdentifyResponse:  # noqa: N802
        """Search everyone whom the filter lets through."""
        async with answering_errors(context):
            probe = read_samples("probe", request.probe, self._limits)
            whom, n, rate = (
                read_filter(request.filter),
                read_max_candidates(request),
                read_target_fpir(request),
            )
            result = await self._calls.run(
                context,
                lambda actor: self._desk.identify(
                    actor, probe, whom=whom, max_candidates=n, target_fpir=rate
                ),
            )
            return write_identify_result(result)
