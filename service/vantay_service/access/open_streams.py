"""How many streams each caller has open: one that forgets to close them must not take those of all."""

from __future__ import annotations

from collections import Counter

import grpc

from vantay_service.access.refusal import Refusal

MAX_STREAMS = 32
"""Of one caller, whatever they are: feeds, loads, health. Half of what a server has by default."""
RETRY_AFTER_S = 1.0


class OpenStreams:
    """Counts the streams of all callers; not for several threads.

    Parameters
    ----------
    most : int
        That one caller may have open.
    """

    def __init__(self, most: int = MAX_STREAMS) -> None:
        self._most = most
        self._n_by_caller: Counter[str] = Counter()

    def enter(self, caller: str) -> None:
        """Count a stream that begins.

        Raises
        ------
        Refusal
            ``RATE_LIMITED``, if the caller has as many open as it may.
        """
        if self._n_by_caller[caller] >= self._most:
            raise Refusal(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                "RATE_LIMITED",
                f"{caller} has {self._most} streams open, as many as it may: close one",
                retry_after_s=RETRY_AFTER_S,
            )
        self._n_by_caller[caller] += 1

    def leave(self, caller: str) -> None:
        """Count a stream that ends."""
        self._n_by_caller[caller] -= 1
        if not self._n_by_caller[caller]:
            del self._n_by_caller[caller]  # names come and go, the process stays
