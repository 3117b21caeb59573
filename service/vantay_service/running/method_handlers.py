"""Putting something around the handlers of gRPC methods, of all four kinds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import grpc
import grpc.aio

AnyContext: TypeAlias = grpc.aio.ServicerContext[Any, Any]
AnyHandler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"  # only the stubs know of its types
AnswerOne: TypeAlias = Callable[[Any, AnyContext], Awaitable[Any]]
"""Answers a request, or an iterator of requests, with one message."""
AnswerMany: TypeAlias = Callable[[Any, AnyContext], AsyncIterator[Any]]
"""… with a stream of messages."""

_MAKERS: dict[tuple[bool, bool], Callable[..., AnyHandler]] = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}


def behaviour_of(handler: AnyHandler) -> Any:
    """Give the function that answers."""
    return handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream


def with_behaviour(handler: AnyHandler, behaviour: AnswerOne | AnswerMany) -> AnyHandler:
    """Make a handler of the same kind that answers by another function."""
    make = _MAKERS[handler.request_streaming, handler.response_streaming]
    return make(behaviour, handler.request_deserializer, handler.response_serializer)


def with_raw_requests(handler: AnyHandler, behaviour: AnswerOne | AnswerMany) -> AnyHandler:
    """Make a handler that gets an iterator of undecoded requests, also if its method has just one.

    On the wire nothing tells them apart; but such a handler is called before the request is read.
    """
    return _MAKERS[True, handler.response_streaming](behaviour, None, handler.response_serializer)
