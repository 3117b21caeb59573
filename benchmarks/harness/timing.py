"""How long a call takes when nothing disturbs it."""

from __future__ import annotations

import time
from collections.abc import Callable


def least_s(
    call: Callable[[], object], n_calls: int, *, clock: Callable[[], float] = time.process_time
) -> float:
    """Give the least time of several calls, after one that is not counted: it compiles, and fills caches.

    Parameters
    ----------
    call : callable
    n_calls : int
        That are timed.
    clock : callable
        Seconds; processor time of all threads of this process by default.

    Returns
    -------
    float
        Seconds.
    """
    call()
    least = float("inf")
    for _ in range(n_calls):
        start = clock()
        call()
        least = min(least, clock() - start)
    return least
