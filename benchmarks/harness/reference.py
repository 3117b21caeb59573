"""Fixed pieces of work that tell how fast the machine is at this moment.

Each benchmark runs between two calls of one of these, again and again. Where another process, a hotter
processor or a slower machine takes its share, it takes it from both, so their ratio stays. With them all
ratios that were recorded change: whoever changes one raises `REFERENCE_VERSION`, and records everything anew.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import cache

import numpy as np
import numpy.typing as npt
from numba import njit

Words = npt.NDArray[np.uint64]

REFERENCE_VERSION = 2
"""2: the words begin at a line of the cache; where they lay before was another matter in each process."""

N_WORDS = 2048
"""16 KiB: they stay in the first cache of any processor."""

CACHE_LINE_BYTES = 64

N_SWEEPS = 4096
COPIED_BYTES = 1 << 26
"""From one array to another, each larger than a last-level cache."""

N_STEPS = 3000


class Reference(StrEnum):
    """Which piece of work goes with a benchmark."""

    INTEGER = "integer"
    """Ones of 64-bit words in the first cache: for kernels and networks, bound by the processor."""
    MEMORY = "memory"
    """A copy between two large arrays: for what reads or writes more than the caches hold."""
    INTERPRETER = "interpreter"
    """Calls, small objects and dictionaries in Python: for what is bound by the interpreter."""


def reference_call(reference: Reference) -> Callable[[], object]:
    """Give the piece of work as a call, compiled and with its memory touched.

    Parameters
    ----------
    reference : Reference

    Returns
    -------
    callable
        0.3 to 20 ms of one thread, the same work at each call.
    """
    call = _CALLS[reference]
    call()
    return call


def count_ones() -> int:
    """Count the ones of `N_WORDS` · `N_SWEEPS` words, each combined with another word before."""
    return int(popcount_kernel(_words(), N_SWEEPS))


def copy_memory() -> None:
    """Copy `COPIED_BYTES`."""
    source, target = _buffers()
    np.copyto(target, source)


def interpret() -> int:
    """Do what Python programs do, `N_STEPS` times: format, slice, look up, call, add."""
    seen: dict[str, int] = {}
    total = 0
    for step in range(N_STEPS):
        key = f"{step % 97}/{step % 13}"
        seen[key] = seen.get(key, 0) + _digits(key)
        total += len(key[1:]) + (seen[key] & 7)
    return total


def _digits(key: str) -> int:
    return sum(1 for letter in key if letter != "/")


_CALLS: dict[Reference, Callable[[], object]] = {
    Reference.INTEGER: count_ones,
    Reference.MEMORY: copy_memory,
    Reference.INTERPRETER: interpret,
}


@cache
def _words() -> Words:
    words = _at_cache_line(N_WORDS)
    words[:] = np.random.default_rng(1).integers(0, 1 << 63, N_WORDS, dtype=np.uint64)
    return words


def _at_cache_line(n_words: int) -> Words:
    # Where numpy puts an array differs from process to process, and words that lie across two lines of the
    # cache are read a third slower. Not the engine's own: that may change, a reference may not.
    spare = CACHE_LINE_BYTES // 8
    room = np.empty(n_words + spare, dtype=np.uint64)
    first = -room.ctypes.data % CACHE_LINE_BYTES // 8
    return room[first : first + n_words]


@cache
def _buffers() -> tuple[Words, Words]:
    source = np.arange(COPIED_BYTES // 8, dtype=np.uint64)
    return source, np.zeros_like(source)


@njit(cache=True, nogil=True, error_model="numpy")
def _popcount(word: np.uint64) -> np.uint64:
    # LLVM knows this pattern and emits vpopcntq where the machine has it.
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@njit(cache=True, nogil=True, error_model="numpy")
def popcount_kernel(words: Words, n_sweeps: int) -> np.uint64:
    """Sum the ones of all words, `n_sweeps` times, each time combined with another word."""
    total = np.uint64(0)
    for sweep in range(np.uint64(n_sweeps)):
        mask = sweep * np.uint64(0x9E3779B97F4A7C15)
        for i in range(np.uint64(words.shape[0])):
            total += _popcount(words[i] ^ mask)
    return total
