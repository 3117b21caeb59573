"""What operators see holds nothing of a person: logs, metrics and traces of real calls are searched."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent import futures
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)

from service.running.real_server import Site, client_of, request_of, samples_of, serving
from service.running.stand_in import COMPILING_S, run
from vantay_service.client import AsyncVantayClient, ServiceError
from vantay_service.running.json_log import start_logging
from vantay_service.v1 import intake_pb2 as pb
from vantay_service.v1.enrolment_pb2 import EnrolRequest, NewEncounter, ReadRequest
from vantay_service.v1.samples_pb2 import FINGER_POSITION_RIGHT_THUMB, Captures, FingerSample, Samples

MARKED = {
    "name": "NGUYEN-MARKED-NAME",
    "passport": "PMARKED4711",
    "card": "TMARKED4712",
    "birth date": "1987-06-05",
    "phone": "+84900047113",
    "consent": "consent/MARKED",
    "operator": "officer-MARKED",
    "subject": "S-MARKED",
    "reference": "A-MARKED",
}
NO_IMAGE = FingerSample(position=FINGER_POSITION_RIGHT_THUMB, image=b"MARKED-IMAGE")


class Collector(TraceServiceServicer):
    """Takes spans, as an OpenTelemetry collector does."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []

    def Export(  # noqa: N802
        self, request: ExportTraceServiceRequest, _context: Any
    ) -> ExportTraceServiceResponse:
        self.requests.append(request)
        return ExportTraceServiceResponse()

    def spans(self) -> list[Any]:
        scopes = [
            scope for r in self.requests for resource in r.resource_spans for scope in resource.scope_spans
        ]
        return [span for scope in scopes for span in scope.spans]


@pytest.fixture
def collector() -> Iterator[tuple[Collector, str]]:
    server = grpc.server(futures.ThreadPoolExecutor(1))
    collector = Collector()
    add_TraceServiceServicer_to_server(collector, server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield collector, f"http://127.0.0.1:{port}"
    server.stop(0).wait()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    start_logging("DEBUG", stream)
    yield stream
    for name in ("vantay", "vantay_service"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    root.handlers[:] = handlers
    root.setLevel(level)


def marked_request(**changes: Any) -> pb.CheckApplicantRequest:
    request = request_of(
        5,
        application_reference=MARKED["reference"],
        guardian=pb.Guardian(name_reference=MARKED["name"], phone=MARKED["phone"]),
        subject_id=MARKED["subject"],
        enrol_if=[pb.ENROL_IF_NEW],
        **changes,
    )
    request.applicant.name_reference = MARKED["name"]
    request.applicant.birth_date = MARKED["birth date"]
    request.travel_document.number = MARKED["passport"]
    request.residence_card.number = MARKED["card"]
    request.consent.reference = MARKED["consent"]
    request.captures.operator = MARKED["operator"]
    return request


async def make_all_kinds_of_calls(client: AsyncVantayClient) -> None:
    """Calls that succeed, are refused, and are wrong, each with marked data in them."""
    assert (await client.check_applicant(marked_request())).outcome == pb.OUTCOME_NEW
    wrongs: list[dict[str, Any]] = [
        {
            "travel_document": pb.TravelDocument(
                number=MARKED["passport"] * 99, expires_on=MARKED["birth date"]
            )
        },
        {"captures": Captures(samples=Samples(fingers=[NO_IMAGE]))},
        {"claim": pb.Claim(subject_id=f"{MARKED['subject']}-else")},
        {"level": 7},
    ]
    for wrong in wrongs:
        request = marked_request(**wrong)
        request.application_reference += str(sorted(wrong))
        try:
            await client.check_applicant(request)
        except ServiceError:
            continue
    with pytest.raises(ServiceError):
        await client.read(ReadRequest(subject_id=f"{MARKED['subject']}-absent"))
    captures = Captures(samples=samples_of(5), operator=MARKED["operator"])
    encounter = NewEncounter(captures=captures, source=MARKED["name"])
    with pytest.raises(ServiceError):
        await client.enrol(EnrolRequest(subject_id=MARKED["subject"], encounter=encounter))


@asynccontextmanager
async def driven(site: Site, endpoint: str) -> AsyncIterator[bytes]:
    async with serving(site, otlp_endpoint=endpoint) as running, client_of(site, running) as client:
        await make_all_kinds_of_calls(client)
        yield await asyncio.to_thread(running.metrics.exposition)


def test_logs_metrics_and_traces_hold_nothing_personal(
    tmp_path: Path, log: io.StringIO, collector: tuple[Collector, str]
) -> None:
    site = Site.make(tmp_path)
    seen: dict[str, bytes] = {}

    async def test() -> None:
        async with driven(site, collector[1]) as exposition:
            seen["metrics"] = exposition

    run(test, COMPILING_S)
    seen["log"] = log.getvalue().encode()
    seen["traces"] = b"".join(request.SerializeToString() for request in collector[0].requests)
    template = samples_of(5).fingers[0].template_record
    needles = {what: text.encode() for what, text in MARKED.items()} | {
        "any mark": b"MARKED",
        "template": template[30:60],
        "template in base64": base64.b64encode(template)[40:60],
        "template in hexadecimal": template[30:45].hex().encode(),
    }
    found = [(where, what) for where, text in seen.items() for what, mark in needles.items() if mark in text]
    assert found == []
    assert_calls_are_told(seen, collector[0])


def assert_calls_are_told(seen: dict[str, bytes], collector: Collector) -> None:
    """Nothing is found in what is empty: each call must be there."""
    lines = [json.loads(line) for line in seen["log"].splitlines()]
    calls = [line for line in lines if line["message"] == "call"]
    assert len(calls) == 7
    assert {call["actor"] for call in calls} == {"desk-1"}
    first = calls[0]
    assert (first["method"], first["status"], first["outcome"]) == (
        "IntakeService/CheckApplicant",
        "OK",
        "NEW",
    )
    assert first["role"] == "intake"
    assert first["request_id"]
    assert {"queue", "search"} & set(first["stages_ms"])
    assert any(call["reason"] == "SUBJECT_NOT_FOUND" for call in calls)
    assert b'vantay_check_outcomes_total{outcome="NEW"} 1.0' in seen["metrics"]
    spans = collector.spans()
    assert len(spans) == 7
    attributes = {attribute.key for attribute in spans[0].attributes}
    assert {"rpc.method", "rpc.grpc.status_code", "vantay.outcome", "vantay.request_id"} <= attributes


def test_threads_are_named_for_what_they_do(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(Site.make(tmp_path)):
            names = {thread.name.rstrip("0123456789") for thread in threading.enumerate()}
            assert {"vantay-work-", "vantay-status"} <= names

    run(test, COMPILING_S)
