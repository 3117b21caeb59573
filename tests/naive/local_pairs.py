"""Likeness of cylinders pair by pair, with bits in Python's integers and the local score as a sorted list."""

from __future__ import annotations

import math
from collections.abc import Sequence

from vantay.fingerprint.comparison.parameters import LocalParameters

N_STEPS = 127
"""Grades between likeness 1 and `min_similarity`, of 255 in all."""


def naive_share(a: int, b: int) -> float:
    """Share of differing bits among those that are 1 in either count: |a⊕b| / (|a| + |b|)."""
    return (a ^ b).bit_count() / (a.bit_count() + b.bit_count())


def naive_similarity(a: int, b: int) -> float:
    """Similarity of two cylinders, 1 − √(share / 2)."""
    return similarity_of_share(naive_share(a, b))


def similarity_of_share(share: float) -> float:
    return 1 - math.sqrt(share / 2)


def graded_similarity(share: float, p: LocalParameters) -> float:
    """Similarity after the share was rounded up to steps, `N_STEPS` of which end at `min_similarity`."""
    step = 2 * (1 - p.min_similarity) ** 2 / N_STEPS
    return similarity_of_share(math.ceil(share / step) * step)


def naive_candidates(
    probe: Sequence[tuple[int, int]], reference: Sequence[tuple[int, int]], p: LocalParameters
) -> dict[tuple[int, int], float]:
    """Share of differing bits of all pairs of (cylinder, direction) that are alike enough in direction."""
    return {
        (i, j): naive_share(a, b)
        for i, (a, angle_a) in enumerate(probe)
        for j, (b, angle_b) in enumerate(reference)
        if a and b and abs(math.remainder(angle_a - angle_b, 256)) <= p.max_direction_difference
    }


def naive_pair_count(n_probe: int, n_reference: int, p: LocalParameters) -> int:
    """Pairs that make a score: MCC, equation 21."""
    n = min(n_probe, n_reference)
    growth = 1 / (1 + math.exp(-p.pairs_slope * (n - p.pairs_midpoint)))
    return p.min_pairs + round(growth * (p.max_pairs - p.min_pairs))


def naive_local_score(similarities: Sequence[float], n_pairs: int) -> float:
    """Mean of the best, missing ones as 0 (MCC, equation 22)."""
    best = sorted(similarities, reverse=True)[:n_pairs]
    return sum(best) / n_pairs
