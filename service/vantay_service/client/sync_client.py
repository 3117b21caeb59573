"""`VantayClient`: the service as plain functions that block."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Protocol, Self, TypeVar

import grpc
from google.protobuf.message import Message

from vantay_service.client.connection import TlsFiles, open_channel
from vantay_service.client.methods import is_idempotent
from vantay_service.client.results import ResultCount, bulk_messages
from vantay_service.client.retrying import Attempts
from vantay_service.client.service_error import ServiceError
from vantay_service.client.settings import DEFAULT_SETTINGS, CallSettings
from vantay_service.client.sync_feed import DecisionFeed
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
    def __call__(self, request: _Request_contra, timeout: float | None = None) -> _Answer_co: ...


class VantayClient:
    """Calls a server. Any number of threads may use one client.

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
    decisions : DecisionFeed
        What was decided.

    Notes
    -----
    Every call takes the message of its request and gives that of its answer; ``deadline_s`` overrides the
    setting. A call that fails raises `ServiceError`. Calls that may be made again are, when the server cannot
    be reached or has too much to do, as long as the deadline allows.
    """

    def __init__(
        self, address: str, tls: TlsFiles | None = None, settings: CallSettings = DEFAULT_SETTINGS
    ) -> None:
        self._settings = settings
        self._channel = open_channel(address, tls)
        self._intake = IntakeServiceStub(self._channel)
        self._verification = VerificationServiceStub(self._channel)
        self._identification = IdentificationServiceStub(self._channel)
        self._enrolment = EnrolmentServiceStub(self._channel)
        self._cases = CaseServiceStub(self._channel)
        self.decisions = DecisionFeed(self._channel, settings)

    def close(self) -> None:
        """Close the connection; calls that run are cancelled."""
        self.decisions.close()
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def check_applicant(
        self, request: intake_pb2.CheckApplicantRequest, *, deadline_s: float | None = None
    ) -> intake_pb2.CheckApplicantResponse:
        """Check an applicant."""
        return self._call(self._intake.CheckApplicant, request, deadline_s)

    def verify(
        self, request: verification_pb2.VerifyRequest, *, deadline_s: float | None = None
    ) -> verification_pb2.VerifyResponse:
        """Compare samples with a subject, the owner of a document, or other samples."""
        return self._call(self._verification.Verify, request, deadline_s)

    def identify(
        self, request: identification_pb2.IdentifyRequest, *, deadline_s: float | None = None
    ) -> identification_pb2.IdentifyResponse:
        """Search everyone, or those whom the filter lets through."""
        return self._call(self._identification.Identify, request, deadline_s)

    def enrol(
        self, request: enrolment_pb2.EnrolRequest, *, deadline_s: float | None = None
    ) -> enrolment_pb2.EnrolResponse:
        """Enrol a new subject."""
        return self._call(self._enrolment.Enrol, request, deadline_s)

    def add_encounter(
        self, request: enrolment_pb2.AddEncounterRequest, *, deadline_s: float | None = None
    ) -> enrolment_pb2.AddEncounterResponse:
        """Add an encounter to a subject."""
        return self._call(self._enrolment.AddEncounter, request, deadline_s)

    def read(
        self, request: enrolment_pb2.ReadRequest, *, deadline_s: float | None = None
    ) -> enrolment_pb2.ReadResponse:
        """Tell what is known of a subject."""
        return self._call(self._enrolment.Read, request, deadline_s)

    def lock(
        self, request: enrolment_pb2.LockRequest, *, deadline_s: float | None = None
    ) -> enrolment_pb2.LockResponse:
        """Lock a subject."""
        return self._call(self._enrolment.Lock, request, deadline_s)

    def unlock(
        self, request: enrolment_pb2.UnlockRequest, *, deadline_s: float | None = None
    ) -> enrolment_pb2.UnlockResponse:
        """Make a locked subject active again."""
        return self._call(self._enrolment.Unlock, request, deadline_s)

    def merge(
        self, request: enrolment_pb2.MergeRequest, *, deadline_s: float | None = None
    ) -> enrolment_pb2.MergeResponse:
        """Give all that a subject has to another one."""
        return self._call(self._enrolment.Merge, request, deadline_s)

    def erase(
        self, request: enrolment_pb2.EraseRequest, *, deadline_s: float | None = None
    ) -> enrolment_pb2.EraseResponse:
        """Erase a subject; never made again by itself."""
        return self._call(self._enrolment.Erase, request, deadline_s)

    def list_cases(
        self, request: cases_pb2.ListCasesRequest, *, deadline_s: float | None = None
    ) -> Iterator[cases_pb2.CaseSummary]:
        """List cases, the oldest first, page after page; the deadline is that of a page."""
        asked = cases_pb2.ListCasesRequest()
        asked.CopyFrom(request)
        while True:
            page = self._call(self._cases.ListCases, asked, deadline_s)
            yield from page.cases
            if not page.next_page_token:
                return
            asked.page_token = page.next_page_token

    def read_case(
        self, request: cases_pb2.ReadCaseRequest, *, deadline_s: float | None = None
    ) -> cases_pb2.ReadCaseResponse:
        """Read a case with what was found."""
        return self._call(self._cases.ReadCase, request, deadline_s)

    def decide_case(
        self, request: cases_pb2.DecideCaseRequest, *, deadline_s: float | None = None
    ) -> cases_pb2.DecideCaseResponse:
        """Decide a case."""
        return self._call(self._cases.DecideCase, request, deadline_s)

    def bulk_enrol(
        self,
        records: Iterable[enrolment_pb2.BulkRecord],
        on_conflict: enrolment_pb2.OnConflict.ValueType = enrolment_pb2.ON_CONFLICT_FAIL,
        *,
        batch_records: int = 0,
        deadline_s: float | None = None,
    ) -> Iterator[enrolment_pb2.BulkRecordResult]:
        """Enrol many subjects; records are taken as fast as the server writes them.

        Parameters
        ----------
        records : iterable of BulkRecord
            Read on a thread of gRPC's.
        on_conflict : OnConflict
            What is done with subjects that are enrolled.
        batch_records : int
            How many are written together before their results come; 0: as many as the server likes. Whoever
            waits for the result of each record says 1.
        deadline_s : float, optional
            For all of it; none if not given.

        Yields
        ------
        BulkRecordResult
            One for each record, in their order, when it is on disk.

        Raises
        ------
        ServiceError
            If the stream breaks; it is not made again, for nobody knows which records were written.
        """
        count = ResultCount()
        options = enrolment_pb2.BulkEnrolOptions(on_conflict=on_conflict, batch_records=batch_records)
        stream = self._enrolment.BulkEnrol(bulk_messages(count.sent(records), options), timeout=deadline_s)
        try:
            for answer in stream:
                count.n_results += len(answer.results)
                yield from answer.results
        except grpc.RpcError as error:
            raise ServiceError.of(error) from error
        finally:
            stream.cancel()
        count.check()

    def _call(
        self, method: _Method[_Request, _Answer], request: _Request, deadline_s: float | None
    ) -> _Answer:
        deadline_s = self._settings.deadline_s if deadline_s is None else deadline_s
        attempts = Attempts(self._settings.retries, deadline_s, is_idempotent=is_idempotent(request))
        while True:
            try:
                return method(request, timeout=attempts.time_left_s())
            except grpc.RpcError as error:
                pause_s = attempts.pause_after(error)
            time.sleep(pause_s)
