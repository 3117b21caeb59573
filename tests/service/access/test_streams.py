"""Streams of all kinds: refused before a message is read, ended when the caller is no longer welcome."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf.wrappers_pb2 import StringValue

from service.access.serving import BULK, CHECK, ENROL, WATCH, Server, refusal_of, run, serving
from vantay_service.access.certificates import Authority
from vantay_service.access.guarded_handler import guard_handler
from vantay_service.access.method_roles import Role
from vantay_service.error_status import AnyContext

REVOKED = (grpc.StatusCode.UNAUTHENTICATED, "CERTIFICATE_REVOKED")


async def rest_of(call: Any) -> list[bytes]:
    """Read what is left of a call that was read from before."""
    messages = []
    while (message := await call.read()) is not grpc.aio.EOF:
        messages.append(message)
    return messages


async def all_of(call: Any) -> list[bytes]:
    return [message async for message in call]


async def nothing_yet() -> AsyncIterator[bytes]:
    """Send nothing: what is written while the refusal arrives can hide it from grpc.aio's clients."""
    await asyncio.Event().wait()
    yield b""


def unary_unary(channel: Any) -> Any:
    return channel.unary_unary(CHECK)(b"x")


def unary_stream(channel: Any) -> Awaitable[object]:
    return all_of(channel.unary_stream(WATCH)(b"x"))


def stream_unary(channel: Any, messages: object = (b"1", b"2")) -> Any:
    return channel.stream_unary(ENROL)(messages)


def stream_stream(channel: Any, messages: object = (b"1", b"2")) -> Awaitable[object]:
    return all_of(channel.stream_stream(BULK)(messages))


def silent_stream_unary(channel: Any) -> Any:
    return stream_unary(channel, nothing_yet())


def silent_stream_stream(channel: Any) -> Awaitable[object]:
    return stream_stream(channel, nothing_yet())


@pytest.mark.parametrize("call", [unary_unary, unary_stream, silent_stream_unary, silent_stream_stream])
def test_call_of_each_kind_is_refused_before_its_handler(
    authority: Authority, call: Callable[[Any], Awaitable[object]]
) -> None:
    examiner = authority.issue("examiner-1", roles=[Role.EXAMINER])

    async def scenario() -> Server:
        async with serving(authority) as server, server.channel(examiner) as channel:
            assert await refusal_of(call(channel)) == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")
            return server

    server = run(scenario())
    assert server.reached == []
    assert len(server.noted) == 1


def test_call_of_each_kind_reaches_its_handler(authority: Authority) -> None:
    loader = authority.issue("loader-1", roles=[Role.LOADER, Role.AUDITOR, Role.INTAKE])

    async def scenario() -> Server:
        async with serving(authority) as server, server.channel(loader) as channel:
            assert await stream_unary(channel) == b"[b'1', b'2']"
            assert await stream_stream(channel) == [b"1", b"2"]
            watch = channel.unary_stream(WATCH)(b"x")
            first = await watch.read()
            assert isinstance(first, bytes)
            assert first.startswith(b"loader-1 auditor ")
            watch.cancel()
            return server

    assert run(scenario()).reached == ["loader-1"] * 3


def test_stream_of_answers_ends_when_its_caller_is_revoked(authority: Authority) -> None:
    auditor = authority.issue("auditor-1", roles=[Role.AUDITOR])

    async def scenario() -> Server:
        async with serving(authority) as server, server.channel(auditor) as channel:
            call = channel.unary_stream(WATCH)(b"x")
            await call.read()
            authority.revoke("auditor-1")
            assert await refusal_of(rest_of(call)) == REVOKED
            return server

    (entry,) = run(scenario()).noted
    assert (entry.actor.name, entry.call) == ("auditor-1", "DecisionFeed/Watch")


def test_stream_of_answers_ends_when_its_caller_loses_the_role(authority: Authority) -> None:
    auditor = authority.issue("auditor-1", roles=[Role.AUDITOR])
    text = authority.roles_file.read_text()

    async def scenario() -> tuple[grpc.StatusCode, str]:
        async with serving(authority) as server, server.channel(auditor) as channel:
            call = channel.unary_stream(WATCH)(b"x")
            await call.read()
            authority.roles_file.write_text(text.replace('["auditor"]', '["intake"]'))
            return await refusal_of(rest_of(call))

    assert run(scenario()) == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")


def test_stream_of_requests_ends_when_its_caller_is_revoked(authority: Authority) -> None:
    loader = authority.issue("loader-1", roles=[Role.LOADER])

    async def scenario() -> tuple[grpc.StatusCode, str]:
        async with serving(authority) as server, server.channel(loader) as channel:
            call = channel.stream_stream(BULK)()
            await call.write(b"1")
            assert await call.read() == b"1"
            authority.revoke("loader-1")
            await call.write(b"2")
            return await refusal_of(call.read())

    assert run(scenario()) == REVOKED


class Open:
    """A guard that lets everybody in."""

    async def admit(self, context: AnyContext) -> None:
        """Let the call begin."""

    async def check_again(self, context: AnyContext) -> None:
        """Let it go on."""

    def leave(self) -> None:
        """Let it end."""


async def guarded(handler: Any) -> tuple[grpc.aio.Server, Any]:
    server = grpc.aio.server()
    methods = {"M": guard_handler(handler, Open())}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("s", methods),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    return server, grpc.aio.insecure_channel(f"127.0.0.1:{port}")


def test_handler_that_reads_and_writes_by_itself_is_guarded_as_well() -> None:
    async def answer(requests: object, context: AnyContext) -> None:
        while (message := await context.read()) is not grpc.aio.EOF:
            await context.write(message)

    async def scenario() -> list[bytes]:
        server, channel = await guarded(grpc.stream_stream_rpc_method_handler(answer))
        async with channel:
            answers = await all_of(channel.stream_stream("/s/M")(iter([b"1", b"2"])))
        await server.stop(None)
        return answers

    assert run(scenario()) == [b"1", b"2"]


def test_message_of_a_stream_that_is_none_is_an_invalid_argument() -> None:
    async def answer(requests: AsyncIterator[StringValue], context: AnyContext) -> AsyncIterator[StringValue]:
        async for message in requests:
            yield message

    async def scenario() -> tuple[grpc.StatusCode, str]:
        coders: Any = (StringValue.FromString, StringValue.SerializeToString)
        server, channel = await guarded(grpc.stream_stream_rpc_method_handler(answer, *coders))
        async with channel:
            refused = await refusal_of(all_of(channel.stream_stream("/s/M")(iter([b"", b"\xff\xff"]))))
        await server.stop(None)
        return refused

    assert run(scenario()) == (grpc.StatusCode.INVALID_ARGUMENT, "MALFORMED_MESSAGE")
