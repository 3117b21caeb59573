"""The process that reads a source; it imports no more than that takes."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import threading
from multiprocessing.connection import Connection, wait

from vantay.errors import ExtractionFailed, VantayError
from vantay.transfer.batches import batches_of
from vantay.transfer.sources import LoadSource

SPAWN = multiprocessing.get_context("spawn")
"""Not forked: models and database drivers have threads, which a fork would leave behind."""
END = b""
"""What stands for a batch at the end of a source."""
GC_THRESHOLD = 200_000
"""Objects between two looks for cycles; a batch has some tens of thousands."""


class ReaderProcess:
    """Reads a source in a process of its own, at most a batch ahead."""

    def __init__(self, source: LoadSource, after_row: int) -> None:
        self._connection, theirs = SPAWN.Pipe(duplex=False)
        self._error: VantayError | None = None
        self._process = SPAWN.Process(target=_read, args=(theirs, source, after_row), daemon=True)
        self._process.start()
        theirs.close()

    def read(self) -> bytes:
        """Give the next batch, pickled; nothing at the end."""
        try:
            pickled = self._connection.recv_bytes()
        except EOFError:
            self._error = ExtractionFailed(
                "worker_died", "the process that reads the source was ended: run the load again to go on"
            )
            return END
        if pickled == END:
            self._error = self._connection.recv()
        return pickled

    def raise_error(self) -> None:
        """Raise what ended the reading, unless that was the end of the source."""
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """End the process."""
        self._connection.close()
        self._process.terminate()
        self._process.join()


def _read(connection: Connection, source: LoadSource, after_row: int) -> None:
    begin_process()
    error: VantayError | None = None
    try:
        for batch in batches_of(source.subjects(after_row)):
            connection.send_bytes(pickle.dumps(batch, pickle.HIGHEST_PROTOCOL))
    except VantayError as found:
        error = found
    connection.send_bytes(END)
    connection.send(error)


def begin_process() -> None:
    """Leave interrupts to the parent, end when it does, even when it is killed, and collect garbage seldom.

    Batches are many small objects without cycles: looking for cycles among them again and again was a fifth
    of the time.
    """
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
