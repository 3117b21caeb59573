"""Distances to the nearest others by sorting all of them."""

import math
from collections.abc import Sequence


def nearest(points: Sequence[tuple[int, int]], k: int, limit_px: float, far_px: float) -> list[list[float]]:
    """The k smallest distances of each point to the others; ``far_px`` for those beyond the limit."""
    result = []
    for a, p in enumerate(points):
        distances = sorted(math.dist(p, q) for b, q in enumerate(points) if b != a)
        close = [distance for distance in distances if distance <= limit_px][:k]
        result.append(close + [far_px] * (k - len(close)))
    return result
