"""How a client calls."""

from __future__ import annotations

from dataclasses import dataclass

from vantay_service.client.retrying import DEFAULT_RETRIES, RetryPolicy


@dataclass(frozen=True, slots=True)
class CallSettings:
    """What holds for every call unless it says otherwise.

    Attributes
    ----------
    deadline_s : float
        For one call with all its attempts.
    retries : RetryPolicy
    heartbeat_s : float
        How long the feed may be silent, 0.1 to 60; after three times that the client reconnects.
    """

    deadline_s: float = 30.0
    retries: RetryPolicy = DEFAULT_RETRIES
    heartbeat_s: float = 10.0


DEFAULT_SETTINGS = CallSettings()
