"""How rare an amount of evidence is among non-mated subjects: the tail of a sum of log-likelihood ratios.

The distributions of single samples are put into cells of evidence and convolved. That is done with mated
distributions and not with non-mated ones, since the two differ by the factor exp(evidence) and nothing else:
the tail of the non-mated sum is the mated one, weighed by exp(−evidence). So what is convolved is large where
the tail is needed, and a tail of 10⁻¹⁵⁰ has as many true digits as one of 0.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from vantay.search.fusion.correlation import correct_tail, variance_ratio
from vantay.search.fusion.mated_model import MODEL, FusionModel

Float64s = npt.NDArray[np.float64]

STEP = 0.2
"""Nepers a cell. Half of it raises fused scores of 2 samples by 0.03, of 11 by 0.08: the error is on the safe
side."""

N_CELLS = 2048
"""Up to 410 nepers above the least evidence, a fused score of about 1,800; straight on from there."""

END = 50
"""Cells at the end of a table that it is read without, since they lack what lies beyond, and as many before
them that give the slope there."""

N_BISECTIONS = 60

MAX_TABLES = 4096
"""Compositions to keep, 16 kB each: four kinds of up to ten fingers and three of a face can make 4,003."""

MAX_CELLS = 1024
"""Steps on the way to them to keep, 16 kB each."""

Counts = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TailTable:
    """Fused scores of one composition by evidence.

    Attributes
    ----------
    start : float
        Least evidence, nepers.
    gain : (m,) float64
        Evidence above that, ascending from 0; tables of as many samples share it.
    scores : (m,) float64
        −10·log10 of the rate of non-mated subjects with as much; 0 at the start, rising.
    slope : float
        Score per neper beyond the last.
    """

    start: float
    gain: Float64s
    scores: Float64s
    slope: float

    def score(self, evidence: Float64s) -> Float64s:
        """Fused scores of sums of log-likelihood ratios, (n,) float64."""
        gain = evidence - self.start
        beyond = np.maximum(gain - self.gain[-1], 0.0)
        return np.asarray(np.interp(gain, self.gain, self.scores) + self.slope * beyond)


@lru_cache(maxsize=MAX_TABLES)
def tail_table(counts: Counts, model: FusionModel = MODEL) -> TailTable:
    """Tabulate the fused scores of a composition.

    Parameters
    ----------
    counts : tuple of int
        How many samples of each kind; two at least in all.
    model : FusionModel
        What kinds there are.
    """
    n_samples = sum(counts)
    start = float(np.dot(counts, _least_evidence(model)))
    gain = _gains(n_samples)
    weighed = mated_cells(counts, model) * np.exp(-start - gain[1:])
    weighed = weighed[: int(np.flatnonzero(weighed)[-1]) + 1]
    above = np.cumsum(weighed[::-1])[::-1]
    # The last cell has nothing above it but for where the table ends
    log_tail = np.log(np.minimum((above - weighed / 2) / above[0], 1.0))[:-1]
    n_fingers = sum(counts[: model.n_finger_kinds])
    ratio = variance_ratio(n_fingers, n_samples, model.finger_correlation)
    scores = -10 / np.log(10) * correct_tail(log_tail, n_samples, ratio)
    scores = np.maximum.accumulate(np.concatenate([[0.0], scores]))
    last = len(log_tail) - END
    slope = (scores[last] - scores[last - END]) / (STEP * END)
    return TailTable(start, gain[: last + 1], scores[: last + 1], float(slope))


@lru_cache(maxsize=64)
def _gains(n_samples: int) -> Float64s:
    """Evidence above the least: 0, and the middles of the cells."""
    return np.concatenate([[0.0], STEP * (np.arange(N_CELLS) + n_samples / 2)])


@lru_cache(maxsize=MAX_CELLS)
def mated_cells(counts: Counts, model: FusionModel = MODEL) -> Float64s:
    """Distribution of the evidence of mated samples, (N_CELLS,) float64.

    Cell j holds what lies j cells above the least evidence; of n samples, whose places within their cells
    add up, the middle of that is n/2 cells further on.
    """
    kind = max(k for k, n in enumerate(counts) if n)
    only = tuple(n if k == kind else 0 for k, n in enumerate(counts))
    if only != counts:
        others = tuple(0 if k == kind else n for k, n in enumerate(counts))
        return _convolve(mated_cells(others, model), mated_cells(only, model))
    if counts[kind] == 1:
        return _cells_of_kind(kind, model)
    one, fewer = (tuple(n if k == kind else 0 for k in range(len(counts))) for n in (1, counts[kind] - 1))
    return _convolve(mated_cells(fewer, model), mated_cells(one, model))


def _convolve(a: Float64s, b: Float64s) -> Float64s:
    """Convolve; all is positive, so that small values stay exact, as they would not by Fourier transform."""
    return np.convolve(a, b)[:N_CELLS]


def _cells_of_kind(kind: int, model: FusionModel) -> Float64s:
    """Distribution of the evidence of one mated sample."""
    edges = _x_of_evidence(STEP * np.arange(N_CELLS + 1, dtype=np.float64), kind, model)
    mated = model.mated[kind]
    below, above = mated.cumulative(edges), mated.survival(edges)
    return np.where(below[1:] < 0.5, np.diff(below), -np.diff(above))


def _x_of_evidence(gain: Float64s, kind: int, model: FusionModel) -> Float64s:
    """Find the x at which a kind's evidence is so much above its least, by bisection."""
    least = _least_evidence(model)[kind]
    kinds = np.full(gain.shape, kind, np.uint8)
    low, high = np.zeros_like(gain), np.ones_like(gain)
    while np.any(is_short := model.log_likelihood_ratios(high, kinds) - least < gain):
        high = np.where(is_short, 2 * high, high)
    for _ in range(N_BISECTIONS):
        middle = (low + high) / 2
        is_short = model.log_likelihood_ratios(middle, kinds) - least < gain
        low, high = np.where(is_short, middle, low), np.where(is_short, high, middle)
    return high


def _least_evidence(model: FusionModel) -> Float64s:
    """Log-likelihood ratio of a score of 0, by kind."""
    kinds = np.arange(len(model.mated), dtype=np.uint8)
    return model.log_likelihood_ratios(np.zeros(len(kinds)), kinds)
