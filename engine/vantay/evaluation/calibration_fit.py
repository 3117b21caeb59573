"""Fit a calibration table to non-mated log-odds: false match rates with exponential tails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSetting

Float64s = npt.NDArray[np.float64]

TAIL_RATE = 0.005
"""False match rate from which on the tail is taken as exponential."""

MIN_EXCESSES = 20
"""Values that a tail needs at least."""

LOG_ODDS = (-16.0, 16.0, 65)
"""First and last column of the table, and how many there are."""


def false_match_rate(log_odds: Float64s, at: Float64s) -> Float64s:
    """Share of non-mated log-odds above each value, with an exponential tail where few are left.

    Parameters
    ----------
    log_odds : (n,) float64
        Of non-mated comparisons, several thousand at least; −∞ for those that ended early.
    at : (k,) float64
        Where to evaluate.

    Returns
    -------
    (k,) float64
        Beyond the quantile of `TAIL_RATE` the excess over it is taken as exponential, its mean raised by two
        standard errors.

    Raises
    ------
    InvalidSetting
        If fewer than `MIN_EXCESSES` values lie in the tail.

    References
    ----------
    Pickands: "Statistical Inference Using Extreme Order Statistics", Annals of Statistics 3(1), 1975,
    doi:10.1214/aos/1176343003 (excesses over a high threshold; here with shape 0).
    """
    finite = np.sort(log_odds[np.isfinite(log_odds)])
    counted = (finite.size - np.searchsorted(finite, at, side="right")) / log_odds.size
    share = min(1.0, TAIL_RATE * log_odds.size / max(finite.size, 1))
    start = float(np.quantile(finite, 1 - share)) if finite.size else 0.0
    excess = finite[finite > start] - start
    if excess.size < MIN_EXCESSES:
        raise InvalidSetting(
            f"{log_odds.size} non-mated comparisons leave {excess.size} in the tail, "
            f"expected at least {MIN_EXCESSES}: name more or larger folders"
        )
    mean_excess = excess.mean() * (1 + 2 / np.sqrt(excess.size))
    rate_at_start = excess.size / log_odds.size
    tail = rate_at_start * np.exp(-np.maximum(at - start, 0) / mean_excess)
    return np.where(at > start, tail, counted)


def fit_table(populations: Mapping[int, Sequence[Float64s]]) -> tuple[Float64s, Float64s]:
    """Fit the rows of a calibration table.

    Parameters
    ----------
    populations : mapping of int to sequence of (n,) float64
        Non-mated log-odds of several populations, by the number of minutiae of the smaller template.

    Returns
    -------
    scores : (b, k) float64
        −10·log10 of the highest false match rate of the populations, at `LOG_ODDS`; rising along both axes.
    tail_slope : (b,) float64
        Score per unit of log-odds at the end of each row.
    """
    columns = np.linspace(*LOG_ODDS)
    rates = [
        np.max([false_match_rate(p, columns) for p in populations[n]], axis=0) for n in sorted(populations)
    ]
    scores = -10 * np.log10(np.minimum(rates, 1.0))
    scores = np.maximum.accumulate(scores, axis=1)
    # More minutiae never score less: where the rates say otherwise, the row of fewer gives way.
    scores = np.minimum.accumulate(scores[::-1], axis=0)[::-1]
    return scores, (scores[:, -1] - scores[:, -2]) / (columns[-1] - columns[-2])
