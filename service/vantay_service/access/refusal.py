"""A call that is refused before it reaches the engine, and how the caller is told."""

from __future__ import annotations

import math
from typing import Any, Never, TypeAlias

import grpc
import grpc.aio
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

DOMAIN = "vantay"
AnyContext: TypeAlias = grpc.aio.ServicerContext[Any, Any]
_DETAILS_KEY = "grpc-status-details-bin"


class Refusal(Exception):
    """Why a call is refused.

    Parameters
    ----------
    code : grpc.StatusCode
        What gRPC calls it.
    reason : str
        Machine-readable: ``ROLE_MISSING``, ``CERTIFICATE_REVOKED``, …; docs/access.md lists them.
    message : str
        For people: what was asked and what would be needed.
    retry_after_s : float, optional
        When it is worth trying again, if it is.
    """

    def __init__(
        self, code: grpc.StatusCode, reason: str, message: str, *, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.retry_after_s = retry_after_s


def unauthenticated(reason: str, message: str) -> Refusal:
    """Make the refusal of a caller whose certificate does not hold."""
    return Refusal(grpc.StatusCode.UNAUTHENTICATED, reason, message)


async def abort(context: AnyContext, refusal: Refusal) -> Never:
    """End the call: with ``google.rpc.ErrorInfo``, and ``RetryInfo`` where trying again may help."""
    details: list[Message] = [ErrorInfo(reason=refusal.reason, domain=DOMAIN)]
    if refusal.retry_after_s is not None:
        details.append(RetryInfo(retry_delay=_duration(refusal.retry_after_s)))
    status = Status(code=refusal.code.value[0], message=str(refusal), details=[_packed(d) for d in details])
    await context.abort(refusal.code, str(refusal), ((_DETAILS_KEY, status.SerializeToString()),))


def _duration(seconds: float) -> Duration:
    milliseconds = math.ceil(seconds * 1000)
    return Duration(seconds=milliseconds // 1000, nanos=milliseconds % 1000 * 1_000_000)


def _packed(message: Message) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(message)
    return packed
