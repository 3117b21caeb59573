"""`OverloadInterceptor`: who comes when there is too much to do, or none yet or no more, is told so at once.

Before the request is read, as far as it depends on what others wait for; before it is decoded, as far as it
depends on its size. So a refusal costs next to nothing, and what waits in memory is bounded: calls,
streams, and the bytes of their requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
import grpc.aio

from vantay_service.error_status import ErrorStatus, end_call
from vantay_service.running.call_notes import current_notes
from vantay_service.running.draining import ended_by
from vantay_service.running.method_handlers import AnyContext, AnyHandler, behaviour_of, with_raw_requests
from vantay_service.running.metrics import Metrics
from vantay_service.running.readiness import Phase, Readiness
from vantay_service.running.work_queue import ThreadWorkQueue
from vantay_service.work import Priority

OWN_METHODS = "/vantay."
READ_TIMEOUT_S = 30.0
"""Who has not sent a request after that keeps others out: he is turned away."""
RETRY_START_S = 2.0
RETRY_FULL_S = 0.5


@dataclass(frozen=True, slots=True)
class OverloadLimits:
    """What is answered at once, at most.

    Attributes
    ----------
    n_calls, n_streams : int
        Calls with one answer; calls with a stream.
    n_bytes : int
        Of the requests of all these calls together.
    """

    n_calls: int
    n_streams: int
    n_bytes: int


class OverloadInterceptor(grpc.aio.ServerInterceptor):
    """Turns away what is too much. The innermost interceptor: it hands decoded requests to the handlers.

    Parameters
    ----------
    limits : OverloadLimits
    queue : ThreadWorkQueue
        Asked whether there is room for work, before a request for it is read.
    readiness : Readiness
    metrics : Metrics
    """

    def __init__(
        self, limits: OverloadLimits, queue: ThreadWorkQueue, readiness: Readiness, metrics: Metrics
    ) -> None:
        self._limits = limits
        self._queue = queue
        self._readiness = readiness
        self._n_calls = 0
        self._n_streams = 0
        self._n_bytes = 0
        metrics.calls_running.labels("call").set_function(lambda: self._n_calls)
        metrics.calls_running.labels("stream").set_function(lambda: self._n_streams)
        metrics.request_bytes_in_flight.set_function(lambda: self._n_bytes)

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[AnyHandler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> AnyHandler | None:
        """Put the checks around the handlers of Vantay's own services."""
        handler = await continuation(handler_call_details)
        if handler is None or not handler_call_details.method.startswith(OWN_METHODS):
            return handler
        if not handler.request_streaming and not handler.response_streaming:
            return with_raw_requests(handler, self._around_call(handler))
        if handler.request_streaming:
            return with_raw_requests(handler, self._around_requests(handler))
        return with_raw_requests(handler, self._around_answers(handler))

    def _around_call(self, handler: AnyHandler) -> Callable[..., Awaitable[Any]]:
        behaviour = behaviour_of(handler)

        async def answer(_requests: AsyncIterator[bytes], context: AnyContext) -> Any:
            if refusal := self._find_refusal(context, is_stream=False):
                await end_call(context, refusal)
            with self._one_more_call():
                raw = await _read_one(context)
                with self._holding(len(raw)) as is_too_much:
                    if is_too_much:
                        await end_call(context, _overloaded("of requests that wait", RETRY_FULL_S))
                    request = await _decoded(handler, raw, context)
                    del raw
                    return await behaviour(request, context)

        return answer

    def _around_answers(self, handler: AnyHandler) -> Callable[..., AsyncIterator[Any]]:
        """Answer one request with a stream, which a draining server ends."""
        behaviour = behaviour_of(handler)

        async def answer(_requests: AsyncIterator[bytes], context: AnyContext) -> AsyncIterator[Any]:
            if refusal := self._find_refusal(context, is_stream=True):
                await end_call(context, refusal)
            with self._one_more_stream():
                request = await _decoded(handler, await _read_one(context), context)
                async for message in ended_by(self._readiness.draining, behaviour(request, context)):
                    yield message
            if self._readiness.is_draining:
                await end_call(context, _draining())

        return answer

    def _around_requests(self, handler: AnyHandler) -> Callable[..., AsyncIterator[Any]]:
        """Answer a stream of requests; a draining server reads no more, and answers what it has read."""
        behaviour = behaviour_of(handler)

        async def decoded(requests: AsyncIterator[bytes], context: AnyContext) -> AsyncIterator[Any]:
            async for raw in ended_by(self._readiness.draining, requests):
                with self._holding(len(raw)) as is_too_much:
                    if is_too_much:
                        await end_call(context, _overloaded("of requests that wait", RETRY_FULL_S))
                    yield await _decoded(handler, raw, context)

        async def answer(requests: AsyncIterator[bytes], context: AnyContext) -> AsyncIterator[Any]:
            if refusal := self._find_refusal(context, is_stream=True):
                await end_call(context, refusal)
            with self._one_more_stream():
                async for message in behaviour(decoded(requests, context), context):
                    yield message
            if self._readiness.is_draining:
                await end_call(context, _draining())

        return answer

    def _find_refusal(self, context: AnyContext, *, is_stream: bool) -> ErrorStatus | None:
        if self._readiness.is_draining:
            return _draining()
        if self._readiness.phase is not Phase.SERVING:
            return _not_ready("the server is loading its index")
        if is_stream:
            if self._n_streams >= self._limits.n_streams:
                return _overloaded("of streams", RETRY_START_S)
            return None
        overload = self._queue.find_overload(Priority.INTERACTIVE, context.time_remaining())
        if overload:
            return _overloaded("of work that waits", overload.retry_after_s)
        if self._n_calls >= self._limits.n_calls:
            return _overloaded("of calls", RETRY_FULL_S)
        return None

    @contextmanager
    def _one_more_call(self) -> Iterator[None]:
        self._n_calls += 1
        try:
            yield
        finally:
            self._n_calls -= 1

    @contextmanager
    def _one_more_stream(self) -> Iterator[None]:
        self._n_streams += 1
        try:
            yield
        finally:
            self._n_streams -= 1

    @contextmanager
    def _holding(self, n_bytes: int) -> Iterator[bool]:
        """Count the bytes of a request while it is held; tell whether that is too much."""
        current_notes().n_request_bytes += n_bytes
        self._n_bytes += n_bytes
        try:
            yield self._n_bytes > self._limits.n_bytes
        finally:
            self._n_bytes -= n_bytes


