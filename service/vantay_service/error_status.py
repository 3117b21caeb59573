"""The one place where errors become gRPC statuses, each with a reason that a machine can read.

A status carries a ``google.rpc.ErrorInfo`` whose reason is an `ErrorReason` of ``errors.proto``, and a
``google.rpc.RetryInfo`` where trying again may help. What is wrong with a request is told to the caller; what
is wrong with the server is told to its log, and the caller gets a number of the incident.
"""

from __future__ import annotations

import asyncio
import logging
import math
import traceback
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType, TracebackType
from typing import Any, Never, TypeAlias

import grpc
import grpc.aio
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from grpc import StatusCode

from vantay import errors
from vantay_service.v1.errors_pb2 import ErrorReason
from vantay_service.work import DeadlinePassed, Overloaded

DOMAIN = "vantay"
STATUS_DETAILS_KEY = "grpc-status-details-bin"
MAX_MESSAGE_LENGTH = 500
"""Statuses travel in headers, which have 8 KiB."""
RETRY_AFTER_S = 1.0
"""When a store that is busy, or not there, is worth another try."""

AnyContext: TypeAlias = grpc.aio.ServicerContext[Any, Any]
_LOG = logging.getLogger(__name__)


class InvalidField(errors.CallerError):
    """A field of a request is missing, too long, out of range, or not in its format.

    Parameters
    ----------
    field_path : str
        As ``captures.samples.fingers[2].image``.
    problem : str
        What is wrong and what was expected.
    """

    def __init__(self, field_path: str, problem: str) -> None:
        super().__init__(f"{field_path}: {problem}")
        self.field_path = field_path


@dataclass(frozen=True, slots=True)
class ErrorStatus:
    """How a call fails.

    Attributes
    ----------
    code : grpc.StatusCode
    reason : str
        Name of an `ErrorReason` without its prefix.
    message : str
        For people; no personal data, nothing about the inside of the server.
    metadata : mapping of str to str
        What the reason says beside: ``field``, ``merged_into``, ``cause``, ``incident``.
    retry_after_s : float, optional
        When it is worth trying again, if it is.
    """

    code: StatusCode
    reason: str
    message: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    retry_after_s: float | None = None

    def to_bytes(self) -> bytes:
        """Write the status as the value of ``grpc-status-details-bin``."""
        details = [_packed(ErrorInfo(reason=self.reason, domain=DOMAIN, metadata=dict(self.metadata)))]
        if self.retry_after_s is not None:
            details.append(_packed(RetryInfo(retry_delay=_duration(self.retry_after_s))))
        status: bytes = Status(
            code=self.code.value[0], message=self.message, details=details
        ).SerializeToString()
        return status


_Row: TypeAlias = tuple[StatusCode, "ErrorReason.ValueType"]
_TOLD: Mapping[type[Exception], _Row] = MappingProxyType(
    {
        errors.CallerError: (StatusCode.INVALID_ARGUMENT, ErrorReason.ERROR_REASON_INVALID_REQUEST),
        errors.InvalidSample: (StatusCode.INVALID_ARGUMENT, ErrorReason.ERROR_REASON_INVALID_SAMPLE),
        errors.InvalidTemplate: (StatusCode.INVALID_ARGUMENT, ErrorReason.ERROR_REASON_INVALID_TEMPLATE),
        errors.IncompatibleTemplate: (
            StatusCode.INVALID_ARGUMENT,
            ErrorReason.ERROR_REASON_INCOMPATIBLE_TEMPLATE,
        ),
        errors.ExtractionFailed: (StatusCode.INVALID_ARGUMENT, ErrorReason.ERROR_REASON_EXTRACTION_FAILED),
        errors.StateError: (StatusCode.FAILED_PRECONDITION, ErrorReason.ERROR_REASON_STATE_CONFLICT),
        errors.SubjectNotFound: (StatusCode.NOT_FOUND, ErrorReason.ERROR_REASON_SUBJECT_NOT_FOUND),
        errors.SubjectMerged: (StatusCode.NOT_FOUND, ErrorReason.ERROR_REASON_SUBJECT_MERGED),
        errors.EncounterNotFound: (StatusCode.NOT_FOUND, ErrorReason.ERROR_REASON_ENCOUNTER_NOT_FOUND),
        errors.GalleryNotFound: (StatusCode.NOT_FOUND, ErrorReason.ERROR_REASON_GALLERY_NOT_FOUND),
        errors.CaseNotFound: (StatusCode.NOT_FOUND, ErrorReason.ERROR_REASON_CASE_NOT_FOUND),
        errors.CaseDecided: (StatusCode.FAILED_PRECONDITION, ErrorReason.ERROR_REASON_CASE_DECIDED),
        errors.AlreadyEnrolled: (StatusCode.ALREADY_EXISTS, ErrorReason.ERROR_REASON_ALREADY_ENROLLED),
        errors.IdempotencyConflict: (
            StatusCode.ALREADY_EXISTS,
            ErrorReason.ERROR_REASON_IDEMPOTENCY_CONFLICT,
        ),
        Overloaded: (StatusCode.RESOURCE_EXHAUSTED, ErrorReason.ERROR_REASON_OVERLOADED),
        DeadlinePassed: (StatusCode.DEADLINE_EXCEEDED, ErrorReason.ERROR_REASON_DEADLINE_PASSED),
    }
)
"""What the caller is told of in full; an error stands for its kinds."""

