"""Fit what mated scores look like, by quality: the half of fusion that calibration does not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.stats import gamma

from vantay.search.fusion.mated_model import MIN_SCALE, MatedScores

Float64s = npt.NDArray[np.float64]

WEAK_MEANS = (2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
"""Nepers tried for the mean of weak samples; one for all qualities, since few are weak."""


ALIKE = 1.0
"""Log-likelihoods that differ less tell nothing; the least mean is taken then, with which a score of 0 says
least."""


@dataclass(frozen=True, slots=True, eq=False)
class MatedSample:
    """Mated comparisons of one modality.

    Attributes
    ----------
    x : (n,) float64
        Scores in nepers, s·ln(10)/10.
    quality : (n,) float64
        Of the worse of probe and reference.
    person : (n,) int64
        Whose: comparisons of one finger or face are not independent.
    """

    x: Float64s
    quality: Float64s
    person: npt.NDArray[np.int64]

    def part(self, chosen: npt.NDArray[np.bool_]) -> MatedSample:
        """Choose some of the comparisons."""
        return MatedSample(self.x[chosen], self.quality[chosen], self.person[chosen])

    @property
    def n_persons(self) -> int:
        """How many different fingers or faces."""
        return len(np.unique(self.person))


def fit_kinds(sample: MatedSample, starts: Sequence[float]) -> dict[float, MatedScores]:
    """Fit one distribution to each range of quality.

    Parameters
    ----------
    sample : MatedSample
        All comparisons of a modality.
    starts : sequence of float
        Least quality of each range, ascending from 0.

    Returns
    -------
    dict of float to MatedScores
        By least quality. A range whose mean score is not above that of the worse one is pooled with it; the
        shares of weak samples fall with quality.

    Notes
    -----
    What n persons' samples can tell of a share of weak ones is (n·share + ½)/(n + 1), the mean of Jeffreys'
    posterior: that none of 30 fingers was weak does not say that none will be. This share bounds how much a
    sample can speak against a match.
    """
    parts = _pool(sample, starts)
    costs = [sum(_fit_mixture(part.x, mean)[0] for part in parts.values()) for mean in WEAK_MEANS]
    weak_mean = next(m for m, c in zip(WEAK_MEANS, costs, strict=True) if c <= min(costs) + ALIKE)
    n_persons = np.array([p.n_persons for p in parts.values()], np.float64)
    shares = np.array([_fit_mixture(p.x, weak_mean)[1] for p in parts.values()])
    shares = pool_falling((n_persons * shares + 0.5) / (n_persons + 1), n_persons)
    return {
        start: _fit_rest(part.x, float(share), weak_mean)
        for (start, part), share in zip(parts.items(), shares, strict=True)
    }


def pool_falling(values: Float64s, weights: Float64s) -> Float64s:
    """Pool adjacent violators: the nearest values, by weighted least squares, that never rise.

    References
    ----------
    .. [1] M. Ayer et al., "An empirical distribution function for sampling with incomplete information",
       Annals of Mathematical Statistics 26(4), 1955. DOI 10.1214/aoms/1177728423

    Examples
    --------
    >>> pool_falling(np.array([3.0, 1.0, 2.0]), np.ones(3))
    array([3. , 1.5, 1.5])
    """
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        block = (value, weight, 1)
        while blocks and blocks[-1][0] < block[0]:
            mean, total, n = blocks.pop()
            joint = total + block[1]
            block = ((mean * total + block[0] * block[1]) / joint, joint, n + block[2])
        blocks.append(block)
    return np.concatenate([np.full(n, mean) for mean, _, n in blocks])


def _pool(sample: MatedSample, starts: Sequence[float]) -> dict[float, MatedSample]:
    """Cut into ranges of quality, and join those whose mean does not rise."""
    kept = list(starts)
    while True:
        bins = np.searchsorted(kept[1:], sample.quality, side="right")
        parts = [sample.part(bins == k) for k in range(len(kept))]
        means = [part.x.mean() if part.x.size else -np.inf for part in parts]
        bad = next((k for k in range(1, len(kept)) if means[k] <= means[k - 1]), None)
        if bad is None:
            return dict(zip(kept, parts, strict=True))
        del kept[bad]


def _fit_mixture(x: Float64s, weak_mean: float) -> tuple[float, float]:
    """Fit share, shape and scale by maximum likelihood: minus the log-likelihood, and the share."""

    def cost(free: Float64s) -> float:
        share = 1 / (1 + np.exp(-free[0]))
        return _cost(x, MatedScores(share, weak_mean, *_shape_and_scale(free[1:])))

    best = minimize(cost, [-3.0, *_first_guess(x)], method="Nelder-Mead", options={"maxiter": 2000})
    return float(best.fun), float(1 / (1 + np.exp(-best.x[0])))


def _fit_rest(x: Float64s, share: float, weak_mean: float) -> MatedScores:
    """Fit shape and scale beside a given share of weak samples."""

    def cost(free: Float64s) -> float:
        return _cost(x, MatedScores(share, weak_mean, *_shape_and_scale(free)))

    best = minimize(cost, _first_guess(x), method="Nelder-Mead", options={"maxiter": 2000})
    shape, scale = _shape_and_scale(best.x)
    return MatedScores(round(share, 4), weak_mean, round(shape, 3), round(scale, 3))


def _first_guess(x: Float64s) -> list[float]:
    scale = max(x.var() / x.mean(), MIN_SCALE + 0.1)
    return [float(np.log(max(x.mean() / scale - 1, 0.1))), float(np.log(scale - MIN_SCALE))]


def _shape_and_scale(free: Float64s) -> tuple[float, float]:
    """Carry any two numbers to a shape above 1 and a scale above the least."""
    return 1 + float(np.exp(free[0])), MIN_SCALE + float(np.exp(free[1]))


def _cost(x: Float64s, mated: MatedScores) -> float:
    weak = mated.weak_share * np.exp(-x / mated.weak_mean) / mated.weak_mean
    rest = (1 - mated.weak_share) * gamma.pdf(x, mated.shape, scale=mated.scale)
    return -float(np.log(weak + rest).sum())
