"""Fusion of scores written out in long decimals, one subject at a time."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext


def fuse_one(finger_scores: list[float]) -> float:
    """−10·log10 P(Gamma(k, 1) ≥ x) by its definition; NaN scores are fingers that are not there."""
    present = [Decimal(score) for score in finger_scores if not math.isnan(score)]
    if not present:
        return math.nan
    with localcontext(prec=60):
        x = sum(present) * Decimal(10).ln() / 10
        series = sum((x**j / math.factorial(j) for j in range(1, len(present))), Decimal(1))
        p_value = (-x).exp() * series
        return float(-10 * p_value.log10()) + 0.0


def correct_one(best_score: float, n_tries: int) -> float:
    """−10·log10(1 − (1 − p)^n) by its definition."""
    with localcontext(prec=500):  # 1 − p must differ from 1, and p goes down to 10^−400
        p_value = Decimal(10) ** (-Decimal(best_score) / 10)
        rate = 1 - (1 - p_value) ** n_tries
        with localcontext(prec=40):
            return float(-10 * (+rate).log10()) + 0.0
