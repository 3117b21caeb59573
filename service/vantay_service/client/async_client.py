"""`AsyncVantayClient`: the service as coroutines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable
from types import TracebackType
from typing import Protocol, Self, TypeVar

import grpc
import grpc.aio
from google.protobuf.message import Message

from vantay_service.client.async_feed import AsyncDecisionFeed
from vantay_service.client.connection import TlsFiles, open_async_channel
from vantay_service.client.methods import is_idempotent
from vantay_service.client.results import ResultCount, async_bulk_messages
from vantay_service.client.retrying import Attempts
from vantay_service.client.service_error import ServiceError
from vantay_service.client.settings import DEFAULT_SETTINGS, CallSettings
from vantay_service.v1 import cases_pb2, enrolment_pb2, identification_pb2, intake_pb2, verification_pb2
from vantay_service.v1.cases_pb2_grpc import CaseServiceStub
from vantay_service.v1.enrolment_pb2_grpc import EnrolmentServiceStub
from vantay_service.v1.identification_pb2_grpc import IdentificationServiceStub
from vantay_service.v1.intake_pb2_grpc import IntakeServiceStub
from vantay_service.v1.verification_pb2_grpc import VerificationServiceStub

_Answer_co = TypeVar("_Answer_co", covariant=True)
_Request_contra = TypeVar("_Request_contra", bound=Message, contravariant=True)
_Request = TypeVar("_Request", bound=Message)
_Answer = TypeVar("_Answer")


class _Method(Protocol[_Request_contra, _Answer_co]):
    def __call__(
        self, request: _Request_contra, *, timeout: float | None = None
    ) -> Awaitable[_Answer_co]: ...


class AsyncVantayClient:
    """Calls a server from one event loop; see `VantayClient`, whose calls it has as coroutines.

    Parameters
    ----------
    address : str
        ``host:port``; the host must be in the server's certificate.
    tls : TlsFiles, optional
        Without it only a server on this machine is called.
    settings : CallSettings
        Deadline and retries.

    Attributes
    ----------
    decisions : AsyncDecisionFeed
        What was decided.
    """

    def __init__(
        self, address: str, tls: TlsFiles | None = None, settings: CallSettings = DEFAULT_SETTINGS
    ) -> None:
        self._settings = settings
        self._channel = open_async_channel(address, tls)
        self._intake = IntakeServiceStub(self._channel)
        self._verification = VerificationServiceStub(self._channel)
        self._identification = IdentificationServiceStub(self._channel)
        self._enrolment = EnrolmentServiceStub(self._channel)
        self._cases = CaseServiceStub(self._channel)
        self.decisions = AsyncDecisionFeed(self._channel, settings)

    async def close(self) -> None:
        """Close the connection; calls that run are cancelled."""
        self.decisions.close()
        await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def check_applicant(
        self, request: intake_pb2.CheckApplicantRequest, *, deadline_s: float | None = None
    ) -> intake_pb2.CheckApplicantResponse:
        """Check an applicant."""
        return await self._call(self._intake.CheckApplicant, request, deadline_s)

    async def verify(
        self, request: verification_pb2.VerifyRequest, *, deadline_s: float | None = None
    ) -> verification_pb2.VerifyResponse:
        """Compare samples with a subject, the owner of a document, or other samples."""
        return await self._call(self._verification.Verify, request, deadline_s)

    async def identify(
        self, request: identification_pb2.IdentifyRequest, *, deadline_s: float | None = None
    ) -> identification_pb2.IdentifyResponse:
        """Search everyone, or those whom the filter lets through."""
        return await self._call(self._identification.Identify, request, deadline_s)

    async def enrol(
        self, request: enrolment_pb2.EnrolRequest, *, deadline_s: float | None = None
    ) -> enrolment_pb2.EnrolResponse:
        """Enrol a new subject."""
        return await self._call(self._enrolment.Enrol, request, deadline_s)

    async def add_encounter(
        self, request: enrolment_pb2.AddEncounterRequest, *, deadline_s: float | None = None
    ) -> enrolment_pb2.AddEncounterResponse:
        """Add an encounter to a subject."""
        return await self._call(self._enrolment.AddEncounter, request, deadline_s)

    async def read(
        self, request: enrolment_pb2.ReadRequest, *, deadline_s: float | None = None
    ) -> enrolment_pb2.ReadResponse:
        """Tell what is known of a subject."""
        return await self._call(self._enrolment.Read, request, deadline_s)

    async def lock(
        self, request: enrolment_pb2.LockRequest, *, deadline_s: float | None = None
    ) -> enrolment_pb2.LockResponse:
        """Lock a subject."""
        return await self._call(self._enrolment.Lock, request, deadline_s)

    async def unlock(
        self, request: enrolment_pb2.UnlockRequest, *, deadline_s: float | None = None
    ) -> enrolment_pb2.UnlockResponse:
        """Make a locked subject active again."""
        return await self._call(self._enrolment.Unlock, request, deadline_s)

    async def merge(
        self, request: enrolment_pb2.MergeRequest, *, deadline_s: float | None = None
    ) -> enrolment_pb2.MergeResponse:
        """Give all that a subject has to another one."""
        return await self._call(self._enrolment.Merge, request, deadline_s)

    async def erase(
        self, request: enrolment_pb2.EraseRequest, *, deadline_s: float | None = None
    ) -> enrolment_pb2.EraseResponse:
        """Erase a subject; never made again by itself."""
        return await self._call(self._enrolment.Erase, request, deadline_s)

    async def list_cases(
        self, request: cases_pb2.ListCasesRequest, *, deadline_s: float | None = None
    ) -> AsyncIterator[cases_pb2.CaseSummary]:
        """List cases, the oldest first, page after page; the deadline is that of a page."""
        asked = cases_pb2.ListCasesRequest()
        asked.CopyFrom(request)
        while True:
            page = await self._call(self._cases.ListCases, asked, deadline_s)
            for case in page.cases:
                yield case
            if not page.next_page_token:
                return
            asked.page_token = page.next_page_token

    async def read_case(
        self, request: cases_pb2.ReadCaseRequest, *, deadline_s: float | None = None
    ) -> cases_pb2.ReadCaseResponse:
        """Read a case with what was found."""
        return await self._call(self._cases.ReadCase, request, deadline_s)

    async def decide_case(
        self, request: cases_pb2.DecideCaseRequest, *, deadline_s: float | None = None
    ) -> cases_pb2.DecideCaseResponse:
        """Decide a case."""
        return await self._call(self._cases.DecideCase, request, deadline_s)

    async def bulk_enrol(
        self,
        records: Iterable[enrolment_pb2.BulkRecord] | AsyncIterator[enrolment_pb2.BulkRecord],
        on_conflict: enrolment_pb2.OnConflict.ValueType = enrolment_pb2.ON_CONFLICT_FAIL,
        *,
        batch_records: int = 0,
        deadline_s: float | None = None,
    ) -> AsyncIterator[enrolment_pb2.BulkRecordResult]:
        """Enrol many subjects, of an iterator that may be asynchronous; see `VantayClient.bulk_enrol`.

        Yields
        ------
        BulkRecordResult
            One for each record, in their order, when it is on disk.

        Raises
        ------
        ServiceError
            As there.
        """
        count = ResultCount()
        options = enrolment_pb2.BulkEnrolOptions(on_conflict=on_conflict, batch_records=batch_records)
        stream = self._enrolment.BulkEnrol(async_bulk_messages(records, options, count), timeout=deadline_s)
        try:
            async for answer in stream:
                count.n_results += len(answer.results)
                for result in answer.results:
                    yield result
        except grpc.RpcError as error:
            raise ServiceError.of(error) from error
        finally:
            stream.cancel()
        count.check()

    async def _call(
        self, method: _Method[_Request, _Answer], request: _Request, deadline_s: float | None
    ) -> _Answer:
        deadline_s = self._settings.deadline_s if deadline_s is None else deadline_s
        attempts = Attempts(self._settings.retries, deadline_s, is_idempotent=is_idempotent(request))
        while True:
            try:
                return await method(request, timeout=attempts.time_left_s())
            except grpc.RpcError as error:
                pause_s = attempts.pause_after(error)
            await asyncio.sleep(pause_s)
