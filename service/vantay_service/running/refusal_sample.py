"""`RefusalSample`: of those who are turned away in a flood, one line a second, and how many more came."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

INTERVAL_S = 1.0


class RefusalKind(NamedTuple):
    """What refusals have in common that are told of together; text without personal data."""

    method: str
    status: str
    reason: str
    actor: str
    role: str


class RefusalSample:
    """Lets the first refusal of each kind through in each second, and tells how many came after it.

    There are as many kinds as callers with a certificate make: nobody can fill the memory by calling.

    Parameters
    ----------
    tell : callable
        Told of each kind of which some were left out, at the end of the second, and how many.
    interval_s : float
        How long a second is.
    """

    def __init__(self, tell: Callable[[RefusalKind, int], None], interval_s: float = INTERVAL_S) -> None:
        self._tell = tell
        self._interval_s = interval_s
        self._n_left_out: dict[RefusalKind, int] = {}

    def lets_through(self, kind: RefusalKind) -> bool:
        """Say whether a refusal is told of by itself; only while an event loop runs."""
        if kind in self._n_left_out:
            self._n_left_out[kind] += 1
            return False
        self._n_left_out[kind] = 0
        asyncio.get_running_loop().call_later(self._interval_s, self._end, kind)
        return True

    def _end(self, kind: RefusalKind) -> None:
        if n_left_out := self._n_left_out.pop(kind):
            self._tell(kind, n_left_out)
