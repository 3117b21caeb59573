"""A server whose engine is a stand-in, so that tests say how long its work takes; all else is real."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from vantay_service.error_status import answering_errors
from vantay_service.handlers.desk_calls import DeskCalls
from vantay_service.running.metrics import Metrics
from vantay_service.running.readiness import Phase, Readiness
from vantay_service.running.server import BoundServer, Instruments, make_server
from vantay_service.running.settings import ServiceSettings
from vantay_service.running.traces import OpenTelemetryTraces
from vantay_service.running.work_queue import ThreadWorkQueue
from vantay_service.v1.decisions_pb2 import WatchRequest, WatchResponse
from vantay_service.v1.decisions_pb2_grpc import (
    DecisionFeedServicer,
    DecisionFeedStub,
    add_DecisionFeedServicer_to_server,
)
from vantay_service.v1.enrolment_pb2 import BulkEnrolRequest, BulkEnrolResponse, BulkRecordResult
from vantay_service.v1.enrolment_pb2_grpc import (
    EnrolmentServiceServicer,
    EnrolmentServiceStub,
    add_EnrolmentServiceServicer_to_server,
)
from vantay_service.v1.evidence_pb2 import StageTime
from vantay_service.v1.intake_pb2 import (
    OUTCOME_KNOWN,
    CaptureReport,
    CheckApplicantRequest,
    CheckApplicantResponse,
)
from vantay_service.v1.intake_pb2_grpc import (
    IntakeServiceServicer,
    IntakeServiceStub,
    add_IntakeServiceServicer_to_server,
)
from vantay_service.work import Priority

NAMES = ("vantay.v1.IntakeService", "vantay.v1.EnrolmentService", "vantay.v1.DecisionFeed")
ROLES = '[callers.plaintext]\nroles = ["intake", "loader", "auditor"]\n'
COMPILING_S = 600.0
"""The first server that compares compiles the kernels."""
CHECK = "/vantay.v1.IntakeService/CheckApplicant"


class Intake(IntakeServiceServicer):
    """Answers KNOWN when `may_end` is set."""

    def __init__(self, queue: ThreadWorkQueue) -> None:
        self._calls = DeskCalls(queue)
        self.n_begun = 0
        self.begun = threading.Event()
        self.may_end = threading.Event()
        self.may_end.set()
        self.error: BaseException | None = None

    async def CheckApplicant(  # noqa: N802
        self, request: CheckApplicantRequest, context: Any
    ) -> CheckApplicantResponse:
        async with answering_errors(context):
            return await self._calls.run(context, lambda _actor: self._check(request))

    def _check(self, request: CheckApplicantRequest) -> CheckApplicantResponse:
        self.n_begun += 1
        self.begun.set()
        assert self.may_end.wait(20)
        if self.error is not None:
            raise self.error
        return CheckApplicantResponse(
            application_reference=request.application_reference,
            outcome=OUTCOME_KNOWN,
            captures=[CaptureReport(quality=63)],
            timings=[StageTime(stage="search", duration_ms=12.5)],
        )


class Feed(DecisionFeedServicer):
    """Sends one heartbeat, and nothing more."""

    async def Watch(  # noqa: N802
        self, _request: WatchRequest, _context: Any
    ) -> AsyncIterator[WatchResponse]:
        yield WatchResponse()
        await asyncio.Event().wait()


class Enrolment(EnrolmentServiceServicer):
    """Answers each record of a load when the next one comes, or none comes any more."""

    async def BulkEnrol(  # noqa: N802
        self, request_iterator: AsyncIterator[BulkEnrolRequest], _context: Any
    ) -> AsyncIterator[BulkEnrolResponse]:
        waiting: list[BulkEnrolRequest] = []
        async for request in request_iterator:
            waiting.append(request)
            if len(waiting) == 2:
                yield _results(waiting)
                waiting = []
        if waiting:
            yield _results(waiting)


def _results(requests: list[BulkEnrolRequest]) -> BulkEnrolResponse:
    return BulkEnrolResponse(results=[BulkRecordResult(record_id=r.record.record_id) for r in requests])


@dataclass
class StandIn:
    """The server of a test, and what it is made of."""

    bound: BoundServer
    channel: grpc.aio.Channel
    queue: ThreadWorkQueue
    readiness: Readiness
    metrics: Metrics
    servicer: Intake
    spans: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)

    @property
    def intake(self) -> Any:
        return IntakeServiceStub(self.channel)

    @property
    def enrolment(self) -> Any:
        return EnrolmentServiceStub(self.channel)

    @property
    def feed(self) -> Any:
        return DecisionFeedStub(self.channel)

    def raw(self, method: str = CHECK) -> Any:
        """Call a method with bytes."""
        return self.channel.unary_unary(method)

    def value(self, name: str, **labels: str) -> float:
        """Read a metric."""
        return self.metrics.registry.get_sample_value(f"vantay_{name}", labels) or 0.0


@asynccontextmanager
async def open_server(
    folder: Path, *, phase: Phase = Phase.SERVING, max_waiting: int = 2, **settings: Any
) -> AsyncIterator[StandIn]:
    """Start a server on a plaintext port, with one worker."""
    roles = folder / "roles.toml"
    roles.write_text(ROLES)
    chosen = ServiceSettings(address="", plaintext_address="127.0.0.1:0", roles_file=roles, **settings)
    metrics, spans = Metrics(), InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    queue = ThreadWorkQueue(1, {Priority.INTERACTIVE: max_waiting, Priority.BATCH: 2}, metrics)
    readiness = Readiness(NAMES, metrics)
    servicer = Intake(queue)

    async def note_audit(_entry: object) -> None:
        """Let denials be."""

    bound = make_server(
        chosen,
        [
            (add_IntakeServiceServicer_to_server, servicer),
            (add_EnrolmentServiceServicer_to_server, Enrolment()),  # type: ignore[abstract]
            (add_DecisionFeedServicer_to_server, Feed()),
        ],
        NAMES,
        Instruments(queue, readiness, metrics, OpenTelemetryTraces(provider), note_audit),
    )
    await bound.server.start()
    readiness.enter(phase)
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{bound.plaintext_port}") as channel:
            yield StandIn(bound, channel, queue, readiness, metrics, servicer, spans)
    finally:
        servicer.may_end.set()
        await bound.server.stop(0)
        await asyncio.to_thread(queue.close)
        provider.shutdown()


def run(test: Callable[[], Coroutine[Any, Any, None]], at_most_s: float = 30.0) -> None:
    """Run a test on an event loop; what takes too long hangs."""
    asyncio.run(asyncio.wait_for(test(), at_most_s))


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something to be so."""
    while not condition():
        await asyncio.sleep(0.002)


async def failure_of(call: Any) -> grpc.aio.AioRpcError:
    """Await a call that fails."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error
    raise AssertionError("the call did not fail")


def reason_of(error: grpc.aio.AioRpcError) -> str:
    """Read the machine-readable reason."""
    info = ErrorInfo()
    return next((str(info.reason) for detail in _details(error) if detail.Unpack(info)), "")


def retry_after_s(error: grpc.aio.AioRpcError) -> float | None:
    """Read when the call is worth another try."""
    info = RetryInfo()
    for detail in _details(error):
        if detail.Unpack(info):
            return float(info.retry_delay.seconds + info.retry_delay.nanos / 1e9)
    return None


def _details(error: grpc.aio.AioRpcError) -> list[Any]:
    trailing = dict(error.trailing_metadata() or ())
    return list(Status.FromString(trailing["grpc-status-details-bin"]).details)
