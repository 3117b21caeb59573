"""Every error becomes a status with a reason, and tells no more than it should."""

from __future__ import annotations

import asyncio
import inspect
import logging
from unittest.mock import AsyncMock

import grpc
import grpc.aio
import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from hypothesis import given
from hypothesis import strategies as st

from vantay import errors
from vantay_service.error_status import ErrorStatus, InvalidField, abort, status_of
from vantay_service.v1.errors_pb2 import ErrorReason
from vantay_service.work import DeadlinePassed, Overloaded

PERSONAL = "Nguyen Van A, passport M1234567"
KINDS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.VantayError) and kind is not errors.VantayError
]


def make(kind: type[Exception]) -> Exception:
    if kind is errors.SubjectMerged:
        return errors.SubjectMerged("S-1 is S-2 now", "S-2")
    if kind is errors.ExtractionFailed:
        return errors.ExtractionFailed("no_face", "no face was seen")
    return kind("a message")


def details_of(status: ErrorStatus) -> list[AnyMessage]:
    return list(Status.FromString(status.to_bytes()).details)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_of_ours_has_a_reason_and_is_neither_unknown_nor_internal(kind: type[Exception]) -> None:
    status = status_of(make(kind))
    assert f"ERROR_REASON_{status.reason}" in ErrorReason.keys()  # noqa: SIM118 - an enum of protobuf
    assert status.code not in {grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL, grpc.StatusCode.OK}
    info = ErrorInfo()
    assert details_of(status)[0].Unpack(info)
    assert (info.reason, info.domain) == (status.reason, "vantay")


def test_caller_is_told_which_field_is_wrong() -> None:
    status = status_of(InvalidField("captures.samples.fingers[2].image", "has 0 bytes, expected 1 to 9"))
    assert status.code is grpc.StatusCode.INVALID_ARGUMENT
    assert status.metadata == {"field": "captures.samples.fingers[2].image"}
    assert status.message == "captures.samples.fingers[2].image: has 0 bytes, expected 1 to 9"


def test_overload_says_when_to_come_back() -> None:
    retry = RetryInfo()
    assert details_of(status_of(Overloaded(1.25)))[1].Unpack(retry)
    assert retry.retry_delay.ToTimedelta().total_seconds() == 1.25


def test_deadline_passed_is_said_as_such() -> None:
    assert status_of(DeadlinePassed("late")).code is grpc.StatusCode.DEADLINE_EXCEEDED


def test_mistake_of_the_server_is_an_incident_without_its_message(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError(PERSONAL)
    except ValueError as error:
        with caplog.at_level(logging.ERROR):
            status = status_of(error)
    assert status.code is grpc.StatusCode.INTERNAL
    assert PERSONAL not in status.message
    logged = str(caplog.records[0].__dict__)
    assert PERSONAL not in logged
    assert status.metadata["incident"] in logged
    assert "test_errors.py" in logged


def test_failure_of_storage_names_no_file_to_the_caller(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        status = status_of(errors.StoreUnavailable("/var/lib/vantay.db: no space left on device"))
    assert status.code is grpc.StatusCode.UNAVAILABLE
    assert "/var/lib" not in status.message
    assert "no space left" in str(caplog.records[0].__dict__)
    assert status.retry_after_s


@given(st.text(max_size=3000))
def test_status_fits_into_a_header_whatever_it_says(text: str) -> None:
    status = status_of(InvalidField(text, text))
    assert len(status.message) <= 500
    assert len(status.message.encode()) * 3 + len(status.to_bytes()) * 4 / 3 < 16 << 10


def test_lone_surrogates_are_written_out() -> None:
    assert status_of(errors.CallerError("bad \ud800")).message == "bad \\ud800"


def test_status_that_nobody_hears_any_more_is_no_mistake_of_the_server() -> None:
    over = AsyncMock()
    over.abort.side_effect = grpc.aio.UsageError("RPC already cancelled")
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(abort(over, errors.CallerError("too late")))
