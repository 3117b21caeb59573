"""Relaxation as MCC section 4.2 writes it (equations 25 to 29), angle by angle, with atan2.

As in the engine a factor of the compatibility is 1 / (1 + (d/d½)⁸) instead of a logistic function, and angles
enter as chords.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from vantay.fingerprint.comparison.parameters import RelaxationParameters

Minutia = tuple[float, float, float]
"""x_px, y_px with y up, direction_rad."""

Pair = tuple[Minutia, Minutia]
"""A minutia of the probe and one of the reference."""


def naive_compatibility(t: Pair, k: Pair, p: RelaxationParameters) -> float:
    """ρ(t, k): how well pair k fits pair t, seen from t. Pairs that share a minutia do not fit."""
    (at, bt), (ak, bk) = t, k
    length_a, length_b = math.dist(at[:2], ak[:2]), math.dist(bt[:2], bk[:2])
    if length_a == 0 or length_b == 0:
        return 0.0
    d_direction = (at[2] - ak[2]) - (bt[2] - bk[2])
    d_radial = _radial(at, ak) - _radial(bt, bk)
    return (
        _halving((length_a - length_b) / p.distance_px)
        * _halving(_chord(d_direction) / _chord(p.direction_rad))
        * _halving(_chord(d_radial) / _chord(p.radial_rad))
    )


def naive_support(
    pairs: Sequence[Pair], similarities: Sequence[float], p: RelaxationParameters
) -> list[float]:
    """λ after the last iteration (equation 25)."""
    n = len(pairs)
    rho = [
        [0.0 if t == k else naive_compatibility(pairs[t], pairs[k], p) for k in range(n)] for t in range(n)
    ]
    now = list(similarities)
    for _ in range(p.n_iterations):
        now = [
            p.own_weight * now[t]
            + (1 - p.own_weight) / (n - 1) * sum(rho[t][k] * now[k] for k in range(n) if k != t)
            for t in range(n)
        ]
    return now


def naive_score_range(
    similarities: Sequence[float], supports: Sequence[float], n_pairs: int, tie: float = 1e-5
) -> tuple[float, float]:
    """Mean support of the most efficient pairs: lowest and highest that the order of tied ones can give."""
    efficiency = [support / own for support, own in zip(supports, similarities, strict=True)]
    if len(efficiency) <= n_pairs:
        return (sum(supports) / n_pairs,) * 2
    last = sorted(efficiency, reverse=True)[n_pairs - 1]
    sure = [s for s, e in zip(supports, efficiency, strict=True) if e > last + tie]
    tied = sorted(s for s, e in zip(supports, efficiency, strict=True) if abs(e - last) <= tie)
    n_tied = n_pairs - len(sure)
    return (sum(sure) + sum(tied[:n_tied])) / n_pairs, (sum(sure) + sum(tied[-n_tied:])) / n_pairs


def _radial(m: Minutia, other: Minutia) -> float:
    """Direction of the line to another minutia, measured from the minutia's own direction."""
    return m[2] - math.atan2(other[1] - m[1], other[0] - m[0])


def _chord(angle_rad: float) -> float:
    return 2 * math.sin(abs(math.remainder(angle_rad, 2 * math.pi)) / 2)


def _halving(ratio: float) -> float:
    return 1 / (1 + ratio**8)
