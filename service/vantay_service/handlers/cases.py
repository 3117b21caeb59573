"""`CaseService`: what a person must decide."""

from __future__ import annotations

from vantay.intake.case_desk import CaseDesk
from vantay_service.conversion.cases import (
    read_case_status,
    read_page_size,
    read_verdict,
    write_case_file,
    write_cases,
    write_decision,
)
from vantay_service.conversion.fields import read_identifier, read_optional_identifier, read_prose
from vantay_service.error_status import AnyContext, answering_errors
from vantay_service.handlers.desk_calls import DeskCalls, blaming_the_rules
from vantay_service.v1 import cases_pb2 as pb
from vantay_service.v1.cases_pb2_grpc import CaseServiceServicer


class CaseHandlers(CaseServiceServicer):
    """Answers by the case desk."""

    def __init__(self, desk: CaseDesk, calls: DeskCalls) -> None:
        self._desk = desk
        self._calls = calls

    async def ListCases(  # noqa: N802 - the name on the wire
        self, request: pb.ListCasesRequest, context: AnyContext
    ) -> pb.ListCasesResponse:
        """List cases, a page at a time."""
        async with answering_errors(context):
            status, n = read_case_status(request), read_page_size(request)
            after = read_optional_identifier("page_token", request.page_token)
            cases = await self._calls.run(
                context, lambda actor: self._desk.list_cases(actor, status=status, after=after, limit=n)
            )
            return write_cases(cases, n)

    async def ReadCase(  # noqa: N802
        self, request: pb.ReadCaseRequest, context: AnyContext
    ) -> pb.ReadCaseResponse:
        """Read a case with what was found and captured."""
        async with answering_errors(context):
            case_id = read_identifier("case_id", request.case_id)
            with_captures = request.with_captures
            file = await self._calls.run(
                context, lambda actor: self._desk.read_case(actor, case_id, with_captures=with_captures)
            )
            return write_case_file(file)

    async def DecideCase(  # noqa: N802
        self, request: pb.DecideCaseRequest, context: AnyContext
    ) -> pb.DecideCaseResponse:
        """Decide a case."""
        async with answering_errors(context):
            case_id = read_identifier("case_id", request.case_id)
            verdict, reason = read_verdict(request), read_prose("reason", request.reason)
            with blaming_the_rules():
                decision = await self._calls.run(
                    context, lambda actor: self._desk.decide(actor, case_id, verdict, reason)
                )
            return write_decision(decision)
