"""`IntakeService`: tells who an applicant is."""

from __future__ import annotations

from vantay.intake.desk import IntakeDesk
from vantay_service.conversion.checks import read_application, write_check_result
from vantay_service.conversion.limits import RequestLimits
from vantay_service.error_status import AnyContext, answering_errors
from vantay_service.handlers.desk_calls import DeskCalls, blaming_the_rules
from vantay_service.v1.intake_pb2 import CheckApplicantRequest, CheckApplicantResponse
from vantay_service.v1.intake_pb2_grpc import IntakeServiceServicer


class IntakeHandlers(IntakeServiceServicer):
    """Answers by the intake desk."""

    def __init__(self, desk: IntakeDesk, calls: DeskCalls, limits: RequestLimits) -> None:
        self._desk = desk
        self._calls = calls
        self._limits = limits

    async def CheckApplicant(  # noqa: N802 - the name on the wire
        self, request: CheckApplicantRequest, context: AnyContext
    ) -> CheckApplicantResponse:
        """Check an applicant."""
        async with answering_errors(context):
            application = read_application(request, self._limits)
            with blaming_the_rules():
                result = await self._calls.run(context, lambda actor: self._desk.check(application, actor))
            return write_check_result(result)
