"""The real services on a real server on loopback, above a real engine; and requests for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc
import grpc.aio
from google.protobuf.timestamp_pb2 import Timestamp

from intake.applications import NOW
from intake.people import WITHOUT_FACES, fingers_of
from vantay.engine import Engine
from vantay.fingerprint.codec import encode
from vantay.intake.case_desk import CaseDesk
from vantay.intake.desk import IntakeDesk
from vantay.intake.records_desk import RecordsDesk
from vantay.intake.rules import IntakeRules
from vantay.store import Actor
from vantay_service.call import Call, set_current_call
from vantay_service.client import AsyncVantayClient, CallSettings, RetryPolicy, VantayClient
from vantay_service.conversion.limits import RequestLimits
from vantay_service.desks import Desks
from vantay_service.handlers import SERVICE_NAMES, make_services
from vantay_service.running.metrics import Metrics
from vantay_service.running.overload import OverloadInterceptor, OverloadLimits
from vantay_service.running.readiness import Phase, Readiness
from vantay_service.running.work_queue import ThreadWorkQueue
from vantay_service.v1 import enrolment_pb2, intake_pb2, people_pb2, samples_pb2
from vantay_service.work import Priority

T = TypeVar("T")
COMPILING_S = 180.0
"""The first search of a fresh cache compiles kernels, on a machine that may be busy."""
QUICK = CallSettings(
    deadline_s=COMPILING_S, retries=RetryPolicy(n_attempts=4, first_pause_s=0.01), heartbeat_s=0.2
)


class OneCaller(grpc.aio.ServerInterceptor):
    """Says of every call that it is made on behalf of one caller."""

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        method = handler_call_details.method.removeprefix("/vantay.v1.")
        set_current_call(Call(Actor("tester", "intake", "request-1"), method))
        return await continuation(handler_call_details)


@dataclass
class Wire:
    """Where the server is, and what it is made of."""

    port: int
    desks: Desks
    server: grpc.aio.Server

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def client(self, settings: CallSettings = QUICK) -> VantayClient:
        return VantayClient(self.address, settings=settings)

    def async_client(self, settings: CallSettings = QUICK) -> AsyncVantayClient:
        return AsyncVantayClient(self.address, settings=settings)


@asynccontextmanager
async def serving(
    engine: Engine,
    *,
    limits: RequestLimits | None = None,
    port: int = 0,
    n_waiting: int = 64,
    credentials: grpc.ServerCredentials | None = None,
    rules: IntakeRules = WITHOUT_FACES,
) -> AsyncIterator[Wire]:
    metrics = Metrics()
    queue = ThreadWorkQueue(2, dict.fromkeys(Priority, n_waiting), metrics)
    readiness = Readiness(SERVICE_NAMES, metrics)
    readiness.enter(Phase.SERVING)
    overload = OverloadInterceptor(OverloadLimits(64, 64, 256 << 20), queue, readiness, metrics)
    server = grpc.aio.server(
        interceptors=[OneCaller(), overload],
        options=[("grpc.max_receive_message_length", 16 << 20), ("grpc.so_reuseport", 0)],
    )
    desks = Desks(
        engine,
        IntakeDesk(engine, rules, clock=lambda: NOW),
        CaseDesk(engine, rules),
        RecordsDesk(engine),
    )
    for add, servicer in make_services(desks, queue, limits or RequestLimits()):
        add(servicer, server)
    if credentials is None:
        port = server.add_insecure_port(f"127.0.0.1:{port}")
    else:
        port = server.add_secure_port(f"127.0.0.1:{port}", credentials)
    await server.start()
    try:
        yield Wire(port, desks, server)
    finally:
        await server.stop(None)
        await asyncio.to_thread(queue.close)


def run(scenario: Coroutine[Any, Any, T]) -> T:
    async def bounded() -> T:
        async with asyncio.timeout(2 * COMPILING_S):
            return await scenario

    return asyncio.run(bounded())


def wire_samples(person: int, visit: int = 0) -> samples_pb2.Samples:
    return samples_pb2.Samples(
        fingers=[
            samples_pb2.FingerSample(
                position=samples_pb2.FingerPosition.ValueType(int(position)), template_record=encode(finger)
            )
            for position, finger in fingers_of(person, visit).items()
        ]
    )


def check_request(person: int, visit: int = 0, **changes: Any) -> intake_pb2.CheckApplicantRequest:
    """An application with nothing wrong, of somebody who claims never to have been enrolled."""
    given_at = Timestamp()
    given_at.FromDatetime(NOW)
    request = intake_pb2.CheckApplicantRequest(
        application_reference=f"A-{person}-{visit}",
        level=2,
        applicant=intake_pb2.Applicant(
            name_reference=f"name/{person}",
            birth_date="1990-05-17",
            nationality="KOR",
            sex=people_pb2.SEX_FEMALE,
        ),
        travel_document=intake_pb2.TravelDocument(
            number=f"P{person:07d}", issuer="KOR", expires_on="2030-01-01"
        ),
        residence_card=intake_pb2.ResidenceCard(
            kind=intake_pb2.CARD_KIND_TEMPORARY, number=f"VN{person}", expires_on="2028-01-01"
        ),
        consent=intake_pb2.ConsentGiven(reference="consent/1", given_at=given_at),
        captures=samples_pb2.Captures(samples=wire_samples(person, visit), operator="officer 17"),
        enrol_if=[intake_pb2.ENROL_IF_NEW, intake_pb2.ENROL_IF_KNOWN],
    )
    for name, value in changes.items():
        if isinstance(value, str | int):
            setattr(request, name, value)
        else:
            getattr(request, name).CopyFrom(value)
    return request


def encounter_of(person: int, visit: int = 0) -> enrolment_pb2.NewEncounter:
    return enrolment_pb2.NewEncounter(
        captures=samples_pb2.Captures(samples=wire_samples(person, visit), operator="officer 17"),
        source="test",
    )


def bulk_records(people: Iterable[int]) -> list[enrolment_pb2.BulkRecord]:
    return [
        enrolment_pb2.BulkRecord(
            record_id=f"row-{person}",
            subject_id=f"B-{person}",
            encounter_id=f"E-{person}",
            encounter=encounter_of(person),
            biographics=people_pb2.Biographics(birth_year=1980, nationality="KOR"),
        )
        for person in people
    ]
