"""The authority downstream: hears of every decision as it is made."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from vantay.errors import StateError
from vantay_service.client import ServiceError, VantayClient
from vantay_service.v1.decisions_pb2 import Decision

WAIT_S = 30.0


class FeedReader:
    """Collects decisions on a thread; `reading_feed` makes one."""

    def __init__(self, client: VantayClient) -> None:
        self._client = client
        self._decisions: list[Decision] = []
        self._news = threading.Condition()
        self._error: ServiceError | None = None
        self._thread = threading.Thread(target=self._read, name="vantay-demo-feed", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """End; the connection is closed."""
        self._client.close()
        self._thread.join(WAIT_S)

    def wait_for(self, n_decisions: int, limit_s: float = WAIT_S) -> list[Decision]:
        """Wait until so many decisions came, and give all.

        Raises
        ------
        StateError
            If they do not come in time.
        ServiceError
            If the server says that this caller may not watch.
        """
        ends_at = time.monotonic() + limit_s
        with self._news:
            while len(self._decisions) < n_decisions:
                if self._error is not None:
                    raise self._error
                if not self._news.wait(max(ends_at - time.monotonic(), 0.0)):
                    raise StateError(
                        f"{len(self._decisions)} decisions came within {limit_s:g} s, expected {n_decisions}"
                    )
            return list(self._decisions)

    def _read(self) -> None:
        try:
            for decision in self._client.decisions.watch():
                with self._news:
                    self._decisions.append(decision)
                    self._news.notify_all()
        except ServiceError as error:
            with self._news:
                self._error = error
                self._news.notify_all()


@contextmanager
def reading_feed(client: VantayClient) -> Iterator[FeedReader]:
    """Read the feed of decisions until the context ends; the client is closed then."""
    reader = FeedReader(client)
    reader.start()
    try:
        yield reader
    finally:
        reader.stop()
