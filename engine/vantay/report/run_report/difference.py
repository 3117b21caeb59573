"""Whether two runs differ by more than chance: an interval for the difference, and a test that has a name.

No verdict is given without one of the two. Comparisons of one finger with many others stand or fall together,
so a test that counts them one by one promises too much: its answer is at best a hint.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import NamedTuple

from vantay.report.run_report.figure import Figure, Interval
from vantay.report.run_report.measure import Unit

LEVEL = 0.05
"""Of every test: one in twenty figures that did not change seems to."""

_Z_95 = 1.959963984540054  # the 97.5 percentile of the normal distribution


class Test(StrEnum):
    """What a verdict rests on."""

    INTERVALS = "intervals"
    FISHER = "Fisher"
    FISHER_DEPENDENT = "Fisher, dependent"
    NONE = "none"


class Difference(NamedTuple):
    """What a figure changed by.

    Attributes
    ----------
    value : float
        New minus old.
    interval : Interval or None
        Of 95 %, where it is known.
    test : Test
        What `is_significant` rests on.
    p_value : float or None
        Of the test, if it gives one.
    is_significant : bool
        Whether chance alone is not enough to explain it, at `LEVEL`.
    """

    value: float
    interval: Interval | None
    test: Test
    p_value: float | None
    is_significant: bool


def compare_figures(old: Figure, new: Figure) -> Difference:
    """Tell a difference from chance.

    Parameters
    ----------
    old, new : Figure
        The same figure of two runs.

    Returns
    -------
    Difference
        Rates of independent trials (searches of different people) are tested by Fisher's exact test, with
        Newcombe's interval. Other figures with intervals are tested by the interval of their difference.
        Rates of comparisons that only have counts get Fisher's test too, marked as dependent. What has
        neither is not tested.

    References
    ----------
    R. G. Newcombe, "Interval estimation for the difference between independent proportions: comparison of
    eleven methods", Stat. Med. 17, 1998, method 10,
    doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I. G. Y. Zou, A. Donner, "Construction
    of confidence limits about effect measures: a general approach", Stat. Med. 27, 2008,
    doi:10.1002/sim.3095.
    """
    change = new.value - old.value
    has_counts = _events(old) is not None and _events(new) is not None
    if has_counts and old.measure.is_independent:
        interval = _interval_of_difference(old, new, _wilson(old), _wilson(new))
        return _tested(change, interval, Test.FISHER, _fisher(old, new))
    old_95, new_95 = _sound_interval(old), _sound_interval(new)
    if old_95 and new_95:
        interval = _interval_of_difference(old, new, old_95, new_95)
        is_outside = change != 0.0 and (interval.low > 0.0 or interval.high < 0.0)
        return Difference(change, interval, Test.INTERVALS, None, is_outside)
    if has_counts:
        return _tested(change, None, Test.FISHER_DEPENDENT, _fisher(old, new))
    return Difference(change, None, Test.NONE, None, is_significant=False)


def _tested(change: float, interval: Interval | None, test: Test, p_value: float) -> Difference:
    return Difference(change, interval, test, p_value, p_value < LEVEL)


def _interval_of_difference(old: Figure, new: Figure, old_95: Interval, new_95: Interval) -> Interval:
    """Combine the intervals of two independent figures; each side has its own width."""
    change = new.value - old.value
    below = math.hypot(new.value - new_95.low, old_95.high - old.value)
    above = math.hypot(new_95.high - new.value, old.value - old_95.low)
    return Interval(change - below, change + above)


def _sound_interval(figure: Figure) -> Interval | None:
    """Take the interval of a figure; one without width says nothing, so the counts say how wide it is."""
    interval = figure.interval
    if interval is None or not interval.low <= figure.value <= interval.high:
        return None
    if interval.low < interval.high:
        return interval
    return None if _events(figure) is None else _wilson(figure)


def _wilson(figure: Figure) -> Interval:
    """Compute the score interval of a proportion (Wilson 1927, doi:10.2307/2276774)."""
    p, n = figure.value, float(figure.n_trials or 1)
    centre = p + _Z_95**2 / (2 * n)
    half = _Z_95 * math.sqrt(p * (1 - p) / n + _Z_95**2 / (4 * n * n))
    scale = 1 + _Z_95**2 / n
    return Interval(max(0.0, min(p, (centre - half) / scale)), min(1.0, max(p, (centre + half) / scale)))


def _fisher(old: Figure, new: Figure) -> float:
    from scipy.stats import fisher_exact  # noqa: PLC0415 - slow to import, and only for two runs

    table = [[_events(figure) or 0, (figure.n_trials or 0) - (_events(figure) or 0)] for figure in (old, new)]
    return float(fisher_exact(table).pvalue)


def _events(figure: Figure) -> int | None:
    return figure.n_events if figure.measure.unit is Unit.RATE else None
