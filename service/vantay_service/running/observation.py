"""`ObservationInterceptor`: each call is counted, timed, logged and traced, whoever refused it."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Never

import grpc
import grpc.aio
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from vantay_service.call import current_call
from vantay_service.error_status import STATUS_DETAILS_KEY, abort
from vantay_service.running.answer_notes import note_answer
from vantay_service.running.call_notes import CallNotes, start_notes
from vantay_service.running.method_handlers import AnyContext, AnyHandler, behaviour_of, with_behaviour
from vantay_service.running.metrics import Metrics
from vantay_service.running.refusal_sample import RefusalKind, RefusalSample
from vantay_service.running.traces import CallSpan, Traces

UNKNOWN_METHOD = "unknown"
"""Label of methods that are none: callers must not be able to make up labels."""
FLOODING = frozenset({grpc.StatusCode.RESOURCE_EXHAUSTED.name, grpc.StatusCode.UNAVAILABLE.name})
"""How calls end that are turned away for want of room or time: thousands a second, at worst."""
_TRACE_KEYS = frozenset({"traceparent", "tracestate"})
_PLAIN_ID = re.compile(r"[A-Za-z0-9._:/-]{1,128}")
_CODES = {code.value[0]: code for code in grpc.StatusCode}

_logger = logging.getLogger(__name__)


class ObservationInterceptor(grpc.aio.ServerInterceptor):
    """Tells metrics, log and traces of each call. The outermost interceptor.

    Parameters
    ----------
    metrics : Metrics
    traces : Traces
    """

    def __init__(self, metrics: Metrics, traces: Traces) -> None:
        self._metrics = metrics
        self._traces = traces
        self._refusals = RefusalSample(_log_left_out)

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[AnyHandler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> AnyHandler | None:
        """Put the observation around a handler."""
        handler = await continuation(handler_call_details)
        method = handler_call_details.method.removeprefix("/").removeprefix("vantay.v1.")
        if handler is None:
            self._metrics.calls.labels(UNKNOWN_METHOD, "", "UNIMPLEMENTED").inc()
            return None
        if handler.response_streaming:
            return with_behaviour(handler, self._around_stream(method, handler))
        return with_behaviour(handler, self._around_call(method, handler))

    def _around_call(self, method: str, handler: AnyHandler) -> Callable[..., Awaitable[Any]]:
        behaviour = behaviour_of(handler)

        async def answer(request: Any, context: AnyContext) -> Any:
            call = self._begin(method, context)
            try:
                answered = await behaviour(request, context)
                note_answer(answered, call.notes, self._metrics)
            except BaseException as error:  # noqa: BLE001 - `_fail` raises it, or ends the call
                await self._fail(call, error)
            self._end(call, _code_of(context))
            return answered

        return answer

    def _around_stream(self, method: str, handler: AnyHandler) -> Callable[..., AsyncIterator[Any]]:
        behaviour = behaviour_of(handler)

        async def answer(request: Any, context: AnyContext) -> AsyncIterator[Any]:
            call = self._begin(method, context)
            try:
                async for message in behaviour(request, context):
                    note_answer(message, call.notes, self._metrics)
                    yield message
            except BaseException as error:  # noqa: BLE001 - `_fail` raises it, or ends the call
                await self._fail(call, error)
            self._end(call, _code_of(context))

        return answer

    def _begin(self, method: str, context: AnyContext) -> _ObservedCall:
        return _ObservedCall(
            method, context, time.perf_counter(), start_notes(), self._traces.start(method, _traced(context))
        )

    async def _fail(self, call: _ObservedCall, error: BaseException) -> Never:
        """Note how a call failed, and let the caller know."""
        if isinstance(error, asyncio.CancelledError | GeneratorExit):
            left_s = call.context.time_remaining()
            is_late = left_s is not None and left_s <= 0.0
            self._end(call, "DEADLINE_EXCEEDED" if is_late else "CANCELLED")
            raise error
        try:
            if isinstance(error, grpc.aio.AbortError) or not isinstance(error, Exception):
                raise error
            await abort(call.context, error)
        finally:
            call.notes.reason = _reason_of(call.context)
            self._end(call, _code_of(call.context))

    def _end(self, call: _ObservedCall, code: str) -> None:
        took_s = time.perf_counter() - call.started
        notes = call.notes
        actor, role, request_id = _caller()
        self._metrics.calls.labels(call.method, role, code).inc()
        self._metrics.call_seconds.labels(call.method).observe(took_s)
        if code != "OK":
            self._metrics.refusals.labels(call.method, notes.reason or code).inc()
        if notes.outcome:
            self._metrics.outcomes.labels(notes.outcome).inc()
        for stage, ms in notes.stages_ms.items():
            self._metrics.stage_seconds.labels(call.method, stage).observe(ms / 1000.0)
        call.span.end(code, _attributes(notes, role, request_id))
        if self._is_logged(RefusalKind(call.method, code, notes.reason, actor, role)):
            caller = {"actor": actor, "role": role, "request_id": request_id}
            _logger.info("call", extra=_fields(call, code, took_s) | caller)

    def _is_logged(self, kind: RefusalKind) -> bool:
        """Leave out what would flood the log: health that is good, and who comes when there is no room."""
        if kind.status in FLOODING:
            return self._refusals.lets_through(kind)
        return not (kind.method.startswith("grpc.health.") and kind.status == "OK")


def _log_left_out(kind: RefusalKind, n_left_out: int) -> None:
    _logger.info("refusals left out", extra=kind._asdict() | {"left_out": n_left_out})


@dataclass(frozen=True, slots=True)
class _ObservedCall:
    method: str
    context: AnyContext
    started: float
    notes: CallNotes
    span: CallSpan


def _fields(call: _ObservedCall, code: str, took_s: float) -> dict[str, object]:
    notes = call.notes
    return {
        "method": call.method,
        "status": code,
        "reason": notes.reason,
        "outcome": notes.outcome,
        "ms": round(1000.0 * took_s, 3),
        "stages_ms": {stage: round(ms, 3) for stage, ms in notes.stages_ms.items()},
        "request_bytes": notes.n_request_bytes,
        "messages": notes.n_messages,
    }


def _attributes(notes: CallNotes, role: str, request_id: str) -> dict[str, str | int | float]:
    told: dict[str, str | int | float] = {"vantay.role": role, "vantay.request_id": request_id}
    told |= {f"vantay.stage_ms.{stage}": ms for stage, ms in notes.stages_ms.items()}
    told |= {"vantay.outcome": notes.outcome} if notes.outcome else {}
    return told | ({"vantay.reason": notes.reason} if notes.reason else {})


def _caller() -> tuple[str, str, str]:
    """Tell who calls: name of the certificate, role, identifier of the call; empty if nobody was let in."""
    try:
        actor = current_call().actor
    except LookupError:
        return "", "", ""
    request_id = actor.request_id if _PLAIN_ID.fullmatch(actor.request_id) else ""
    return actor.name, actor.role, request_id


def _code_of(context: AnyContext) -> str:
    code: object = context.code()
    if isinstance(code, grpc.StatusCode):
        return code.name
    return _CODES[code].name if isinstance(code, int) and code in _CODES else "OK"


def _reason_of(context: AnyContext) -> str:
    """Read the machine-readable reason that a call was ended with."""
    trailing = context.trailing_metadata() or ()
    details = [value for key, value in trailing if key == STATUS_DETAILS_KEY and isinstance(value, bytes)]
    info = ErrorInfo()
    for detail in Status.FromString(details[0]).details if details else ():
        if detail.Unpack(info):
            return str(info.reason)
    return ""


def _traced(context: AnyContext) -> Mapping[str, str]:
    found = context.invocation_metadata() or ()
    return {key: value for key, value in found if key in _TRACE_KEYS and isinstance(value, str)}
