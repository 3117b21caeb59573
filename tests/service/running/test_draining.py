"""A server that is told to end: what runs is finished, streams end, health tells."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from service.running.stand_in import NAMES, StandIn, failure_of, open_server, reason_of, run, until
from vantay_service.running.draining import ended_by
from vantay_service.running.readiness import Phase
from vantay_service.v1.decisions_pb2 import WatchRequest
from vantay_service.v1.enrolment_pb2 import BulkEnrolRequest, BulkRecord
from vantay_service.v1.intake_pb2 import CheckApplicantRequest

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
SERVICE_UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN


def health(server: StandIn) -> Any:
    return health_pb2_grpc.HealthStub(server.channel)


def test_running_calls_are_finished_and_new_ones_refused(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_server(tmp_path) as server:
            server.servicer.may_end.clear()
            running = server.intake.CheckApplicant(CheckApplicantRequest(application_reference="1"))
            await until(server.servicer.begun.is_set)
            server.readiness.enter(Phase.DRAINING)
            error = await failure_of(server.intake.CheckApplicant(CheckApplicantRequest()))
            assert (error.code(), reason_of(error)) == (grpc.StatusCode.UNAVAILABLE, "NOT_READY")
            stopping = asyncio.ensure_future(server.bound.server.stop(20))
            server.servicer.may_end.set()
            assert (await running).application_reference == "1"
            await stopping

    run(test)


def test_a_feed_ends_with_a_status_that_says_to_come_back(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_server(tmp_path) as server:
            stream = server.feed.Watch(WatchRequest())
            await stream.read()
            server.readiness.enter(Phase.DRAINING)
            error = await failure_of(stream.read())
            assert (error.code(), reason_of(error)) == (grpc.StatusCode.UNAVAILABLE, "NOT_READY")
            await server.bound.server.stop(20)

    run(test)


def test_a_load_gets_the_results_of_what_was_read(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_server(tmp_path) as server:
            load = server.enrolment.BulkEnrol()
            for name in "abc":
                await load.write(BulkEnrolRequest(record=BulkRecord(record_id=name)))
            assert [result.record_id for result in (await load.read()).results] == ["a", "b"]
            await asyncio.sleep(0.05)  # let the third one arrive
            server.readiness.enter(Phase.DRAINING)
            assert [result.record_id for result in (await load.read()).results] == ["c"]
            error = await failure_of(load.read())
            assert error.code() is grpc.StatusCode.UNAVAILABLE

    run(test)


def test_health_tells_when_the_server_is_ready_and_when_no_more(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_server(tmp_path, phase=Phase.STARTING) as server:
            watch = health(server).Watch(health_pb2.HealthCheckRequest(service=NAMES[0]))
            assert (await watch.read()).status == NOT_SERVING
            server.readiness.enter(Phase.SERVING)
            assert (await watch.read()).status == SERVING
            for name in ("", *NAMES):
                answer = await health(server).Check(health_pb2.HealthCheckRequest(service=name))
                assert answer.status == SERVING
            server.readiness.set_trouble("disk", "the disk is full")
            assert (await watch.read()).status == NOT_SERVING
            server.readiness.set_trouble("disk", "")
            assert (await watch.read()).status == SERVING
            server.readiness.enter(Phase.DRAINING)
            assert (await watch.read()).status == NOT_SERVING
            assert await watch.read() is grpc.aio.EOF

    run(test)


def test_health_of_a_service_that_is_not_there(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_server(tmp_path) as server:
            request = health_pb2.HealthCheckRequest(service="no.such.Service")
            error = await failure_of(health(server).Check(request))
            assert error.code() is grpc.StatusCode.NOT_FOUND
            assert (await health(server).Watch(request).read()).status == SERVICE_UNKNOWN
            listed = await health(server).List(health_pb2.HealthListRequest())
            assert set(listed.statuses) == {"", *NAMES}

    run(test)


def test_draining_is_for_good(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_server(tmp_path) as server:
            server.readiness.enter(Phase.DRAINING)
            server.readiness.enter(Phase.SERVING)
            server.readiness.set_trouble("disk", "")
            assert server.readiness.describe() == "draining"
            assert server.value("ready") == 0.0

    run(test)


def test_a_stream_passes_on_what_comes_until_it_is_ended() -> None:
    closed: list[str] = []

    async def numbers() -> Any:
        try:
            for number in range(3):
                yield number
            await asyncio.Event().wait()
        finally:
            closed.append("numbers")

    async def test() -> None:
        event = asyncio.Event()
        asyncio.get_running_loop().call_later(0.05, event.set)
        assert [number async for number in ended_by(event, numbers())] == [0, 1, 2]
        assert closed == ["numbers"]

    run(test)


def test_a_stream_that_fails_fails_for_who_reads_it() -> None:
    async def failing() -> Any:
        yield 1
        raise KeyError("told")

    async def test() -> None:
        with pytest.raises(KeyError, match="told"):
            async for _ in ended_by(asyncio.Event(), failing()):
                pass

    run(test)
