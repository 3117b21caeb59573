"""Each call is counted, timed and traced once, whoever refused it."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import grpc
import pytest

from service.running.stand_in import failure_of, open_server, run, until
from vantay_service.running.readiness import Phase
from vantay_service.v1.decisions_pb2 import WatchRequest
from vantay_service.v1.intake_pb2 import CheckApplicantRequest

CHECK = "IntakeService/CheckApplicant"
TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_an_answer_is_counted_and_timed_by_stage(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_server(tmp_path) as server:
            await server.intake.CheckApplicant(CheckApplicantRequest())
            assert server.value("calls_total", method=CHECK, role="intake", code="OK") == 1
            assert server.value("call_seconds_count", method=CHECK) == 1
            assert server.value("stage_seconds_sum", method=CHECK, stage="search") == 0.0125
            assert server.value("stage_seconds_count", method=CHECK, stage="queue") == 1
            assert server.value("check_outcomes_total", outcome="KNOWN") == 1
            assert server.value("capture_quality_sum", modality="face") == 63

    run(test)


def test_a_failure_is_counted_by_its_reason(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_server(tmp_path) as server:
            server.servicer.error = ValueError()
            await failure_of(server.intake.CheckApplicant(CheckApplicantRequest()))
            assert server.value("calls_total", method=CHECK, role="intake", code="INTERNAL") == 1
            assert server.value("call_refusals_total", method=CHECK, reason="INTERNAL") == 1

    run(test)


def test_a_caller_who_hangs_up_is_counted(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_server(tmp_path) as server:
            server.servicer.may_end.clear()
            call = server.intake.CheckApplicant(CheckApplicantRequest())
            await until(server.servicer.begun.is_set)
            call.cancel()
            cancelled = {"method": CHECK, "role": "intake", "code": "CANCELLED"}
            await until(lambda: server.value("calls_total", **cancelled) == 1)

    run(test)


def test_a_stream_is_counted_when_it_ends(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_server(tmp_path) as server:
            stream = server.feed.Watch(WatchRequest())
            await stream.read()
            ended = {"method": "DecisionFeed/Watch", "role": "auditor", "code": "UNAVAILABLE"}
            assert server.value("calls_total", **ended) == 0
            server.readiness.enter(Phase.DRAINING)
            await failure_of(stream.read())
            await until(lambda: server.value("calls_total", **ended) == 1)

    run(test)


def test_a_flood_of_refusals_leaves_a_line_of_each_kind_and_their_number(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "vantay_service")

    async def test() -> None:
        async with open_server(tmp_path) as server:
            await server.intake.CheckApplicant(CheckApplicantRequest())
            server.readiness.enter(Phase.DRAINING)
            for _ in range(5):
                await failure_of(server.intake.CheckApplicant(CheckApplicantRequest()))
            await failure_of(server.feed.Watch(WatchRequest()).read())
            assert server.value("calls_total", method=CHECK, role="intake", code="UNAVAILABLE") == 5
            await until(lambda: any(record.msg == "refusals left out" for record in caplog.records))

    run(test)
    told = [(r.msg, vars(r)["method"], vars(r)["status"]) for r in caplog.records if "method" in vars(r)]
    assert told == [
        ("call", CHECK, "OK"),
        ("call", CHECK, "UNAVAILABLE"),
        ("call", "DecisionFeed/Watch", "UNAVAILABLE"),
        ("refusals left out", CHECK, "UNAVAILABLE"),
    ]
    left_out = vars(caplog.records[-1])
    assert (left_out["left_out"], left_out["reason"], left_out["role"]) == (4, "NOT_READY", "intake")


def test_other_failures_are_logged_one_by_one(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "vantay_service")

    async def test() -> None:
        async with open_server(tmp_path) as server:
            for _ in range(3):
                await failure_of(server.raw()(b"\xff"))

    run(test)
    statuses = [vars(record)["status"] for record in caplog.records if record.msg == "call"]
    assert statuses == ["INVALID_ARGUMENT"] * 3


def test_callers_cannot_make_up_labels(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_server(tmp_path) as server:
            for i in range(3):
                error = await failure_of(server.raw(f"/vantay.v1.IntakeService/Made{i}")(b""))
                assert error.code() is grpc.StatusCode.UNIMPLEMENTED
            unknown = {"method": "unknown", "role": "", "code": "UNIMPLEMENTED"}
            assert server.value("calls_total", **unknown) == 3
            assert b"Made0" not in server.metrics.exposition()

    run(test)


def test_a_call_is_a_span_below_that_of_its_caller(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_server(tmp_path) as server:
            metadata = (("traceparent", f"00-{TRACE_ID}-{SPAN_ID}-01"), ("x-request-id", "r-17"))
            await server.intake.CheckApplicant(CheckApplicantRequest(), metadata=metadata)
            await until(lambda: len(server.spans.get_finished_spans()) == 1)
            (span,) = server.spans.get_finished_spans()
            assert span.context is not None
            assert f"{span.context.trace_id:032x}" == TRACE_ID
            assert span.parent is not None
            assert f"{span.parent.span_id:016x}" == SPAN_ID
            assert span.attributes is not None
            assert span.attributes["rpc.grpc.status_code"] == "OK"
            assert span.attributes["vantay.outcome"] == "KNOWN"
            assert span.attributes["vantay.stage_ms.search"] == 12.5
            assert span.attributes["vantay.request_id"] == "r-17"

    run(test)


def test_a_forged_parent_is_left_alone(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_server(tmp_path) as server:
            metadata = (("traceparent", "no parent " * 50), ("tracestate", "=" * 500))
            await asyncio.gather(
                *(server.intake.CheckApplicant(CheckApplicantRequest(), metadata=metadata) for _ in range(2))
            )
            await until(lambda: len(server.spans.get_finished_spans()) == 2)
            assert all(span.parent is None for span in server.spans.get_finished_spans())

    run(test)
