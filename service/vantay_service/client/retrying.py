"""When a call that failed is made again."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

import grpc

from vantay_service.client.service_error import ServiceError

_JITTER = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often, and after which pauses.

    Attributes
    ----------
    n_attempts : int
        In all, ≥ 1; 1: never again.
    first_pause_s : float
        Before the second attempt; each later one is twice as long.
    max_pause_s : float
        But not longer.
    """

    n_attempts: int = 10
    first_pause_s: float = 0.1
    max_pause_s: float = 5.0

    def pause_s(self, n_failed: int) -> float:
        """Give the pause after a number of failures, at least half of it, so that callers spread."""
        longest = min(self.first_pause_s * 2.0 ** min(n_failed - 1, 32), self.max_pause_s)
        return longest * _JITTER.uniform(0.5, 1.0)


DEFAULT_RETRIES = RetryPolicy()


class Attempts:
    """The attempts of one call, all within its deadline.

    Parameters
    ----------
    policy : RetryPolicy
    deadline_s : float
        For all attempts and pauses together.
    is_idempotent : bool
        Whether the call may be made again although the first one may have been carried out.
    """

    def __init__(self, policy: RetryPolicy, deadline_s: float, *, is_idempotent: bool) -> None:
        self._policy = policy
        self._ends_at = time.monotonic() + deadline_s
        self._is_idempotent = is_idempotent
        self._n_failed = 0

    def time_left_s(self) -> float:
        """Tell how long the call may still take."""
        return max(self._ends_at - time.monotonic(), 0.0)

    def pause_after(self, error: grpc.RpcError) -> float:
        """Tell how long to wait before the next attempt.

        Raises
        ------
        ServiceError
            If there is none: what the server said last.
        """
        failure = ServiceError.of(error)
        self._n_failed += 1
        if not self._is_idempotent or self._n_failed >= self._policy.n_attempts or not may_pass(failure):
            raise failure from error
        pause_s = self._policy.pause_s(self._n_failed)
        if failure.retry_after_s is not None:  # not sooner than the server says
            pause_s = failure.retry_after_s + pause_s * _JITTER.random()
        if pause_s >= self.time_left_s():
            raise failure from error
        return pause_s


def may_pass(failure: ServiceError) -> bool:
    """Tell whether a failure may be over soon.

    gRPC's own RESOURCE_EXHAUSTED means a message that is too large: only the server's, which says when to try
    again, passes.
    """
    if failure.code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        return failure.retry_after_s is not None
    return failure.code is grpc.StatusCode.UNAVAILABLE
