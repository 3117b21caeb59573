"""How far an error rate would move with other people: bootstrap over subjects, and exact binomial intervals.

The comparisons of one person stand or fall together, so resampling single comparisons would promise far too
much. Here whole subjects are drawn with replacement, within each set: a comparison within a subject counts as
often as the subject was drawn, one between two as often as the product of both. Where a table does not tell
whose fingers they are, as in the FVC sets, each finger stands for a subject. Computing with these counts
instead of copied scores makes a replicate one pass over sorted scores.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

from vantay.errors import InvalidSetting
from vantay.evaluation.error_rates import ErrorCurve, curve_of_counts
from vantay.evaluation.score_table import ImpressionName, ScoreTable

N_REPLICATES = 1000
"""Enough for the 2.5 and 97.5 percentiles to be stable in their second digit."""


Statistic = Callable[[ErrorCurve], float]
"""A rate that is read off a trade-off, e.g. `equal_error_rate`."""


class Interval(NamedTuple):
    """A 95 % confidence interval: from `low` to `high`, both fractions."""

    low: float
    high: float


def exact_interval(n_events: int, n_trials: int) -> Interval:
    """Compute the 95 % confidence interval of a share, exact for independent trials however few the events.

    Parameters
    ----------
    n_events : int
        0 to `n_trials`.
    n_trials : int
        At least 1.

    Returns
    -------
    Interval
        2.5 % on either side; of no events in n trials the upper end is 3.7/n for large n (the rule of three,
        3/n, puts all 5 % on one side).

    Raises
    ------
    InvalidSetting
        If there are no trials, or the events are not among them.

    References
    ----------
    C. J. Clopper, E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the
    binomial", Biometrika 26(4), 1934, doi:10.1093/biomet/26.4.404.

    Examples
    --------
    >>> [round(end, 4) for end in exact_interval(0, 100)]
    [0.0, 0.0362]
    """
    if not 0 <= n_events <= n_trials or n_trials < 1:
        raise InvalidSetting(f"{n_events} events in {n_trials} trials, expected 0 to the number of trials")
    low = betaincinv(n_events, n_trials - n_events + 1, 0.025) if n_events else 0.0
    high = betaincinv(n_events + 1, n_trials - n_events, 0.975) if n_events < n_trials else 1.0
    return Interval(float(low), float(high))


def finger_of(name: ImpressionName) -> Hashable:
    """Take each finger for a subject of its own: what a table tells that names no subjects."""
    return name.finger


def bootstrap_interval(
    table: ScoreTable,
    statistic: Statistic,
    *,
    subject_of: Callable[[ImpressionName], Hashable] = finger_of,
    n_replicates: int = N_REPLICATES,
    seed: int = 1,
) -> Interval:
    """Compute the 95 % confidence interval of one error rate; as `bootstrap_intervals`."""
    (interval,) = bootstrap_intervals(
        table, [statistic], subject_of=subject_of, n_replicates=n_replicates, seed=seed
    )
    return interval


def bootstrap_intervals(
    table: ScoreTable,
    statistics: Sequence[Statistic],
    *,
    subject_of: Callable[[ImpressionName], Hashable] = finger_of,
    n_replicates: int = N_REPLICATES,
    seed: int = 1,
) -> tuple[Interval, ...]:
    """Compute the 95 % confidence intervals of error rates by bootstrap over subjects.

    Parameters
    ----------
    table : ScoreTable
        Comparisons of one set, or of several pooled ones.
    statistics : sequence of callable
        The rates.
    subject_of : callable
        Whose an impression is, within its set. Needed where people gave several fingers: these are alike in
        skin, age and care, so that drawing fingers would promise too much.
    n_replicates : int
        How many times the subjects are drawn.
    seed : int
        Of the draws: the same seed gives the same interval.

    Returns
    -------
    tuple of Interval
        Of each, the 2.5 and 97.5 percentiles of the replicates.

    Raises
    ------
    InvalidSetting
        If a set has fewer than two subjects, or the table has no scores of a kind.

    References
    ----------
    R. M. Bolle, N. K. Ratha, S. Pankanti, "Error analysis of pattern recognition systems: the subsets
    bootstrap", CVIU 93(1), 2004, doi:10.1016/j.cviu.2003.08.002. There a subset is what belongs to one
    finger; a non-mated comparison belongs to two, which is why it takes the product of their counts here.
    """
    table.curve()  # refuses a table without scores of a kind
    subjects = _Subjects(table, subject_of)
    scores, codes = np.unique(table.scores, return_inverse=True)
    is_mated = table.is_mated
    rng = np.random.default_rng(seed)
    values = np.empty((n_replicates, len(statistics)))
    for replicate in range(n_replicates):
        weights = subjects.draw_weights(rng)
        mated_counts = np.bincount(codes, weights * is_mated, minlength=scores.size)
        non_mated_counts = np.bincount(codes, weights * ~is_mated, minlength=scores.size)
        curve = curve_of_counts(scores, mated_counts, non_mated_counts)
        values[replicate] = [statistic(curve) for statistic in statistics]
    ends = np.percentile(values, [2.5, 97.5], axis=0)
    return tuple(Interval(float(low), float(high)) for low, high in ends.T)


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
    _Subjects(table, finger_of)


class _Subjects:
    """The subjects of a table, by set, and which two each comparison is of."""

    def __init__(self, table: ScoreTable, subject_of: Callable[[ImpressionName], Hashable]) -> None:
        number: dict[tuple[str, Hashable], int] = {}

        def numbered(name: ImpressionName) -> int:
            return number.setdefault((name.set_name, subject_of(name)), len(number))

        fingers = sorted({name[:2] for name in (*table.probes, *table.candidates)})
        for set_name, finger in fingers:  # in the order of their names, whatever the order of the comparisons
            numbered(ImpressionName(set_name, finger, 0))
        self._probe = np.array([numbered(name) for name in table.probes])
        self._candidate = np.array([numbered(name) for name in table.candidates])
        self._is_mated = table.is_mated
        set_names = np.array([set_name for set_name, _ in number])
        self._sets = [np.flatnonzero(set_names == name) for name in np.unique(set_names)]
        self._n_subjects = len(number)
        if any(members.size < 2 for members in self._sets):
            raise InvalidSetting(f"{table.name}: a set of one finger, expected two or more to draw from")

    def draw_weights(self, rng: np.random.Generator) -> npt.NDArray[np.float64]:
        """Draw subjects with replacement; say how often each comparison counts, (n,)."""
        is_between = self._probe != self._candidate
        while True:
            times = np.zeros(self._n_subjects)
            for members in self._sets:
                times[members] = rng.multinomial(members.size, np.full(members.size, 1 / members.size))
            weights: npt.NDArray[np.float64] = times[self._probe]
            weights[is_between] *= times[self._candidate[is_between]]
            if weights[~self._is_mated].any() and weights[self._is_mated].any():  # both kinds are there
                return weights
