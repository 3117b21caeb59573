"""One caller may have so many streams open; those of others do not count."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import pytest

from service.access.serving import Server, refusal_of, retry_delay_of, run, serving
from vantay_service.access.certificates import Authority
from vantay_service.access.method_roles import Role
from vantay_service.access.open_streams import MAX_STREAMS, OpenStreams
from vantay_service.access.refusal import Refusal

WATCH = "/vantay.v1.DecisionFeed/Watch"
TOO_MANY = (grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED")


async def opened(channel: Any) -> Any:
    call = channel.unary_stream(WATCH)(b"x")
    assert isinstance(await call.read(), bytes)
    return call


def test_caller_with_too_many_streams_waits_and_others_do_not(authority: Authority) -> None:
    auditors = [authority.issue(f"auditor-{n}", roles=[Role.AUDITOR]) for n in (1, 2)]

    async def scenario() -> Server:
        async with serving(authority) as server, server.channel(auditors[0]) as channel:
            calls = [await opened(channel) for _ in range(MAX_STREAMS)]
            refused = channel.unary_stream(WATCH)(b"x")
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await refused.read()
            assert retry_delay_of(error.value).seconds == 1
            async with server.channel(auditors[1]) as other:
                await opened(other)
            calls[0].cancel()
            async with asyncio.timeout(10):
                while await is_refused(channel):
                    await asyncio.sleep(0.01)
            return server

    assert run(scenario()).noted == []


async def is_refused(channel: Any) -> bool:
    try:
        await opened(channel)
    except grpc.aio.AioRpcError:
        return True
    return False


def test_stream_that_was_refused_takes_no_place(authority: Authority) -> None:
    examiner = authority.issue("examiner-1", roles=[Role.EXAMINER])

    async def scenario() -> None:
        async with serving(authority) as server, server.channel(examiner) as channel:
            for _ in range(MAX_STREAMS + 1):
                refusal = await refusal_of(channel.unary_stream(WATCH)(b"x").read())
                assert refusal == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")

    run(scenario())


def test_places_are_given_back_and_nobody_is_remembered() -> None:
    streams = OpenStreams(2)
    for _ in range(3):
        streams.enter("a")
        streams.enter("a")
        streams.enter("b")
        with pytest.raises(Refusal, match="a has 2 streams open"):
            streams.enter("a")
        for caller in ("a", "b", "a"):
            streams.leave(caller)
    assert not streams._n_by_caller
