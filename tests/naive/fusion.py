"""Fusion of scores written out: densities by their names, tails by plain integrals, one subject at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal, localcontext
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.stats import expon, gamma

from vantay.search.fusion.mated_model import MatedScores

NEPERS = math.log(10) / 10
N_POINTS = 201
CELL = 0.1


def fuse_one(scores: Sequence[float], mated: Sequence[MatedScores], correlations: Sequence[float]) -> float:
    """−10·log10 of the rate of non-mated subjects with as much evidence; NaN scores are samples not there.

    `correlations` are those between any two of the samples, k·(k − 1)/2 of them, for Brown's correction.
    """
    there = [k for k, score in enumerate(scores) if not math.isnan(score)]
    if not there:
        return math.nan
    if len(there) == 1:
        return scores[there[0]]
    models = [mated[k] for k in there]
    evidence = sum(log_likelihood_ratio(scores[k] * NEPERS, mated[k]) for k in there)
    log_tail = log_tail_of_two(evidence, *models) if len(there) == 2 else log_tail_of_many(evidence, models)
    return -widen(log_tail, len(there), correlations) / NEPERS + 0.0


def log_likelihood_ratio(x: float, mated: MatedScores) -> float:
    """Logarithm of the mated density over the non-mated one."""
    weak = mated.weak_share * expon.pdf(x, scale=mated.weak_mean)
    rest = (1 - mated.weak_share) * gamma.pdf(x, mated.shape, scale=mated.scale)
    return float(np.log(weak + rest) + x)


def log_tail_of_two(evidence: float, one: MatedScores, other: MatedScores) -> float:
    """Logarithm of ∫ e^−x P(evidence of the other ≥ what is missing at x) dx, by Simpson's rule."""
    enough = x_for(evidence - log_likelihood_ratio(0.0, other), one)  # alone, whatever the other is
    if enough == 0:
        return 0.0
    x = np.linspace(0, enough, N_POINTS)
    missing = np.array([x_for(evidence - log_likelihood_ratio(float(v), one), other) for v in x])
    weights = np.array([1.0, *([4.0, 2.0] * (N_POINTS // 2))])[:N_POINTS]
    weights[-1] = 1.0
    logs = np.append(np.log(weights * enough / (N_POINTS - 1) / 3) - x - missing, -enough)
    return float(logs.max() + np.log(np.exp(logs - logs.max()).sum()))


def x_for(evidence: float, mated: MatedScores) -> float:
    """The x that is so much evidence; 0 if any x is more."""
    if log_likelihood_ratio(0.0, mated) >= evidence:
        return 0.0
    high = 4 * abs(evidence) + 50.0
    return float(brentq(lambda x: log_likelihood_ratio(x, mated) - evidence, 0.0, high, xtol=1e-10))


def log_tail_of_many(evidence: float, models: Sequence[MatedScores]) -> float:
    """The same for any number, by adding up all combinations of narrow cells; down to rates of 1e-12."""
    total = np.ones(1)
    for mated in models:
        total = np.convolve(total, cells_of(mated))
    least = sum(log_likelihood_ratio(0.0, mated) for mated in models)
    middle = np.linspace(0, CELL * (total.size - 1), total.size) + least + CELL * len(models) / 2
    return float(np.log(share_above(evidence, middle, total)))


@cache
def cells_of(mated: MatedScores) -> npt.NDArray[np.float64]:
    """Rates of non-mated samples whose evidence lies in each cell above the least."""
    floor = log_likelihood_ratio(0.0, mated)
    edges = [x_for(floor + CELL * j, mated) for j in range(500)]
    return np.asarray(-np.diff(np.exp(-np.array(edges))))


def share_above(evidence: float, middle: npt.NDArray[np.float64], cells: npt.NDArray[np.float64]) -> float:
    """Share of cells above, the one cut through by the part that lies above."""
    return float((cells * np.clip((middle - evidence) / CELL + 0.5, 0, 1)).sum())


def widen(log_tail: float, n_samples: int, correlations: Sequence[float]) -> float:
    """Brown's correction: the sum of n exponentials that is as rare, with its variance as it is."""
    ratio = 1 + 2 * sum(correlations) / n_samples
    x = brentq(lambda x: log_gamma_tail(x, n_samples) - log_tail, 0.0, 10 * n_samples - 2 * log_tail)
    return log_gamma_tail(x / ratio, n_samples / ratio)


def log_gamma_tail(x: float, shape: float) -> float:
    """Logarithm of the tail of a gamma distribution of scale 1."""
    return float(gamma.logsf(x, shape)) if x > 0 else 0.0


def correct_one(best_score: float, n_tries: int) -> float:
    """−10·log10(1 − (1 − p)^n) by its definition."""
    with localcontext(prec=500):  # 1 − p must differ from 1, and p goes down to 10^−400
        p_value = Decimal(10) ** (-Decimal(best_score) / 10)
        rate = 1 - (1 - p_value) ** n_tries
        with localcontext(prec=40):
            return float(-10 * (+rate).log10()) + 0.0
