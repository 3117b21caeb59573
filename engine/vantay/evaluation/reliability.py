"""Does a score mean what it says: the false match rate it claims against the one that is measured.

A calibrated score s claims that a share of 10^(−s/10) of non-mated comparisons scores as high. So of n
non-mated comparisons, n·10^(−s/10) should reach s. More is over-confident, less is cautious.
The bands are exact for independent comparisons; those of one person are not quite, so they are somewhat too
narrow.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSetting
from vantay.evaluation.confidence import Interval, exact_interval
from vantay.evaluation.run_file import Curve, make_curve

FloatArray = npt.NDArray[np.float64]

TAIL_SCORES = (20.0, 30.0, 40.0)
"""Where figures read the tail: FMR 1 %, 0.1 %, 0.01 %."""

STEP = 1.0
"""Between the scores of a reliability curve."""

LEAST_EXPECTED = 0.1
"""A curve ends at the score that so few of the comparisons are expected to reach."""


@dataclass(frozen=True, slots=True)
class TailRate:
    """Claimed and measured rate at one score.

    Attributes
    ----------
    score : float
        −10·log10 of the claimed rate.
    measured : float
        Share of the non-mated comparisons that reach it.
    measured_95 : Interval
        Its exact interval.
    n_reaching : int
        How many these are.
    """

    score: float
    measured: float
    measured_95: Interval
    n_reaching: int

    @property
    def claimed(self) -> float:
        """The false match rate that the score stands for."""
        return float(10.0 ** (-self.score / 10.0))

    def as_json(self) -> dict[str, object]:
        """Name the rates as the JSON file does."""
        return {
            "claimed": self.claimed,
            "measured": self.measured,
            "measured_95": list(self.measured_95),
            "n_reaching": self.n_reaching,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """Claimed against measured false match rates of one kind of score.

    Attributes
    ----------
    n_comparisons : int
        Non-mated comparisons.
    tail : tuple of TailRate
        At those of `TAIL_SCORES` that all scores are known from.
    points : tuple of TailRate
        From there on, `STEP` apart.
    """

    n_comparisons: int
    tail: tuple[TailRate, ...]
    points: tuple[TailRate, ...]

    def as_json(self) -> dict[str, object]:
        """Name the figures as the JSON file does."""
        tail = {f"{rate.score:g}": rate.as_json() for rate in self.tail}
        return {"n_comparisons": self.n_comparisons, "at_score": tail}

    def as_curve(self) -> Curve:
        """Give the curve as the JSON file holds it: claimed rate, measured rate and its band."""
        return make_curve(
            [rate.claimed for rate in self.points],
            [rate.measured for rate in self.points],
            low=[rate.measured_95.low for rate in self.points],
            high=[rate.measured_95.high for rate in self.points],
        )


def reliability_of(
    non_mated: npt.ArrayLike, *, n_comparisons: int | None = None, lowest: float = 0.0
) -> Reliability:
    """Compare what scores claim with what is measured.

    Parameters
    ----------
    non_mated : (n,) array_like of float
        Calibrated scores of non-mated comparisons; at least all that reach `lowest`.
    n_comparisons : int, optional
        How many comparisons were made, where only the highest scores were kept; n by default.
    lowest : float
        Where the curve begins.

    Returns
    -------
    Reliability
        Up to the score that one in ten such samples would reach by chance.

    Raises
    ------
    InvalidSetting
        If there are no comparisons, or fewer than scores.
    """
    scores = np.sort(np.asarray(non_mated, np.float64))
    n = scores.size if n_comparisons is None else n_comparisons
    if n < max(scores.size, 1):
        raise InvalidSetting(f"{n} non-mated comparisons, expected one or more, and as many as scores")
    last = 10.0 * np.log10(n / LEAST_EXPECTED)
    return Reliability(
        n_comparisons=n,
        tail=_rates(scores, n, [score for score in TAIL_SCORES if score >= lowest]),
        points=_rates(scores, n, np.arange(np.ceil(lowest), last, STEP)),
    )


def _rates(scores: FloatArray, n_comparisons: int, at: Iterable[float]) -> tuple[TailRate, ...]:
    """Rates at some scores, of ascending scores."""
    rates = []
    for score in at:
        n_reaching = int(scores.size - np.searchsorted(scores, score, side="left"))
        interval = exact_interval(n_reaching, n_comparisons)
        rates.append(TailRate(float(score), n_reaching / n_comparisons, interval, n_reaching))
    return tuple(rates)