async def _read_one(context: AnyContext) -> bytes:
    try:
        async with asyncio.timeout(READ_TIMEOUT_S):
            raw: object = await context.read()
    except TimeoutError:
        late = grpc.StatusCode.DEADLINE_EXCEEDED
        await end_call(
            context, ErrorStatus(late, "DEADLINE_PASSED", f"no request within {READ_TIMEOUT_S:.0f} s")
        )
    if not isinstance(raw, bytes):
        await end_call(context, _malformed("the call ended without a request"))
    return raw


async def _decoded(handler: AnyHandler, raw: bytes, context: AnyContext) -> Any:
    try:
        return raw if handler.request_deserializer is None else handler.request_deserializer(raw)
    except Exception:  # noqa: BLE001 - whatever protobuf raises: bytes of strangers are no error of ours
        await end_call(context, _malformed("the request is no protocol buffer of the method's request type"))


def _malformed(message: str) -> ErrorStatus:
    return ErrorStatus(grpc.StatusCode.INVALID_ARGUMENT, "MALFORMED_MESSAGE", message)


def _overloaded(what: str, retry_after_s: float) -> ErrorStatus:
    message = f"there is too much {what}, try again in {retry_after_s:.1f} s"
    return ErrorStatus(grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED", message, retry_after_s=retry_after_s)


def _not_ready(message: str) -> ErrorStatus:
    return ErrorStatus(grpc.StatusCode.UNAVAILABLE, "NOT_READY", message, retry_after_s=RETRY_START_S)


def _draining() -> ErrorStatus:
    return _not_ready("the server is about to stop: ask again, or another one")
