"""What a call that failed tells the caller."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

import grpc
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

_DETAILS_KEY = "grpc-status-details-bin"


class ServiceError(Exception):
    """A call failed.

    Attributes
    ----------
    code : grpc.StatusCode
        In general.
    reason : str
        Machine-readable: an `ErrorReason` of ``errors.proto`` without its prefix, or one of docs/access.md.
        Empty if the server said none, as when it could not be reached.
    message : str
        For people.
    metadata : mapping of str to str
        What the reason says beside, as ``field``.
    retry_after_s : float, optional
        When the server says that it is worth trying again, if it says so.
    """

    def __init__(self, code: grpc.StatusCode, message: str, details: ErrorDetails | None = None) -> None:
        details = details or ErrorDetails()
        super().__init__(f"{details.reason or code.name}: {message}")
        self.code = code
        self.message = message
        self.reason = details.reason
        self.metadata = details.metadata
        self.retry_after_s = details.retry_after_s

    @classmethod
    def of(cls, error: grpc.RpcError) -> ServiceError:
        """Read what gRPC raised."""
        return cls(error.code(), error.details() or "", read_details(error))


@dataclass(frozen=True, slots=True)
class ErrorDetails:
    """The machine-readable part of a status."""

    reason: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    retry_after_s: float | None = None


def read_details(error: grpc.RpcError) -> ErrorDetails:
    """Read the details that travel beside a status; those that cannot be read are none."""
    metadata = cast("Iterable[tuple[str, str | bytes]]", error.trailing_metadata() or ())
    for key, value in metadata:
        if key == _DETAILS_KEY and isinstance(value, bytes):
            try:
                return _unpacked(Status.FromString(value))
            except DecodeError:
                break
    return ErrorDetails()


def _unpacked(status: Status) -> ErrorDetails:
    info, retry = ErrorInfo(), RetryInfo()
    retry_after_s = None
    for detail in status.details:
        detail.Unpack(info)
        if detail.Unpack(retry):
            retry_after_s = retry.retry_delay.ToTimedelta().total_seconds()
    return ErrorDetails(info.reason, dict(info.metadata), retry_after_s)
