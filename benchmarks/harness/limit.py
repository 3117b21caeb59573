"""What the machine can do at most: fixed kernels whose work is known."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from enum import Enum
from functools import cache, partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
from benchmarks.harness.reference import COPIED_BYTES, N_SWEEPS, N_WORDS, copy_memory, count_ones
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numba import njit

READ_BYTES = 1 << 28
SEALED_BYTES = 1 << 16
N_SEALED = 64
WRITTEN_BYTES = 1 << 24


class Limit(Enum):
    """A limit of the machine, with the unit of what is counted."""

    POPCOUNT = "popcount"
    READ = "read from memory"
    COPY = "copy in memory"
    SEAL = "AES-256-GCM"
    DISK = "write to disk"

    @property
    def unit(self) -> str:
        """What is counted."""
        return "words" if self is Limit.POPCOUNT else "bytes"


def measure_in_turns(
    path: Callable[[], object], limit: Limit, n_rounds: int, before: Callable[[], object]
) -> tuple[float, float, float]:
    """Time a path and a limit in turns.

    Parameters
    ----------
    path : callable
    limit : Limit
        Times are of the processor, those of the disk by the clock.
    n_rounds : int
    before : callable
        Makes ready for one call of the path; not timed.

    Returns
    -------
    path_s, limit_s : float
        Least time of each.
    limit_work : float
        Words or bytes of one call of the limit.
    """
    call, work = limit_call(limit)
    clock = time.perf_counter if limit is Limit.DISK else time.process_time
    before()
    path()
    call()
    path_s = limit_s = float("inf")
    for _ in range(n_rounds):
        limit_s = min(limit_s, _timed(call, clock))
        before()
        path_s = min(path_s, _timed(path, clock))
    return path_s, limit_s, work


def limit_call(limit: Limit) -> tuple[Callable[[], object], float]:
    """Give the work of a limit, and how much of it one call does."""
    if limit is Limit.POPCOUNT:
        return count_ones, float(N_WORDS * N_SWEEPS)
    if limit is Limit.READ:
        return read_memory, float(READ_BYTES)
    if limit is Limit.COPY:
        return copy_memory, float(2 * COPIED_BYTES)
    if limit is Limit.SEAL:
        return seal, float(SEALED_BYTES * N_SEALED)
    return partial(write_to_disk, bytes(WRITTEN_BYTES)), float(WRITTEN_BYTES)


def read_memory() -> int:
    """Read `READ_BYTES` once."""
    return int(_sum_kernel(_large()))


def seal() -> None:
    """Seal `N_SEALED` pieces of `SEALED_BYTES`."""
    cipher, piece = AESGCM(bytes(32)), bytes(SEALED_BYTES)
    for number in range(N_SEALED):
        cipher.encrypt(number.to_bytes(12, "big"), piece, None)


def write_to_disk(data: bytes) -> None:
    """Write a new file and bring it to the disk."""
    with (
        tempfile.TemporaryDirectory(prefix="vantay-limit-") as folder,
        Path(folder, "file").open("wb") as file,
    ):
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@cache
def _large() -> npt.NDArray[np.uint64]:
    return np.arange(READ_BYTES // 8, dtype=np.uint64)


def _timed(call: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    call()
    return clock() - start


@njit(cache=True, nogil=True, error_model="numpy")
def _sum_kernel(words: npt.NDArray[np.uint64]) -> np.uint64:
    total = np.uint64(0)
    for i in range(np.uint64(words.shape[0])):
        total += words[i]
    return total
