"""The feed of decisions as an iterator that blocks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Self

import grpc

from vantay_service.client.settings import CallSettings
from vantay_service.client.watching import WatchPosition
from vantay_service.v1.decisions_pb2 import Decision
from vantay_service.v1.decisions_pb2_grpc import DecisionFeedStub


class DecisionFeed:
    """What was decided; `VantayClient.decisions`."""

    def __init__(self, channel: grpc.Channel, settings: CallSettings) -> None:
        self._stub = DecisionFeedStub(channel)
        self._settings = settings
        self._closed = threading.Event()

    def close(self) -> None:
        """Let iterators end when the channel closes."""
        self._closed.set()

    def watch(self, from_sequence: int = 1) -> Generator[Decision, None, None]:
        """Give every decision from a number on, then each new one; reconnect as often as needed.

        Parameters
        ----------
        from_sequence : int
            The first one wanted. Whoever has dealt with number n starts again from n + 1, and misses none.

        Yields
        ------
        Decision

        Raises
        ------
        ServiceError
            If connecting again would not help, as without permission.
        """
        position = WatchPosition(from_sequence, self._settings)
        while not self._closed.is_set():
            stream = self._stub.Watch(position.request())
            error = None
            try:
                with _SilenceGuard(stream.cancel, position.silence_s) as guard:
                    for response in stream:
                        if (decision := position.take(response)) is not None:
                            guard.pause()  # the caller may take its time
                            yield decision
                        guard.hear()
            except grpc.RpcError as broken:
                error = broken
            finally:
                stream.cancel()
            if not self._closed.is_set():
                self._closed.wait(position.pause_after(error))


class _SilenceGuard:
    """Cancels a stream from which nothing was heard for a time: the other end may be gone without a word."""

    def __init__(self, cancel: Callable[[], object], silence_s: float) -> None:
        self._cancel = cancel
        self._silence_s = silence_s
        self._heard_at: float | None = time.monotonic()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._guard, name="vantay-feed-guard", daemon=True)

    def hear(self) -> None:
        """Note that something came."""
        self._heard_at = time.monotonic()

    def pause(self) -> None:
        """Expect nothing until something is heard again."""
        self._heard_at = None

    def _guard(self) -> None:
        left_s = self._silence_s
        while not self._is_over.wait(left_s):
            heard_at = self._heard_at
            left_s = self._silence_s if heard_at is None else heard_at + self._silence_s - time.monotonic()
            if left_s <= 0:
                self._cancel()
                return

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()
