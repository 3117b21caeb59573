"""A real server whose calls fail as told before they succeed, and whose feed breaks as told."""

# ruff: noqa: ARG002, N802 - the names and arguments are those of the wire

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc

from vantay_service.error_status import STATUS_DETAILS_KEY, ErrorStatus
from vantay_service.v1 import decisions_pb2, enrolment_pb2
from vantay_service.v1.decisions_pb2 import WatchRequest, WatchResponse
from vantay_service.v1.decisions_pb2_grpc import DecisionFeedServicer, add_DecisionFeedServicer_to_server
from vantay_service.v1.enrolment_pb2_grpc import (
    EnrolmentServiceServicer,
    add_EnrolmentServiceServicer_to_server,
)

UNAVAILABLE = ErrorStatus(grpc.StatusCode.UNAVAILABLE, "NOT_READY", "not now")
N_DECISIONS = 7


@dataclass
class Script:
    """What goes wrong, in this order, and when it was asked."""

    failures: list[ErrorStatus] = field(default_factory=list)
    asked_at: list[float] = field(default_factory=list)
    watched_from: list[int] = field(default_factory=list)
    breaks: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def play(self, context: grpc.ServicerContext) -> None:
        self.asked_at.append(time.monotonic())
        if self.failures:
            _fail(context, self.failures.pop(0))


def _fail(context: grpc.ServicerContext, status: ErrorStatus) -> None:
    context.set_trailing_metadata(((STATUS_DETAILS_KEY, status.to_bytes()),))
    context.abort(status.code, status.message)


class _Enrolment(EnrolmentServiceServicer):
    def __init__(self, script: Script) -> None:
        self._script = script

    def Enrol(self, request: Any, context: Any) -> enrolment_pb2.EnrolResponse:
        self._script.play(context)
        return enrolment_pb2.EnrolResponse(subject_id=request.subject_id)

    def AddEncounter(self, request: Any, context: Any) -> enrolment_pb2.AddEncounterResponse:
        self._script.play(context)
        return enrolment_pb2.AddEncounterResponse()

    def Read(self, request: Any, context: Any) -> enrolment_pb2.ReadResponse:
        self._script.play(context)
        return enrolment_pb2.ReadResponse(subject_id=request.subject_id)

    def Lock(self, request: Any, context: Any) -> enrolment_pb2.LockResponse:
        self._script.play(context)
        return enrolment_pb2.LockResponse(was_changed=True)

    def Unlock(self, request: Any, context: Any) -> enrolment_pb2.UnlockResponse:
        raise NotImplementedError

    def Merge(self, request: Any, context: Any) -> enrolment_pb2.MergeResponse:
        raise NotImplementedError

    def Erase(self, request: Any, context: Any) -> enrolment_pb2.EraseResponse:
        self._script.play(context)
        return enrolment_pb2.EraseResponse()

    def BulkEnrol(self, request_iterator: Any, context: Any) -> Iterator[enrolment_pb2.BulkEnrolResponse]:
        """Take the first record, and end as a server does that is stopping."""
        next(request_iterator)
        next(request_iterator)
        yield enrolment_pb2.BulkEnrolResponse(results=[enrolment_pb2.BulkRecordResult(index=0)])


class _Feed(DecisionFeedServicer):
    """Tells seven decisions, one of them twice, and breaks after each as the script says."""

    def __init__(self, script: Script) -> None:
        self._script = script

    def Watch(self, request: WatchRequest, context: Any) -> Iterator[WatchResponse]:
        self._script.watched_from.append(request.from_sequence)
        for sequence in range(max(request.from_sequence - 1, 1), N_DECISIONS + 1):
            yield WatchResponse(decision=decisions_pb2.Decision(sequence=sequence))
            if self._script.breaks and sequence >= request.from_sequence:
                self._break(self._script.breaks.pop(0), context)
                return
        self._script.play(context)
        time.sleep(0.05)

    @staticmethod
    def _break(how: str, context: grpc.ServicerContext) -> None:
        if how == "unavailable":
            _fail(context, UNAVAILABLE)
        elif how == "unknown":
            raise RuntimeError(how)
        elif how == "silence":
            while context.is_active():
                time.sleep(0.01)


@contextmanager
def failing_server(*failures: ErrorStatus, breaks: list[str] | None = None) -> Iterator[Script]:
    script = Script(list(failures), breaks=breaks or [])
    server = grpc.server(ThreadPoolExecutor(8))
    add_EnrolmentServiceServicer_to_server(_Enrolment(script), server)
    add_DecisionFeedServicer_to_server(_Feed(script), server)
    script.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield script
    finally:
        server.stop(None).wait()
