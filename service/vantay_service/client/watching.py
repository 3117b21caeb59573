"""Where a watcher of the feed is, through all its connections."""

from __future__ import annotations

import grpc

from vantay_service.client.service_error import ServiceError
from vantay_service.client.settings import CallSettings
from vantay_service.v1.decisions_pb2 import Decision, WatchRequest, WatchResponse

LOST_AFTER_HEARTBEATS = 3.0
_FINAL = frozenset(
    {
        grpc.StatusCode.DATA_LOSS,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.UNIMPLEMENTED,
    }
)
"""Errors that another connection does not mend."""


class WatchPosition:
    """Remembers the next number, so that a new connection goes on where the last one broke.

    Parameters
    ----------
    from_sequence : int
        The first decision that is wanted.
    settings : CallSettings
    """

    def __init__(self, from_sequence: int, settings: CallSettings) -> None:
        self.next_sequence = max(from_sequence, 1)
        self.silence_s = LOST_AFTER_HEARTBEATS * settings.heartbeat_s
        self._settings = settings
        self._n_failed = 0

    def request(self) -> WatchRequest:
        """Ask for what was not seen yet."""
        return WatchRequest(
            from_sequence=self.next_sequence, heartbeat_ms=round(1000 * self._settings.heartbeat_s)
        )

    def take(self, response: WatchResponse) -> Decision | None:
        """Take what came: a decision that was not seen yet, or None."""
        self._n_failed = 0
        if response.WhichOneof("event") != "decision" or response.decision.sequence < self.next_sequence:
            return None
        self.next_sequence = response.decision.sequence + 1
        return response.decision

    def pause_after(self, error: grpc.RpcError | None) -> float:
        """Tell how long to wait before the next connection; None stands for a stream that just ended.

        Raises
        ------
        ServiceError
            If another connection would end in the same way.
        """
        failure = None if error is None else ServiceError.of(error)
        if failure is not None and failure.code in _FINAL:
            raise failure from error
        self._n_failed += 1
        pause_s = self._settings.retries.pause_s(self._n_failed)
        wished_s = 0.0 if failure is None else failure.retry_after_s or 0.0
        return max(pause_s, wished_s)
