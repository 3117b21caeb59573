"""The feed of decisions as an asynchronous iterator."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator

import grpc
import grpc.aio

from vantay_service.client.settings import CallSettings
from vantay_service.client.watching import WatchPosition
from vantay_service.v1.decisions_pb2 import Decision, WatchRequest, WatchResponse
from vantay_service.v1.decisions_pb2_grpc import DecisionFeedStub


class AsyncDecisionFeed:
    """What was decided; `AsyncVantayClient.decisions`."""

    def __init__(self, channel: grpc.aio.Channel, settings: CallSettings) -> None:
        self._stub = DecisionFeedStub(channel)
        self._settings = settings
        self._closed = threading.Event()

    def close(self) -> None:
        """Let iterators end when the channel closes."""
        self._closed.set()

    async def watch(self, from_sequence: int = 1) -> AsyncGenerator[Decision, None]:
        """Give every decision from a number on, and then each new one; see `DecisionFeed.watch`.

        Parameters
        ----------
        from_sequence : int
            The first one wanted.

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
                while isinstance(response := await _read(stream, position.silence_s), WatchResponse):
                    if (decision := position.take(response)) is not None:
                        yield decision
            except grpc.aio.AioRpcError as broken:
                error = broken
            except TimeoutError:
                pass  # silent for too long: as if it had ended
            except asyncio.CancelledError:
                if not self._closed.is_set() or _is_cancelled_itself():
                    raise
            finally:
                stream.cancel()
            if not self._closed.is_set():
                await asyncio.sleep(position.pause_after(error))


async def _read(stream: grpc.aio.UnaryStreamCall[WatchRequest, WatchResponse], silence_s: float) -> object:
    async with asyncio.timeout(silence_s):
        return await stream.read()


def _is_cancelled_itself() -> bool:
    """Tell whether the running task is cancelled, and not only the stream that it reads."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
