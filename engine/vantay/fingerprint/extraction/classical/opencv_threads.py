"""OpenCV on one thread, for as long as an extraction runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import cv2

_lock = threading.Lock()
_n_inside = 0
_n_threads_outside = 1


@contextmanager
def single_threaded_opencv() -> Iterator[None]:
    """Keep OpenCV from using more than the calling thread.

    The number of OpenCV threads belongs to the process. The first extraction to come in notes and lowers
    it, the last one to leave restores it, so that extractions may run in parallel.
    """
    global _n_inside, _n_threads_outside  # noqa: PLW0603 (a process-wide setting has a process-wide owner)
    with _lock:
        if _n_inside == 0:
            _n_threads_outside = cv2.getNumThreads()
            cv2.setNumThreads(1)
        _n_inside += 1
    try:
        yield
    finally:
        with _lock:
            _n_inside -= 1
            if _n_inside == 0:
                cv2.setNumThreads(_n_threads_outside)
