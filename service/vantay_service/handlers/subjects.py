"""`EnrolmentService`: who is enrolled."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import TypeVar

from vantay.administration import EnrolmentReceipt
from vantay.intake.records_desk import RecordsDesk
from vantay_service.conversion.evidence import write_timings
from vantay_service.conversion.fields import read_identifier, read_text
from vantay_service.conversion.limits import RequestLimits
from vantay_service.conversion.people import write_time
from vantay_service.conversion.subjects import read_enrolment, write_samples_of, write_subject
from vantay_service.error_status import AnyContext, InvalidField, answering_errors
from vantay_service.handlers.bulk import BulkEnrolment
from vantay_service.handlers.desk_calls import DeskCalls
from vantay_service.v1 import enrolment_pb2 as pb
from vantay_service.v1.enrolment_pb2_grpc import EnrolmentServiceServicer

_Receipt = TypeVar("_Receipt", pb.EnrolResponse, pb.AddEncounterResponse)


class EnrolmentHandlers(EnrolmentServiceServicer):
    """Answers by the records desk."""

    def __init__(self, desk: RecordsDesk, calls: DeskCalls, limits: RequestLimits) -> None:
        self._desk = desk
        self._calls = calls
        self._limits = limits

    async def Enrol(self, request: pb.EnrolRequest, context: AnyContext) -> pb.EnrolResponse:  # noqa: N802
        """Enrol a new subject."""
        async with answering_errors(context):
            receipt = await self._keep(request, context, self._desk.enrol)
            return _write_receipt(pb.EnrolResponse, receipt)

    async def AddEncounter(  # noqa: N802 - the name on the wire
        self, request: pb.AddEncounterRequest, context: AnyContext
    ) -> pb.AddEncounterResponse:
        """Add an encounter to a subject."""
        async with answering_errors(context):
            receipt = await self._keep(request, context, self._desk.add_encounter)
            return _write_receipt(pb.AddEncounterResponse, receipt)

    async def _keep(
        self,
        request: pb.EnrolRequest | pb.AddEncounterRequest,
        context: AnyContext,
        keep: Callable[..., EnrolmentReceipt],
    ) -> EnrolmentReceipt:
        order = read_enrolment(request, self._limits)
        return await self._calls.run(
            context,
            lambda actor: keep(
                actor,
                order.subject_id,
                order.samples,
                order.details,
                captured_at=order.captured_at,
                source=order.source,
            ),
        )

    async def Read(self, request: pb.ReadRequest, context: AnyContext) -> pb.ReadResponse:  # noqa: N802
        """Tell what is known of a subject."""
        async with answering_errors(context):
            subject_id = read_identifier("subject_id", request.subject_id)
            subject = await self._calls.run(context, lambda actor: self._desk.read(actor, subject_id))
            return write_subject(subject)

    async def Lock(self, request: pb.LockRequest, context: AnyContext) -> pb.LockResponse:  # noqa: N802
        """Lock a subject."""
        async with answering_errors(context):
            subject_id, reason = _read_whom_and_why(request)
            was_changed = await self._calls.run(
                context, lambda actor: self._desk.lock(actor, subject_id, reason)
            )
            return pb.LockResponse(was_changed=was_changed)

    async def Unlock(self, request: pb.UnlockRequest, context: AnyContext) -> pb.UnlockResponse:  # noqa: N802
        """Make a locked subject active again."""
        async with answering_errors(context):
            subject_id, reason = _read_whom_and_why(request)
            was_changed = await self._calls.run(
                context, lambda actor: self._desk.unlock(actor, subject_id, reason)
            )
            return pb.UnlockResponse(was_changed=was_changed)

    async def Merge(self, request: pb.MergeRequest, context: AnyContext) -> pb.MergeResponse:  # noqa: N802
        """Give all that a subject has to another one."""
        async with answering_errors(context):
            winner_id = read_identifier("winner_id", request.winner_id)
            loser_id = read_identifier("loser_id", request.loser_id)
            reason = read_text("reason", request.reason)
            if winner_id == loser_id:
                raise InvalidField("loser_id", "is winner_id too, expected two subjects")
            n_encounters = await self._calls.run(
                context, lambda actor: self._desk.merge(actor, winner_id, loser_id, reason)
            )
            return pb.MergeResponse(n_encounters=n_encounters)

    async def Erase(self, request: pb.EraseRequest, context: AnyContext) -> pb.EraseResponse:  # noqa: N802
        """Erase a subject; answer with a signed receipt."""
        async with answering_errors(context):
            subject_id, reason = _read_whom_and_why(request)
            receipt = await self._calls.run(
                context, lambda actor: self._desk.erase(actor, subject_id, reason)
            )
            return pb.EraseResponse(receipt_json=receipt.to_json())

    async def BulkEnrol(  # noqa: N802
        self, request_iterator: AsyncIterator[pb.BulkEnrolRequest], context: AnyContext
    ) -> AsyncIterator[pb.BulkEnrolResponse]:
        """Enrol many subjects."""
        async with answering_errors(context):
            bulk = BulkEnrolment(self._desk, self._calls, self._limits, context)
            async with aclosing(bulk.answer(request_iterator)) as responses:
                async for response in responses:
                    yield response


def _write_receipt(kind: type[_Receipt], receipt: EnrolmentReceipt) -> _Receipt:
    """Tell what was written: the answers of both calls have the same fields."""
    return kind(
        subject_id=receipt.encounter.subject_id,
        encounter_id=receipt.encounter.encounter_id,
        recorded_at=write_time(receipt.encounter.recorded_at),
        samples=write_samples_of(receipt),
        timings=write_timings(receipt.timings_ms),
    )


def _read_whom_and_why(request: pb.LockRequest | pb.UnlockRequest | pb.EraseRequest) -> tuple[str, str]:
    return read_identifier("subject_id", request.subject_id), read_text("reason", request.reason)
