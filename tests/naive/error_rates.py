"""Error rates by counting, threshold after threshold."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise


def naive_fmr(non_mated: Sequence[float], threshold: float) -> float:
    return sum(score >= threshold for score in non_mated) / len(non_mated)


def naive_fnmr(mated: Sequence[float], threshold: float) -> float:
    return sum(score < threshold for score in mated) / len(mated)


def naive_points(mated: Sequence[float], non_mated: Sequence[float]) -> list[tuple[float, float]]:
    """(FMR, FNMR) for every threshold, the lowest first."""
    thresholds = [*sorted({*mated, *non_mated}), float("inf")]
    return [(naive_fmr(non_mated, t), naive_fnmr(mated, t)) for t in thresholds]


def naive_fnmr_at_fmr(mated: Sequence[float], non_mated: Sequence[float], max_fmr: float) -> float:
    return min(fnmr for fmr, fnmr in naive_points(mated, non_mated) if fmr <= max_fmr)


def naive_equal_error_rate(mated: Sequence[float], non_mated: Sequence[float]) -> float:
    """Where the line through the operating points meets the diagonal, found by halving."""
    points = naive_points(mated, non_mated)
    for (fmr_a, fnmr_a), (fmr_b, fnmr_b) in pairwise(points):
        if fnmr_b >= fmr_b:
            low, high = 0.0, 1.0
            for _ in range(60):
                middle = (low + high) / 2
                fmr = fmr_a + middle * (fmr_b - fmr_a)
                fnmr = fnmr_a + middle * (fnmr_b - fnmr_a)
                low, high = (middle, high) if fnmr < fmr else (low, middle)
            return fmr_a + low * (fmr_b - fmr_a)
    raise AssertionError("the last point has FNMR 1 and FMR 0")


def naive_discard(qualities: Sequence[float], is_error: Sequence[bool], share: float) -> float:
    """FNMR after setting aside whole groups of equal quality, as long as at most `share` goes."""
    kept = list(zip(qualities, is_error, strict=True))
    best = sum(error for _, error in kept) / len(kept)
    for limit in sorted(set(qualities)):
        rest = [error for quality, error in kept if quality >= limit]
        if 1.0 - len(rest) / len(kept) <= share:
            best = sum(rest) / len(rest)
    return best
