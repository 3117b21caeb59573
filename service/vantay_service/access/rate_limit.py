"""How many calls a caller, and all callers of a role together, may make: token buckets."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vantay.errors import InvalidSetting

MAX_BUCKETS = 10_000
"""More than callers with certificates; the bucket used longest ago is dropped, that is, full again."""

_MAX_CALLS_PER_SECOND = 1_000_000.0


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate that may be exceeded for a moment.

    Attributes
    ----------
    calls_per_second : float
        How fast the bucket fills, above 0 and up to 1,000,000.
    burst : int
        How much it holds: calls at once after a pause, ≥ 1.

    Raises
    ------
    InvalidSetting
        If one of these does not hold.
    """

    calls_per_second: float
    burst: int

    def __post_init__(self) -> None:
        if not 0.0 < self.calls_per_second <= _MAX_CALLS_PER_SECOND:
            raise InvalidSetting(
                f"calls_per_second is {self.calls_per_second}, expected above 0 and up to 1,000,000"
            )
        if not 1 <= self.burst <= _MAX_CALLS_PER_SECOND:
            raise InvalidSetting(f"burst is {self.burst}, expected 1 to 1,000,000")


@dataclass(slots=True)
class _Bucket:
    n_tokens: float
    filled_at: float

    def fill(self, limit: Limit, now: float) -> None:
        earned = max(0.0, now - self.filled_at) * limit.calls_per_second
        self.n_tokens = min(float(limit.burst), self.n_tokens + earned)
        self.filled_at = now

    def wait_s(self, limit: Limit) -> float:
        return max(0.0, 1.0 - self.n_tokens) / limit.calls_per_second


class RateLimiter:
    """The buckets of all callers; not for several threads.

    A limit comes with each call and may be new: what is in the bucket stays, up to the limit's burst.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, wanted: Sequence[tuple[str, Limit]]) -> float:
        """Take a token of each bucket, or of none.

        Parameters
        ----------
        wanted : sequence of (str, Limit)
            Names of buckets, and how they fill.

        Returns
        -------
        wait_s : float
            0 if all had one; else seconds until they will.
        """
        now = self._clock()
        buckets = [self._bucket(name, limit, now) for name, limit in wanted]
        wait_s = max(
            (bucket.wait_s(limit) for bucket, (_, limit) in zip(buckets, wanted, strict=True)), default=0.0
        )
        if wait_s == 0.0:
            for bucket in buckets:
                bucket.n_tokens -= 1.0
        return wait_s

    def _bucket(self, name: str, limit: Limit, now: float) -> _Bucket:
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = _Bucket(float(limit.burst), now)
            if len(self._buckets) > MAX_BUCKETS:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(name)
            bucket.fill(limit, now)
        return bucket
