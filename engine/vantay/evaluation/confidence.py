"""How far an error rate would move with other people: bootstrap over fingers.

The comparisons of one finger stand or fall together, so resampling single comparisons would promise far too
much. Here whole fingers are drawn with replacement, within each set: a mated comparison counts as often as
its finger was drawn, a non-mated one as often as the product of both. Computing with these counts instead of
copied scores makes a replicate one pass over sorted scores.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSetting
from vantay.evaluation.error_rates import ErrorCurve, curve_of_counts
from vantay.evaluation.score_table import ScoreTable

N_REPLICATES = 1000
"""Enough for the 2.5 and 97.5 percentiles to be stable in their second digit."""


class Interval(NamedTuple):
    """Between `low` and `high`, both fractions, lie 95 % of the replicates."""

    low: float
    high: float


def bootstrap_interval(
    table: ScoreTable,
    statistic: Callable[[ErrorCurve], float],
    *,
    n_replicates: int = N_REPLICATES,
    seed: int = 1,
) -> Interval:
    """Compute the 95 % confidence interval of an error rate by bootstrap over fingers.

    Parameters
    ----------
    table : ScoreTable
        Comparisons of one set, or of several pooled ones.
    statistic : callable
        The rate to compute from an `ErrorCurve`, e.g. `equal_error_rate`.
    n_replicates : int
        How many times the fingers are drawn.
    seed : int
        Of the draws: the same seed gives the same interval.

    Returns
    -------
    Interval
        The 2.5 and 97.5 percentiles of the replicates.

    Raises
    ------
    InvalidSetting
        If a set has fewer than two fingers, or the table has no scores of a kind.

    References
    ----------
    R. M. Bolle, N. K. Ratha, S. Pankanti, "Error analysis of pattern recognition systems: the subsets
    bootstrap", CVIU 93(1), 2004, doi:10.1016/j.cviu.2003.08.002. There a subset is what belongs to one
    finger; a non-mated comparison belongs to two, which is why it takes the product of their counts here.
    """
    table.curve()  # refuses a table without scores of a kind
    fingers = _Fingers(table)
    scores, codes = np.unique(table.scores, return_inverse=True)
    is_mated = table.is_mated
    rng = np.random.default_rng(seed)
    values = np.empty(n_replicates)
    for replicate in range(n_replicates):
        weights = fingers.draw_weights(rng, is_mated)
        mated_counts = np.bincount(codes, weights * is_mated, minlength=scores.size)
        non_mated_counts = np.bincount(codes, weights * ~is_mated, minlength=scores.size)
        values[replicate] = statistic(curve_of_counts(scores, mated_counts, non_mated_counts))
    low, high = np.percentile(values, [2.5, 97.5])
    return Interval(float(low), float(high))


def require_fingers(table: ScoreTable) -> None:
    """Refuse a table that has no error rates, or none whose confidence interval could be computed.

    Parameters
    ----------
    table : ScoreTable
        Of one set, or of several pooled ones.

    Raises
    ------
    InvalidSetting
        If a set has fewer than two fingers, the table has no scores of a kind, or a score is no number.
    """
    table.curve()
    _Fingers(table)


class _Fingers:
    """The fingers of a table, by set, and which two each comparison is of."""

    def __init__(self, table: ScoreTable) -> None:
        keys = sorted({name[:2] for name in (*table.probes, *table.candidates)})
        number = {key: index for index, key in enumerate(keys)}
        self._probe = np.array([number[name[:2]] for name in table.probes])
        self._candidate = np.array([number[name[:2]] for name in table.candidates])
        set_names = np.array([set_name for set_name, _ in keys])
        self._sets = [np.flatnonzero(set_names == name) for name in np.unique(set_names)]
        self._n_fingers = len(keys)
        if any(members.size < 2 for members in self._sets):
            raise InvalidSetting(f"{table.name}: a set of one finger, expected two or more to draw from")

    def draw_weights(
        self, rng: np.random.Generator, is_mated: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.float64]:
        """Draw fingers with replacement; say how often each comparison counts, (n,)."""
        while True:
            times = np.zeros(self._n_fingers)
            for members in self._sets:
                times[members] = rng.multinomial(members.size, np.full(members.size, 1 / members.size))
            weights: npt.NDArray[np.float64] = times[self._probe]
            weights[~is_mated] *= times[self._candidate[~is_mated]]
            if weights[~is_mated].any() and weights[is_mated].any():  # not one and the same finger throughout
                return weights
