"""From pairs to log-odds, by the sums that the docstrings name."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from naive.local_pairs import naive_similarity
from vantay.fingerprint.comparison.parameters import ScoreParameters


def naive_paired_similarity(
    partner: Mapping[int, int],
    cylinders: tuple[Sequence[int], Sequence[int]],
    weights: tuple[Sequence[float], Sequence[float]],
) -> float:
    """Similarity of paired minutiae weighted by both qualities; one without a cylinder adds nothing."""
    return sum(
        naive_similarity(cylinders[0][i], cylinders[1][j]) * math.sqrt(weights[0][i] * weights[1][j])
        for i, j in partner.items()
        if cylinders[0][i] and cylinders[1][j]
    )


def naive_log_odds(paired: float, overlap: float, relaxed_score: float, p: ScoreParameters) -> float:
    """A logistic regression's linear part."""
    return (
        p.paired_weight * paired
        + p.overlap_weight * overlap
        + p.support_weight * math.log(relaxed_score + p.support_floor)
        + p.offset
    )
