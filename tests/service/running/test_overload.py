"""What is too much is turned away at once: before it is read, before it is decoded."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import grpc
import pytest

from service.running.stand_in import (
    CHECK,
    StandIn,
    failure_of,
    open_server,
    reason_of,
    retry_after_s,
    run,
    until,
)
from vantay_service.running.readiness import Phase
from vantay_service.v1.decisions_pb2 import WatchRequest
from vantay_service.v1.intake_pb2 import CheckApplicantRequest

NO_PROTOBUF = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"


async def occupy(server: StandIn) -> list[Any]:
    """Let one check run and two wait."""
    server.servicer.may_end.clear()
    calls = [server.intake.CheckApplicant(CheckApplicantRequest(application_reference="a"))]
    await until(server.servicer.begun.is_set)
    calls += [
        server.intake.CheckApplicant(CheckApplicantRequest(application_reference=name)) for name in "bc"
    ]
    await until(lambda: server.value("queue_depth", priority="interactive") == 2)
    return calls


def test_a_call_that_finds_the_queue_full_is_told_when_to_come_again(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_server(tmp_path) as server:
            calls = await occupy(server)
            error = await failure_of(server.intake.CheckApplicant(CheckApplicantRequest()))
            assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert reason_of(error) == "OVERLOADED"
            assert 0.0 < (retry_after_s(error) or 0.0) <= 30.0
            server.servicer.may_end.set()
            answers = await asyncio.gather(*calls)
            assert [answer.application_reference for answer in answers] == ["a", "b", "c"]

    run(test)


def test_what_is_turned_away_is_not_decoded(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_server(tmp_path) as server:
            calls = await occupy(server)
            error = await failure_of(server.raw()(NO_PROTOBUF))
            assert reason_of(error) == "OVERLOADED"
            server.servicer.may_end.set()
            await asyncio.gather(*calls)
            error = await failure_of(server.raw()(NO_PROTOBUF))
            assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
            assert reason_of(error) == "MALFORMED_MESSAGE"

    run(test)


def test_what_is_turned_away_need_not_be_sent(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_server(tmp_path) as server:
            calls = await occupy(server)
            never_sent: Any = server.channel.stream_unary(CHECK)()
            assert reason_of(await failure_of(never_sent)) == "OVERLOADED"
            server.servicer.may_end.set()
            await asyncio.gather(*calls)

    run(test)


def test_the_bytes_of_requests_are_bounded_together(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_server(tmp_path, max_message_bytes=2000, max_bytes_in_flight=3000) as server:
            server.servicer.may_end.clear()
            large = CheckApplicantRequest(application_reference="x" * 1800)
            first = server.intake.CheckApplicant(large)
            await until(server.servicer.begun.is_set)
            assert 1800 < server.value("request_bytes_in_flight") < 1900
            error = await failure_of(server.intake.CheckApplicant(large))
            assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert reason_of(error) == "OVERLOADED"
            server.servicer.may_end.set()
            await first
            await until(lambda: server.value("request_bytes_in_flight") == 0)
            await server.intake.CheckApplicant(large)

    run(test)


def test_a_message_above_the_limit_is_refused(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_server(tmp_path, max_message_bytes=2000) as server:
            error = await failure_of(server.raw()(b"\x0a" * 2001))
            assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert server.servicer.n_begun == 0

    run(test)


def test_calls_and_streams_are_bounded_apart(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_server(tmp_path, max_calls=1, max_streams=1) as server:
            server.servicer.may_end.clear()
            call = server.intake.CheckApplicant(CheckApplicantRequest())
            await until(server.servicer.begun.is_set)
            stream = server.feed.Watch(WatchRequest())
            await stream.read()
            assert server.value("calls_running", kind="call") == 1
            assert server.value("calls_running", kind="stream") == 1
            for refused in (server.intake.CheckApplicant(CheckApplicantRequest()), second_watch(server)):
                assert reason_of(await failure_of(refused)) == "OVERLOADED"
            server.servicer.may_end.set()
            await call
            stream.cancel()
            await until(lambda: server.value("calls_running", kind="stream") == 0)
            await server.intake.CheckApplicant(CheckApplicantRequest())

    run(test)


async def second_watch(server: StandIn) -> None:
    await server.feed.Watch(WatchRequest()).read()


def test_nothing_is_answered_before_the_server_is_ready(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_server(tmp_path, phase=Phase.STARTING) as server:
            error = await failure_of(server.intake.CheckApplicant(CheckApplicantRequest()))
            assert error.code() is grpc.StatusCode.UNAVAILABLE
            assert reason_of(error) == "NOT_READY"
            assert retry_after_s(error) == 2.0
            server.readiness.enter(Phase.SERVING)
            await server.intake.CheckApplicant(CheckApplicantRequest())

    run(test)


def test_the_work_of_a_caller_who_hangs_up_is_dropped(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_server(tmp_path) as server:
            calls = await occupy(server)
            calls[2].cancel()
            await until(lambda: server.value("queue_depth", priority="interactive") == 1)
            dropped = {"priority": "interactive", "cause": "cancelled"}
            assert server.value("queue_dropped_total", **dropped) == 1
            server.servicer.may_end.set()
            await asyncio.gather(*calls[:2])
            assert server.servicer.n_begun == 2

    run(test)


def test_the_work_of_a_caller_whose_time_is_over_is_dropped(tmp_path: Path) -> None:
    async def test() -> None:
        async with open_server(tmp_path) as server:
            server.servicer.may_end.clear()
            running = server.intake.CheckApplicant(CheckApplicantRequest())
            await until(server.servicer.begun.is_set)
            late = server.intake.CheckApplicant(CheckApplicantRequest(), timeout=0.2)
            assert (await failure_of(late)).code() is grpc.StatusCode.DEADLINE_EXCEEDED
            await until(lambda: server.value("queue_depth", priority="interactive") == 0)
            server.servicer.may_end.set()
            await running
            assert server.servicer.n_begun == 1

    run(test)


@pytest.mark.parametrize("error", [ValueError("NGUYEN-VAN-MARKED"), MemoryError()])
def test_what_nobody_expected_is_no_unknown_error(tmp_path: Path, error: Exception) -> None:
    async def test() -> None:
        async with open_server(tmp_path) as server:
            server.servicer.error = error
            failure = await failure_of(server.intake.CheckApplicant(CheckApplicantRequest()))
            assert failure.code() in {grpc.StatusCode.INTERNAL, grpc.StatusCode.RESOURCE_EXHAUSTED}
            assert "MARKED" not in str(failure)

    run(test)
