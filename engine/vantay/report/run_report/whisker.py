"""A difference with its interval as a small drawing: whether it crosses the line of no difference."""

from __future__ import annotations

from typing import NamedTuple

from vantay.report.run_report.difference import Difference

WIDTH = 132.0
_MARGIN = 8.0


class Whisker(NamedTuple):
    """Places in a drawing of `WIDTH`; ``zero`` is where nothing changed."""

    zero: float
    low: float
    dot: float
    high: float


def whisker(difference: Difference) -> Whisker | None:
    """Place a difference and its interval on a scale of their own, zero in the middle."""
    interval = difference.interval
    if interval is None:
        return None
    reach = max(abs(interval.low), abs(interval.high))
    if reach == 0.0:
        return None
    places = (
        round(WIDTH / 2 + (WIDTH / 2 - _MARGIN) * value / reach, 1)
        for value in (0.0, interval.low, difference.value, interval.high)
    )
    return Whisker(*places)
