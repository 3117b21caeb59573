"""A method's handler with a guard before it: nothing of a message is decoded before the caller is let in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from inspect import iscoroutinefunction
from typing import Any, Never, Protocol, TypeAlias

import grpc
from google.protobuf.message import DecodeError

from vantay_service.access.refusal import Refusal, abort
from vantay_service.error_status import AnyContext

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class Guard(Protocol):
    """Stands before one call; refuses it by aborting it."""

    async def admit(self, context: AnyContext) -> None:
        """Let the call begin, or not."""

    async def check_again(self, context: AnyContext) -> None:
        """Let a stream go on, or not: one that lasts for days ends when its caller is no longer welcome."""

    def leave(self) -> None:
        """Note that a stream of answers is over, whether or not it was let in."""


def guard_handler(handler: Handler, guard: Guard) -> Handler:
    """Put a guard before a handler of any of the four kinds of calls.

    A request that is no message of the method's type is ``INVALID_ARGUMENT`` with the reason
    ``MALFORMED_MESSAGE``, where gRPC alone would say ``UNKNOWN``.
    """
    if handler.request_streaming:
        return _of_stream(handler, guard)
    return _of_one_message(handler, guard)


def _of_one_message(handler: Handler, guard: Guard) -> Handler:
    decode = handler.request_deserializer
    if handler.response_streaming:
        streaming: Any = handler.unary_stream

        async def decoded(data: bytes, context: AnyContext) -> Any:
            await guard.admit(context)
            return await _decode(decode, data, context)

        return grpc.unary_stream_rpc_method_handler(
            _answering_many(streaming, guard, decoded), None, handler.response_serializer
        )
    single: Any = handler.unary_unary

    async def answer(data: bytes, context: AnyContext) -> Any:
        await guard.admit(context)
        return await single(await _decode(decode, data, context), context)

    return grpc.unary_unary_rpc_method_handler(answer, None, handler.response_serializer)


def _of_stream(handler: Handler, guard: Guard) -> Handler:
    coders = handler.request_deserializer, handler.response_serializer

    async def admitted(messages: AsyncIterator[Any], context: AnyContext) -> AsyncIterator[Any]:
        await guard.admit(context)
        return _checked(messages, context, guard)

    if handler.response_streaming:
        streaming: Any = handler.stream_stream
        return grpc.stream_stream_rpc_method_handler(_answering_many(streaming, guard, admitted), *coders)
    single: Any = handler.stream_unary

    async def answer(messages: AsyncIterator[Any], context: AnyContext) -> Any:
        return await single(await admitted(messages, context), context)

    return grpc.stream_unary_rpc_method_handler(answer, *coders)


def _answering_many(
    behaviour: Any, guard: Guard, prepare: Callable[[Any, AnyContext], Awaitable[Any]]
) -> Callable[[Any, AnyContext], Any]:
    """Wrap a handler with a stream of answers: a generator, or a coroutine that writes them itself."""

    async def write(request: Any, context: AnyContext) -> None:
        try:
            await behaviour(await prepare(request, context), context)
        finally:
            guard.leave()

    async def generate(request: Any, context: AnyContext) -> AsyncIterator[Any]:
        try:
            async with aclosing(behaviour(await prepare(request, context), context)) as answers:
                async for answer in answers:
                    await guard.check_again(context)
                    yield answer
        finally:
            guard.leave()

    return write if iscoroutinefunction(behaviour) else generate


async def _checked(messages: AsyncIterator[Any], context: AnyContext, guard: Guard) -> AsyncIterator[Any]:
    try:
        async for message in messages:
            await guard.check_again(context)
            yield message
    except DecodeError:
        await _refuse_malformed(context)


async def _decode(decode: Callable[[bytes], Any] | None, data: bytes, context: AnyContext) -> Any:
    if decode is None:
        return data
    try:
        return decode(data)
    except DecodeError:
        await _refuse_malformed(context)


async def _refuse_malformed(context: AnyContext) -> Never:
    message = "the request is not a message of the method's type: compare the versions of the protos"
    await abort(context, Refusal(grpc.StatusCode.INVALID_ARGUMENT, "MALFORMED_MESSAGE", message))