_INCIDENTS: Mapping[type[Exception], tuple[_Row, str]] = MappingProxyType(
    {
        errors.InvalidSetting: (
            (StatusCode.FAILED_PRECONDITION, ErrorReason.ERROR_REASON_SERVER_SETUP),
            "the server is set up wrongly",
        ),
        errors.StoreLocked: (
            (StatusCode.UNAVAILABLE, ErrorReason.ERROR_REASON_STORE_BUSY),
            "the database is busy",
        ),
        errors.StoreUnavailable: (
            (StatusCode.UNAVAILABLE, ErrorReason.ERROR_REASON_STORE_UNAVAILABLE),
            "the database cannot be used now",
        ),
        errors.DataCorruption: (
            (StatusCode.DATA_LOSS, ErrorReason.ERROR_REASON_DATA_CORRUPTION),
            "what is stored is damaged",
        ),
        errors.StorageError: (
            (StatusCode.FAILED_PRECONDITION, ErrorReason.ERROR_REASON_SERVER_SETUP),
            "the server is set up wrongly",
        ),
        errors.ModelUnavailable: (
            (StatusCode.FAILED_PRECONDITION, ErrorReason.ERROR_REASON_MODEL_UNAVAILABLE),
            "the server lacks a model that this call needs",
        ),
        MemoryError: (
            (StatusCode.RESOURCE_EXHAUSTED, ErrorReason.ERROR_REASON_OVERLOADED),
            "the server is out of memory",
        ),
        Exception: (
            (StatusCode.INTERNAL, ErrorReason.ERROR_REASON_INTERNAL),
            "the server made a mistake",
        ),
    }
)
"""What the caller is told of in a few words: the message may name files and hosts, and is for the log."""


def status_of(error: Exception) -> ErrorStatus:
    """Tell how a call fails with an error; what is the server's fault is logged."""
    for kind in type(error).__mro__:
        if kind in _TOLD:
            return _told(error, *_TOLD[kind])
        if kind in _INCIDENTS:
            return _incident(error, *_INCIDENTS[kind])
    raise AssertionError(f"{type(error)} is no Exception")


async def abort(context: AnyContext, error: Exception) -> Never:
    """End a call with an error."""
    await end_call(context, status_of(error))


async def end_call(context: AnyContext, status: ErrorStatus) -> Never:
    """End a call with a status; as cancelled if it is over already, for its caller has gone or waited enough.

    Raises
    ------
    grpc.aio.AbortError
        As gRPC wants it.
    asyncio.CancelledError
        If nobody hears the status.
    """
    try:
        await context.abort(status.code, status.message, ((STATUS_DETAILS_KEY, status.to_bytes()),))
    except grpc.aio.UsageError as error:
        raise asyncio.CancelledError from error


class answering_errors:  # noqa: N801 - read as a verb: async with answering_errors(context)
    """Ends the call with a status when what is inside raises."""

    def __init__(self, context: AnyContext) -> None:
        self._context = context

    async def __aenter__(self) -> None:
        """Begin."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception) and not isinstance(error, grpc.aio.AbortError):
            await abort(self._context, error)


def reason_of(error: Exception) -> str:
    """Give the machine-readable reason of an error."""
    return status_of(error).reason


def _told(error: Exception, code: StatusCode, reason: ErrorReason.ValueType) -> ErrorStatus:
    retry_after_s = error.retry_after_s if isinstance(error, Overloaded) else None
    return ErrorStatus(code, _name(reason), _shortened(str(error)), _metadata_of(error), retry_after_s)


def _incident(error: Exception, row: _Row, told: str) -> ErrorStatus:
    code, reason = row
    incident = uuid.uuid4().hex
    _LOG.error(
        "%s, incident %s",
        told,
        incident,
        extra={
            "incident": incident,
            "error": type(error).__name__,
            # Messages of our own name no persons; those of others might
            "error_message": str(error) if isinstance(error, errors.VantayError) else "",
            "where": [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)],
        },
    )
    may_pass = code in {StatusCode.UNAVAILABLE, StatusCode.RESOURCE_EXHAUSTED}
    return ErrorStatus(
        code,
        _name(reason),
        f"{told}; its log names the incident {incident}",
        {"incident": incident},
        RETRY_AFTER_S if may_pass else None,
    )


def _metadata_of(error: Exception) -> dict[str, str]:
    if isinstance(error, InvalidField):
        return {"field": _shortened(error.field_path)}
    if isinstance(error, errors.SubjectMerged):
        return {"merged_into": error.merged_into}
    if isinstance(error, errors.ExtractionFailed):
        return {"cause": error.reason}
    return {}


def _name(reason: ErrorReason.ValueType) -> str:
    return ErrorReason.Name(reason).removeprefix("ERROR_REASON_")


def _shortened(text: str) -> str:
    """Cut a message to what a header holds; lone surrogates, which no header can hold, are written out."""
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= MAX_MESSAGE_LENGTH else f"{text[: MAX_MESSAGE_LENGTH - 1]}…"


def _duration(seconds: float) -> Duration:
    milliseconds = math.ceil(seconds * 1000)
    return Duration(seconds=milliseconds // 1000, nanos=milliseconds % 1000 * 1_000_000)


def _packed(message: ErrorInfo | RetryInfo) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(message)
    return packed
