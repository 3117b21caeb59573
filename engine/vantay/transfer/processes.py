"""A load on many cores: one process reads, several prepare, and the caller writes.

Batches come out in the order of the source. A batch goes from the reader to a worker as the bytes that the
reader made of it, so that the process that writes, of which there is one, does not look into it.
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import replace

from vantay.errors import ExtractionFailed
from vantay.settings import EngineSettings
from vantay.transfer.batches import batches_of
from vantay.transfer.preparation import Batch, Preparation, prepare_batch
from vantay.transfer.reader_process import END, SPAWN, ReaderProcess, begin_process
from vantay.transfer.sources import LoadSource
from vantay.workbench import Workbench

_BATCHES_AHEAD = 2


def iter_batches(
    source: LoadSource, after_row: int, settings: EngineSettings, *, n_workers: int, keep_images: bool
) -> Generator[Batch, None, None]:
    """Read a source behind a row, and prepare it.

    Parameters
    ----------
    source : LoadSource
    after_row : int
    settings : EngineSettings
        What makes templates of images.
    n_workers : int
        1: all in this process; more: so many that prepare, and one that reads.
    keep_images : bool

    Raises
    ------
    InvalidSample, UnsupportedFormatVersion
        If the source cannot be read on; all batches before came out.
    ModelUnavailable
        If there is an image and no model for it.
    ExtractionFailed
        With the reason ``worker_died``, if the system ended a worker.
    """
    settings = replace(settings, master_key="")  # workers need no key
    if n_workers == 1:
        preparation = Preparation(Workbench(settings), keep_images=keep_images)
        for batch in batches_of(source.subjects(after_row)):
            yield prepare_batch(preparation, batch)
        return
    with ProcessPoolExecutor(n_workers, SPAWN, _begin_worker, (settings, keep_images)) as pool:
        try:
            with closing(ReaderProcess(source, after_row)) as reader:
                yield from _in_order(reader, pool, n_workers + _BATCHES_AHEAD)
        except BrokenProcessPool as error:
            raise ExtractionFailed(
                "worker_died",
                "a process that makes templates was ended by the system, as for want of memory: run the load "
                "again to go on, with fewer workers",
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _in_order(reader: ReaderProcess, pool: ProcessPoolExecutor, n_ahead: int) -> Iterator[Batch]:
    pending: deque[Future[Batch]] = deque()
    is_more = True
    while pending or is_more:
        while is_more and len(pending) < n_ahead:
            pickled = reader.read()
            is_more = pickled != END
            if is_more:
                pending.append(pool.submit(_prepare_pickled, pickled))
        if pending:
            yield pending.popleft().result()
    reader.raise_error()


_preparation: Preparation


def _begin_worker(settings: EngineSettings, keep_images: bool) -> None:  # noqa: FBT001 - called by the pool
    global _preparation  # noqa: PLW0603 - a process of a pool has no other place
    begin_process()
    _preparation = Preparation(Workbench(settings), keep_images=keep_images)


def _prepare_pickled(pickled: bytes) -> Batch:
    return prepare_batch(_preparation, pickle.loads(pickled))  # noqa: S301 - from our own reader
